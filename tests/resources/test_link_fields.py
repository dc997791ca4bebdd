from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import FieldChange
from reconciler.model.desired import Destination, DestinationType, Partition, Table, TableSource
from reconciler.model.live import RowsAlone
from reconciler.resources.link_fields import (
    asserted_settings,
    block_size_difference,
    creation_fields,
    destination_differences,
    setting_differences,
    table_conflict,
    table_field,
    unknown_settings,
)
from tests.builders import desired_link, live_link, live_table, storage_id, workspace_id


def csv(**fields: Any) -> Destination:
    return Destination(**{"type": DestinationType.CSV, "storage_account": storage_id(), **fields})


def test_settings_that_are_not_managed_never_differ() -> None:
    assert setting_differences(desired_link(), live_link(interval=15, attachments=True, files=True)) == []


def test_settings_that_are_as_declared_do_not_differ() -> None:
    link = desired_link(interval=60, attachments=False, files=False)
    assert setting_differences(link, live_link()) == []


def test_settings_that_differ_are_shown_with_both_sides_by_name() -> None:
    link = desired_link(interval=15, attachments=True, files=True)
    assert setting_differences(link, live_link()) == [
        FieldChange("attachments", before=False, after=True),
        FieldChange("files", before=False, after=True),
        FieldChange("interval", 60, 15),
    ]


def test_a_value_that_cannot_be_read_is_no_difference_and_said_to_be_unknown() -> None:
    link, live = desired_link(interval=15, attachments=True), live_link(interval=None)
    assert [field.path for field in setting_differences(link, live)] == ["attachments"]
    assert unknown_settings(link, live) == ["interval"]
    assert unknown_settings(desired_link(), live) == []


@pytest.mark.parametrize(
    ("destination", "live", "paths"),
    [
        (csv(container="dataverse-dev"), {}, []),
        (csv(), {"container": "anything"}, []),
        (csv(container="other"), {}, ["destination.container"]),
        (csv(container="other"), {"container": None}, []),
        (csv(workspace=workspace_id()), {}, ["destination.workspace"]),
        (csv(), {"workspace": workspace_id()}, ["destination.workspace"]),
        (csv(workspace=workspace_id()), {"workspace": workspace_id()}, []),
        (csv(workspace=workspace_id()), {"workspace": "devworkspace"}, []),
        (csv(workspace=workspace_id()), {"workspace": workspace_id("other")}, ["destination.workspace"]),
        (csv(type=DestinationType.DELTA), {}, ["destination.type"]),
        (Destination(DestinationType.FABRIC), {"destination_type": DestinationType.FABRIC, "workspace": "w"}, []),
    ],
)
def test_parts_of_the_destination_differ_where_both_sides_are_known(
    destination: Destination, live: dict[str, Any], paths: list[str]
) -> None:
    found = destination_differences(desired_link(destination=destination), live_link(**live))
    assert [field.path for field in found] == paths


@pytest.mark.parametrize(
    ("table", "after"),
    [
        (Table("a"), {}),
        (Table("a", append_only=False, partition=Partition.MONTH), {}),
        (Table("a", append_only=True), {"appendOnly": True}),
        (Table("a", partition=Partition.YEAR), {"partition": "year"}),
        (Table("a", TableSource.FINOPS, append_only=True), {"source": "finops", "appendOnly": True}),
        (Table("a", record_count_per_block=9), {}),
    ],
)
def test_final_settings_that_a_manifest_manages_and_that_differ_are_a_conflict(
    table: Table, after: dict[str, Any]
) -> None:
    conflict = table_conflict(table, live_table("a"))
    assert (conflict.after if conflict else {}) == after


def test_a_conflict_shows_both_sides_field_by_field() -> None:
    conflict = table_conflict(Table("a", append_only=True, partition=Partition.YEAR), live_table("a"))
    assert conflict is not None
    assert conflict.fields == (
        FieldChange("tables[a].appendOnly", before=False, after=True),
        FieldChange("tables[a].partition", "month", "year"),
    )


@pytest.mark.parametrize(
    ("wanted", "live", "differs"),
    [(None, 50, False), (0, 50, False), (50, 50, False), (125, 0, False), (50, 0, True), (125, 50, True)],
)
def test_a_block_size_differs_where_it_is_managed_and_another_one_counts(
    wanted: int | None, live: int, differs: bool
) -> None:
    found = block_size_difference(
        Table("a", record_count_per_block=wanted), live_table("a", record_count_per_block=live)
    )
    assert found == (FieldChange("tables[a].recordCountPerBlock", live, wanted) if differs else None)


def test_a_table_that_comes_shows_what_is_managed_and_one_that_goes_what_it_was() -> None:
    assert table_field("a", None, Table("a")).after == {"source": "dataverse"}
    assert table_field("a", live_table("a"), None) == FieldChange(
        "tables[a]",
        {"source": "dataverse", "appendOnly": False, "partition": "month", "recordCountPerBlock": 125},
        None,
    )


def test_a_new_link_shows_all_that_it_is_made_of() -> None:
    link = desired_link("account", destination=csv(container="c", workspace=workspace_id()), interval=15, files=False)
    assert [(field.path, field.before) for field in creation_fields(link)] == [
        ("destination.type", None),
        ("destination.storageAccount", None),
        ("destination.container", None),
        ("destination.workspace", None),
        ("interval", None),
        ("files", None),
        ("tables[account]", None),
    ]


def test_a_setting_that_only_a_sign_in_shows_is_marked_and_asserted_by_whoever_writes() -> None:
    rows = RowsAlone(DestinationType.CSV, None, activated=True)
    link = desired_link(interval=15, attachments=True)
    (attachments, interval) = setting_differences(link, live_link(of_rows=rows))
    assert (attachments.sign_in, interval.sign_in) == (False, True)
    assert asserted_settings(link, live_link(of_rows=rows)) == ["interval"]
    assert asserted_settings(link, live_link(of_rows=rows, interval=15)) == ["interval"]
    assert asserted_settings(link, live_link(interval=None)) == ["interval"]
    assert asserted_settings(desired_link(), live_link(of_rows=rows)) == []
    assert asserted_settings(link, live_link()) == []


def test_all_that_is_declared_is_asserted_where_what_is_stored_was_never_activated() -> None:
    """Rows may show the interval that runs, and not the one that the next activation would bring."""
    link = desired_link(interval=15, attachments=True)
    live = live_link(interval=15, attachments=True, activated=False)
    assert asserted_settings(link, live) == ["interval", "attachments"]
    assert asserted_settings(desired_link(), live) == []


@pytest.mark.parametrize(
    ("table", "settings", "written"),
    [
        (Table("a", partition=Partition.YEAR), {"append_only": False}, (False, Partition.YEAR, None)),
        (
            Table("a", source=TableSource.FINOPS),
            {"append_only": True, "partition": "year", "record_count_per_block": 500},
            (True, Partition.YEAR, 500),
        ),
        (Table("a", append_only=True), {}, (True, None, None)),
        (Table("a", append_only=False), {"append_only": True, "partition": "year"}, (False, None, None)),
        (
            Table("a", partition=Partition.YEAR, record_count_per_block=9),
            {"record_count_per_block": 0},
            (False, Partition.YEAR, 9),
        ),
    ],
)
def test_a_table_that_is_replaced_keeps_what_the_manifest_does_not_manage(
    table: Table, settings: dict[str, Any], written: tuple[object, ...]
) -> None:
    found = table_conflict(table, live_table("a", **settings))
    assert found
    assert (found.table.append_only, found.table.partition, found.table.record_count_per_block) == written
