"""How much may be sent to whom, and when? One account of it for all threads of a run.

Each unit that a service counts by has a budget: buckets that fill at the service's rate. A service that says 429 pauses
the budget for everybody, who then go on one after another from an empty bucket, at half the rate; it recovers with
every answer. What the service itself says is left counts where it is less.
"""

from __future__ import annotations

import random
import re
import time
from collections import deque
from collections.abc import Hashable, Mapping
from threading import BoundedSemaphore, Lock

from reconciler.model.limits import Limits, Rate, Service

LONGEST_WAIT_SECONDS = 60
"""That a service is obeyed in. If it asks for more, its budget is closed until then."""
_ROUNDING = 1e-6
_SLOWEST = 1 / 16
_RECOVERY = 1 / 32
_LONGEST_BACKOFF = 20.0
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/?]+)", re.IGNORECASE)
_STORAGE = re.compile(r"/providers/microsoft\.storage/", re.IGNORECASE)
_GRAPH = "/providers/microsoft.resourcegraph/"
_REMAINING = re.compile(r"x-ms-ratelimit-(remaining-|burst-remaining-)|x-ms-user-quota-remaining", re.IGNORECASE)
_REMAINING_WORK = "x-ms-ratelimit-time-remaining-xrm-requests"
_RESETS_AFTER = "x-ms-user-quota-resets-after"


class Clock:
    """The time that budgets go by."""

    def now(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def utc(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def wait_until(self, moment: float) -> None:
        """Sleeps until ``now`` is that moment."""
        time.sleep(max(0.0, moment - self.now()))


class Bucket:
    """Holds ``burst``, and gains ``per_second``: what is kept is the moment at which it is full again. Of a rate with a
    window also what was taken within it, which is never more than ``burst``."""

    def __init__(self, rate: Rate) -> None:
        self._burst = rate.burst
        self._interval = 1 / rate.per_second
        self._window = rate.window
        self._full_at = float("-inf")
        self._taken: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def ready(self, now: float, amount: float) -> float:
        """The moment at which it holds so much."""
        moment = self._full_at - (self._burst - min(amount, self._burst)) * self._interval
        if self._window is None:
            return moment
        while self._taken and self._taken[0][0] + self._window <= now:
            self._sum -= self._taken.popleft()[1]
        if self._taken and self._sum + min(1.0, amount) > self._burst + _ROUNDING:
            moment = max(moment, self._taken[0][0] + self._window)
        return moment

    def spend(self, now: float, amount: float, counted: float) -> None:
        """Takes so much out, of which so much is counted in the window. It may owe."""
        self._full_at = max(self._full_at, now) + amount * self._interval
        if self._window is not None:
            self._taken.append((now, counted))
            self._sum += counted

    def at_most(self, now: float, level: float) -> None:
        """Lets it hold no more than that at a moment."""
        self._full_at = max(self._full_at, now + (self._burst - level) * self._interval)


class Budget:
    """What may be sent to one unit of a service by one identity. Methods are called by any thread.

    The last of its buckets is the one that a pause empties, a lower rate takes more from, and headers speak of.
    """

    def __init__(self, clock: Clock, lock: Lock, buckets: tuple[Bucket, ...], work: Bucket | None) -> None:
        self._clock = clock
        self._lock = lock
        self._buckets = buckets
        self._work = work
        self._opens = float("-inf")
        self._paused_at = float("-inf")
        self._closed_until: float | None = None
        self._pauses = 0
        self._pace = 1.0

    def admit(self) -> float | None:
        """None, and one request is counted; or the moment until which none may be sent."""
        with self._lock:
            now = self._clock.now()
            cost = 1 / self._pace
            moment = max(self._opens, *(bucket.ready(now, 1) for bucket in self._buckets))
            moment = max(moment, self._buckets[-1].ready(now, cost))
            if self._work:
                moment = max(moment, self._work.ready(now, 1))
            if moment > now + _ROUNDING:
                return moment
            self._closed_until = None
            for bucket in self._buckets:
                bucket.spend(now, cost if bucket is self._buckets[-1] else 1, 1)
            return None

    @property
    def closed_until(self) -> float | None:
        """Until when the service asked to be left alone (seconds since the epoch), where that is too long to wait."""
        return self._closed_until

    def throttled(self, sent: float, asked: float | None) -> None:
        """The request sent at a moment was throttled: nobody sends before the time that was asked for has passed."""
        with self._lock:
            now = self._clock.now()
            if sent >= self._paused_at:
                # Answers to what was sent before the pause say nothing new.
                self._paused_at = now
                self._pauses += 1
                self._pace = max(_SLOWEST, self._pace / 2)
            least = min(0.5 * 2 ** min(self._pauses, 8), _LONGEST_BACKOFF)
            wait = max(asked or 0.0, least)
            if asked is not None and asked > LONGEST_WAIT_SECONDS:
                self._closed_until = max(self._closed_until or 0.0, self._clock.utc() + asked)
            # Other processes wait as well: not all for the same moment.
            self._opens = max(self._opens, now + wait + random.uniform(0, 0.5 + wait / 20))  # noqa: S311 - no secret
            self._buckets[-1].at_most(self._opens, 1 / self._pace)

    def answered(self, took: float, headers: Mapping[str, str]) -> None:
        """A request was processed within so many seconds; ``headers`` may say what is left."""
        left = _left(headers)
        with self._lock:
            now = self._clock.now()
            self._pauses = 0
            self._pace = min(1.0, self._pace + _RECOVERY)
            if left is not None:
                self._buckets[-1].at_most(now, left)
            if self._work:
                self._work.spend(now, took, took)
                seconds = _number(headers.get(_REMAINING_WORK))
                if seconds is not None:
                    self._work.at_most(now, seconds)
            resets = _duration(headers.get(_RESETS_AFTER)) if left == 0 else None
            if resets is not None:
                self._opens = max(self._opens, now + min(resets, LONGEST_WAIT_SECONDS))


class Budgets:
    """The budgets of a run, and its turns at each host."""

    def __init__(self, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._limits = limits or Limits()
        self._lock = Lock()
        self._budgets: dict[Hashable, Budget] = {}
        self._buckets: dict[Hashable, Bucket] = {}
        self._turns: dict[Hashable, BoundedSemaphore] = {}

    def turns(self, service: Service, host: str) -> BoundedSemaphore:
        """What bounds the requests that are under way to a host."""
        with self._lock:
            if host not in self._turns:
                self._turns[host] = BoundedSemaphore(self._limits.of(service).concurrent)
            return self._turns[host]

    def of(self, service: Service, host: str, identity: Hashable, method: str, path: str) -> Budget:
        """The budget that a request counts against; ``identity`` is any object that stands for one."""
        unit = host
        services = [service]
        if service is Service.RESOURCE_MANAGER:
            found = _SUBSCRIPTION.match(path)
            unit = f"{host}/{found[1].lower()}" if found else host
            if path.lower().startswith(_GRAPH):
                services = [Service.RESOURCE_GRAPH]
            elif _STORAGE.search(path):
                services = [Service.STORAGE_PROVIDER, Service.RESOURCE_MANAGER]
        operation = _operation(services[0], method)
        key = (services[0], unit, identity, operation)
        with self._lock:
            budget = self._budgets.get(key)
            if budget is None:
                budget = self._budgets[key] = self._made(services, unit, identity, operation)
            return budget

    def _made(self, services: list[Service], unit: str, identity: Hashable, operation: str) -> Budget:
        buckets = []
        for service in services:
            limit = self._limits.of(service)
            rate: Rate = getattr(limit, operation) or limit.requests
            key = (service, unit, identity, operation)
            buckets.append(self._buckets.setdefault(key, Bucket(rate)))
        work = self._limits.of(services[0]).work
        return Budget(self.clock, self._lock, tuple(buckets), Bucket(work) if work else None)


def _operation(service: Service, method: str) -> str:
    if service not in {Service.RESOURCE_MANAGER, Service.STORAGE_PROVIDER} or method in {"GET", "HEAD"}:
        return "requests"
    return "deletes" if method == "DELETE" else "writes"


def _left(headers: Mapping[str, str]) -> float | None:
    """The least that any header says is left. Azure: ``x-ms-ratelimit-remaining-subscription-reads`` and its like;
    Dataverse: ``x-ms-ratelimit-burst-remaining-xrm-requests``; Resource Graph: ``x-ms-user-quota-remaining``."""
    numbers = [_number(value) for name, value in headers.items() if _REMAINING.match(name)]
    return min((number for number in numbers if number is not None), default=None)


def _number(text: str | None) -> float | None:
    found = re.match(r"[0-9]{1,12}(\.[0-9]{1,12})?$", (text or "").strip().replace(",", ""))
    return float(found[0]) if found else None


def _duration(text: str | None) -> float | None:
    """Seconds of ``hh:mm:ss``."""
    found = re.fullmatch(r"([0-9]{1,3}):([0-9]{2}):([0-9]{2})", (text or "").strip())
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else None
