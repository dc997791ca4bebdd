"""Which requests go wrong, and how?

A fault names routes (by a pattern of names such as ``link.*``) or requests (a regular expression over "METHOD path"),
and applies a number of times, or at a rate drawn from the seed: the same requests in the same order fail alike.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, get_args

from reconciler.simulator.wire import Response

if TYPE_CHECKING:
    from reconciler.simulator.wire import Request, Service

FaultKind = Literal["throttle", "error", "error-after", "reset-before", "reset-after", "slow", "nonsense", "refused"]
Nonsense = Literal["html", "truncated", "content-type"]


@dataclass(slots=True)
class Fault:
    """One way in which some requests go wrong."""

    kind: FaultKind
    route: str = "*"
    request: str | None = None
    """A regular expression that "METHOD path" has to match from its start."""
    times: int | None = 1
    """How many requests it hits; None for all. Ignored where there is a rate."""
    rate: float | None = None
    after: int = 0
    """How many matching requests pass unharmed first."""
    status: int = 503
    retry_after: float | None = 1
    delay: float = 1.0
    nonsense: Nonsense = "html"
    hits: int = field(default=0, init=False)
    _passed: int = field(default=0, init=False)
    _pattern: re.Pattern[str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            message = f"unknown fault {self.kind!r}; expected one of {', '.join(get_args(FaultKind))}"
            raise ValueError(message)
        self._pattern = re.compile(self.request) if self.request else None

    def applies(self, name: str, request: Request, chance: random.Random) -> bool:
        """Whether it hits this request; counts it if so."""
        if not fnmatchcase(name, self.route):
            return False
        if self._pattern and not self._pattern.match(f"{request.method} {request.path}"):
            return False
        if self._passed < self.after:
            self._passed += 1
            return False
        due = self.times is None or self.hits < self.times
        hit = due if self.rate is None else chance.random() < self.rate
        self.hits += hit
        return hit

    @property
    def before(self) -> bool:
        """Whether it takes the place of the effect, so that nothing happens to the state."""
        return self.kind in ("throttle", "error", "nonsense", "refused", "reset-before")

    def answer(self, service: Service, request: Request) -> Response:
        """The answer that a request gets instead of its own."""
        if self.kind == "throttle":
            response = service.failed(request, 429)
            if self.retry_after is not None:
                response.headers["retry-after"] = f"{self.retry_after:g}"
            return response
        if self.kind == "refused":
            return service.failed(request, 403)
        if self.kind == "nonsense":
            return NONSENSE[self.nonsense]
        return service.failed(request, self.status)


NONSENSE = {
    "html": Response(
        200, b"<!DOCTYPE html><html><body>Service maintenance</body></html>", {"content-type": "text/html"}
    ),
    "truncated": Response(200, b'{"value":[{"name":"trunc', {"content-type": "application/json"}),
    "content-type": Response(200, b"OK", {"content-type": "application/octet-stream"}),
}


class Faults:
    """The faults of a local cloud, in the order they were added; the first that applies is the one."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._all: list[Fault] = []

    def add(self, kind: FaultKind, route: str = "*", **settings: Any) -> Fault:
        """Add a fault; ``settings`` are the other fields of ``Fault``."""
        fault = Fault(kind, route, **settings)
        self._all.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults, and begin the chances of the seed anew."""
        self._all.clear()
        self._chance = random.Random(self._seed)  # noqa: S311 - repeatable on purpose

    def pick(self, name: str, request: Request) -> Fault | None:
        """The fault that hits a request, if any."""
        if not self._all:
            return None
        return next((fault for fault in self._all if fault.applies(name, request, self._chance)), None)

    def __iter__(self) -> Any:
        return iter(self._all)
