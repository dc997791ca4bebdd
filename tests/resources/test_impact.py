from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.canonical import JsonValue
from reconciler.model.change import Action, Change, FieldChange, Impact, ImpactKind, Reason
from reconciler.model.desired import Destination, DestinationType, Relink, SynapseLink, Table, TableSource
from reconciler.model.evidence import Evidence, Reading
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.resources.impact import impacts_of
from reconciler.resources.link_steps import EnableChangeTracking
from tests.builders import change, definition, desired_link, live_environment, live_link, storage_id

COMES: JsonValue = {"source": "dataverse"}
ADDS_LEAD = (FieldChange("tables[lead]", None, COMES),)
REMOVES_TASK = (FieldChange("tables[task]", COMES, None),)
REPLACES_CONTACT = (FieldChange("tables[contact].partition", "month", "year"),)


def impacts(
    made: Change,
    link: SynapseLink | None = None,
    live: LiveLink | None = None,
    environment: LiveEnvironment | None = None,
    **readings: Any,
) -> dict[ImpactKind, Impact]:
    evidence = Evidence({name: Reading("test", value) for name, value in readings.items()})
    found = impacts_of(made, link or desired_link("account", "lead"), live, environment or live_environment(), evidence)
    assert len({impact.kind for impact in found}) == len(found)
    return {impact.kind: impact for impact in found}


def test_what_is_only_reported_means_nothing() -> None:
    assert impacts(change(action=Action.NONE), live=live_link("account")) == {}


def test_a_new_setting_means_nothing() -> None:
    made = change(fields=(FieldChange("interval", 15, 60),))
    assert impacts(made, live=live_link("account")) == {}


def test_an_added_table_is_loaded_while_the_others_wait() -> None:
    found = impacts(change(fields=ADDS_LEAD), live=live_link("account", "contact"))
    assert found.keys() == {ImpactKind.FIRST_LOAD, ImpactKind.DELTA_PAUSES}
    assert found[ImpactKind.FIRST_LOAD].tables == ("lead",)
    assert found[ImpactKind.FIRST_LOAD].rows is None
    waits = found[ImpactKind.DELTA_PAUSES]
    assert waits.summary == "changes in 2 tables (account, contact) wait until lead is loaded"
    assert waits.tables == ("account", "contact")


def test_a_new_link_has_nothing_that_could_wait() -> None:
    made = change(action=Action.CREATE, reason=Reason.MISSING, fields=ADDS_LEAD)
    assert impacts(made).keys() == {ImpactKind.FIRST_LOAD}


def test_a_removed_table_takes_its_data_with_it() -> None:
    live = live_link("account", "task", row_counts={"task": 1_204_331})
    found = impacts(change(fields=REMOVES_TASK), live=live)
    words = "deletes 1,204,331 rows of task from dataverse-dev of devlake"
    assert found == {ImpactKind.DATA_DELETED: Impact(ImpactKind.DATA_DELETED, words, ("task",), 1_204_331)}


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"container": None}, "from devlake"),
        ({"container": None, "storage_account": None}, "from its storage account"),
        ({"destination_type": DestinationType.FABRIC}, "from the lake that Dataverse manages"),
    ],
)
def test_the_place_of_the_data_is_told_as_far_as_it_is_known(fields: dict[str, Any], place: str) -> None:
    found = impacts(change(fields=REMOVES_TASK), live=live_link("task", **fields))
    assert found[ImpactKind.DATA_DELETED].summary == f"deletes all rows of task (how many is not known) {place}"


def test_a_replaced_table_is_deleted_and_loaded_again() -> None:
    made = change(action=Action.REPLACE, reason=Reason.IMMUTABLE, fields=REPLACES_CONTACT)
    found = impacts(made, live=live_link("account", "contact", row_counts={"contact": 5}))
    assert found.keys() == {ImpactKind.DATA_DELETED, ImpactKind.ROWS_LOADED_AGAIN, ImpactKind.DELTA_PAUSES}
    assert found[ImpactKind.ROWS_LOADED_AGAIN].summary == "loads 5 rows of contact again"
    assert found[ImpactKind.ROWS_LOADED_AGAIN].rows == 5


def test_another_destination_means_loading_everything_again_there() -> None:
    made = change(action=Action.REPLACE, fields=(FieldChange("destination.container", "dataverse-dev", "elsewhere"),))
    csv = Destination(DestinationType.CSV, storage_id(), container="elsewhere")
    found = impacts(made, desired_link("account", destination=csv), live_link("account", row_counts={"account": 9}))
    assert found.keys() == {ImpactKind.ROWS_LOADED_AGAIN}
    assert found[ImpactKind.ROWS_LOADED_AGAIN].summary == "loads 9 rows of account again into elsewhere"
    nowhere = desired_link("account", destination=Destination(DestinationType.CSV, storage_id()))
    unnamed = impacts(made, nowhere, live_link("account"))[ImpactKind.ROWS_LOADED_AGAIN]
    assert unnamed.summary.endswith("again into another place")


def test_unlinking_with_its_data_deletes_it_and_the_lake_database() -> None:
    live = live_link("account", row_counts={"account": 3}, database="dataverse_dev")
    made = change(action=Action.DELETE, reason=Reason.TOMBSTONE, fields=())
    found = impacts(made, desired_link(absent=True, delete_data=True), live)
    assert found.keys() == {ImpactKind.DATA_DELETED, ImpactKind.SYNC_STOPS}
    assert found[ImpactKind.DATA_DELETED].summary == (
        "deletes 3 rows of account from dataverse-dev of devlake, and its lake database dataverse_dev"
    )
    assert found[ImpactKind.SYNC_STOPS].summary == "stops the export of 1 table for good"


def test_unlinking_and_keeping_the_data_stops_the_export_alone() -> None:
    made = change(action=Action.DELETE, reason=Reason.TOMBSTONE, fields=())
    found = impacts(made, desired_link(absent=True, delete_data=False), live_link("account"))
    assert found.keys() == {ImpactKind.SYNC_STOPS}
    assert "is to stay" in found[ImpactKind.SYNC_STOPS].summary


def test_suspending_stops_the_export_until_it_is_resumed() -> None:
    made = change(fields=(FieldChange("suspend", before=False, after=True),))
    found = impacts(made, live=live_link("account", "contact"))
    assert found[ImpactKind.SYNC_STOPS].summary == "stops the export of 2 tables until the link is resumed"
    resumed = change(fields=(FieldChange("suspend", before=True, after=False),))
    assert impacts(resumed, live=live_link("account")) == {}


def test_change_tracking_that_is_switched_on_stays_on() -> None:
    made = change(fields=ADDS_LEAD, steps=(EnableChangeTracking(("lead",)),))
    found = impacts(made, live=live_link())[ImpactKind.IRREVERSIBLE]
    assert found.tables == ("lead",)
    assert found.summary == "change tracking of lead stays on for ever: it can't be switched off again"


def test_change_tracking_is_told_of_a_change_without_steps_too() -> None:
    off = definition("lead", tracked=False)
    never = definition("task", tracked=False, trackable=False)
    environment = live_environment(definitions={"lead": off, "task": never, "account": definition("account")})
    fields = tuple(FieldChange(f"tables[{name}]", None, COMES) for name in ("account", "lead", "task", "unknown"))
    link = desired_link("account", "lead", "task", enable_change_tracking=True)
    found = impacts(change(fields=fields), link, None, environment)
    assert found[ImpactKind.IRREVERSIBLE].tables == ("lead",)
    assert ImpactKind.IRREVERSIBLE not in impacts(change(fields=fields), desired_link("lead"), None, environment)


def test_finance_tables_lose_columns() -> None:
    link = desired_link(Table("custtable", TableSource.FINOPS), "account")
    made = change(fields=(FieldChange("tables[custtable]", None, {"source": "finops"}),))
    found = impacts(made, link, live_link("account"))[ImpactKind.COLUMNS_MISSING]
    assert found.tables == ("custtable",)
    assert "2,000 characters" in found.summary


def test_a_lost_link_that_is_made_again_loads_everything_again() -> None:
    made = change(action=Action.CREATE, reason=Reason.LOST, fields=ADDS_LEAD)
    found = impacts(made, desired_link("lead", relink=Relink.ALLOW))
    assert found.keys() == {ImpactKind.ROWS_LOADED_AGAIN}
    assert found[ImpactKind.ROWS_LOADED_AGAIN].rows is None


def test_cleaning_deletes_what_the_former_link_left() -> None:
    left = (FieldChange("leftovers.container", "dataverse-old", None), FieldChange("leftovers.database", "old", None))
    made = change(action=Action.CREATE, reason=Reason.LOST, fields=(*left, *ADDS_LEAD))
    found = impacts(made, desired_link("lead"))
    assert found.keys() == {ImpactKind.DATA_DELETED, ImpactKind.ROWS_LOADED_AGAIN}
    assert found[ImpactKind.DATA_DELETED].summary == (
        "deletes the container dataverse-old and the lake database old, which a former link left, with all in it"
    )
    alone = change(action=Action.DELETE, reason=Reason.LOST, fields=left[:1])
    assert [each.summary for each in impacts(alone, desired_link("lead")).values()] == [
        "deletes the container dataverse-old, which a former link left, with all in it"
    ]
    assert impacts(change(action=Action.DELETE, reason=Reason.LOST, fields=()), desired_link("lead")) == {}


def test_unlinking_from_fabric_takes_the_lakehouse_with_it() -> None:
    made = change(action=Action.DELETE, reason=Reason.TOMBSTONE, fields=())
    live = live_link("account", destination_type=DestinationType.FABRIC, row_counts={"account": 2})
    found = impacts(made, desired_link(absent=True, delete_data=False), live)
    assert found[ImpactKind.DATA_DELETED].summary == "deletes 2 rows of account from the lake that Dataverse manages"


def test_metadata_is_not_asked_about_what_is_unlinked_or_was_not_read() -> None:
    gone = change(action=Action.DELETE, fields=())
    model = {"account": {"name": "int64"}}
    found = impacts(gone, live=live_link("account"), columns={"account": {"name": ["String"]}}, exportedModel=model)
    assert found.keys() == {ImpactKind.SYNC_STOPS}
    assert impacts_of(change(), desired_link("lead"), None, live_environment(), None) == (
        Impact(ImpactKind.FIRST_LOAD, "loads all rows of lead (how many is not known) for the first time", ("lead",)),
    )


def test_impacts_are_in_no_digest_and_no_comparison() -> None:
    plain = change()
    assert replace(plain, impacts=(Impact(ImpactKind.FIRST_LOAD, "loads"),)) == plain


def test_rows_of_tables_that_come_are_told_where_dataverse_counted_them() -> None:
    counts = {"lead": 1_204_331, "odd": "many"}
    found = impacts(change(fields=ADDS_LEAD), live=live_link("account"), rowCounts=counts)[ImpactKind.FIRST_LOAD]
    assert (found.rows, found.summary) == (1_204_331, "loads 1,204,331 rows of lead for the first time")


def test_a_count_that_is_no_mapping_is_no_count() -> None:
    found = impacts(change(fields=ADDS_LEAD), live=live_link("account"), rowCounts=[1])[ImpactKind.FIRST_LOAD]
    assert found.rows is None
