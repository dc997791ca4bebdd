from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.canonical import JsonValue
from reconciler.model.desired import DestinationType
from reconciler.model.evidence import Evidence, Reading
from reconciler.model.lake import Expected, LakeFile, LakeFinding, LakePart, LakeReading, LakeVerdict, LakeView
from reconciler.model.live import LiveLink
from reconciler.resources.lake_view import lake_view, newest_files
from tests.builders import live_link, live_table, workspace_id

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PRESENT, MISSING, STALE, UNREADABLE = LakeVerdict


def file(path: str, hours_ago: float = 0) -> LakeFile:
    return LakeFile(path, NOON - timedelta(hours=hours_ago))


CSV_FILES = (file("account/2026-10.csv", 700), file("account/2026-11.csv"), file("account/Snapshot/2026-11_1.csv", 1))


def view(link: LiveLink, *files: LakeFile, written: float | None = None, **fields: Any) -> LakeView:
    reading = LakeReading(**{"files": files, **fields})
    times = {} if written is None else {name: NOON - timedelta(hours=written) for name in link.tables}
    return lake_view(link, reading, Expected(60, times))


def findings(seen: LakeView) -> dict[LakePart, LakeFinding]:
    (table,) = seen.tables
    return {finding.part: finding for finding in table.findings}


def verdicts(seen: LakeView) -> dict[LakePart, LakeVerdict]:
    return {part: finding.verdict for part, finding in findings(seen).items()}


def test_a_csv_link_without_workspace_has_a_folder_and_snapshot_files() -> None:
    seen = view(live_link("account"), *CSV_FILES, written=0)
    assert verdicts(seen) == {LakePart.FOLDER: PRESENT, LakePart.SNAPSHOT_FILES: PRESENT}
    folder = findings(seen)[LakePart.FOLDER]
    assert (folder.newest, folder.written) == ("account/2026-11.csv", "2026-11-21T12:00:00Z")
    assert (seen.account, seen.container, seen.workspace, seen.remarks) == ("devlake", "dataverse-dev", None, ())
    assert not seen.alarming


def test_a_csv_link_with_a_workspace_has_two_tables_in_the_lake_database() -> None:
    seen = view(
        live_link("account", workspace=workspace_id()),
        *CSV_FILES,
        database="dataverse_dev",
        database_tables=frozenset({"account", "account_partitioned"}),
        identity_reads=True,
    )
    assert verdicts(seen) == dict.fromkeys(
        (LakePart.FOLDER, LakePart.SNAPSHOT_FILES, LakePart.TABLE, LakePart.SNAPSHOT_TABLE), PRESENT
    )
    assert findings(seen)[LakePart.SNAPSHOT_TABLE].name == "dataverse_dev.dbo.account_partitioned"
    assert (seen.workspace, seen.database) == ("devworkspace", "dataverse_dev")


def test_a_delta_link_has_a_delta_folder_and_one_table() -> None:
    link = live_link("account", destination_type=DestinationType.DELTA, workspace=workspace_id())
    parquet = file("deltalake/account_partitioned/Year=2026/part-1.parquet")
    seen = view(
        link, parquet, file("deltalake/x"), database="d", database_tables=frozenset({"account"}), identity_reads=True
    )
    assert verdicts(seen) == {LakePart.DELTA_FOLDER: PRESENT, LakePart.TABLE: PRESENT}


def test_an_incremental_link_has_folders_by_time_and_no_database() -> None:
    link = live_link("account", "contact", destination_type=DestinationType.INCREMENTAL, workspace=workspace_id())
    files = (
        file("2026-11-21T12:00:00.000Z/account/2026.csv"),
        file("2026-11-21T12:00:00.000Z/model.json"),
        file("a/b"),
    )
    seen = view(link, *files, file("Changelog/changelog.info"))
    assert [(table.name, [each.verdict for each in table.findings]) for table in seen.tables] == [
        ("account", [PRESENT]),
        ("contact", [MISSING]),
    ]
    assert seen.remarks == ()


def test_the_lake_of_a_fabric_link_is_nobodys_to_see() -> None:
    seen = view(live_link("account", destination_type=DestinationType.FABRIC, workspace="fabric"))
    assert (seen.tables, seen.account, seen.container, seen.workspace) == ((), None, None, None)
    assert "belongs to Dataverse" in seen.remarks[0]


def test_a_folder_is_stale_where_dataverse_wrote_later() -> None:
    old = (file("account/2026-11.csv", 9), file("account/Snapshot/2026-11_1.csv", 9))
    folder = findings(view(live_link("account"), *old, written=0))[LakePart.FOLDER]
    assert folder.verdict is STALE
    assert folder.why == (
        "Dataverse says that it was written at 2026-11-21T12:00:00Z, and its newest file is of 2026-11-21T03:00:00Z"
    )


def test_an_old_folder_alone_proves_nothing() -> None:
    old = (file("account/2026-11.csv", 9000), file("account/Snapshot/2026-11_1.csv", 9000))
    assert set(verdicts(view(live_link("account"), *old)).values()) == {PRESENT}
    assert set(verdicts(view(live_link("account"), *old, written=9000)).values()) == {PRESENT}


def test_a_snapshot_is_stale_where_newer_data_has_none() -> None:
    files = (file("account/2026-11.csv"), file("account/Snapshot/2026-11_1.csv", 3))
    assert verdicts(view(live_link("account"), *files)) == {LakePart.FOLDER: PRESENT, LakePart.SNAPSHOT_FILES: STALE}


def test_a_snapshot_without_data_is_judged_alone() -> None:
    seen = view(live_link("account"), file("account/Snapshot/2026-11_1.csv", 3))
    assert verdicts(seen) == {LakePart.FOLDER: MISSING, LakePart.SNAPSHOT_FILES: PRESENT}
    assert seen.alarming


@pytest.mark.parametrize(
    ("fields", "verdict", "why"),
    [
        ({}, MISSING, "no file of it is in the container"),
        ({"files": None, "files_unread": "403"}, UNREADABLE, "the container could not be listed"),
        ({"files": None, "container_missing": True}, MISSING, "the storage account has no container dataverse-dev"),
        ({"cut": True}, UNREADABLE, "not among the files that were listed, and not all were: there are too many"),
    ],
)
def test_what_is_not_there_says_why(fields: dict[str, Any], verdict: LakeVerdict, why: str) -> None:
    seen = view(live_link("account"), **fields)
    assert [(each.verdict, each.why) for each in seen.tables[0].findings] == [(verdict, why)] * 2
    assert seen.alarming
    assert bool(seen.remarks) == bool({"cut", "files_unread"} & fields.keys())


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"loading": frozenset({"account"})}, "its first load is not complete"),
        ({"row_counts": {"account": 0}}, "it has no rows in Dataverse"),
    ],
)
def test_what_needs_not_be_there_yet_is_excused(fields: dict[str, Any], why: str) -> None:
    seen = view(live_link("account", workspace=workspace_id(), **fields), cut=True, identity_reads=True)
    assert {(each.verdict, each.why, each.excused) for each in seen.tables[0].findings} == {(MISSING, why, True)}
    assert not seen.alarming


def test_a_table_that_never_began_is_excused() -> None:
    seen = view(live_link(live_table("account", started=False)))
    assert {each.why for each in seen.tables[0].findings} == {"its export has not begun"}


@pytest.mark.parametrize(
    ("fields", "verdict", "why"),
    [
        ({"database_unread": "403"}, UNREADABLE, "the lake database could not be read"),
        ({}, MISSING, "the workspace has no lake database for this container"),
        ({"database": "d", "database_tables": frozenset()}, MISSING, "the lake database d has no such table"),
    ],
)
def test_a_table_of_the_database_that_is_not_there_says_why(
    fields: dict[str, Any], verdict: LakeVerdict, why: str
) -> None:
    link = live_link("account", workspace=workspace_id(), database="named_by_dataverse")
    table = findings(view(link, *CSV_FILES, identity_reads=True, **fields))[LakePart.TABLE]
    assert (table.verdict, table.why) == (verdict, why)
    assert table.name == f"{fields.get('database', 'named_by_dataverse')}.dbo.account"


def test_a_table_of_a_known_database_is_excused_while_it_loads() -> None:
    link = live_link("account", workspace=workspace_id(), loading=frozenset({"account"}))
    table = findings(view(link, database="d", database_tables=frozenset(), identity_reads=True))[LakePart.TABLE]
    assert (table.verdict, table.excused) == (MISSING, True)


def test_why_something_could_not_be_read_is_told_once_for_all_tables() -> None:
    link = live_link("account", "contact", workspace=workspace_id())
    seen = view(link, files=None, files_unread="403", database_unread="404", identity_reads=True)
    assert seen.remarks == (
        "the container could not be listed: 403 (it takes Storage Blob Data Reader there)",
        "the lake database could not be read: 404 (it takes Synapse Artifact User there)",
    )


def test_a_database_that_nobody_named_is_shown_as_such() -> None:
    table = findings(view(live_link("account", workspace=workspace_id()), *CSV_FILES))[LakePart.TABLE]
    assert table.name == "?.dbo.account"


def test_snapshots_need_a_role_of_the_workspaces_identity() -> None:
    tables = frozenset({"account", "account_partitioned"})
    link = live_link("account", workspace=workspace_id())
    seen = view(link, *CSV_FILES, database="d", database_tables=tables, identity_reads=False, identity_why="no role")
    assert verdicts(seen)[LakePart.TABLE] is PRESENT
    assert (verdicts(seen)[LakePart.SNAPSHOT_TABLE], seen.remarks) == (UNREADABLE, ("no role",))
    unknown = view(link, *CSV_FILES, database="d", database_tables=tables, identity_why="nobody told")
    assert verdicts(unknown)[LakePart.SNAPSHOT_TABLE] is PRESENT
    assert unknown.remarks == ("whether the workspace's identity may read the container is not known: nobody told",)


def test_names_are_compared_without_regard_to_case() -> None:
    seen = view(live_link("CustTable"), file("CUSTTABLE/2026.csv"), file("custtable/snapshot/2026_1.csv"))
    assert set(verdicts(seen).values()) == {PRESENT}


def test_a_column_that_changed_its_type_is_told_whatever_the_plan() -> None:
    columns: JsonValue = {"account": {"age": ["String"]}}
    model: JsonValue = {"account": {"age": "int64"}}
    readings = {"columns": Reading("test", columns), "exportedModel": Reading("test", model)}
    seen = lake_view(live_link("account"), LakeReading(files=CSV_FILES), Expected(60), Evidence(readings))
    assert seen.breaks == ("account.age was exported as int64 and is String now",)
    assert seen.alarming


def test_types_that_can_not_be_compared_are_said_to_be_unknown_once() -> None:
    readings = {name: Reading("test", unread="no right") for name in ("columns", "exportedModel")}
    seen = lake_view(live_link("account"), LakeReading(files=CSV_FILES), Expected(60), Evidence(readings))
    assert seen.remarks == ("whether the types of columns still fit is not known: no right",)
    assert not seen.alarming


@given(
    st.sampled_from(DestinationType),
    st.lists(
        st.builds(
            file,
            st.lists(
                st.sampled_from(
                    ["account", "Snapshot", "deltalake", "account_partitioned", "2026-11-21T12:00", "x.csv"]
                ),
                max_size=4,
            ).map("/".join),
            st.floats(0, 1000),
        ),
        max_size=20,
    ),
)
def test_the_newest_file_of_each_part_is_found_in_any_order(kind: DestinationType, files: list[LakeFile]) -> None:
    found = newest_files(kind, files)
    times = {place: newest.modified for place, newest in newest_files(kind, reversed(files)).items()}
    assert times == {place: newest.modified for place, newest in found.items()}
    assert {newest.path for newest in found.values()} <= {each.path for each in files}
