"""apply --resume: what a run had set out to do and did not, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.apply.journal_reading import read_runs
from reconciler.cli.options import JOURNAL as DEFAULT
from reconciler.cli.resuming import command, resuming_words
from reconciler.model.address import Address
from reconciler.model.outcome import Outcome, Result
from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.fleet import write_manifests

Captured = pytest.CaptureFixture[str]
JOURNAL = Path(".reconciler/journal.jsonl")


@pytest.fixture(autouse=True)
def signed_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_SIGN_IN", "device-code")


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in JOURNAL.read_text("ascii").splitlines()]


def cut(*, after: str) -> None:
    """The journal as it is when the process dies just after the first line of an event."""
    told = JOURNAL.read_text("ascii").splitlines(keepends=True)
    at = next(number for number, line in enumerate(told) if json.loads(line)["event"] == after)
    JOURNAL.write_text("".join(told[: at + 1]), "ascii")


def test_what_failed_is_done_and_nothing_that_came_since(cloud: Cloud, capsys: Captured) -> None:
    cloud.faults.add("refused", "link.profile.put", times=1)
    first = call(capsys, "apply", "--yes")
    assert first.code == 5, first
    assert "reconciler apply --resume" in first.out
    cloud.edit("service", "servicelake", remove_tables=["incident"])
    resumed = call(capsys, "apply", "--resume", "--yes")
    assert resumed.code == 0, resumed
    assert "done: SynapseLink/service/service-link" in resumed.out
    assert "Apply: 1 done." in resumed.out
    old, new = read_runs(JOURNAL).runs
    assert new.continues == old.run
    assert {change.address for change in new.changes} == {"SynapseLink/sales/sales-link"}
    assert "incident" not in cloud.state.link("service", "servicelake").stored.tables
    assert call(capsys, "apply", "--resume", "--yes").out.startswith("Nothing to resume")


def test_a_half_made_change_is_finished(cloud: Cloud, capsys: Captured) -> None:
    cloud.faults.add("error", "link.profile.activate", times=None)
    cloud.faults.add("error", "link.profile.create", times=None)
    assert call(capsys, "apply", "--yes").code == 1
    cloud.faults.clear()
    resumed = call(capsys, "apply", "--resume", "--yes")
    assert (resumed.code, "Apply: 2 done." in resumed.out) == (0, True), resumed
    assert call(capsys, "plan").code == 0


def test_a_run_whose_process_died_is_resumed_from_what_it_had_begun(cloud: Cloud, capsys: Captured) -> None:
    cloud.faults.add("error", "link.profile.activate", times=None)
    call(capsys, "apply", "--yes")
    cut(after="writeSent")
    cloud.faults.clear()
    resumed = call(capsys, "apply", "--resume", "--yes")
    assert resumed.code == 0, resumed
    assert "and did not say its end" in resumed.out
    assert "begun: SynapseLink/" in resumed.out
    assert "sent: " in resumed.out


def test_other_manifests_are_refused_and_nothing_is_written(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    cloud.faults.add("refused", "link.profile.put", times=1)
    call(capsys, "apply", "--yes")
    write_manifests(folder / "manifests", tables="[account]")
    before = len([entry for entry in cloud.record if entry.write])
    resumed = call(capsys, "apply", "--resume", "--yes")
    assert resumed.code == 4
    assert len([entry for entry in cloud.record if entry.write]) == before
    assert "The manifests are not those of run" in resumed.err
    assert len(read_runs(JOURNAL).runs) == 1


def test_nothing_is_resumed_where_all_ended_well(cloud: Cloud, capsys: Captured) -> None:
    assert "Nothing to resume" in call(capsys, "apply", "--resume").out
    assert call(capsys, "apply", "--yes").code == 0
    said = call(capsys, "apply", "--resume")
    assert (said.code, said.out) == (0, f"Nothing to resume: no run in {JOURNAL} was cut short.\n")


@pytest.mark.parametrize("words", [("plan.json",), ("--ceiling", "plan.json"), ("--only", "blocked")])
def test_a_resumed_run_is_bounded_by_the_journal_alone(capsys: Captured, words: tuple[str, ...]) -> None:
    said = call(capsys, "apply", "--resume", "--yes", *words)
    assert (said.code, "--resume goes by the journal alone" in said.err) == (3, True)


def test_a_journal_of_another_cloud_is_refused(cloud: Cloud, capsys: Captured) -> None:
    cloud.faults.add("refused", "link.profile.put", times=1)
    call(capsys, "apply", "--yes")
    JOURNAL.write_text(JOURNAL.read_text("ascii").replace('"cloud": "public"', '"cloud": "dod"'), "ascii")
    said = call(capsys, "apply", "--resume", "--yes")
    assert (said.code, "was one in the cloud 'dod'" in said.err) == (4, True), said


def test_a_journal_that_does_not_tell_what_was_meant_is_refused(cloud: Cloud, capsys: Captured) -> None:
    cloud.faults.add("refused", "link.profile.put", times=1)
    call(capsys, "apply", "--yes")
    told = lines()
    for name in ("changes", "consent", "guards", "narrowed"):
        told[0].pop(name)
    JOURNAL.write_text("".join(json.dumps(line) + "\n" for line in told), "ascii")
    said = call(capsys, "apply", "--resume", "--yes")
    assert (said.code, "it can't be resumed" in said.err) == (4, True), said


def options(**given: Any) -> dict[str, Any]:
    usual = {"endpoints": None, "manifests": None, "config": None, "sign_in": None, "environments": ()}
    return {**usual, "journal": DEFAULT, **given}


def test_the_command_that_goes_on_has_the_options_that_the_run_was_given() -> None:
    assert command(options()) == "reconciler apply --resume"
    given = options(
        manifests=Path("my manifests"),
        sign_in="azure-cli",
        journal=Path("j"),
        allow_unproven=True,
        environments=("a", "b"),
    )
    assert command(given) == (
        "reconciler apply --resume --manifests 'my manifests' --sign-in azure-cli --journal j --allow-unproven "
        "--environment a --environment b"
    )


@pytest.mark.parametrize(
    ("result", "done", "said"),
    [
        (Result.FAILED, (), True),
        (Result.UNKNOWN, (), True),
        (Result.SKIPPED, (), True),
        (Result.REFUSED, ("A step",), True),
        (Result.REFUSED, (), False),
        (Result.BLOCKED, (), False),
        (Result.DEFERRED, (), False),
        (Result.DONE, ("A step",), False),
    ],
)
def test_the_command_is_said_where_something_was_cut_short(
    result: Result, done: tuple[str, ...], *, said: bool
) -> None:
    outcome = Outcome(Address("SynapseLink", "dev", "dev-link"), "dev", result, done)
    assert (resuming_words(options(), [outcome]) is not None) is said


def test_a_table_that_came_to_a_half_written_link_is_not_taken_out_unreviewed(
    cloud: Cloud, folder: Path, capsys: Captured
) -> None:
    write_manifests(folder / "manifests", "[account]\n  undeclaredTables: remove")
    cloud.faults.add("error", "link.profile.activate", times=None)
    call(capsys, "apply", "--yes", "--environment", "sales")
    cloud.faults.clear()
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    resumed = call(capsys, "apply", "--resume", "--yes")
    assert (resumed.code, "[not-of-the-run]" in resumed.err) == (4, True), resumed
    assert "lead" in cloud.state.link("sales", "saleslake").stored.tables
