from __future__ import annotations

from typing import Any

from reconciler.model.change import Impact, ImpactKind
from reconciler.model.evidence import Evidence, Reading
from reconciler.resources.impact_metadata import metadata_impacts
from reconciler.resources.impact_tables import TouchedTables
from tests.builders import live_link

RELATIONSHIPS = [["accountleads", "account", "lead"], ["contactleads", "contact", "lead"]]
ADDED_LEAD = TouchedTables(added=("lead",), kept=("account",))


def found(touched: TouchedTables, live: Any = None, **readings: Any) -> list[Impact]:
    evidence = Evidence({name: Reading("test", value) for name, value in readings.items()})
    return list(metadata_impacts(touched, live, evidence))


def test_an_intersect_table_that_is_left_out_is_named() -> None:
    (impact,) = found(ADDED_LEAD, relationships=RELATIONSHIPS)
    assert impact.kind is ImpactKind.INTERSECT_NOT_EXPORTED
    assert impact.tables == ("accountleads",)
    assert impact.summary == (
        "rows can't be joined over accountleads (account with lead): both ends are exported, the table that joins them "
        "is not"
    )


def test_an_intersect_table_that_is_exported_is_no_matter() -> None:
    assert found(TouchedTables(added=("accountleads", "lead"), kept=("account",)), relationships=RELATIONSHIPS) == []


def test_relationships_that_the_change_does_not_touch_are_not_its_impact() -> None:
    touched = TouchedTables(removed=("task",), kept=("account", "lead"))
    assert found(touched, relationships=RELATIONSHIPS) == []


def test_an_intersect_table_that_goes_leaves_its_ends() -> None:
    touched = TouchedTables(removed=("accountleads",), kept=("account", "lead"))
    assert [impact.tables for impact in found(touched, relationships=RELATIONSHIPS)] == [("accountleads",)]


def test_a_calculated_column_needs_its_base_tables() -> None:
    columns = {"lead": {"score": ["Decimal", ["account", "opportunity"]], "name": ["String"]}}
    (impact,) = found(ADDED_LEAD, columns=columns)
    assert impact.kind is ImpactKind.BASE_TABLE_NOT_EXPORTED
    assert impact.tables == ("opportunity",)
    assert impact.summary == (
        "values of lead.score (from opportunity) grow old: calculated from tables that are not exported"
    )


def test_a_base_table_that_goes_makes_columns_of_others_stale() -> None:
    columns = {"account": {"total": ["Money", ["opportunity", "quote"]]}}
    gone = TouchedTables(removed=("opportunity",), kept=("account",))
    assert [impact.tables for impact in found(gone, columns=columns)] == [("opportunity", "quote")]
    unrelated = TouchedTables(removed=("task",), kept=("account",))
    assert found(unrelated, columns=columns) == []


def test_a_changed_type_means_linking_again() -> None:
    live = live_link("account", "contact", "task", row_counts={"account": 1000, "contact": 234, "task": 9})
    columns = {"account": {"age": ["String"], "name": ["String"]}, "contact": {"age": ["Integer"]}}
    model = {"account": {"age": "int64", "name": "string"}, "contact": {"age": "int64"}}
    touched = TouchedTables(added=("lead",), removed=("task",), kept=("account", "contact"))
    (impact,) = found(touched, live, columns=columns, exportedModel=model)
    assert impact.kind is ImpactKind.SCHEMA_BREAK
    assert (impact.tables, impact.rows) == (("account",), 1234)
    assert impact.summary == (
        "account.age was exported as int64 and is String now: a changed type breaks the export, and only unlinking and "
        "linking again mends it, which loads 1,234 rows of account, contact again"
    )


def test_types_that_agree_or_a_table_that_goes_are_no_break() -> None:
    columns, model = {"account": {"age": ["String"]}}, {"account": {"age": "int64"}}
    gone = TouchedTables(removed=("account",))
    assert found(gone, live_link("account"), columns=columns, exportedModel=model) == []
    assert found(TouchedTables(added=("account",)), None, columns=columns, exportedModel=model) == []


def test_what_was_not_read_says_nothing() -> None:
    assert metadata_impacts(ADDED_LEAD, None, None) == ()
    unread = Evidence({"relationships": Reading("test", unread="no right")})
    assert metadata_impacts(ADDED_LEAD, None, unread) == ()
