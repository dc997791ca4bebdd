from __future__ import annotations

import gc
from pathlib import Path

import pytest

from reconciler.manifests import checking, schemas
from reconciler.manifests.references import nearest_name
from tests.manifests.texts import ACCOUNT, WORKSPACE, environment, link, loaded, only, tables

ROLE = """\
apiVersion: reconciler/v1
kind: RoleAssignment
metadata: {name: a}
spec:
  principal: {group: g}
  role: Reader
"""
LINEAGE = "apiVersion: reconciler/v1\nkind: LineageSource\nmetadata: {name: a}\n"


def test_a_refusal_that_nothing_explains_is_still_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "accepts", lambda kind, data: False)
    diagnostic = only(loaded(tmp_path, environment()))
    assert diagnostic.code == "invalid-manifest"
    assert diagnostic.remedy == "Compare it with: reconciler schema Environment"


def test_a_doubt_in_an_unknown_field_is_told_as_well(tmp_path: Path) -> None:
    result = loaded(tmp_path, environment(), link(rest="  flags: {a: [no], b: on}\n  tables: [account]\n"))
    assert [(d.code, d.expected) for d in result.diagnostics if d.code == "ambiguous-scalar"] == [
        ("ambiguous-scalar", "'no'"),
        ("ambiguous-scalar", "'on'"),
    ]
    assert {d.code for d in result.diagnostics} == {"ambiguous-scalar", "unknown-field"}


@pytest.mark.parametrize("text", ["- no\n", "kind: Nothing\nspec: no\n", "kind: no\n"])
def test_a_doubt_in_what_is_no_manifest(tmp_path: Path, text: str) -> None:
    assert "ambiguous-scalar" in {d.code for d in loaded(tmp_path, text).diagnostics}


def test_a_table_named_no(tmp_path: Path) -> None:
    """In a list of table names, the name is text."""
    diagnostic = only(loaded(tmp_path, environment(), link(rest="  tables: [account, no]\n")))
    assert diagnostic.remedy == "Write it in quotes: 'no'."


def test_a_field_that_nothing_fills(tmp_path: Path) -> None:
    diagnostic = only(loaded(tmp_path, f"{ROLE}  scope: {ACCOUNT}/lakeone\n  exclusive: ${{values.a}}\n"))
    assert (diagnostic.code, diagnostic.expected) == ("placeholder-not-allowed", "the value itself")


def test_lists_and_mappings_in_the_wrong_place(tmp_path: Path) -> None:
    result = loaded(
        tmp_path, environment(), link(rest="  interval: [1h]\n  tableDefaults: year\n  tables: {name: a}\n")
    )
    assert [(d.found, d.remedy) for d in result.diagnostics] == [
        ("a list of 1", "Write a time in minutes or hours, such as 15m or 1h."),
        ("year (text)", "Write fields below, indented, each with its name and a colon."),
        ("a mapping with name", "Write a list: each entry on a line that begins with '- '."),
    ]


def test_filled_in_beside_what_is_written(tmp_path: Path) -> None:
    """The value is right on its own, and wrong beside what is written: the place of what is written is shown."""
    text = link(rest="  tables:\n  - {name: a, appendOnly: '${values.a}', partition: month}\n")
    diagnostic = only(loaded(tmp_path, environment(values="{a: true}"), text))
    assert diagnostic.code == "append-only-needs-year"
    assert diagnostic.location is not None
    assert diagnostic.location.line == 12


def test_the_parts_of_a_link_with_a_workspace(tmp_path: Path) -> None:
    with_workspace = link().replace("    container", f"    workspace: {WORKSPACE}\n    container")
    for part in ("storageAccount", "container", "resourceGroup", "workspace", "environment"):
        scope = f"{ROLE}  scope: {{link: sales, at: {part}}}\n"
        assert not loaded(tmp_path, environment(), with_workspace, scope).diagnostics


def test_a_lineage_source_of_a_link_that_is_unknown(tmp_path: Path) -> None:
    text = LINEAGE + "spec: {workspace: {link: x}, publish: [c]}\n"
    assert only(loaded(tmp_path, text)).code == "unknown-reference"


def test_a_principal_that_is_no_mapping(tmp_path: Path) -> None:
    text = ROLE.replace("{group: g}", "5") + f"  scope: {ACCOUNT}/lakeone\n"
    assert only(loaded(tmp_path, text)).code == "wrong-type"


def test_a_link_to_fabric_has_an_environment_alone(tmp_path: Path) -> None:
    guid = "3d5f7091-b2c4-4d6e-8f1a-2b3c4d5e6f70"
    fabric = (
        link().split("    type")[0] + f"    type: fabric\n    fabricWorkspace: {guid}\n    fabricConnection: {guid}\n"
    )
    result = loaded(
        tmp_path, environment(), fabric + "  tables: [account]\n", ROLE + "  scope: {link: sales, at: container}\n"
    )
    assert only(result).expected == "one of environment"


def test_cycle_collection_stays_as_it_was(tmp_path: Path) -> None:
    gc.disable()
    try:
        loaded(tmp_path, environment())
        assert not gc.isenabled()
    finally:
        gc.enable()
    loaded(tmp_path, environment())
    assert gc.isenabled()


def test_nearest() -> None:
    assert nearest_name("synapselink", schemas.KINDS) == "SynapseLink"
    assert nearest_name("SynapsLink", schemas.KINDS) == "SynapseLink"
    assert nearest_name("zzz", schemas.KINDS) is None
    assert nearest_name("x" * 100_000, schemas.KINDS) is None


def test_a_definition_that_two_kinds_see_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"$defs": {"name": {"type": "string"}}}
    other = {"$defs": {"name": {"type": "integer"}}}
    monkeypatch.setattr(schemas, "schema", lambda kind: one if kind == "Environment" else other)
    with pytest.raises(ValueError, match="two schemas define 'name' differently"):
        schemas.bundle()


def test_a_list_that_fits_one_stage_only(tmp_path: Path) -> None:
    """A list may be sound in one environment and not in another: the other is named."""
    result = loaded(
        tmp_path,
        environment(values="{p: year}"),
        environment("test", 2, values="{p: week}"),
        link(rest="  include: [team]\n"),
        link("b", "  include: [team]\n", env="test"),
        tables(rest="  tables: [{name: lead, partition: '${values.p}'}]\n"),
    )
    diagnostic = only(result)
    assert diagnostic.code == "not-one-of"
    assert "Environment 'test'" in diagnostic.summary
