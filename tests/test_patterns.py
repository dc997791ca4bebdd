"""No regular expression can be made to take long: none reads one text in two ways that go on for ever.

A matcher that goes back over its choices takes quadratic time, or worse, exactly where a pattern has two loops that can
share a text: for states p and q and one word, p leads to p, p to q, and q to q. That is looked for here, in the
automaton of each pattern of the code and the schemas, so that nothing has to be timed.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from re import _constants as op  # the one way to a parsed pattern
from re import _parser as parser
from typing import Any

import pytest

import reconciler
from reconciler.model.cloud import CLOUDS

ALPHABET = [chr(code) for code in range(128)] + ["\x85", "é", "\u2028", "表"]
CATEGORIES = {op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
              op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W"}  # fmt: skip
Chars = frozenset[str]


class Automaton:
    """States and steps of a pattern. What asserts, and reads nothing, is taken to hold; bounded repeats count as one:
    both can only add ways to read a text."""

    def __init__(self, pattern: str, flags: int) -> None:
        self.flags = flags
        self.steps: dict[int, list[tuple[Chars | None, int]]] = defaultdict(list)
        self.states = 1
        self._sequence(parser.parse(pattern, flags), 0)

    def _new(self) -> int:
        self.states += 1
        return self.states - 1

    def _sequence(self, nodes: Any, state: int) -> int:
        for kind, argument in nodes:
            state = self._node(kind, argument, state)
        return state

    def _node(self, kind: Any, argument: Any, state: int) -> int:
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            end = self._new()
            self.steps[state].append((self._chars(kind, argument), end))
            return end
        if kind is op.SUBPATTERN:
            return self._sequence(argument[3], state)
        if kind is op.BRANCH:
            end = self._new()
            for branch in argument[1]:
                self.steps[self._sequence(branch, state)].append((None, end))
            return end
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            least, most, body = argument
            for _ in range(min(least, 1)):
                state = self._sequence(body, state)
            begin, end = self._new(), self._new()
            self.steps[state] += [(None, begin), (None, end)]
            done = self._sequence(body, begin)
            self.steps[done] += [(None, end), *([(None, begin)] if most is op.MAXREPEAT else [])]
            return end
        assert kind in (op.AT, op.ASSERT, op.ASSERT_NOT), kind
        return state

    def _chars(self, kind: Any, argument: Any) -> Chars:
        if kind is op.ANY:
            return frozenset(ALPHABET)
        items = [(op.LITERAL, argument)] if kind in (op.LITERAL, op.NOT_LITERAL) else list(argument)
        negated = kind is op.NOT_LITERAL or items[0][0] is op.NEGATE
        found = {char for char in ALPHABET if any(self._holds(item, char) for item in items)}
        return frozenset(set(ALPHABET) - found if negated else found)

    def _holds(self, item: tuple[Any, Any], char: str) -> bool:
        kind, argument = item
        forms = {char, char.lower(), char.upper()} if self.flags & re.IGNORECASE else {char}
        if kind is op.LITERAL:
            return chr(argument) in forms
        if kind is op.RANGE:
            return any(len(form) == 1 and argument[0] <= ord(form) <= argument[1] for form in forms)
        return kind is op.CATEGORY and re.match(CATEGORIES[argument], char, self.flags & re.ASCII) is not None

    def reading(self) -> dict[int, list[tuple[Chars, int]]]:
        """Steps that read, those that read nothing left out."""
        return {
            state: [(chars, end) for middle in self._closure(state) for chars, end in self.steps[middle] if chars]
            for state in range(self.states)
        }

    def _closure(self, state: int) -> set[int]:
        found, pending = {state}, [state]
        while pending:
            for chars, end in self.steps[pending.pop()]:
                if chars is None and end not in found:
                    found.add(end)
                    pending.append(end)
        return found


def shared_loops(pattern: str, flags: int = 0) -> bool:
    """Whether two loops of a pattern, or two turns of one, can read the same text."""
    steps = Automaton(pattern, flags).reading()
    reach = {state: _reached(steps, state) for state in steps}
    loops = [state for state in steps if state in reach[state]]
    return any(_share(steps, reach, p, q) for p in loops for q in loops if q in reach[p] and p != q) or any(
        _turns(steps, reach, p) for p in loops
    )


def _reached(steps: dict[int, list[tuple[Chars, int]]], start: int) -> set[int]:
    found: set[int] = set()
    pending = [start]
    while pending:
        for _, end in steps[pending.pop()]:
            if end not in found:
                found.add(end)
                pending.append(end)
    return found


def _share(steps: Any, reach: Any, p: int, q: int) -> bool:
    """Whether one word leads p to p, p to q and q to q."""
    seen, pending = set(), [(p, p, q)]
    while pending:
        a, b, c = pending.pop()
        for first, x in steps[a]:
            if p not in reach[x] and p != x:
                continue
            for second, y in steps[b]:
                both = first & second
                if not both or (q not in reach[y] and q != y):
                    continue
                for third, z in steps[c]:
                    if both & third and (x, y, z) not in seen and (q in reach[z] or q == z):
                        if (x, y, z) == (p, q, q):
                            return True
                        seen.add((x, y, z))
                        pending.append((x, y, z))
    return False


def _turns(steps: Any, reach: Any, p: int) -> bool:
    """Whether one word leads p to p in two ways."""
    seen, pending = set(), [(p, p, False)]
    while pending:
        a, b, parted = pending.pop()
        for number, (first, x) in enumerate(steps[a]):
            for other, (second, y) in enumerate(steps[b]):
                if not first & second or not {p} & ({x} | reach[x]) or not {p} & ({y} | reach[y]):
                    continue
                now = parted or a != b or number != other
                if (x, y, now) == (p, p, True):
                    return True
                if (x, y, now) not in seen:
                    seen.add((x, y, now))
                    pending.append((x, y, now))
    return False


def patterns() -> Iterator[tuple[str, int]]:
    """Those of the code that runs against clouds, and of the schemas."""
    for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
        if not module.name.startswith(("reconciler.simulator", "reconciler.cli.simulator")):
            for value in vars(importlib.import_module(module.name)).values():
                for found in _within(value, 3):
                    text = found.pattern
                    yield (text.decode() if isinstance(text, bytes) else text), found.flags & ~re.UNICODE
    for cloud in CLOUDS.values():
        yield cloud.dataverse_hosts, 0
    for path in sorted((Path(__file__).parents[1] / "schemas").glob("*.json")):
        for text in re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', path.read_text(encoding="utf-8")):
            yield json.loads(text), re.ASCII


def _within(value: Any, depth: int) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, tuple | list):
        for each in value:
            yield from _within(each, depth - 1)
    elif depth and isinstance(value, type) and value.__module__.startswith("reconciler"):
        yield from _within(list(vars(value).values()), depth - 1)


FOUND = sorted(set(patterns()))


@pytest.mark.parametrize(("pattern", "flags"), FOUND, ids=[pattern[:40] for pattern, _ in FOUND])
def test_no_pattern_reads_a_text_in_two_ways_that_go_on(pattern: str, flags: int) -> None:
    assert not shared_loops(pattern, flags)


def test_enough_of_them_are_found() -> None:
    assert len(FOUND) > 60


@pytest.mark.parametrize(
    ("pattern", "shared"),
    [
        ("(a+)+b", True),
        ("(a|ab|b)*c", True),
        ("a*a*b", True),
        (r"[0-9][0-9_]*\.?[0-9_]*", True),
        (r"\s+$|x\s*\s*y", True),
        (r"[0-9][0-9_]*(?:\.[0-9_]*)?", False),
        ("(?:a|b)*c", False),
        ("a+b+", False),
        (r"[a-z]([a-z-]*[a-z])?", False),
        ("(a{0,5}b)*", False),
    ],
)
def test_the_search_finds_what_it_is_for(pattern: str, shared: bool) -> None:
    assert shared_loops(pattern) == shared
