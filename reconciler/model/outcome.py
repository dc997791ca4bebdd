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
class Outcome:
    """One change's end: what was done, step by step, and where it stopped."""

    address: Address
    partition: str
    result: Result
    done: tuple[str, ...] = ()
    stopped_at: str | None = None
    detail: str | None = None
