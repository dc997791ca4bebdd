"""Numbers and names of things as sentences hold them."""

from __future__ import annotations

from collections.abc import Sequence, Sized


def counted(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def number_of(number: int, noun: str) -> str:
    """``1 table``, ``2,000 tables``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def is_or_are(things: Sized) -> str:
    """The verb for so many."""
    return "is" if len(things) == 1 else "are"
