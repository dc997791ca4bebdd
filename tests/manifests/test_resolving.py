from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.checking import check_document
from reconciler.manifests.documents import DocumentReader
from reconciler.manifests.intake import Manifest, take_in
from reconciler.manifests.resolving import resolve
from reconciler.model.cloud import CLOUDS
from reconciler.model.desired import (
    DesiredState,
    Destination,
    DestinationType,
    Partition,
    Relink,
    Table,
    TableReplacement,
    TableSource,
)
from reconciler.model.diagnostic import Location
from tests.manifests.texts import ACCOUNT, WORKSPACE, documents, environment, link, loaded, only, tables

ROLE = "apiVersion: reconciler/v1\nkind: RoleAssignment\n"
SOURCE = "apiVersion: reconciler/v1\nkind: LineageSource\nmetadata: {name: lake}\n"


def state_of(folder: Path, *texts: str) -> DesiredState:
    result = loaded(folder, *texts)
    assert result.state is not None, result.diagnostics
    assert not result.diagnostics
    return result.state


def test_an_environment(tmp_path: Path) -> None:
    text = environment(values="{b: 1, a: x, c: false}", url="https://Contoso.CRM4.dynamics.com/").replace(
        "b1d4", "B1D4"
    )
    found = state_of(
        tmp_path, text.replace("name: prod", "name: prod\n  labels: {stage: prod, country: 'no'}")
    ).environments["prod"]
    assert found.environment_id == "0f1d3c5b-7a92-4e86-b1d4-000000000001"
    assert found.url == "https://contoso.crm4.dynamics.com"
    assert found.tenant_id == "2b8e4d6f-1a3c-4c5e-8f70-9a1b2c3d4e5f"
    assert found.labels == {"stage": "prod", "country": "no"}
    assert list(found.values.items()) == [("a", "x"), ("b", 1), ("c", False)]


def test_a_default_environment_keeps_its_prefix(tmp_path: Path) -> None:
    state = state_of(
        tmp_path, environment().replace("environmentId: 0F", "environmentId: 0f").replace("Id: 0f", "Id: Default-0F")
    )
    assert state.environments["prod"].environment_id == "Default-0f1d3c5b-7a92-4e86-b1d4-000000000001"


def test_a_link_with_everything(tmp_path: Path) -> None:
    text = f"""\
apiVersion: reconciler/v1
kind: SynapseLink
metadata: {{name: sales, labels: {{team: sales}}}}
spec:
  environment: prod
  destination:
    type: delta
    storageAccount: {ACCOUNT.replace("resourceGroups/lake", "resourcegroups/LAKE")}/lakeone
    container: dataverse-contoso
    workspace: {WORKSPACE}
    sparkPool: Convert
  tables:
    - {{name: contact, recordCountPerBlock: 500}}
    - account
    - {{name: CustTable, source: finops}}
  absentTables: [lead, task]
  interval: 2h
  attachments: true
  files: false
  changeTracking: enable
  undeclaredTables: remove
  replaceTables:
    - {{table: contact, from: {{appendOnly: false, partition: month}}, to: {{appendOnly: true, partition: year}}}}
  serviceRoles: minimal
  suspend: false
  addAtMost: 5
  relink: clean
"""
    (found,) = state_of(tmp_path, environment(), text).links
    file = str(tmp_path / "1.yaml")
    assert found.location == Location(file, 1, 1)
    assert found.destination == Destination(
        DestinationType.DELTA, f"{ACCOUNT}/lakeone".lower(), "dataverse-contoso", WORKSPACE.lower(), "Convert"
    )
    assert found.tables == (
        Table("CustTable", TableSource.FINOPS),
        Table("account"),
        Table("contact", TableSource.DATAVERSE, None, None, 500),
    )
    assert [table.location for table in found.tables] == [
        Location(file, 15, 7),
        Location(file, 14, 7),
        Location(file, 13, 7),
    ]
    assert found.absent_tables == ("lead", "task")
    assert (found.interval, found.attachments, found.files) == (120, True, False)
    assert (found.enable_change_tracking, found.remove_undeclared_tables) == (True, True)
    assert (found.service_roles, found.suspend) == ("minimal", False)
    assert (found.add_at_most, found.relink, found.snapshots) == (5, Relink.CLEAN, None)
    assert (found.absent, found.delete_data) == (False, None)
    assert found.replace_tables == (
        TableReplacement(
            "contact", {"appendOnly": False, "partition": "month"}, {"appendOnly": True, "partition": "year"}
        ),
    )
    assert found.key == ("prod", "lakeone")
    assert found.labels == {"team": "sales"}


def test_numbers_that_a_value_fills_in_are_whole(tmp_path: Path) -> None:
    text = link(rest="  addAtMost: ${values.wave}\n  snapshots: ${values.kept}\n  tables: [account]\n")
    (found,) = state_of(tmp_path, environment(values="{wave: 5.0, kept: 3}"), text).links
    assert (found.add_at_most, found.snapshots) == (5, 3)
    assert str(found.add_at_most) == "5"


def test_a_link_to_fabric_can_not_be_unlinked_with_its_data_kept(tmp_path: Path) -> None:
    guid = "3d5f7091-b2c4-4d6e-8f1a-2b3c4d5e6f70"
    destination = f"{{type: fabric, fabricWorkspace: {guid}, fabricConnection: {guid}}}"
    text = (
        "apiVersion: reconciler/v1\nkind: SynapseLink\nmetadata: {name: fabric}\nspec:\n  environment: prod\n"
        f"  destination: {destination}\n  state: absent\n  data: keep\n"
    )
    diagnostic = only(loaded(tmp_path, environment(), text))
    assert (diagnostic.code, diagnostic.found) == ("not-one-of", "keep (text)")
    state_of(tmp_path, environment(), text.replace("keep", "delete"))


def test_what_is_left_out_is_not_managed(tmp_path: Path) -> None:
    (found,) = state_of(tmp_path, environment(), link()).links
    assert (found.interval, found.attachments, found.files, found.service_roles, found.suspend) == (None,) * 5
    assert (found.add_at_most, found.snapshots, found.relink) == (None, None, Relink.REFUSE)
    assert found.tables == (Table("account", TableSource.DATAVERSE, None, None, None),)


def test_a_fabric_link_and_a_storage_link_of_one_environment(tmp_path: Path) -> None:
    guid = "3D5F7091-b2c4-4d6e-8f1a-2b3c4d5e6f70"
    fabric = f"""\
apiVersion: reconciler/v1
kind: SynapseLink
metadata: {{name: fabric}}
spec:
  environment: prod
  destination: {{type: fabric, fabricWorkspace: {guid}, fabricConnection: {guid}}}
  tables: [account]
"""
    links = state_of(tmp_path, environment(), link(), fabric).links
    assert [item.key for item in links] == [("prod", "fabric"), ("prod", "lakeone")]
    assert links[0].destination.fabric_workspace == guid.lower()
    assert [
        d.code for d in loaded(tmp_path, environment(), fabric.replace("name: f", "name: g"), fabric).diagnostics
    ] == ["duplicate-link"]


def test_a_tombstone_needs_no_tables(tmp_path: Path) -> None:
    (found,) = state_of(tmp_path, environment(), link(rest="  state: absent\n  data: keep\n")).links
    assert (found.absent, found.delete_data, found.tables) == (True, False, ())
    (found,) = state_of(tmp_path, environment(), link(rest="  state: absent\n  data: delete\n")).links
    assert found.delete_data is True


def test_one_live_link_through_two_environment_manifests(tmp_path: Path) -> None:
    result = loaded(tmp_path, environment(), environment("twin"), link(), link("second", env="twin"))
    assert [d.code for d in result.diagnostics] == ["duplicate-environment", "duplicate-environment", "duplicate-link"]


def test_later_kinds_know_their_environment(tmp_path: Path) -> None:
    role = ROLE + "metadata: {name: %s}\nspec: {principal: {group: g}, role: Reader, scope: %s}\n"
    source = SOURCE + "spec: {workspace: %s, publish: [c]%s}\n"
    state = state_of(
        tmp_path,
        environment(),
        link(),
        role % ("one", "{link: sales, at: container}"),
        role % ("two", f"{ACCOUNT}/lakeone"),
        source % (WORKSPACE, ", include: {links: [sales]}"),
    )
    assert [(item.kind, item.name, item.environment) for item in state.later] == [
        ("LineageSource", "lake", "prod"),
        ("RoleAssignment", "one", "prod"),
        ("RoleAssignment", "two", ""),
    ]
    assert state.later[1].spec["scope"] == {"link": "sales", "at": "container"}
    (tmp_path / "4.yaml").unlink()
    assert (
        only(
            loaded(
                tmp_path,
                environment(),
                link(),
                role % ("one", "{link: sale, at: container}"),
                role % ("two", f"{ACCOUNT}/l12"),
            )
        ).code
        == "unknown-reference"
    )


def test_a_workspace_of_a_link(tmp_path: Path) -> None:
    with_workspace = link().replace("    container", f"    workspace: {WORKSPACE}\n    container")
    text = SOURCE + "spec: {workspace: {link: sales}, publish: [c]}\n"
    assert [item.environment for item in state_of(tmp_path, environment(), with_workspace, text).later] == ["prod"]


def test_unused_lists_are_a_warning(tmp_path: Path) -> None:
    result = loaded(tmp_path, environment(), link(), tables())
    assert only(result).code == "unused-list"
    assert result.state is not None
    assert [item.name for item in result.state.lists] == ["team"]


FLEET = (
    environment(values="{p: year}"),
    environment("test", 2, values="{p: month}"),
    link(rest="  include: [team, other]\n  tables: [account]\n"),
    link("two", "  include: [team]\n", env="test"),
    link("three", "  include: [gone]\n  tables: [{name: a}, {name: a}]\n", env="test", account="lakethree"),
    link("two", "  tables: [b]\n", account="lakefour"),
    tables(rest="  tables: [{name: lead, partition: '${values.p}'}, task]\n"),
    tables("other", rest="  tables: [{name: lead, partition: month}]\n"),
)


def manifests() -> list[Manifest]:
    reader, found = DocumentReader(), []
    for number, text in enumerate(FLEET):
        for document in reader.read(f"{number}.yaml", text.encode(), []):
            assert not check_document(document)
            found.append(take_in(document, may_be_fillable=True))
    return found


def test_a_table_twice_in_a_list_is_an_error_though_no_link_includes_it(tmp_path: Path) -> None:
    result = loaded(tmp_path, tables(rest="  tables: [lead, lead]\n"))
    assert [each.code for each in result.diagnostics] == ["unused-list", "duplicate-table"]


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_files_means_nothing(rng: random.Random) -> None:
    shuffled = manifests()
    rng.shuffle(shuffled)
    state, findings = resolve(shuffled, {}, CLOUDS["public"], complete=True)
    expected_state, expected = resolve(manifests(), {}, CLOUDS["public"], complete=True)
    assert state == expected_state
    assert set(findings) == set(expected)
    assert {finding.code for finding in findings} == {"conflicting-settings", "duplicate-resource", "unknown-reference"}


def test_links_that_include_the_same_lists_share_tables(tmp_path: Path) -> None:
    state = state_of(
        tmp_path,
        documents(*(environment(f"e{n}", n) for n in range(5))),
        documents(*(link(f"l{n}", "  include: [team, other]\n", env=f"e{n}") for n in range(3))),
        documents(
            link("l3", "  include: [team]\n  tables: [own]\n", env="e3"),
            link("l4", "  include: [team]\n  tableDefaults: {partition: year}\n", env="e4"),
        ),
        tables(),
        tables("other", rest="  tables: [task]\n"),
    )
    by_name = {item.name: item for item in state.links}
    assert by_name["l0"].tables is by_name["l1"].tables is by_name["l2"].tables
    assert by_name["l3"].tables[0] is by_name["l0"].tables[0] is state.lists[1].tables[0]
    assert by_name["l4"].tables == (replace(state.lists[1].tables[0], partition=Partition.YEAR),)
