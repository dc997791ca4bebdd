"""What became of a change when it was applied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.address import Address


class Result(StrEnum):
    """How it ended. ``unknown``: a request was sent and its answer never came. ``deferred``: left to a later run."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Write:
    """One request that writes, by the ids under which both sides know it.

    ``id`` is the ``x-ms-client-request-id`` that was sent, ``request_id`` the service's own, empty where it told none.
    ``url`` has no query. ``time`` is when it was sent, in UTC. ``status`` is None as long as no answer came.
    """

    id: str
    method: str
    url: str
    time: str
    status: int | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change's end: what was done, step by step, where it stopped, and the requests that it wrote with."""

    address: Address
    partition: str
    result: Result
    done: tuple[str, ...] = ()
    stopped_at: str | None = None
    detail: str | None = None
    writes: tuple[Write, ...] = ()
