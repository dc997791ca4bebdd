"""The exit codes, and which of several holds."""

from __future__ import annotations

from collections.abc import Iterable

OK = 0
ERROR = 1
DIFFERENT = 2
INVALID = 3
REFUSED = 4
PARTLY = 5

_PRECEDENCE = (INVALID, REFUSED, ERROR, PARTLY, DIFFERENT)


def strongest(codes: Iterable[int]) -> int:
    """The code that holds where several do."""
    found = set(codes)
    return next((code for code in _PRECEDENCE if code in found), OK)
