"""The journal: whole lines, on the disk, without secrets; and what is read back of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.apply import journal_reading
from reconciler.apply.journal import Intent, Journal, open_journal
from reconciler.apply.journal_reading import joined, read_runs
from reconciler.model.errors import ReconcilerError
from reconciler.model.guard import GuardVerdict
from reconciler.model.journal import Consent, GuardTold, Intended, Left, LockTold, Narrowed, RunTold, Who
from reconciler.model.outcome import Outcome, Result, Write
from reconciler.plan.file import change_digest
from reconciler.plan.resume import parts_of
from tests.builders import change, plan

TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl"
WHO = Who("user", "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "")
CHANGE = change()


def told(path: Path, result: Result = Result.DONE, **begin: Any) -> str:
    with open_journal(path) as journal:
        journal.begin(plan(CHANGE), (WHO,), **begin)
        journal.step(CHANGE, "Write the profile")
        outcome = Outcome(CHANGE.address, "dev", result, ("Write the profile",))
        journal.outcome(CHANGE, outcome)
        journal.end([outcome], 0)
    return journal.run


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_a_run_is_told_from_its_beginning_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "journal.jsonl"
    run = told(path, commit="abc", plan_digest="sha256:1", continues="before")
    assert [line["event"] for line in lines(path)] == ["runStarted", "stepBegun", "changeEnded", "runEnded"]
    assert {(line["format"], line["run"]) for line in lines(path)} == {(1, run)}
    (found,) = read_runs(path).runs
    assert (found.run, found.commit, found.plan_digest, found.continues) == (run, "abc", "sha256:1", "before")
    assert (found.who, found.exit_code, found.left) == ((WHO,), 0, None)
    assert found.fingerprints == dict(plan().fingerprints)
    (ended,) = found.changes
    assert (ended.address, ended.change, ended.result) == (str(CHANGE.address), change_digest(CHANGE), "done")


def test_what_was_told_before_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    told(path)
    before = path.read_bytes()
    told(path)
    assert path.read_bytes().startswith(before)
    assert len(read_runs(path).runs) == 2


def test_each_line_is_on_the_disk_before_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    told(tmp_path / "journal.jsonl")
    assert len(synced) == 4


def test_no_secret_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with open_journal(path) as journal:
        journal.begin(plan(CHANGE), ())
        journal.step(CHANGE, f"Authorization: Bearer {TOKEN}")
        detail = f'{TOKEN} {{"client_secret": "hush"}}\nsig=abcdef&x'
        outcome = Outcome(CHANGE.address, "dev", Result.FAILED, (f"bearer {TOKEN}",), f"Bearer {TOKEN}", detail)
        journal.outcome(CHANGE, outcome)
        journal.end([outcome], 1)
    text = path.read_text("ascii")
    assert not any(secret in text for secret in (TOKEN, TOKEN[:20], "hush", "abcdef"))


def test_half_a_character_and_line_ends_in_names_are_one_line_of_ascii(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with open_journal(path) as journal:
        journal.begin(plan(CHANGE), ())
        journal.step(CHANGE, "a\ud800b\u2028c\nd")
    assert len(lines(path)) == 2


def test_a_line_that_a_crash_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    first = told(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    second = told(path)
    found = read_runs(path)
    assert ([run.run for run in found.runs], found.skipped) == ([first, second], 1)
    assert (found.runs[0].ended, found.runs[0].exit_code) == (None, None)


def test_a_change_that_was_under_way_is_told_as_begun(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with open_journal(path) as journal:
        journal.begin(plan(CHANGE), ())
        journal.step(CHANGE, "Write the profile")
    (found,) = read_runs(path).runs
    assert [(each.result, each.stopped_at) for each in found.changes] == [("begun", "Write the profile")]


def test_two_processes_that_tell_at_once_keep_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    code = (
        "import sys; from pathlib import Path; from tests.apply.test_journal import tell_often;"
        "tell_often(Path(sys.argv[1]))"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    assert [process.wait(30) for process in both] == [0, 0]
    found = read_runs(path)
    assert (len(found.runs), found.skipped) == (2, 0)
    assert len(lines(path)) == 2 * (1 + OFTEN)


OFTEN = 60


def tell_often(path: Path) -> None:
    with open_journal(path) as journal:
        journal.begin(plan(CHANGE), ())
        for number in range(OFTEN):
            journal.step(CHANGE, f"{number} " + "x" * 500)


def test_what_a_run_sets_out_to_do_and_by_whose_leave_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    verdict = GuardVerdict("tablesRemoved", "dev", refused=False, summary="1 of 9 tables", found=1, of=9)
    consent = Consent("ceiling", ("contosolake",), ("tablesRemoved=1",))
    left_out = Narrowed("not-reviewed", "SynapseLink/dev/other", "It was not reviewed")
    with open_journal(path, "the-run") as journal:
        told_plan = replace(plan(CHANGE), guards=(verdict,))
        journal.begin(told_plan, (), intent=Intent((CHANGE,), consent, (left_out,)))
        journal.locked("dev", "files in .reconciler/locks")
    (run,) = read_runs(path).runs
    assert (run.run, run.consent, run.narrowed) == ("the-run", consent, (left_out,))
    assert run.intended == (
        Intended(str(CHANGE.address), "dev", change_digest(CHANGE), "update", "none", parts_of(CHANGE)),
    )
    assert len(parts_of(CHANGE)) == 1
    assert run.guards == (GuardTold("tablesRemoved", "dev", refused=False, summary="1 of 9 tables"),)
    assert run.locks == (LockTold("dev", "files in .reconciler/locks"),)


def test_a_write_is_told_before_it_is_sent_and_again_with_its_answer(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    sent = Write("id-1", "PUT", "https://host/lakeprofile/1", "2026-11-21T06:00:00.000Z")
    answered = replace(sent, status=200, request_id="theirs")
    with open_journal(path) as journal:
        journal.begin(plan(CHANGE), ())
        journal.write(CHANGE, "Write the profile", sent)
        journal.step(CHANGE, "Activate the profile")
        assert read_runs(path).runs[0].changes[0].writes == (sent,)
        outcome = Outcome(CHANGE.address, "dev", Result.DONE, ("Write the profile",), writes=(answered,))
        journal.outcome(CHANGE, outcome)
    assert read_runs(path).runs[0].changes[0].writes == (answered,)


def test_a_journal_of_before_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    told(path)
    new = {"consent", "changes", "guards", "narrowed", "writes"}
    old = [{key: value for key, value in line.items() if key not in new} for line in lines(path)]
    path.write_text("".join(json.dumps(line) + "\n" for line in old), "ascii")
    (run,) = read_runs(path).runs
    assert (run.intended, run.consent, run.guards, run.changes[0].writes) == (None, None, (), ())


def test_a_thread_that_a_run_left_behind_writes_nothing_into_another_file(tmp_path: Path) -> None:
    with open_journal(tmp_path / "journal.jsonl") as journal:
        journal.begin(plan(CHANGE), ())
    other = tmp_path / "other"
    with other.open("w"):
        journal.step(CHANGE, "Write the profile")
    assert other.read_text() == ""
    assert journal.failure


@pytest.mark.parametrize("place", ["folder", "under-a-file"])
def test_a_journal_that_cannot_be_written_is_an_error_at_once(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    path = tmp_path / ("folder" if place == "folder" else "file/journal.jsonl")
    with pytest.raises(ReconcilerError, match=r"can't be written.*--journal"), open_journal(path):
        pytest.fail("opened")


@pytest.mark.skipif(
    not hasattr(os, "mkfifo"), reason="Windows has no named pipes in its file system, so there is none to refuse"
)
def test_a_pipe_is_no_journal_and_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(ReconcilerError, match="no regular file"), open_journal(path):
        pytest.fail("opened")
    with pytest.raises(ReconcilerError, match="no regular file"):
        read_runs(path)


def test_a_full_disk_before_the_first_line_is_an_error_and_later_it_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with open_journal(tmp_path / "journal.jsonl") as journal:
        journal.begin(plan(CHANGE), ())
        monkeypatch.setattr(os, "fsync", full)
        journal.step(CHANGE, "Write the profile")
        journal.end([], 0)
        assert "No space left" in (journal.failure or "")
        with pytest.raises(ReconcilerError, match="Nothing was applied"):
            Journal(journal._descriptor, tmp_path).begin(plan(CHANGE), ())


def test_a_write_that_takes_a_part_goes_on_with_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:7]))
    told(tmp_path / "journal.jsonl")
    assert len(lines(tmp_path / "journal.jsonl")) == 4


def test_no_journal_tells_no_runs(tmp_path: Path) -> None:
    assert read_runs(tmp_path / "none.jsonl").runs == ()


def test_a_journal_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReconcilerError, match="can't be read"):
        read_runs(tmp_path / "file" / "journal.jsonl")


def test_what_is_foreign_broken_or_endless_is_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.jsonl"
    run = told(path)
    start = lines(path)[0]
    odd = [
        "null", "[]", "{}", "not json", "[" * 100_000, '"\\ud800"', json.dumps({**start, "format": 2}),
        json.dumps({**start, "event": "runPaused"}), json.dumps({**start, "who": None}),
        json.dumps({**start, "run": 7}),
        json.dumps({**start, "event": "runEnded", "exitCode": "0"}), json.dumps({**start, "fingerprints": {"a": 1}}),
        json.dumps({**start, "event": "stepBegun", "run": "another"}), json.dumps({**start, "tool": "x" * 3000}),
        json.dumps({**start, "consent": {"by": 1}}), json.dumps({**start, "changes": [{}]}),
        json.dumps({**start, "guards": [1]}), json.dumps({**start, "narrowed": 5}),
        json.dumps({**start, "event": "partitionLocked"}), json.dumps({**start, "event": "writeSent", "write": None}),
    ]  # fmt: skip
    monkeypatch.setattr(journal_reading, "LONGEST_LINE", 2000)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(odd) + "\n\n")
    found = read_runs(path)
    assert ([each.run for each in found.runs], found.skipped) == ([run], len(odd))


def test_of_a_journal_without_bounds_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    told(path)
    size = path.stat().st_size
    last = told(path)
    monkeypatch.setattr(journal_reading, "MOST_BYTES", size + 10)
    found = read_runs(path)
    assert ([run.run for run in found.runs], found.cut) == ([last], True)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_too_odd_to_be_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("odd") / "journal.jsonl"
    path.write_bytes(content)
    assert read_runs(path).runs == ()


def test_what_was_left_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    left = Left("plan.json", ("sha256:1",), "reconciler apply --only blocked plan.json")
    with open_journal(path) as journal:
        journal.begin(plan(CHANGE), ())
        journal.end([], 5, left)
    assert read_runs(path).runs[0].left == left


def test_runs_that_continue_each_other_stand_together_the_newest_group_first() -> None:
    runs = [RunTold("a", "1"), RunTold("b", "2"), RunTold("c", "3", continues="a"), RunTold("d", "4", continues="gone")]
    assert [[run.run for run in group] for group in joined(runs)] == [["d"], ["a", "c"], ["b"]]
    chain = [RunTold("a", "1"), RunTold("b", "2", continues="a"), RunTold("c", "3", continues="b")]
    assert [[run.run for run in group] for group in joined(chain)] == [["a", "b", "c"]]
    assert joined([]) == ()
