"""Manifests of what is live: whatever exists, they load, and what they say is what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests import LoadResult, load
from reconciler.manifests.compose import INCOMPLETE, Composed, Taken, compose
from reconciler.manifests.declaring import IMPORTED, link_name, spark_pool_in
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, ExportedTables, Partition, Table, TableSource
from reconciler.model.live import FormerLink, LiveEnvironment, LiveLink, LiveTable, Snapshot
from reconciler.plan.build import build_plan
from tests.fleet import ENVIRONMENTS, storage, workspace

SALES, SERVICE = ENVIRONMENTS["sales"], ENVIRONMENTS["service"]
TABLES = ["account", "contact", "lead", "task", "no", "on", "null", "y", "e3", "opportunity", "environment", "tables"]
HOSTILE = [
    "../../evil",
    "a\nb: c",
    "x: {y",
    "# no",
    "\x1b[31m",
    "\u202e",
    "${values.x}",
    "'\"",
    "",
    "- -",
    "\ud800",
    "Ä",
]

live_tables = st.builds(
    LiveTable,
    name=st.sampled_from(TABLES),
    source=st.just(TableSource.DATAVERSE),
    append_only=st.booleans(),
    partition=st.sampled_from(["year", "month", "month", "halfMonth", "fiveDay"]),
    record_count_per_block=st.sampled_from([0, 125, 125, 500]),
)
sets_of_tables = st.lists(live_tables, min_size=1, max_size=12, unique_by=lambda table: table.name)


def account(name: str, **settings: Any) -> LiveTable:
    """A table as the portal links it."""
    return LiveTable(
        name,
        TableSource.DATAVERSE,
        **{"append_only": False, "partition": "month", **settings, "record_count_per_block": 125},
    )


def link_of(*tables: LiveTable, **fields: Any) -> LiveLink:
    """A live csv link with these tables."""
    defaults: dict[str, Any] = {
        "environment": "sales",
        "profile_id": "p",
        "folder_id": "f",
        "name": "saleslake",
        "destination_type": DestinationType.CSV,
        "storage_account": storage("saleslake"),
        "container": "dataverse-sales",
        "workspace": workspace("ws-service"),
        "interval": 60,
        "attachments": False,
        "files": True,
        "profile_state": 1,
        "activated": True,
    }
    return LiveLink(tables={table.name: table for table in tables}, **{**defaults, **fields})


def loaded(files: Mapping[str, str]) -> LoadResult:
    """What the files say, written and read back."""
    with TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        return load(Path(folder), CLOUDS["public"])


def assert_first_plan_is_empty(composed: Composed, *found: LiveEnvironment) -> None:
    result = loaded(composed.files)
    assert result.diagnostics == ()
    assert result.state is not None
    plan = build_plan(result.state, Snapshot({live.name: live for live in found}), Configuration())
    assert plan.changes == ()


@given(sets_of_tables, st.sampled_from([None, 15, 90]))
def test_whatever_is_live_the_first_plan_is_empty(tables: list[LiveTable], interval: int | None) -> None:
    live = LiveEnvironment("sales", links=(link_of(*tables, interval=interval),))
    composed = compose([(SALES, live)])
    assert (composed.notes, composed.incomplete, composed.tables) == ([], [], len(tables))
    assert_first_plan_is_empty(composed, live)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), sets_of_tables), min_size=2, max_size=6), st.booleans())
def test_whatever_links_have_in_common_the_first_plan_is_empty(
    links: list[tuple[bool, list[LiveTable]]], lists: bool
) -> None:
    found = [
        link_of(*tables, environment="sales" if sales else "service", storage_account=storage(f"lake{number}"))
        for number, (sales, tables) in enumerate(links)
    ]
    parts = [
        (each, LiveEnvironment(each.name, links=tuple(link for link in found if link.environment == each.name)))
        for each in (SALES, SERVICE)
    ]
    composed = compose(parts, lists=lists)
    assert composed.incomplete == []
    assert lists or not composed.lists
    assert_first_plan_is_empty(composed, *(live for _, live in parts))


@settings(deadline=None)
@given(
    st.sampled_from(HOSTILE),
    st.sampled_from(["name", "storage_account", "container", "workspace", "spark_pool", "fabric_workspace", "table"]),
    st.sampled_from(list(DestinationType)),
)
def test_hostile_names_leave_neither_the_folder_nor_the_line(text: str, where: str, kind: DestinationType) -> None:
    tables = [account("lead"), account(text if where == "table" else "task", partition="fiveDay")]
    fields = {} if where == "table" else {where: text}
    live = LiveEnvironment("sales", links=(link_of(*tables, **{"destination_type": kind, **fields}),))
    composed = compose([(SALES, live)])
    assert loaded(composed.files).diagnostics == ()
    for path, content in composed.files.items():
        assert path.removesuffix(INCOMPLETE).removesuffix(".yaml").replace("/", "").replace("-", "").isalnum()
        assert "\x1b" not in content
        assert "\u202e" not in content
        assert content.encode()
        data = yaml.safe_load(content)
        assert set(data) == {"apiVersion", "kind", "metadata", "spec"}
        assert "${" not in str(data)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"destination_type": DestinationType.DELTA}, "sparkPool"),
        ({"destination_type": DestinationType.DELTA, "workspace": None, "spark_pool": '{"name": "p"}'}, "workspace"),
        ({"destination_type": DestinationType.FABRIC}, "fabricConnection"),
        ({"storage_account": "saleslake"}, "subscription"),
        ({"storage_account": "saleslake", "workspace": "ws"}, "workspace"),
        ({"container": None}, "container"),
        ({"tables": {}}, "no table"),
    ],
)
def test_what_cannot_be_declared_is_written_for_a_person_to_complete(change: dict[str, Any], words: str) -> None:
    composed = compose([(SALES, LiveEnvironment("sales", links=(replace(link_of(account("lead")), **change),)))])
    assert (composed.links, len(composed.incomplete), composed.tables) == ([], 1, 0)
    assert words in composed.notes[0]
    (path,) = [path for path in composed.files if path.endswith(INCOMPLETE)]
    assert "# Missing: " in composed.files[path]
    assert words in composed.files[path]
    assert yaml.safe_load(composed.files[path])["kind"] == "SynapseLink"


def test_completed_by_hand_the_file_is_a_manifest() -> None:
    live = LiveEnvironment("sales", links=(link_of(account("lead"), destination_type=DestinationType.DELTA),))
    files = compose([(SALES, live)]).files
    path = f"sales/sales-saleslake.yaml{INCOMPLETE}"
    data = yaml.safe_load(files.pop(path))
    data["spec"]["destination"]["sparkPool"] = "convert"
    result = loaded({**files, path.removesuffix(INCOMPLETE): yaml.safe_dump(data)})
    assert result.diagnostics == ()


@pytest.mark.parametrize(
    ("change", "sentence", "above"),
    [
        ({"interval": None}, "No schedule of the link can be read", "environment: sales"),
        ({"interval": -5}, "An interval of -5 minutes", "environment: sales"),
        ({"suspended": True}, "The link is suspended", "environment: sales"),
        ({"workspace": "ws"}, "Dataverse tells the workspace's name alone", "workspace: /subscriptions"),
        (
            {"destination_type": DestinationType.DELTA, "spark_pool": '{"SparkPoolName":"convert"}'},
            "Inferred from the link's sparkpoolconfig",
            "sparkPool: convert",
        ),
        (
            {"tables": {"lead": account("lead", partition="fiveDay")}},
            "Partitioned by fiveDay: manifests can't",
            "- lead",
        ),
    ],
)
def test_a_choice_is_said_above_what_it_explains(change: dict[str, Any], sentence: str, above: str) -> None:
    live = LiveEnvironment("sales", links=(replace(link_of(account("lead")), **change),))
    composed = compose([(SALES, live)])
    lines = composed.files["sales/sales-saleslake.yaml"].splitlines()
    (number,) = [number for number, line in enumerate(lines) if sentence in line]
    following = next(line for line in lines[number:] if not line.lstrip().startswith("#"))
    assert following.lstrip().startswith(above)
    assert_first_plan_is_empty(composed, live)


def test_tables_that_no_manifest_can_name_are_left_out_and_said() -> None:
    live = LiveEnvironment("sales", links=(link_of(account("lead"), account("Mixed"), account("a b")),))
    text = compose([(SALES, live)]).files["sales/sales-saleslake.yaml"]
    assert "# Table 'Mixed' is left out" in text
    assert "# Table 'a b' is left out" in text
    assert yaml.safe_load(text)["spec"]["tables"] == ["lead"]


def test_common_tables_become_a_list_that_says_who_includes_it() -> None:
    shared = [account("contact"), account("lead", append_only=True, partition="year"), account("task")]
    links = (link_of(*shared, account("no")), link_of(*shared, storage_account=storage("otherlake")))
    composed = compose([(SALES, LiveEnvironment("sales", links=links))])
    assert composed.lists == ["common-tables"]
    text = composed.files["tables/common-tables.yaml"]
    assert "# What 2 links export alike: sales-otherlake, sales-saleslake." in text
    assert yaml.safe_load(text)["spec"] == {
        "tableDefaults": {"appendOnly": False, "partition": "month"},
        "tables": ["contact", {"name": "lead", "appendOnly": True, "partition": "year"}, "task"],
    }
    own = yaml.safe_load(composed.files["sales/sales-saleslake.yaml"])["spec"]
    assert (own["include"], own["tables"]) == (["common-tables"], ["no"])
    assert "tables" not in yaml.safe_load(composed.files["sales/sales-otherlake.yaml"])["spec"]


def test_comments_on_tables_go_where_the_tables_go() -> None:
    shared = [account("contact", partition="fiveDay"), account("lead"), account("task")]
    links = (link_of(*shared), link_of(*shared, storage_account=storage("otherlake")))
    files = compose([(SALES, LiveEnvironment("sales", links=links))]).files
    assert files["tables/common-tables.yaml"].count("Partitioned by fiveDay") == 1
    assert "fiveDay" not in files["sales/sales-saleslake.yaml"]


def test_two_links_to_one_account_are_left_to_a_person() -> None:
    live = LiveEnvironment("sales", links=(link_of(account("lead")), link_of(account("task"), profile_id="q")))
    composed = compose([(SALES, live)])
    assert composed.incomplete == ["sales-saleslake", "sales-saleslake-2"]
    assert "2 links of the environment lead to one storage account" in composed.notes[0]


def test_links_that_are_gone_are_told_and_not_imported() -> None:
    former = (FormerLink("x", storage("oldlake"), None), FormerLink("saleslake", storage("saleslake"), None))
    composed = compose([(SALES, LiveEnvironment("sales", links=(link_of(account("lead")),), former_links=former))])
    assert composed.notes == ["sales: links that are gone are not imported: oldlake."]


def test_names_and_environments_that_the_folder_has_are_not_used_again() -> None:
    live = LiveEnvironment("sales", links=(link_of(account("lead")),))
    composed = compose([(SALES, live)], taken=Taken({"sales-saleslake"}, (), {"sales"}))
    assert list(composed.files) == ["sales/sales-saleslake-2.yaml"]


def test_lists_that_are_there_are_included_where_they_fit() -> None:
    tables = (Table("contact", append_only=False, partition=Partition.MONTH), Table("lead", append_only=False))
    other = Table("task", append_only=False, partition=Partition.MONTH)
    fits = ExportedTables("sales-tables", IMPORTED, (tables[0], replace(tables[1], partition=Partition.MONTH), other))
    differs = ExportedTables("open-tables", IMPORTED, (*tables, other))
    live = LiveEnvironment("sales", links=(link_of(*map(account, ("contact", "lead", "no", "task"))),))
    composed = compose([(SALES, live)], taken=Taken(shared=(fits, differs)))
    spec = yaml.safe_load(composed.files["sales/sales-saleslake.yaml"])["spec"]
    assert (spec["include"], spec["tables"]) == (["sales-tables"], ["no"])
    assert "List 'sales-tables', which was there, is included by sales-saleslake" in composed.notes[0]
    assert not any(path.startswith("tables/") for path in composed.files)
    listed = compose([(SALES, live)], taken=Taken(shared=(fits,)), lists=False)
    assert "include" not in yaml.safe_load(listed.files["sales/sales-saleslake.yaml"])["spec"]


def test_names_stay_within_what_a_manifest_may_be_called() -> None:
    assert len(link_name("e" * 80, storage("saleslake"))) == 63
    assert link_name("sales", None) == "sales-fabric"
    assert link_name("sales", "../..") == "sales-unnamed"


@pytest.mark.parametrize(
    ("text", "pool"),
    [
        ('{"SparkPoolName":"convert"}', "convert"),
        ('{"name":"convert"}', "convert"),
        ('{"name":"no pool"}', None),
        ('{"other":"convert"}', None),
        ('{"name":3}', None),
        ("[]", None),
        ("[" * 100_000, None),
        ("convert", None),
        ("", None),
        (None, None),
    ],
)
def test_a_spark_pool_is_taken_where_its_name_can_be_told(text: str | None, pool: str | None) -> None:
    assert spark_pool_in(text) == pool


@pytest.mark.parametrize("kind", [DestinationType.INCREMENTAL, DestinationType.DELTA])
@pytest.mark.parametrize("interval", [5, 15, None])
def test_links_of_other_types_say_nothing_that_they_take_no_notice_of(
    kind: DestinationType, interval: int | None
) -> None:
    finops = LiveTable("CustTable", TableSource.FINOPS, False, "month", 125)
    incremental = kind is DestinationType.INCREMENTAL
    fields = {"workspace": None} if incremental else {"spark_pool": '{"name":"convert"}'}
    link = link_of(account("lead", append_only=True), finops, destination_type=kind, interval=interval, **fields)
    live = LiveEnvironment("sales", links=(link,))
    composed = compose([(SALES, live)])
    spec = yaml.safe_load(composed.files["sales/sales-saleslake.yaml"])["spec"]
    assert spec["tables"] == [{"name": "CustTable", "source": "finops"}, "lead"]
    assert ("interval" in spec) is (interval == 15 or (interval == 5 and not incremental))
    assert_first_plan_is_empty(composed, live)


def test_finance_and_operations_tables_of_a_csv_link_are_left_out_and_said() -> None:
    finops = LiveTable("CustTable", TableSource.FINOPS, False, "month", 125)
    composed = compose([(SALES, LiveEnvironment("sales", links=(link_of(account("lead"), finops),)))])
    text = composed.files["sales/sales-saleslake.yaml"]
    assert "# Table 'CustTable' of finance and operations is left out" in text
    assert yaml.safe_load(text)["spec"]["tables"] == ["lead"]
