"""``apply --resume``: takes up what an earlier run had set out to do and did not."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reconciler.apply.journal_reading import read_runs
from reconciler.cli.options import JOURNAL
from reconciler.model.journal import RunTold
from reconciler.model.outcome import Outcome, Result
from reconciler.model.plan import Plan
from reconciler.plan.held import Held
from reconciler.plan.resume import continued, unfinished, unfinished_run
from reconciler.reports.escape import visible
from reconciler.reports.journal import render_stopped

resume_option = click.option(
    "--resume", is_flag=True, help="Finish the newest run of the journal that was cut short, and nothing else."
)
# After these a later run of the same has something to do; what was refused has a remedy of its own.
_CUT_SHORT = frozenset({Result.FAILED, Result.UNKNOWN, Result.SKIPPED})


@dataclass(frozen=True, slots=True)
class Resumed:
    """The run that is taken up."""

    run: RunTold

    @property
    def partitions(self) -> set[str]:
        """The partitions that have to be read."""
        return {each.partition for each in unfinished(self.run)}

    @property
    def continues(self) -> str:
        """The id of the run."""
        return self.run.run

    def hold(self, present: Plan) -> Held:
        """What is still to be done of the run. Raises Refused where it can't be told."""
        return continued(self.run, present)


def resumed_from(journal: Path, *others: object) -> Resumed | None:
    """The run of a journal that is to be resumed, which is shown; None, which is said, where there is none. A usage
    error where one of ``others`` (PLAN, --ceiling, --only) bounds the run as well."""
    if any(others):
        raise click.UsageError("--resume goes by the journal alone: not with a PLAN, --ceiling or --only.")
    run = unfinished_run(read_runs(journal).runs)
    if run is None:
        click.echo(f"Nothing to resume: no run in {visible(str(journal))} was cut short.")
        return None
    click.echo(render_stopped(run), nl=False)
    return Resumed(run)


def resuming_words(options: Mapping[str, Any], outcomes: Iterable[Outcome]) -> str | None:
    """What goes on after a run with such outcomes; None where nothing was cut short."""
    return going_on(options) if any(map(_is_cut_short, outcomes)) else None


def going_on(options: Mapping[str, Any]) -> str:
    """What goes on after a run that was cut short."""
    return f"Finish what is left of this run, and nothing else, with:\n  {visible(command(options))}"


def _is_cut_short(outcome: Outcome) -> bool:
    half_way = outcome.result is Result.REFUSED and bool(outcome.done or outcome.writes)
    return half_way or outcome.result in _CUT_SHORT


def command(options: Mapping[str, Any]) -> str:
    """The command that resumes a run, for a shell: with the options that the run was given."""
    said = ["reconciler", "apply", "--resume"]
    for name in ("manifests", "config", "endpoints", "sign_in"):
        if options.get(name):
            said += [f"--{name.replace('_', '-')}", str(options[name])]
    if options["journal"] != JOURNAL:
        said += ["--journal", str(options["journal"])]
    if options.get("allow_unproven"):
        said.append("--allow-unproven")
    for environment in options.get("environments", ()):
        said += ["--environment", environment]
    return shlex.join(said)
