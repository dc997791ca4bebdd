"""Who has sent too much, by the limits that the services publish?

Dataverse counts requests of a user to an organization in a window that slides; Azure Resource Manager has a bucket a
subscription, client and kind of operation, Resource Graph a window a user, and the storage provider windows below
those. Source: docs/sources.md. Off until it is switched on: most tests ask about other things. What the real services
count besides (execution time, web servers, regions) is left out.
"""

from __future__ import annotations

import math
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.simulator.wire import Request

SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
STORAGE = re.compile(r"/providers/microsoft\.storage/", re.IGNORECASE)
INDEX = "/providers/microsoft.resourcegraph/"
BURST = "x-ms-ratelimit-burst-remaining-xrm-requests"
QUOTA = "x-ms-user-quota-remaining"


@dataclass(slots=True)
class Window:
    """So many requests in any stretch of so many seconds."""

    most: float
    seconds: float
    header: str
    _sent: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until one more is taken; 0 for now."""
        while self._sent and self._sent[0] <= now - self.seconds:
            self._sent.popleft()
        return self._sent[0] + self.seconds - now if len(self._sent) >= self.most else 0.0

    def take(self, now: float) -> None:
        """Counts one."""
        self._sent.append(now)

    def left(self) -> int:
        """How many more are taken now."""
        return int(self.most) - len(self._sent)


@dataclass(slots=True)
class Bucket:
    """So many at once, and so many a second after that."""

    most: float
    per_second: float
    header: str
    _level: float = field(init=False)
    _at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._level = self.most

    def wait(self, now: float) -> float:
        """Seconds until one more is taken; 0 for now."""
        self._level = min(self.most, self._level + max(0.0, now - self._at) * self.per_second)
        self._at = now
        return 0.0 if self._level >= 1 else (1 - self._level) / self.per_second

    def take(self, _now: float) -> None:
        """Counts one."""
        self._level -= 1

    def left(self) -> int:
        """How many more are taken now."""
        return int(self._level)


class Limits:
    """What each client has sent to each unit of the services that publish limits."""

    def __init__(self) -> None:
        self.enforced = False
        self._scale = 1.0
        self._counts: dict[tuple[str, ...], Window | Bucket] = {}
        self.refused = 0

    def enforce(self, scale: float = 1.0) -> None:
        """Begin to refuse; all numbers times ``scale``, so that a test need not send thousands."""
        self.enforced = True
        self._scale = scale
        self._counts.clear()
        self.refused = 0

    def ask(self, service: str, request: Request, identity: str, now: float) -> tuple[bool, dict[str, str]]:
        """Whether a request is taken, and the headers that its answer gets for it."""
        counts = list(self._of(service, request, identity, self._scale))
        wait = max((count.wait(now) for count in counts), default=0.0)
        if wait > 0:
            self.refused += 1
            return False, {"retry-after": str(math.ceil(wait))}
        for count in counts:
            count.take(now)
        return True, {count.header: str(count.left()) for count in counts if count.header}

    def _of(self, service: str, request: Request, identity: str, scale: float) -> Iterator[Window | Bucket]:
        if service == "Dataverse":
            yield self._count(Window(6000 * scale, 300, BURST), service, request.host, identity)
        elif service == "Arm" and request.path.lower().startswith(INDEX):
            yield self._count(Window(15 * scale, 5, QUOTA), service, "index", identity)
        elif service == "Arm":
            yield from self._arm(request, identity, scale)

    def _arm(self, request: Request, identity: str, scale: float) -> Iterator[Window | Bucket]:
        found = SUBSCRIPTION.match(request.path)
        unit, level = (found[1].lower(), "subscription") if found else ("", "tenant")
        operation = {"GET": "reads", "DELETE": "deletes"}.get(request.method, "writes")
        most, per_second = (250, 25) if operation == "reads" else (200, 10)
        header = f"x-ms-ratelimit-remaining-{level}-{operation}"
        yield self._count(Bucket(most * scale, per_second * scale, header), "Arm", unit, operation, identity)
        if STORAGE.search(request.path):
            window = Window(800 * scale, 300, "") if operation == "reads" else Window(1200 * scale, 3600, "")
            yield self._count(window, "storage", unit, operation, identity)

    def _count(self, new: Window | Bucket, *key: str) -> Window | Bucket:
        return self._counts.setdefault(key, new)
