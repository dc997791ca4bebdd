"""reconciler journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.apply.journal import open_journal
from reconciler.apply.journal_reading import read_runs
from reconciler.model.outcome import Outcome, Result
from tests.builders import change, plan
from tests.cli.run import call

Captured = pytest.CaptureFixture[str]
CHANGE = change()


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / ".reconciler" / "journal.jsonl"
    for continues in (None, "first"):
        with open_journal(path) as told:
            before = read_runs(path).runs[0].run if continues else None
            told.begin(plan(CHANGE), (), continues=before)
            told.step(CHANGE, "Write the profile")
            outcome = Outcome(
                CHANGE.address, "dev", Result.FAILED, ("Read it",), "Write the profile", "It said no\x1b[2J"
            )
            told.outcome(CHANGE, outcome)
            told.end([outcome], 1)
    return path


def test_runs_are_shown_newest_first_and_joined(journal: Path, capsys: Captured) -> None:
    said = call(capsys, "journal")
    first, second = read_runs(journal).runs
    assert said.code == 0
    assert [run.run in line for run, line in zip((first, second), said.out.splitlines(), strict=True)] == [True, True]
    assert said.out.splitlines()[1].startswith("  continued by ")
    assert "1 failed; exit code 1" in said.out


def test_one_run_is_shown_in_full_by_the_start_of_its_id(journal: Path, capsys: Captured) -> None:
    first = read_runs(journal).runs[0]
    said = call(capsys, "journal", first.run[:13])
    assert "failed: SynapseLink/dev/dev-link" in said.out
    assert "stopped at: Write the profile" in said.out
    assert "\x1b" not in said.out
    (found,) = json.loads(call(capsys, "journal", first.run, "--format", "json").out)
    assert (found["run"], found["changes"][0]["result"], found["exitCode"]) == (first.run, "failed", 1)


def test_an_id_of_no_run_or_of_several_is_a_mistake_of_use(journal: Path, capsys: Captured) -> None:
    assert (call(capsys, "journal", "zzz").code, call(capsys, "journal", "zzz").out) == (3, "")
    with journal.open("a", encoding="utf-8") as file:
        lines = [line.replace(read_runs(journal).runs[0].run, f"same-{n}") for n in (1, 2) for line in [start(journal)]]
        file.writelines(lines)
    assert "2 runs" in call(capsys, "journal", "same").err


def start(journal: Path) -> str:
    return journal.read_text("ascii").splitlines(keepends=True)[0]


def test_without_a_journal_there_are_no_runs(tmp_path: Path, capsys: Captured) -> None:
    said = call(capsys, "journal", "--journal", tmp_path / "none")
    assert (said.code, said.out) == (0, "Journal: no runs.\n")
    assert call(capsys, "journal", "--journal", tmp_path / "none", "--format", "json").out == "[]\n"


def test_what_is_broken_is_said(journal: Path, capsys: Captured) -> None:
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"format":1,"event":"runEn')
    said = call(capsys, "journal")
    assert "1 line is broken" in said.err
    assert said.code == 0
