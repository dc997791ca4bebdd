"""The attended hand-off: what a run says about changes that wait for a person, and how a second run takes them up."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reconciler.apply.attended import left_to_person, plan_of_left, serves
from reconciler.apply.journal_reading import joined, read_runs
from reconciler.cli.options import JOURNAL
from reconciler.cli.outcomes import read_saved
from reconciler.cli.session import Planned
from reconciler.cli.write import write_file
from reconciler.model.change import Change
from reconciler.model.errors import Refused
from reconciler.model.journal import Left, RunTold
from reconciler.plan.file import change_digest, render
from reconciler.plan.saved import SavedPlan
from reconciler.reports.escape import visible


@dataclass(frozen=True, slots=True)
class Handed:
    """A plan whose blocked changes a person takes up, its file, and the run that left them, where that is known."""

    plan: SavedPlan
    file: Path
    continues: str | None


def handed_over(saved: Path | None, journal: Path) -> Handed:
    """What ``apply --only blocked`` goes by: the plan that was named, or the newest that a run of the journal left.

    Raises InvalidInput for a file that is no plan, Refused where nothing was left to a person.
    """
    runs = read_runs(journal).runs
    if saved is None:
        return _newest(runs, journal)
    plan = read_saved(saved)
    if not plan.blocked:
        raise Refused(f"Nothing was blocked in {visible(str(saved))}: carry it out with 'reconciler apply PLAN'")
    left_by = (run.run for run in reversed(runs) if run.left and run.plan_digest == plan.digest)
    return Handed(plan, saved, plan.run or next(left_by, None))


def _newest(runs: Sequence[RunTold], journal: Path) -> Handed:
    """From the newest run that left something, unless a later one finished it."""
    for group in joined(runs):
        last = next((run for run in reversed(group) if run.left or run.exit_code == 0), None)
        if last and last.left:
            file = Path(last.left.file)
            return Handed(read_saved(file), file, last.run)
    raise Refused(f"No run in {visible(str(journal))} left changes to a person: name a PLAN, or its --journal")


def leave(
    found: Planned,
    changes: Sequence[Change],
    reviewed: tuple[Path, SavedPlan] | None,
    run: str,
    commit: str | None,
    options: Mapping[str, Any],
) -> Left | None:
    """What of a run's changes a person can finish, and the command for it; None where nothing can.

    The plan that was given serves where it marks exactly these; otherwise one is saved. Raises ReconcilerError where it
    can't be written.
    """
    left = left_to_person(changes, found.live)
    if not left:
        return None
    if reviewed and serves(reviewed[1], found.plan, left):
        file = reviewed[0]
    else:
        file = options["journal"].parent / f"blocked-{run}.json"
        write_file(file, render(plan_of_left(found.plan, left), commit, run))
    return Left(str(file), tuple(sorted(change_digest(change) for change in left)), command(file, options))


def command(file: Path, options: Mapping[str, Any]) -> str:
    """The command that finishes what was left, for a shell: with the options that this run was given."""
    words = ["reconciler", "apply", "--only", "blocked", str(file)]
    words += ["--sign-in", _sign_in(options)]
    for name in ("manifests", "config", "endpoints"):
        if options[name]:
            words += [f"--{name}", str(options[name])]
    if options["journal"] != JOURNAL:
        words += ["--journal", str(options["journal"])]
    if options.get("allow_unproven"):
        words.append("--allow-unproven")
    for environment in options["environments"]:
        words += ["--environment", environment]
    return shlex.join(words)


def say(left: Left, changes: Sequence[Change], options: Mapping[str, Any]) -> None:
    """Tells the command, for a person who reads the log of a job, and the names that it will ask for."""
    counted = "1 change waits" if len(left.changes) == 1 else f"{len(left.changes)} changes wait"
    first = "Sign in (az login), and finish" if _sign_in(options) == "azure-cli" else "Finish"
    click.echo(f"{counted} for a person. {first} with:\n  {visible(left.command)}")
    names = sorted({change.confirm for change in changes if change.confirm and change_digest(change) in left.changes})
    if names:
        given = " ".join(f"--confirm {shlex.quote(name)}" for name in names)
        click.echo(f"It deletes, and asks for a name to be typed; with --yes, add {visible(given)}")


def _sign_in(options: Mapping[str, Any]) -> str:
    return "device-code" if options["endpoints"] else "azure-cli"
