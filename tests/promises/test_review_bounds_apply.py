"""Promise 3, from the command line: what was reviewed bounds what is applied."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.model.canonical import digest
from reconciler.model.change import Change
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
    assert "found:    SynapseLink/links/saleslake/interval: 60 -> 15" in said.err
    assert "SynapseLink/service/service-link" in said.out
    assert cloud.state.link("sales", "saleslake").running.interval == 15
    assert cloud.state.link("service", "servicelake").active


@pytest.mark.parametrize("words", [("plan.json",), ("--ceiling", "plan.json"), ("--yes",)])
def test_an_environment_that_moves_while_apply_runs_is_refused_before_its_first_write(
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
    planned: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    """The names that apply asks for are typed after it has planned: the hour that a person takes for it."""

    def somebody_edits(*_given: object, **_names: object) -> Callable[[Change], bool]:
        cloud.edit("sales", "saleslake", interval=15)
        return lambda _change: True

    monkeypatch.setattr("reconciler.cli.apply.confirmations", somebody_edits)
    said = call(capsys, "apply", *words)
    assert said.code == 4
    assert "Environment 'sales' changed since it was planned: nothing was done there" in said.out
    assert "SynapseLink/links/saleslake/interval: 60 -> 15" in said.out
    assert cloud.state.link("sales", "saleslake").running.interval == 15
    assert cloud.state.link("service", "servicelake").active


@pytest.mark.parametrize("facts", [{}, {"SynapseLink": {"links": {"\x1b[2J": 1}}}, None, 7])
def test_facts_that_the_fingerprint_does_not_vouch_for_are_not_shown(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path, facts: object
) -> None:
    cloud.edit("sales", "saleslake", interval=15)
    document = json.loads(planned.read_text())
    document["facts"]["sales"] = facts
    planned.write_text(json.dumps(document))
    said = call(capsys, "apply", planned)
    assert said.code == 4
    assert "[partition-moved]" in said.err
    assert "found:" not in said.err


def test_facts_that_were_forged_with_their_fingerprint_reach_no_terminal_unescaped(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path
) -> None:
    document = json.loads(planned.read_text())
    document["facts"]["sales"] = {"\x1b[2J": ["::set-output name=x::y"] * 3, "a\nb": "\u202e"}
    document["fingerprints"]["sales"] = digest(document["facts"]["sales"])
    planned.write_text(json.dumps(document))
    said = call(capsys, "apply", planned)
    assert said.code == 4
    assert "\\x1b[2J went" in said.err
    assert [char for char in said.err if char in "\x1b\u202e"] == []


def test_a_ceiling_does_what_was_reviewed_and_refuses_what_was_not(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], planned: Path
) -> None:
    write_manifests(planned.parent / "manifests", tables="[account, contact, lead, invoice]")
    said = call(capsys, "apply", "--ceiling", planned)
    assert said.code == 4
    assert "does not hold this update of 'SynapseLink/sales/sales-link'" in said.err
    assert cloud.state.link("service", "servicelake").active
    assert {"lead", "invoice"} & set(cloud.state.link("sales", "saleslake").running.tables) == set()


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
