"""What apply is bounded by: a plan that was reviewed, given as PLAN, as a ceiling, or by --only blocked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import click

from reconciler.cli.attended import handed_over
from reconciler.cli.edge import use_color
from reconciler.cli.outcomes import read_saved
from reconciler.model.diagnostic import Severity
from reconciler.model.plan import Plan
from reconciler.plan.ceiling import within
from reconciler.plan.held import Held, hold, hold_blocked
from reconciler.plan.saved import SavedPlan
from reconciler.reports.diagnostics import render_diagnostics

ceiling_option = click.option(
    "--ceiling",
    metavar="PLAN",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Plan anew, and do only what this reviewed plan contains: after a merge, in a pipeline.",
)


class Bound(Enum):
    """How a reviewed plan bounds a run."""

    PLAN = "carried out as it is, where nothing moved"
    CEILING = "what is planned now, as far as it was reviewed"
    BLOCKED = "what it left to a person"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A reviewed plan, its file, how it bounds the run, and the run that this one continues."""

    plan: SavedPlan
    file: Path
    bound: Bound
    continues: str | None = None

    @property
    def partitions(self) -> set[str] | None:
        """The partitions that have to be read; None for all."""
        match self.bound:
            case Bound.CEILING:
                return None
            case Bound.BLOCKED:
                return {self.plan.changes[digest] for digest in self.plan.blocked}
            case Bound.PLAN:
                return set(self.plan.changes.values())

    def hold(self, present: Plan) -> Held:
        """What may be done of the present plan. Raises Refused where nothing may."""
        match self.bound:
            case Bound.CEILING:
                return within(self.plan, present)
            case Bound.BLOCKED:
                return hold_blocked(self.plan, present)
            case Bound.PLAN:
                return hold(self.plan, present)


def reviewed_by(saved: Path | None, ceiling: Path | None, only: str | None, journal: Path) -> Reviewed | None:
    """What the words of apply name; None where nothing was reviewed. A usage error for words that exclude each other.

    Raises InvalidInput for a file that is no plan, Refused where nothing was left to a person.
    """
    if ceiling and saved:
        raise click.UsageError("Give the plan as PLAN, to carry it out as it is, or as --ceiling: not both.")
    if ceiling and only:
        raise click.UsageError("--only goes by the plan of a run that left something to a person, not by --ceiling.")
    if only:
        handed = handed_over(saved, journal)
        return Reviewed(handed.plan, handed.file, Bound.BLOCKED, handed.continues)
    if ceiling:
        return Reviewed(read_saved(ceiling), ceiling, Bound.CEILING)
    return Reviewed(read_saved(saved), saved, Bound.PLAN) if saved else None


def say_held(present: Plan, held: Held) -> None:
    """Tells errors of the present plan and what is not done, on stderr."""
    errors = tuple(each for each in present.diagnostics if each.severity is Severity.ERROR)
    said = (*errors, *held.refused, *held.told)
    click.echo(render_diagnostics(said, color=use_color(err=True)), err=True, nl=False)
