"""What time is it in the local cloud?"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache

ZERO_DATE = "0001-01-01T00:00:00"
"""The .NET zero date: the service's word for "never"."""


class Clock:
    """Real time plus an offset that tests and people move; it never goes back on its own."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Seconds since the epoch, in the local cloud."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the time by so many seconds."""
        self.offset += seconds

    def reset(self) -> None:
        """Return to real time."""
        self.offset = 0.0


def zulu(moment: float | None) -> str | None:
    """A moment as Dataverse writes it: whole seconds, UTC."""
    if moment is None:
        return None
    return _whole_second(int(moment))


@lru_cache(maxsize=4096)
def _whole_second(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def zoneless(moment: float | None) -> str:
    """A moment as the Synapse Link service writes it: no zone, and the zero date for never."""
    if moment is None:
        return ZERO_DATE
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
