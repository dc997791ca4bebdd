"""Promise 3, from the command line: what was reviewed bounds what is applied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.fleet import write_manifests


@pytest.fixture
def planned(cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A saved plan of the fleet, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(cloud.endpoints))
    write_manifests(tmp_path / "manifests")
    assert call(capsys, "plan", "--out", "plan.json").code == 2
    return tmp_path / "plan.json"


def test_a_plan_that_still_holds_is_carried_out(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path
) -> None:
    assert call(capsys, "apply", planned).code == 0
    assert call(capsys, "plan").code == 0


def test_an_environment_that_moved_is_refused_and_the_others_go_on(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path
) -> None:
    cloud.edit("sales", "saleslake", interval=15)
    said = call(capsys, "apply", planned)
    assert said.code == 4
    assert "Environment 'sales' changed since the plan was made" in said.err
    assert "SynapseLink/service/service-link" in said.out
    assert cloud.state.link("sales", "saleslake").running.interval == 15
    assert cloud.state.link("service", "servicelake").active


def test_other_manifests_than_planned_are_refused(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path
) -> None:
    write_manifests(planned.parent / "manifests", tables="[account, contact, lead, invoice]")
    said = call(capsys, "apply", planned)
    assert said.code == 4
    assert "Plan again" in said.err
    assert cloud.record.writes == []


def test_a_forged_plan_cannot_widen_what_happens(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path
) -> None:
    document = json.loads(planned.read_text())
    forged = document["changes"][0] | {"digest": "sha256:" + "0" * 64, "fields": [], "steps": [{"type": "unlink"}]}
    document["changes"] = [forged]
    planned.write_text(json.dumps(document))
    said = call(capsys, "apply", planned)
    assert said.code == 4
    assert "The plan does not hold" in said.err
    assert cloud.record.writes == []


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"formatVersion": 99}', '{"formatVersion": 1}', "\x00"])
def test_a_damaged_plan_is_invalid_input(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path, text: str
) -> None:
    planned.write_text(text)
    said = call(capsys, "apply", planned)
    assert said.code == 3
    assert "plan.json" in said.err
    assert cloud.record.writes == []


def test_a_plan_that_is_not_text_or_not_there_is_invalid_input(
    capsys: pytest.CaptureFixture[str], planned: Path
) -> None:
    planned.write_bytes(b"\xff\xfe\x00")
    assert call(capsys, "apply", planned).code == 3
    assert call(capsys, "apply", "nowhere.json").code == 3
