"""What moved between two readings of a partition, in words that a person can read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from reconciler.model.canonical import JsonValue
from reconciler.model.phrases import number_of

MOST_DIFFERENCES = 10
_LONGEST = 80
# The facts of a link's table are five levels down; a file may hold anything.
_DEEPEST = 12


def what_moved(before: JsonValue, now: JsonValue) -> str | None:
    """The differences between the facts of a partition then and now, the first of them and how many more.

    Facts from a file are text from outside: names and values are cut short, and escaped by whoever shows them. None
    where the facts are equal.
    """
    found = list(_differences("", before, now))
    if not found:
        return None
    more = len(found) - MOST_DIFFERENCES
    return "; ".join([*found[:MOST_DIFFERENCES], *([f"and {number_of(more, 'difference')} more"] if more > 0 else [])])


def _differences(path: str, before: JsonValue, now: JsonValue, depth: int = 0) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping) and depth < _DEEPEST:
        for name in sorted(before.keys() | now.keys()):
            inner = f"{path}/{_short(name)}" if path else _short(name)
            if name not in now:
                yield f"{inner} went"
            elif name not in before:
                yield f"{inner} came"
            else:
                yield from _differences(inner, before[name], now[name], depth + 1)
    elif before != now:
        yield f"{path}: {_shown(before)} -> {_shown(now)}"


def _shown(value: JsonValue) -> str:
    if isinstance(value, dict | list):
        return f"({number_of(len(value), 'value')})"
    return _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
