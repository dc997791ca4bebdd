from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.plan.moved import MOST_DIFFERENCES, what_moved

LINK: dict[str, Any] = {"interval": 60, "activated": True, "tables": {"account": {"partition": "month"}}}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def moved(**changes: Any) -> str | None:
    return what_moved({"saleslake": LINK}, {"saleslake": {**LINK, **changes}})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"interval": 15}, "saleslake/interval: 60 -> 15"),
        ({"interval": None}, "saleslake/interval: 60 -> null"),
        ({"activated": False}, "saleslake/activated: true -> false"),
        ({"tables": {**LINK["tables"], "contact": {}}}, "saleslake/tables/contact came"),
        ({"tables": {}}, "saleslake/tables/account went"),
        ({"tables": {"account": {"partition": "year"}}}, 'saleslake/tables/account/partition: "month" -> "year"'),
        ({"tables": [1, 2]}, "saleslake/tables: (1 value) -> (2 values)"),
        ({"interval": 15, "activated": False}, "saleslake/activated: true -> false; saleslake/interval: 60 -> 15"),
    ],
)
def test_what_moved_is_told_by_its_path(changes: dict[str, Any], words: str) -> None:
    assert moved(**changes) == words


def test_equal_facts_did_not_move() -> None:
    assert moved() is None


def test_of_many_differences_the_first_are_told_and_the_others_counted() -> None:
    told = moved(tables={f"t{number:03}": {} for number in range(100)}) or ""
    assert told.count(";") == MOST_DIFFERENCES
    assert told.endswith("; and 91 differences more")


@given(anything, anything)
def test_whatever_a_file_holds_is_told_in_few_words(before: Any, now: Any) -> None:
    told = what_moved({"dev": before}, {"dev": now})
    assert told is None or len(told) < 10_000


def test_what_is_nested_too_deep_is_told_as_a_whole() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"x": deep}
    told = what_moved(deep, {"x": {"x": 2}})
    assert told == "x/x: (1 value) -> 2"
    assert len(what_moved(deep, {"x": deep}) or "") < 200


def test_long_names_and_values_are_cut_short() -> None:
    told = what_moved({"a" * 1_000: "b" * 1_000}, {"a" * 1_000: 1}) or ""
    assert len(told) < 200
