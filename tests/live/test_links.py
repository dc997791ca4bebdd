"""Rows of the Synapse Link tables, as Dataverse gives them, become live links."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from reconciler.live.links import PARTITIONS, definitions_from_rows, links_from_rows, with_service_profile
from reconciler.model.desired import DestinationType, TableSource
from reconciler.model.live import LiveLink, LiveTable, TableDefinition
from tests.builders import live_link, profile_document

Rows = dict[str, list[dict[str, Any]]]
EARLY, LATE = "2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z"
AZURE = {"subscription": "SUB-1", "resourcegroup": "RG-Data"}


def profile(**fields: Any) -> dict[str, Any]:
    folder = {
        "datalakefolder_uniquename": "cds2_workspace",
        "containerendpoint": "https://DevLake.dfs.core.windows.net/dataverse-dev",
        **AZURE,
    }
    return {
        "synapselinkprofileid": "p1",
        "_datalakefolder_value": "f1",
        "name": "devlake",
        "profilestate": 1,
        "profileupdatedtime": EARLY,
        "activationtime": EARLY,
        "copyattachments": True,
        "copyfiles": None,
        "datalakefolder": folder,
        **fields,
    }


def folder(**fields: Any) -> dict[str, Any]:
    return {**profile()["datalakefolder"], **fields}


def table(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "synapselinkprofileentityid": f"e-{name}",
        "_profile_value": "p1",
        "entityname": name,
        "enabled": True,
        "partitionstrategy": 1,
        **fields,
    }


def schedule(**fields: Any) -> dict[str, Any]:
    return {
        "_profile_value": "p1",
        "type": 0,
        "entityname": None,
        "recurrenceinterval": 1,
        "recurrenceunit": 2,
        **fields,
    }


def rows(*tables: dict[str, Any], profiles: list[dict[str, Any]] | None = None, **sets: list[dict[str, Any]]) -> Rows:
    states = [{"_profileentity_value": row["synapselinkprofileentityid"]} for row in tables]
    return {
        "synapselinkprofiles": [profile()] if profiles is None else profiles,
        "synapselinkprofileentities": list(tables),
        "synapselinkprofileentitystates": states,
        "synapselinkschedules": [],
        "synapsedatabases": [],
        "synapselinkexternaltablestates": [],
        **sets,
    }


def only_link(found: Rows, **options: Any) -> LiveLink:
    (link,) = links_from_rows("dev", found, **options)
    return link


def test_a_csv_link_is_read_with_its_identity_switches_and_place() -> None:
    link = only_link(rows(table("account")))
    assert (link.environment, link.profile_id, link.folder_id, link.name) == ("dev", "p1", "f1", "devlake")
    assert link.destination_type is DestinationType.CSV
    assert (
        link.storage_account
        == "/subscriptions/sub-1/resourcegroups/rg-data/providers/microsoft.storage/storageaccounts/devlake"
    )
    assert (link.container, link.workspace) == ("dataverse-dev", None)
    assert (link.attachments, link.files) == (True, False)
    assert link.activated


def test_an_account_without_coordinates_is_known_by_its_name_in_lower_case() -> None:
    link = only_link(rows(profiles=[profile(datalakefolder=folder(subscription=None))]))
    assert (link.storage_account, link.key) == ("devlake", ("dev", "devlake"))


@pytest.mark.parametrize("known", [None, {}, {"containerendpoint": None}])
def test_a_link_whose_folder_is_not_shown_has_no_place(known: dict[str, Any] | None) -> None:
    link = only_link(rows(profiles=[profile(datalakefolder=known)]))
    assert (link.storage_account, link.container) == (None, None)


def test_an_endpoint_without_a_path_tells_no_container() -> None:
    link = only_link(
        rows(profiles=[profile(datalakefolder=folder(containerendpoint="https://devlake.dfs.core.windows.net"))])
    )
    assert link.container is None


def test_tables_are_read_with_their_settings_sorted_by_name() -> None:
    contact = table("contact", appendonlymode=True, partitionstrategy=0, recordcountperblock=50)
    link = only_link(rows(contact, table("account"), table("CustTable", entitysource=1)))
    assert list(link.tables) == ["CustTable", "account", "contact"]
    assert link.tables["contact"] == LiveTable(
        "contact", TableSource.DATAVERSE, append_only=True, partition="year", record_count_per_block=50
    )
    assert link.tables["account"] == LiveTable(
        "account", TableSource.DATAVERSE, append_only=False, partition="month", record_count_per_block=0
    )
    assert link.tables["CustTable"].source is TableSource.FINOPS


@pytest.mark.parametrize(("choice", "word"), PARTITIONS.items())
def test_every_partition_strategy_has_its_word(choice: int, word: str) -> None:
    assert only_link(rows(table("account", partitionstrategy=choice))).tables["account"].partition == word


def test_a_row_that_is_not_enabled_is_a_table_that_was_taken_out() -> None:
    assert list(only_link(rows(table("account"), table("contact", enabled=False))).tables) == ["account"]


def test_a_table_that_an_unactivated_write_took_out_is_there_as_long_as_it_has_a_state() -> None:
    """Whoever activates drops its lake data: a plan has to see it."""
    tables = table("account"), table("contact", enabled=False), table("lead", enabled=False)
    states = [{"_profileentity_value": f"e-{name}"} for name in ("account", "contact")]
    found = rows(*tables, profiles=[profile(profileupdatedtime=LATE)], synapselinkprofileentitystates=states)
    assert (only_link(found).activated, list(only_link(found).tables)) == (False, ["account", "contact"])


def test_tables_of_another_profile_are_not_the_links() -> None:
    assert only_link(rows(table("account", _profile_value="p2"))).tables == {}


def test_a_table_without_runtime_state_was_written_and_never_activated() -> None:
    link = only_link(
        rows(table("account"), table("lead"), synapselinkprofileentitystates=[{"_profileentity_value": "e-account"}])
    )
    assert {name: t.started for name, t in link.tables.items()} == {"account": True, "lead": False}
    assert not link.activated


@pytest.mark.parametrize(
    ("updated", "activated", "moves", "expected"),
    [
        (EARLY, LATE, True, True),
        (EARLY, EARLY, True, True),
        (LATE, EARLY, True, False),
        (LATE, EARLY, False, True),
        (EARLY, None, False, False),
        (EARLY, "0001-01-01T00:00:00", True, False),
        (None, EARLY, True, True),
        ("not a time", EARLY, True, True),
        ("2026-01-01T10:30:00", "2026-01-01T10:30:00Z", True, True),
    ],
)
def test_a_profile_updated_after_its_activation_is_not_activated(
    updated: str | None, activated: str | None, moves: bool, expected: bool
) -> None:
    found = rows(profiles=[profile(profileupdatedtime=updated, activationtime=activated)])
    assert only_link(found, activation_time_moves=moves).activated is expected


def test_an_inactive_profile_is_not_activated_whatever_its_times_say() -> None:
    assert not only_link(rows(profiles=[profile(profilestate=0, activationtime=LATE)])).activated


def test_a_workspace_is_known_by_its_database_row() -> None:
    database = {"_datalakefolder_value": "f1", "workspacename": "DevWorkspace", **AZURE}
    assert only_link(rows(synapsedatabases=[database])).workspace == (
        "/subscriptions/sub-1/resourcegroups/rg-data/providers/microsoft.synapse/workspaces/devworkspace"
    )
    bare = {"_datalakefolder_value": "f1", "workspacename": "DevWorkspace"}
    assert only_link(rows(synapsedatabases=[bare])).workspace == "devworkspace"
    assert only_link(rows(synapsedatabases=[{**database, "workspacename": ""}])).workspace is None


@pytest.mark.parametrize(
    ("sets", "kind"),
    [
        ({}, DestinationType.CSV),
        ({"synapselinkschedules": [schedule(type=1)]}, DestinationType.INCREMENTAL),
        ({"synapsedatabases": [{"_datalakefolder_value": "f1", "sparkpoolconfig": "{}"}]}, DestinationType.DELTA),
        ({"synapselinkexternaltablestates": [{"_datalakefolder_value": "f1"}]}, DestinationType.DELTA),
        (
            {"profiles": [profile(datalakefolder=folder(datalakefolder_uniquename="cds3_workspace"))]},
            DestinationType.FABRIC,
        ),
    ],
)
def test_signals_tell_the_kinds_of_link_apart(sets: dict[str, Any], kind: DestinationType) -> None:
    assert only_link(rows(**sets)).destination_type is kind


def test_a_fabric_link_has_no_storage_account_of_the_customers() -> None:
    link = only_link(rows(profiles=[profile(datalakefolder=folder(datalakefolder_uniquename="cds3_workspace"))]))
    assert (link.storage_account, link.key) == (None, ("dev", "fabric"))


@pytest.mark.parametrize(
    ("unit", "every", "minutes"),
    [(1, 15, 15), (2, 2, 120), (3, 1, 1440), (4, 1, 10080), (9, 1, None), (None, 1, None), (2, None, None)],
)
def test_the_interval_is_in_minutes_and_unknown_where_no_schedule_tells_it(
    unit: int | None, every: int | None, minutes: int | None
) -> None:
    found = rows(synapselinkschedules=[schedule(recurrenceunit=unit, recurrenceinterval=every)])
    assert only_link(found).interval == minutes


def test_the_schedule_of_one_table_does_not_speak_for_the_link() -> None:
    assert only_link(rows(synapselinkschedules=[schedule(entityname="account", recurrenceinterval=9)])).interval is None


@pytest.mark.parametrize("reverse", [False, True])
def test_of_several_schedules_that_of_incremental_updates_counts_in_whatever_order_they_come(reverse: bool) -> None:
    schedules = [
        schedule(recurrenceinterval=1),
        schedule(type=1, recurrenceinterval=8),
        schedule(type=1, recurrenceinterval=4),
    ]
    found = rows(synapselinkschedules=schedules[::-1] if reverse else schedules)
    assert only_link(found).interval == 240


def test_links_do_not_depend_on_the_order_of_rows() -> None:
    profiles = [profile(synapselinkprofileid=f"p{n}", _datalakefolder_value=f"f{n}") for n in (3, 1, 2)]
    tables = [
        {**table(name), "_profile_value": f"p{n}", "synapselinkprofileentityid": f"{name}{n}"}
        for name in ("a", "b")
        for n in (1, 2, 3)
    ]
    schedules = [schedule(_profile_value="p2", recurrenceinterval=n) for n in (3, 1, 2)]
    found = rows(*tables, profiles=profiles, synapselinkschedules=schedules)
    links = links_from_rows("dev", found)
    assert [link.profile_id for link in links] == ["p1", "p2", "p3"]
    for seed in range(5):
        shuffled = {name: Random(seed).sample(items, len(items)) for name, items in found.items()}
        assert links_from_rows("dev", shuffled) == links


def test_no_profiles_are_no_links() -> None:
    assert links_from_rows("dev", rows(profiles=[])) == ()


def served(link: LiveLink, *, moves: bool = True, **fields: Any) -> LiveLink:
    times = {"UpdateTime": "2026-01-01T10:00:00", "ActivationTime": "2026-01-01T10:00:00"}
    document = profile_document("account", **{**times, **fields})
    return with_service_profile(link, document, activation_time_moves=moves)


def test_the_services_document_adds_its_own_table_set() -> None:
    assert served(live_link("account", "contact")).service_tables == {"account"}


@pytest.mark.parametrize(
    ("flag", "kind"),
    [("EnabledForDeltaLake", DestinationType.DELTA), ("EnabledForIncrementalUpdate", DestinationType.INCREMENTAL)],
)
def test_the_services_flags_classify_what_rows_do_not_tell_apart(flag: str, kind: DestinationType) -> None:
    assert served(live_link("account"), **{flag: True}).destination_type is kind
    assert served(live_link("account"), **{flag: False}).destination_type is DestinationType.CSV


@pytest.mark.parametrize("flag", ["EnabledForDeltaLake", "EnabledForIncrementalUpdate"])
def test_a_fabric_link_stays_one_whatever_it_is_enabled_for(flag: str) -> None:
    fabric = live_link("account", destination_type=DestinationType.FABRIC, storage_account=None)
    assert served(fabric, **{flag: True}).key == ("dev", "fabric")
    assert served(fabric, **{flag: True}).destination_type is DestinationType.FABRIC


@pytest.mark.parametrize(
    ("updated", "activated", "moves", "expected"),
    [
        ("2026-01-01T10:00:00", "2026-01-01T11:00:00", True, True),
        ("2026-01-01T11:00:00", "2026-01-01T10:00:00", True, False),
        ("2026-01-01T11:00:00", "2026-01-01T10:00:00", False, True),
        ("2026-01-01T11:00:00", "0001-01-01T00:00:00", False, False),
        (None, "2026-01-01T10:00:00", True, True),
    ],
)
def test_the_services_times_tell_a_write_that_was_not_activated(
    updated: str | None, activated: str, moves: bool, expected: bool
) -> None:
    assert served(live_link("account"), moves=moves, UpdateTime=updated, ActivationTime=activated).activated is expected


def test_the_service_cannot_make_an_unactivated_link_look_activated() -> None:
    assert not served(live_link("account", activated=False)).activated


def test_the_services_interval_fills_in_for_a_missing_schedule_and_never_overrules_one() -> None:
    assert served(live_link("account", interval=None), IncrementalUpdateTimeInterval=15).interval == 15
    assert served(live_link("account", interval=30), IncrementalUpdateTimeInterval=15).interval == 30
    assert served(live_link("account", interval=None), IncrementalUpdateTimeInterval=None).interval is None


def test_table_metadata_is_read_by_logical_name() -> None:
    found = definitions_from_rows(
        [
            {
                "LogicalName": "account",
                "ChangeTrackingEnabled": True,
                "CanChangeTrackingBeEnabled": {"Value": True},
                "TableType": "Standard",
            },
            {"LogicalName": "audit", "CanChangeTrackingBeEnabled": None, "IsIntersect": True},
            {"LogicalName": None},
            {},
        ]
    )
    assert found == {
        "account": TableDefinition("account", True, True, "Standard", False),
        "audit": TableDefinition("audit", False, False, "", True),
    }


def external(name: str, shortcut: int | None, state: int = 1) -> dict[str, Any]:
    return {
        "_datalakefolder_value": "f1",
        "entityname": name,
        "tablestate": state,
        "lakehouseshortcutstate": shortcut,
    }


class TestShortcutsOfALinkToFabric:
    fabric = profile(datalakefolder=folder(datalakefolder_uniquename="cds3_workspace"))

    @pytest.mark.parametrize(
        ("states", "missing"),
        [
            ([external("account", 1), external("lead", 0)], {"lead"}),
            ([external("account", 1), external("lead", 2)], {"lead"}),
            ([external("account", 1), external("lead", 4)], set()),
            ([external("account", 1), external("lead", None)], set()),
            ([external("account", 1), external("lead", 0, state=4)], set()),
            ([external("account", 1), external("gone", 0)], set()),
            ([external("account", 0), external("lead", 0)], set()),
            ([], set()),
        ],
    )
    def test_are_missing_where_the_table_is_converted_and_other_shortcuts_are_told(
        self, states: list[dict[str, Any]], missing: set[str]
    ) -> None:
        found = rows(table("account"), table("lead"), profiles=[self.fabric], synapselinkexternaltablestates=states)
        assert only_link(found).shortcuts_missing == missing

    def test_are_no_matter_of_a_delta_link(self) -> None:
        states = [external("account", 1), external("lead", 0)]
        found = rows(table("account"), table("lead"), synapselinkexternaltablestates=states)
        assert only_link(found).shortcuts_missing == set()


class TestASuspendedLink:
    @pytest.mark.parametrize("state", [6, 7])
    def test_is_known_by_its_state_and_is_not_taken_for_unactivated(self, state: int) -> None:
        found = rows(table("account"), profiles=[profile(profilestate=state)], synapselinkprofileentitystates=[])
        link = only_link(found)
        assert (link.suspended, link.activated) == (True, True)

    def test_that_was_written_later_than_activated_is_unactivated_all_the_same(self) -> None:
        found = rows(profiles=[profile(profilestate=6, profileupdatedtime=LATE)])
        assert not only_link(found).activated

    @pytest.mark.parametrize(("switch", "suspended"), [(True, False), (False, True), (None, False)])
    def test_is_told_by_the_service_where_a_user_signed_in(self, switch: bool | None, suspended: bool) -> None:
        document = profile_document("account", EnabledForJobs=switch)
        link = with_service_profile(live_link("account", suspended=True), document, activation_time_moves=True)
        assert link.suspended is suspended
