"""Promise 6: every error says where it is and what to do about it; bad input and bad days are never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from fnmatch import filter as filter_names
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import Said, call
from tests.fleet import CLOUD, SERVICE, storage, workspace, write_manifests

Captured = pytest.CaptureFixture[str]
Start = Callable[..., AbstractContextManager[Cloud]]
LINK = f"""apiVersion: reconciler/v1
kind: SynapseLink
metadata: {{name: new-link}}
spec:
  environment: service
  destination: {{type: %s, storageAccount: {storage("servicelake")}, container: new-container%s}}
  interval: 15m
  tables: %s
%s"""


def link(tables: str = "[incident]", spec: str = "", type: str = "csv", destination: str = "") -> str:  # noqa: A002 - as in manifests
    """A link that does not exist, with parts of its manifest as text."""
    return LINK % (type, destination, tables, "".join(f"  {line}\n" for line in spec.splitlines()))


def lists(*settings: str) -> str:
    """Lists of tables that give one table these settings."""
    head = "---\napiVersion: reconciler/v1\nkind: ExportedTables\nmetadata: {name: list-%d}\nspec:\n  tables:\n"
    return "".join(head % number + f"    - {{name: contact, {each}}}\n" for number, each in enumerate(settings))


WRONG = {
    "addAtMost": ["0", "-1", "many", "[]", "1.5", "null", "99999999999999999999"],
    "suspend": ["maybe", "1", "[]", "{}"],
    "relink": ["always", "true", "[clean]"],
    "cleanUpPool": ["1", "[]", "../pool", "{}"],
    "snapshots": ["1", "often", "[]"],
    "files": ["1", "[]", "often"],
    "serviceRoles": ["sometimes", "1", "[]"],
    "state": ["gone", "true", "[]"],
    "data": ["delete", "burn", "{}"],
    "interval": ["0m", "15", "1w", "-15m", "[]", "15m15m"],
    "replaceTables": ["all", "[{name: incident}]", "[1]", "{}"],
    "tables": ["[{name: CustTable, source: sap}]", "[{name: 1}]", "[[]]", "account", "['']", "['../a']"],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in WRONG.items() for value in values])
def test_a_wrong_field_has_a_place_a_code_and_a_remedy(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    text = link(tables=value) if field == "tables" else link(spec=f"{field}: {value}").replace(
        "  interval: 15m\n", "" if field == "interval" else "  interval: 15m\n"
    )  # fmt: skip
    (tmp_path / "manifests/new.yaml").write_text(text)
    said = call(capsys, "validate", "--format", "json")
    errors = [each for each in json.loads(said.out)["diagnostics"] if each["severity"] == "error"]
    assert said.code == 3
    assert errors
    for error in errors:
        assert error["location"]["file"].endswith("new.yaml")
        assert error["location"]["line"] >= 4
        assert error["code"]
        assert error["summary"]
        assert error["remedy"]


MANY = "\n" + "".join(f"    - {{name: Table{number:04d}, source: finops}}\n" for number in range(1001))
LAKES = [{"name": f"lake{number}", "resourceGroup": "rg-data"} for number in range(10)]
TEN = {
    "storageAccounts": [*CLOUD["storageAccounts"], *LAKES],
    "links": [
        {"environment": "service", "account": each["name"], "container": "full", "tables": ["account"], "interval": 60}
        for each in LAKES
    ],
}
ELSEWHERE = [each | {"location": "eastus"} for each in CLOUD["storageAccounts"]]
TWO_GROUPS = [*CLOUD["resourceGroups"], {"name": "rg-two", "subscription": "data", "location": "westeurope"}]
MOVED = [{"name": "servicelake", "resourceGroup": "rg-two"}, CLOUD["storageAccounts"][0]]
IN_FABRIC = f"""apiVersion: reconciler/v1
kind: SynapseLink
metadata: {{name: new-link}}
spec:
  environment: service
  destination: {{type: fabric, fabricWorkspace: {SERVICE}, fabricConnection: {SERVICE}}}
  tables: [incident]
"""
BAD_INPUT: dict[str, tuple[str, dict[str, Any], str, int]] = {
    "an unknown table": (link("[incidnt]"), {}, "did you mean 'incident'?", 1),
    "a table that is never exported": (link("[attachment]"), {}, "[table-not-exportable]", 1),
    "a table without change tracking": (link("[contoso_warranty]"), {}, "changeTracking: enable", 1),
    "a table twice": (
        link(spec="include: [list-0, list-1]") + lists("appendOnly: true", "appendOnly: false"),
        {},
        "see also: manifests/new.yaml:",
        3,
    ),
    "an eleventh link": (link(), TEN, "[too-many-links]", 1),
    "a 1,001st table": (link(MANY, type="incremental"), {}, "[too-many-finops-tables]", 1),
    "another region": (link(), {"storageAccounts": ELSEWHERE}, "[storage-other-region]", 1),
    "another group": (
        link(destination=f", workspace: {workspace('ws-service')}").replace(
            storage("servicelake"), storage("servicelake").replace("rg-data", "rg-two")
        ),
        {"resourceGroups": TWO_GROUPS, "storageAccounts": MOVED},
        "[workspace-other-group]",
        1,
    ),
    "no Fabric workspace to be seen": (IN_FABRIC, {}, "[fabric-workspace-not-visible]", 1),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_INPUT)
def test_what_a_plan_refuses_has_its_place_and_its_remedy(
    start_cloud: Start, capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    manifest, seed, words, code = BAD_INPUT[name]
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    (tmp_path / "manifests/links.yaml").unlink()
    (tmp_path / "manifests/new.yaml").write_text(manifest)
    with start_cloud(CLOUD | seed) as cloud:
        said = call(capsys, "plan", "--endpoints", cloud.endpoints)
        assert cloud.record.writes == []
    blocks = [block for block in (said.out + said.err).split("\n\n") if block.startswith("Error:")]
    assert (said.code, any(words in block for block in blocks)) == (code, True), said
    for block in blocks:
        lines = [line for line in block.splitlines() if line]
        assert any(line.startswith("  at manifests/new.yaml:") for line in lines), block
        assert lines[-1].startswith("  ")
        assert lines[-1].endswith(".")


ROUTES = [
    "entra.token", "bap.*", "dataverse.*", "dataverse.definitions", "arm.*", "graph.*", "lake.*", "synapse.*",
    "synapse.database.tables", "link.*", "link.entities",
]  # fmt: skip
FAULTS: list[dict[str, Any]] = [
    {"kind": "throttle", "retry_after": 3600},
    {"kind": "refused"},
    {"kind": "reset-before"},
    {"kind": "error"},
    {"kind": "nonsense", "nonsense": "html"},
]
COMMANDS = [("plan",), ("preflight",), ("status", "--data", "--undeclared"), ("probe",)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(str(part) for part in fault.values()))
def test_no_fault_of_a_service_is_a_traceback_or_a_silence(
    start_cloud: Start, capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: dict[str, Any]
) -> None:
    """``call`` fails for a traceback. What cannot be read is said, in one environment or all, and commands end."""
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    (tmp_path / "manifests/new.yaml").write_text(
        link(type="delta", destination=f", workspace: {workspace('ws-service')}, sparkPool: spark").replace(
            "servicelake", "flatlake"
        )
    )
    linked = {"environment": "service", "account": "servicelake", "container": "dataverse-service", "type": "delta",
              "workspace": "ws-service", "sparkPool": "spark", "interval": 60, "tables": ["account"]}  # fmt: skip
    with start_cloud(CLOUD | {"links": [*CLOUD["links"], linked]}) as cloud:
        asked = {words: _asked(cloud, capsys, words) for words in COMMANDS}
        for route in ROUTES:
            # A command that asks nothing there when all is well meets no fault there.
            meeting = [words for words, names in asked.items() if filter_names(names, route)]
            assert meeting, route
            cloud.faults.clear()
            cloud.faults.add(route=route, times=None, **fault)
            for words in meeting:
                said = call(capsys, *words, "--endpoints", cloud.endpoints)
                assert said.code in {0, 1, 2}, (route, words, said)
                assert _says_all(said), (route, words, said)


def _asked(cloud: Cloud, capsys: Captured, words: tuple[str, ...]) -> set[str]:
    """The routes that a command asks, inside batches too."""
    cloud.record.clear()
    call(capsys, *words, "--endpoints", cloud.endpoints)
    return {entry.route for entry in [*cloud.record, *cloud.record.inner]}


def _says_all(said: Said) -> bool:
    """No error without a remedy or a place: nothing that is only the name of a key or an exception."""
    return bool(said.out) and not any(word in said.out + said.err for word in ("KeyError", "NoneType", "object at 0x"))
