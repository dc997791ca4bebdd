from __future__ import annotations

from reconciler.model.canonical import JsonValue
from reconciler.model.change import Action, FieldChange
from reconciler.resources.impact_tables import TouchedTables, rows_of, touched_tables
from tests.builders import change, desired_link, live_link

COMES: JsonValue = {"source": "dataverse"}


def test_tables_that_come_go_and_stay() -> None:
    fields = (
        FieldChange("tables[lead]", None, COMES),
        FieldChange("tables[task]", COMES, None),
        FieldChange("tables[contact].recordCountPerBlock", 50, 125),
        FieldChange("interval", 15, 60),
    )
    found = touched_tables(change(fields=fields), desired_link(), live_link("account", "contact", "task"))
    assert found == TouchedTables(added=("lead",), removed=("task",), kept=("account", "contact"))
    assert found.exported == ("account", "contact", "lead")
    assert found.all == {"lead", "task"}


def test_a_replaced_table_is_dropped_and_loaded_anew() -> None:
    fields = (FieldChange("tables[contact].partition", "month", "year"),)
    found = touched_tables(
        change(action=Action.REPLACE, fields=fields), desired_link(), live_link("account", "contact")
    )
    assert found == TouchedTables(replaced=("contact",), kept=("account",))


def test_another_destination_means_all_tables_anew_elsewhere() -> None:
    fields = (FieldChange("destination.container", "old", "new"),)
    found = touched_tables(
        change(action=Action.REPLACE, fields=fields), desired_link("account", "lead"), live_link("account", "contact")
    )
    assert found == TouchedTables(added=("lead",), replaced=("account", "contact"), elsewhere=True)


def test_an_unlinked_link_loses_all_its_tables() -> None:
    found = touched_tables(change(action=Action.DELETE), desired_link(), live_link("account", "contact"))
    assert found == TouchedTables(removed=("account", "contact"))


def test_a_new_link_has_nothing_live() -> None:
    assert touched_tables(change(action=Action.CREATE), desired_link("lead"), None) == TouchedTables(added=("lead",))


def test_rows_are_summed_and_told_with_separators() -> None:
    assert rows_of(["account", "contact"], {"account": 1_204_000, "contact": 331}) == (
        1_204_331,
        "1,204,331 rows of account, contact",
    )
    assert rows_of(["account"], {"account": 1}) == (1, "1 row of account")
    assert rows_of(["account"], {"account": 0}) == (0, "0 rows of account")


def test_rows_that_nobody_counted_are_said_to_be_unknown() -> None:
    assert rows_of(["account"], {}) == (None, "all rows of account (how many is not known)")
    assert rows_of(["account", "lead"], {"lead": 7}) == (
        None,
        "at least 7 rows of account, lead (not counted: 1 of them)",
    )
