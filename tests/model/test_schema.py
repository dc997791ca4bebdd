from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.schema import Column, Relationship, columns_of, exported_of, relationships_of, type_breaks

TYPES = st.sampled_from(["String", "Memo", "Integer", "Picklist", "Money", "Lookup", "DateTime", "Boolean", "Virtual"])
EXPORTED = st.sampled_from(["string", "int64", "decimal", "guid", "dateTime", "dateTimeOffset", "boolean", "blob"])
NAMES = st.sampled_from(["a", "b", "c", "d"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def test_a_column_whose_type_changed_is_a_break() -> None:
    columns = {"age": Column("String"), "name": Column("String")}
    assert type_breaks(columns, {"age": "int64", "name": "string"}) == [("age", "int64", "String")]


@pytest.mark.parametrize(
    ("kind", "exported"),
    [
        ("Picklist", "int64"),
        ("DateTime", "dateTimeOffset"),
        ("DateTime", "dateTime"),
        ("Money", "decimal"),
        ("Owner", "guid"),
        ("Virtual", "string"),
        ("String", "blob"),
        ("SomethingNew", "int64"),
    ],
)
def test_types_that_fit_or_are_not_known_are_no_break(kind: str, exported: str) -> None:
    assert type_breaks({"x": Column(kind)}, {"x": exported}) == []


@given(st.dictionaries(NAMES, TYPES), st.dictionaries(NAMES, EXPORTED))
def test_only_columns_of_both_sides_can_break_and_they_come_by_name(
    present: dict[str, str], exported: dict[str, str]
) -> None:
    found = type_breaks({name: Column(kind) for name, kind in present.items()}, exported)
    names = [name for name, _, _ in found]
    assert names == sorted(set(names))
    assert set(names) <= present.keys() & exported.keys()
    assert all((exported[name], present[name]) == (old, new) for name, old, new in found)


@given(st.dictionaries(NAMES, TYPES), st.dictionaries(NAMES, EXPORTED))
def test_a_break_does_not_depend_on_the_other_columns(present: dict[str, str], exported: dict[str, str]) -> None:
    whole = {name for name, _, _ in type_breaks({n: Column(kind) for n, kind in present.items()}, exported)}
    alone = {n for n, kind in present.items() if type_breaks({n: Column(kind)}, exported)}
    assert whole == alone


def test_readings_are_taken_apart() -> None:
    assert columns_of({"account": {"revenue": ["Money", ["opportunity"]], "name": ["String"]}}) == {
        "account": {"revenue": Column("Money", ("opportunity",)), "name": Column("String")}
    }
    assert relationships_of([["accountleads", "account", "lead"]]) == [Relationship("accountleads", "account", "lead")]
    assert exported_of({"account": {"name": "string"}}) == {"account": {"name": "string"}}


@pytest.mark.parametrize("value", [{"t": {"x": []}}, {"t": {"x": [1]}}, {"t": {"x": "String"}}, {"t": 1}, [], None])
def test_columns_of_another_form_are_left_out(value: Any) -> None:
    assert not any(columns_of(value).values())


def test_base_tables_of_another_form_are_left_out() -> None:
    assert columns_of({"t": {"x": ["Money", "account"], "y": ["Money", [1, "lead"]]}}) == {
        "t": {"x": Column("Money"), "y": Column("Money", ("lead",))}
    }


@pytest.mark.parametrize("value", [[["a", "b"]], [["a", "b", 3]], ["abc"], {}, None])
def test_relationships_of_another_form_are_left_out(value: Any) -> None:
    assert relationships_of(value) == []


@given(JSON)
def test_nothing_that_a_reading_holds_is_a_crash(value: Any) -> None:
    assert all(isinstance(each.type, str) for table in columns_of(value).values() for each in table.values())
    assert all(isinstance(kind, str) for table in exported_of(value).values() for kind in table.values())
    assert all(isinstance(each.intersect, str) for each in relationships_of(value))
