"""For how long does an answer ask to be left alone?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_ASKED_SECONDS = 366 * 24 * 3600
_IN_SECONDS = ("retry-after",)
_IN_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?")


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that the headers of an answer ask to wait; None where none says so intelligibly.

    Numbers and HTTP dates are understood (RFC 9110, 10.2.3), and the two headers in milliseconds of Azure's services.
    Dates count from the answer's own Date, so that our clock need not be right, or else from ``now`` (seconds since the
    epoch). Of several the longest counts; a date that has passed is 0, and more than a year is a year. What is
    negative or no number says nothing.
    """
    given = {name.lower(): value for name, value in headers.items()}
    date = _date(given.get("date", ""))
    waits = [wait for name in _IN_SECONDS for wait in _waits(given.get(name, ""), now if date is None else date)]
    waits += [wait / 1000 for name in _IN_MILLISECONDS for wait in _numbers(given.get(name, ""))]
    return min(max(waits), LONGEST_ASKED_SECONDS) if waits else None


def _waits(text: str, now: float) -> Iterator[float]:
    moment = _date(text)
    if moment is not None:
        yield max(0.0, moment - now)
    else:
        yield from _numbers(text)


def _numbers(text: str) -> Iterator[float]:
    """Repeated headers arrive as one, with commas."""
    for part in text.split(","):
        if _NUMBER.fullmatch(part.strip()):
            yield float(part)


def _date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def as_utc(moment: float) -> str:
    """A moment (seconds since the epoch) for people, as ``2026-11-21 10:07:14 UTC``."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
