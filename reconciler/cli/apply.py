"""reconciler apply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler.apply.executor import Context
from reconciler.cli.attended import handed_over
from reconciler.cli.carry_out import Order, carry_out
from reconciler.cli.confirming import confirmations, somebody_answers
from reconciler.cli.edge import INTERRUPTED, use_color
from reconciler.cli.exit_codes import ERROR, OK, strongest
from reconciler.cli.options import JOURNAL, planning_options, unproven_option
from reconciler.cli.outcomes import read_saved
from reconciler.cli.session import planned
from reconciler.cli.waiting import wait_after, wait_option
from reconciler.clients.clients import WriteClients
from reconciler.model.diagnostic import Severity, has_errors
from reconciler.model.plan import Plan
from reconciler.plan.file import SavedPlan
from reconciler.plan.held import Held, hold, hold_blocked
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.text import render_plan


@click.command()
@click.argument("saved", metavar="[PLAN]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@planning_options
@unproven_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask. Without a terminal this, or PLAN, is required.")
@click.option(
    "--confirm",
    "confirmed",
    metavar="NAME",
    multiple=True,
    help="Answer a question for this name, without being asked; may be repeated.",
)
@click.option("--only", type=click.Choice(["blocked"]), help="Finish what an earlier run left to a person.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path, dir_okay=False),
    default=JOURNAL,
    show_default=True,
    help="Where runs are told.",
)
@wait_option
def apply(
    saved: Path | None,
    everything: bool,
    yes: bool,
    confirmed: tuple[str, ...],
    only: str | None,
    journal: Path,
    wait: int | None,
    **options: Any,
) -> int:
    """Make live what the manifests say, and read it back.

    With PLAN, carry out what was saved by 'plan --out' and nothing else: environments that moved since are refused.
    With --only blocked, a person who signed in finishes what a pipeline left: the changes that were blocked in PLAN, or
    in the newest run of the journal. They are shown again, asked for, and carried out.

    \b
    Examples:
      reconciler apply
      reconciler apply plan.json
      reconciler apply --only blocked plan.json --sign-in azure-cli
      reconciler apply plan.json --confirm contosolake
      reconciler apply --endpoints local --yes
      reconciler apply plan.json --wait 2h

    With --wait, look at the links that were written until each is healthy, and at changes that only the portal can make
    until somebody has made them.

    What unlinks a link or deletes a container is done only when its name was typed, or passed by --confirm: --yes does
    not answer for it. Without the name that change is refused, and the others go on.

    Exits with 0 where all is done, or left to a later run by itself (deferred), 4 where something was refused, 5 where
    some is done and some is not, or the time of --wait was not enough.
    """
    if not (yes or (saved and not only) or somebody_answers()):
        raise click.UsageError("Without a terminal to ask on, apply needs --yes or a PLAN that was reviewed.")
    handed = handed_over(saved, journal) if only else None
    file, reviewed = (handed.file, handed.plan) if handed else (saved, read_saved(saved) if saved else None)
    with planned(**options, partitions=_partitions(reviewed, only)) as found:
        held = _held(reviewed, found.plan, only)
        changes = held.changes if held else found.plan.pending
        if held:
            errors = tuple(d for d in found.plan.diagnostics if d.severity is Severity.ERROR)
            click.echo(render_diagnostics((*errors, *held.refused), color=use_color(err=True)), err=True, nl=False)
        if only or not held:
            shown = replace(found.plan, changes=changes, diagnostics=()) if held else found.plan
            click.echo(render_plan(shown, color=use_color(), everything=everything), nl=False)
            if changes and not yes and not click.confirm("Apply this?", default=False):
                click.echo("Nothing was applied.")
                return INTERRUPTED
        ask = not yes and somebody_answers()
        context = Context(
            WriteClients.beside(found.clients),
            found.desired,
            found.live,
            found.configuration,
            confirmed=confirmations(changes, confirmed, ask=ask),
        )
        order = Order(
            {**options, "journal": journal},
            (file, reviewed) if file and reviewed else None,
            handed.continues if handed else None,
            refused=bool(held and held.refused),
        )
        outcomes, code = carry_out(found, context, changes, order)
        code = wait_after(changes, outcomes, context, wait, code)
        return strongest((code, ERROR if has_errors(found.plan.diagnostics) else OK))


def _partitions(reviewed: SavedPlan | None, only: str | None) -> set[str] | None:
    """The partitions that a saved plan speaks of; None for all."""
    if reviewed is None:
        return None
    return {partition for digest, partition in reviewed.changes.items() if not only or digest in reviewed.blocked}


def _held(reviewed: SavedPlan | None, present: Plan, only: str | None) -> Held | None:
    if reviewed is None:
        return None
    return hold_blocked(reviewed, present) if only else hold(reviewed, present)
