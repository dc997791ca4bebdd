"""reconciler plan and drift: what they print, and what they exit with."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import call

Captured = pytest.CaptureFixture[str]


def test_the_stable_part_of_the_json_is_there(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "plan", "--format", "json")
    document = json.loads(said.out)
    assert said.code == 2
    assert document["formatVersion"] == 1
    assert document["summary"] == {"create": 1, "update": 1, "replace": 0, "delete": 0, "adopt": 0, "none": 1}
    update = next(change for change in document["changes"] if change["action"] == "update")
    expected = {
        "address": "SynapseLink/sales/sales-link",
        "kind": "SynapseLink",
        "environment": "sales",
        "partition": "sales",
        "risk": "none",
        "reason": "different",
        "status": "ready",
    }
    assert {key: update[key] for key in expected} == expected
    assert {"path": "interval", "before": 60, "after": 30} in update["fields"]
    assert document["diagnostics"] == []


def test_what_is_printed_as_json_is_what_is_saved(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "plan", "--format", "json", "--out", "deep/er/plan.json")
    assert (folder / "deep/er/plan.json").read_text(encoding="utf-8") == said.out


def test_the_commit_is_noted(folder: Path, capsys: Captured) -> None:
    for words in (
        ["init", "-q"],
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", "x"],
    ):
        subprocess.run(["git", *words], check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert json.loads(call(capsys, "plan", "--format", "json").out)["commit"] == commit


def test_plan_shows_what_why_and_how_risky_by_environment(folder: Path, capsys: Captured) -> None:
    out = call(capsys, "plan").out
    assert out.index("sales\n") < out.index("service\n")
    assert "update SynapseLink sales-link: differs from its manifest" in out
    assert "create SynapseLink service-link: does not exist  [cannot be undone]" in out
    assert "Enable change tracking of contoso_warranty" in out
    assert "Plan: 1 to create, 1 to update. Of these: 1 that cannot be undone. 2 environments read." in out


def test_one_environment_can_be_chosen(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    said = call(capsys, "plan", "-e", "service")
    assert "sales-link" not in said.out
    assert not [entry for entry in cloud.record if entry.host == "contoso-sales.crm4.dynamics.com"]


def test_an_unknown_environment_is_a_usage_error_with_the_nearest_name(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "plan", "-e", "sale")
    assert (said.code, "Did you mean 'sales'?" in said.err) == (3, True)


def test_markdown_is_printed(folder: Path, capsys: Captured) -> None:
    assert call(capsys, "plan", "--format", "markdown").out.startswith("## Plan: 1 to create, 1 to update")
    assert "sales" in call(capsys, "drift", "--format", "markdown").out


def test_drift_after_an_outside_change_is_reported(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    assert call(capsys, "apply", "--yes").code == 0
    cloud.edit("service", "servicelake", remove_tables=["incident"])
    said = call(capsys, "drift")
    assert said.code == 2
    assert "tables[incident]" in said.out
    assert json.loads(call(capsys, "drift", "--format", "json").out)["summary"]["update"] == 1


def test_undeclared_tables_are_drift_and_no_change(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    call(capsys, "apply", "--yes")
    assert call(capsys, "plan").code == 0
    said = call(capsys, "drift")
    assert (said.code, "tables[task]" in said.out) == (2, True)
    cloud.edit("sales", "saleslake", remove_tables=["task"])
    assert call(capsys, "drift").code == 0


def test_an_unreadable_environment_is_an_error_beside_what_could_be_planned(
    cloud: Cloud, folder: Path, capsys: Captured
) -> None:
    cloud.faults.add("refused", "dataverse.batch", times=1)
    said = call(capsys, "plan")
    assert said.code == 1
    assert "could not be read" in said.out
    assert "manifests/environments.yaml" in said.out


@pytest.mark.parametrize("words", [["plan"], ["drift"], ["apply", "--yes"]])
def test_bad_manifests_stop_before_anything_is_read(
    cloud: Cloud, folder: Path, capsys: Captured, words: list[str]
) -> None:
    (folder / "manifests" / "more.yaml").write_text("kind: SynapseLink\n\tbad")
    said = call(capsys, *words)
    assert (said.code, "more.yaml:2:1" in said.err) == (3, True)
    assert list(cloud.record) == []


def test_a_verdict_says_how_many_environments_were_not_read(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    cloud.faults.add("refused", "dataverse.batch", times=2)
    assert "0 environments read, 2 not (see the errors)." in call(capsys, "plan").out
    cloud.faults.add("refused", "dataverse.batch", times=2)
    assert "0 environments read, 2 not (see the errors)." in call(capsys, "drift").out


def test_a_local_cloud_that_is_not_there_is_one_error(folder: Path, capsys: Captured, tmp_path: Path) -> None:
    endpoints = json.loads(Path(os.environ["RECONCILER_ENDPOINTS"]).read_text(encoding="utf-8"))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        endpoints["address"] = f"127.0.0.1:{closed.getsockname()[1]}"
    (tmp_path / "gone.json").write_text(json.dumps(endpoints), encoding="utf-8")
    said = call(capsys, "plan", "--endpoints", "gone.json")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "reconciler simulator serve" in said.err


SHARED = """apiVersion: reconciler/v1
kind: ExportedTables
metadata: {name: shared}
spec:
  tables:
    - account
    - qoute
"""


def test_one_mistake_in_a_shared_list_is_one_error_with_its_line(folder: Path, capsys: Captured) -> None:
    (folder / "manifests" / "shared.yaml").write_text(SHARED, encoding="utf-8")
    links = folder / "manifests" / "links.yaml"
    text = links.read_text(encoding="utf-8").replace("  tables: [account, contact, lead]", "  include: [shared]")
    links.write_text(text.replace("  tables: [contoso_warranty, incident]", "  include: [shared]"), encoding="utf-8")
    out = call(capsys, "plan").out
    assert out.count("[unknown-table]") == 1
    assert "has no table 'qoute', and so it is in 1 more environment" in out
    assert "    - qoute\n" in out
    assert "did you mean 'quote'?" in out


def test_drift_as_markdown_does_not_speak_as_if_all_were_well(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    call(capsys, "apply", "--yes")
    said = call(capsys, "drift", "--format", "markdown")
    assert (said.code, said.out.startswith("## Drift: 1 finding")) == (2, True)
    cloud.edit("sales", "saleslake", remove_tables=["task"])
    assert call(capsys, "drift", "--format", "markdown").out.startswith("## No drift")


def test_a_saved_plan_for_another_environment_is_said_to_be_unread_not_moved(folder: Path, capsys: Captured) -> None:
    call(capsys, "plan", "-e", "sales", "--out", "p.json")
    said = call(capsys, "apply", "p.json", "-e", "service")
    assert (said.code, "[partition-not-read]" in said.err) == (4, True)


def test_the_hint_after_saving_repeats_what_apply_needs(folder: Path, capsys: Captured) -> None:
    (folder / "manifests").rename(folder / "the other")
    out = call(capsys, "plan", "-m", "the other", "--out", "p.json").out
    hint = out.partition("Carry it out with: ")[2]
    assert shlex.split(hint) == ["reconciler", "apply", "p.json", "--manifests", "the other"]
    assert call(capsys, *shlex.split(hint)[1:]).code == 0
