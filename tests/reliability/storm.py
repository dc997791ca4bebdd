"""Faults of every kind on a share of all calls, drawn anew for each request from a seed alone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from reconciler.simulator.dispatch import Dispatch
from reconciler.simulator.faults import Fault, Faults
from reconciler.simulator.wire import Request

KINDS: dict[str, dict[str, Any]] = {
    "throttle": {"kind": "throttle", "retry_after": 1},
    "throttle without Retry-After": {"kind": "throttle", "retry_after": None},
    "throttle for an hour": {"kind": "throttle", "retry_after": 3600},
    **{f"error {status}": {"kind": "error", "status": status} for status in (408, 500, 502, 503, 504)},
    **{f"error {status} after the effect": {"kind": "error-after", "status": status} for status in (500, 504)},
    "reset before the effect": {"kind": "reset-before"},
    "reset after the effect": {"kind": "reset-after"},
    "slow": {"kind": "slow", "delay": 0.005},
    **{f"nonsense: {sort}": {"kind": "nonsense", "nonsense": sort} for sort in ("html", "truncated", "content-type")},
    "refused 401": {"kind": "error", "status": 401},
    "refused 403": {"kind": "refused"},
}
INNER = 0.02
"""The share of requests inside batches, of which a batch has a dozen: one that fails spoils the batch."""
_CONNECTION = ("reset", "slow")


class Storm(Faults):
    """Hits ``rate`` of all calls. What befalls a request depends on the seed, on the request and on how often it came:
    not on the order in which threads come."""

    def __init__(self, seed: int, rate: float = 0.3) -> None:
        super().__init__(seed)
        self.rate = rate
        self.raging = False
        self.gathering: frozenset[str] = frozenset()
        """Routes whose first request begins it."""
        self.drawn: Counter[str] = Counter()
        self.calls = 0
        self.before_each: Callable[[int], None] = lambda _call: None
        """Told of each call by its number, before it is answered."""
        self._seed_text = str(seed)
        self._came: Counter[str] = Counter()

    def rage(self) -> None:
        """Begins it."""
        self.raging = True

    def gather(self, routes: frozenset[str]) -> None:
        """Ends it until the first request to one of these routes."""
        self.raging, self.gathering = False, routes

    def end(self) -> None:
        """Ends it."""
        self.gather(frozenset())

    def pick(self, name: str, request: Request) -> Fault | None:
        """The fault of this request, if any."""
        inner = "user-agent" not in request.headers
        if not inner:
            self.calls += 1
            self.before_each(self.calls)
        self.raging = self.raging or name in self.gathering
        if not self.raging:
            return None
        what = f"{request.method} {request.host}{request.path} {_scope(name, request)}"
        self._came[what] += 1
        chance = random.Random(f"{self._seed_text} {what} {self._came[what]}")
        if chance.random() >= (INNER if inner else self.rate):
            return None
        word = chance.choice([word for word in KINDS if not (inner and _only_outside(word))])
        self.drawn[word] += 1
        return Fault(**KINDS[word])


def writing_routes(dispatch: Dispatch) -> frozenset[str]:
    """The names of all routes that write, by the local cloud's own tables."""
    services: list[Any] = [dispatch._dataverse, dispatch._link, dispatch._synapse, *dispatch._fixed.values()]
    return frozenset(route.name for service in services for route in service.routes if route.writes)


def _scope(name: str, request: Request) -> str:
    """What tells requests for tokens apart: all go to one address."""
    return request.form().get("scope", "") if name == "entra.token" else ""


def _only_outside(word: str) -> bool:
    """Whether a fault befalls a connection: no request inside a batch has one of its own."""
    return word.startswith(_CONNECTION) or word.endswith("after the effect")
