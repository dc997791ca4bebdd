"""Durations on the command line: ``90s``, ``30m``, ``2h``, ``1d``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_FORM = re.compile(r"([0-9]{1,6})([smhd])")
_LONGEST = 30 * 86400


def seconds(text: str) -> int:
    """The seconds of a duration, more than none and at most 30 days of them. Raises ValueError for another text."""
    found = _FORM.fullmatch(text)
    number = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 0 < number <= _LONGEST:
        raise ValueError(text)
    return number


def duration_option(*names: str, **settings: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option whose value is a duration, given as seconds; None where it is left out."""
    return click.option(*names, callback=_convert, **{"metavar": "DURATION", **settings})


def _convert(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    try:
        return None if value is None else seconds(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no duration such as 90s, 30m or 2h, of at most 30d.") from None
