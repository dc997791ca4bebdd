"""Promise 7: what a pipeline may not do is left blocked with one command, and a person finishes it under review."""

from __future__ import annotations

import io
import json
import os
import shlex
from pathlib import Path

import pytest

from reconciler.apply.journal_reading import read_runs
from reconciler.model.errors import ReconcilerError
from reconciler.simulator import Cloud
from tests.cli.run import Said, call
from tests.fleet import write_manifests

Captured = pytest.CaptureFixture[str]
JOURNAL = Path(".reconciler/journal.jsonl")


@pytest.fixture
def folder(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(cloud.endpoints))
    write_manifests(tmp_path / "manifests")
    return tmp_path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def pipeline(capsys: Captured, *words: object) -> Said:
    return call(capsys, "apply", "--sign-in", "none", *words)


def printed_command(said: Said) -> list[str]:
    line = next(line for line in said.out.splitlines() if line.startswith("  reconciler apply --only blocked"))
    return shlex.split(line)[1:]


def test_the_command_that_a_pipeline_prints_finishes_what_it_left(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = pipeline(capsys, "--yes")
    assert (said.code, cloud.record.writes) == (5, [])
    assert "2 changes wait for a person" in said.out
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    finished = call(capsys, *printed_command(said))
    assert finished.code == 0
    assert "Activate the profile" in finished.out, "the steps are shown again"
    assert "Apply this?" in finished.out
    assert "Apply: 2 done." in finished.out
    assert call(capsys, "plan").code == 0


def test_the_journal_joins_both_runs_and_says_who_without_a_token(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    pipeline(capsys, "--yes")
    call(capsys, "apply", "--only", "blocked", "--yes")
    first, second = read_runs(JOURNAL).runs
    assert second.continues == first.run
    assert {who.kind for who in first.who} == {"application"}
    assert {who.kind for who in second.who} == {"application", "user"}
    assert [change.result for change in first.changes] == ["blocked", "blocked"]
    assert [change.result for change in second.changes] == ["done", "done"]
    assert {each.change for each in first.changes} == {each.change for each in second.changes}
    assert "eyJ" not in JOURNAL.read_text("ascii")
    shown = call(capsys, "journal")
    assert (shown.out.count(first.run), shown.out.count(f"continued by {second.started}")) == (1, 1)


def test_a_reviewed_plan_that_marks_what_is_left_is_the_one_to_finish(folder: Path, capsys: Captured) -> None:
    call(capsys, "plan", "--sign-in", "none", "--out", "plan.json")
    said = pipeline(capsys, "plan.json")
    assert printed_command(said)[:4] == ["apply", "--only", "blocked", "plan.json"]
    assert list(Path(".reconciler").glob("blocked-*")) == []
    assert call(capsys, *printed_command(said), "--yes").code == 0
    first, second = read_runs(JOURNAL).runs
    assert second.continues == first.run


def test_a_plan_made_by_someone_who_could_write_is_saved_anew_where_the_pipeline_cannot(
    folder: Path, capsys: Captured
) -> None:
    call(capsys, "plan", "--out", "plan.json")
    said = pipeline(capsys, "plan.json")
    assert printed_command(said)[3].startswith(".reconciler/blocked-")
    assert call(capsys, *printed_command(said), "--yes").code == 0


def test_an_environment_that_moved_meanwhile_is_refused_and_the_other_is_finished(
    cloud: Cloud, folder: Path, capsys: Captured
) -> None:
    said = pipeline(capsys, "--yes")
    cloud.edit("sales", "saleslake", interval=45)
    finished = call(capsys, *printed_command(said), "--yes")
    assert finished.code == 4
    assert "partition-moved" in finished.err
    assert "Apply: 1 done." in finished.out


def test_what_was_ready_in_the_first_run_is_not_touched(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    call(capsys, "plan", "--sign-in", "none", "--out", "plan.json")
    body = json.loads(Path("plan.json").read_text("utf-8"))
    for change in body["changes"]:
        if change["environment"] == "service":
            change["status"] = "ready"
    Path("plan.json").write_text(json.dumps(body), encoding="utf-8")
    finished = call(capsys, "apply", "--only", "blocked", "plan.json", "--yes")
    assert (finished.code, "Apply: 1 done." in finished.out) == (0, True)
    assert "service" not in finished.out


def test_what_only_a_sign_in_shows_is_asserted_by_either_run(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    """No row tells the interval: the pipeline's plan asserts it unseen, and the person's sees that it differs."""
    cloud.assume("csv-interval-row", "none")
    said = pipeline(capsys, "--yes", "--environment", "sales")
    finished = call(capsys, *printed_command(said), "--yes")
    assert (finished.code, finished.err.count("error")) == (0, 0), finished
    stored = cloud.state.link("sales", "saleslake").stored
    assert stored is not None
    assert (stored.interval, "lead" in stored.tables) == (30, True)
    assert call(capsys, "plan").code in (0, 2)


def test_what_a_sign_in_shows_to_be_no_such_link_is_refused(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    said = pipeline(capsys, "--yes", "--environment", "sales")
    cloud.event("sales", "rename", "https://contoso-vertrieb.crm4.dynamics.com")
    finished = call(capsys, *printed_command(said), "--yes")
    assert (finished.code != 0, cloud.record.writes) == (True, [])


def test_other_manifests_than_the_pipelines_are_refused(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    said = pipeline(capsys, "--yes")
    write_manifests(folder / "manifests", tables="[account, contact]")
    assert call(capsys, *printed_command(said), "--yes").code == 4
    assert cloud.record.writes == []


def test_consent_that_is_missing_is_left_to_nobodys_sign_in(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    write_manifests(folder / "manifests", tables="[{name: account, appendOnly: true}, contact, task]")
    said = pipeline(capsys, "--yes", "--environment", "sales")
    assert "See the errors at this link" in said.out
    (run,) = read_runs(JOURNAL).runs
    assert [change.result for change in run.changes] == ["blocked", "blocked"]
    assert run.left is not None
    assert len(run.left.changes) == 1, "the interval waits for a person, the replacement for consent"
    finished = call(capsys, *printed_command(said), "--yes")
    assert "Apply: 1 done, 1 blocked." in finished.out
    stored = cloud.state.link("sales", "saleslake").stored
    assert stored is not None
    assert (stored.interval, stored.tables["account"].append_only) == (30, False)


def test_a_person_who_declines_changes_nothing(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = pipeline(capsys, "--yes")
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert call(capsys, *printed_command(said)).code == 130
    assert cloud.record.writes == []
    assert len(read_runs(JOURNAL).runs) == 1


def test_without_a_terminal_a_plan_alone_is_no_consent(folder: Path, capsys: Captured) -> None:
    said = pipeline(capsys, "--yes")
    assert call(capsys, *printed_command(said)).code == 3


def test_a_second_run_without_a_sign_in_leaves_it_again_and_the_chain_goes_on(folder: Path, capsys: Captured) -> None:
    said = pipeline(capsys, "--yes")
    file = printed_command(said)[3]
    again = call(capsys, "apply", "--only", "blocked", file, "--sign-in", "none", "--yes")
    assert again.code == 5
    assert call(capsys, "apply", "--only", "blocked", "--yes").code == 0
    first, second, third = read_runs(JOURNAL).runs
    assert (second.continues, third.continues) == (first.run, second.run)
    assert call(capsys, "apply", "--only", "blocked", "--yes").code == 4, "nothing is left"


def test_nothing_left_is_said_as_such(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--only", "blocked", "--yes")
    assert (said.code, "left changes to a person" in said.err) == (4, True)
    call(capsys, "plan", "--out", "plan.json")
    said = call(capsys, "apply", "--only", "blocked", "plan.json", "--yes")
    assert (said.code, "Nothing was blocked" in said.err) == (4, True)


def test_the_command_carries_the_options_of_the_run_quoted_for_a_shell(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECONCILER_ENDPOINTS")
    write_manifests(folder / "my manifests")
    options = ["--manifests", "my manifests", "--environment", "sales", "--endpoints", str(cloud.endpoints)]
    said = pipeline(capsys, "--yes", *options, "--journal", "logs/of runs.jsonl")
    words = printed_command(said)
    assert words[3].startswith("logs/blocked-")
    assert words[words.index("--manifests") + 1] == "my manifests"
    assert words[words.index("--journal") + 1] == "logs/of runs.jsonl"
    assert words[words.index("--environment") + 1] == "sales"
    finished = call(capsys, *words, "--yes")
    assert (finished.code, "Apply: 1 done." in finished.out) == (0, True)


def test_a_journal_that_cannot_be_written_stops_before_the_first_write(
    cloud: Cloud, folder: Path, capsys: Captured
) -> None:
    Path("taken").touch()
    said = call(capsys, "apply", "--yes", "--journal", "taken/journal.jsonl")
    assert (said.code, "can't be written" in said.err) == (1, True)
    assert cloud.record.writes == []


def test_a_disk_that_fills_up_does_not_leave_a_link_half_written(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def fills_up(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 1:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fills_up)
    said = call(capsys, "apply", "--yes")
    assert (said.code, "Apply: 2 done." in said.out) == (1, True)
    assert "The journal is not whole" in said.err


def test_what_was_left_but_cannot_be_saved_is_an_error_and_told(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, text: str) -> None:
        raise ReconcilerError(f"{path} can't be written: no room")

    monkeypatch.setattr("reconciler.cli.attended.write_file", refuse)
    said = pipeline(capsys, "--yes")
    assert (said.code, "can't be written: no room" in said.err, "finish with" in said.out) == (1, True, False)
    (run,) = read_runs(JOURNAL).runs
    assert (run.exit_code, run.left) == (1, None)


def test_a_run_without_changes_tells_nothing(folder: Path, capsys: Captured) -> None:
    call(capsys, "apply", "--yes")
    size = JOURNAL.stat().st_size
    assert call(capsys, "apply", "--yes").code == 0
    assert JOURNAL.stat().st_size == size
