"""reconciler apply."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.cli.edge import INTERRUPTED, use_color
from reconciler.cli.exit_codes import ERROR, OK, strongest
from reconciler.cli.options import planning_options
from reconciler.cli.outcomes import exit_code, read_saved
from reconciler.cli.progress import interrupted, step_begins
from reconciler.cli.session import planned
from reconciler.clients.clients import WriteClients
from reconciler.model.diagnostic import Severity, has_errors
from reconciler.plan.held import hold
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.text import render_outcomes, render_plan


@click.command()
@click.argument("saved", metavar="[PLAN]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@planning_options
@click.option("--yes", "-y", is_flag=True, help="Do not ask. Without a terminal this, or PLAN, is required.")
def apply(saved: Path | None, everything: bool, yes: bool, **options: Any) -> int:
    """Make live what the manifests say, and read it back.

    With PLAN, carry out what was saved by 'plan --out' and nothing else: environments that moved since are refused.

    \b
    Examples:
      reconciler apply
      reconciler apply plan.json
      reconciler apply --endpoints local --yes

    Exits with 0 where all is done, 4 where something was refused, 5 where some is done and some is not.
    """
    if not (saved or yes or sys.stdin.isatty()):
        raise click.UsageError("Without a terminal to ask on, apply needs --yes or a PLAN that was reviewed.")
    reviewed = read_saved(saved) if saved else None
    with planned(**options, partitions=set(reviewed.changes.values()) if reviewed else None) as found:
        held = hold(reviewed, found.plan) if reviewed else None
        changes = held.changes if held else found.plan.pending
        if held:
            errors = tuple(d for d in found.plan.diagnostics if d.severity is Severity.ERROR)
            click.echo(render_diagnostics((*errors, *held.refused), color=use_color(err=True)), err=True, nl=False)
        else:
            click.echo(render_plan(found.plan, color=use_color(), everything=everything), nl=False)
            if changes and not yes and not click.confirm("Apply this?", default=False):
                click.echo("Nothing was applied.")
                return INTERRUPTED
        context = Context(WriteClients.beside(found.clients), found.desired, found.live, found.configuration)
        outcomes = apply_changes(changes, context, step_begins, on_interrupt=interrupted)
        click.echo(render_outcomes(outcomes, color=use_color()), nl=False)
        unread = ERROR if has_errors(found.plan.diagnostics) else OK
        return strongest((exit_code(outcomes, refused=bool(held and held.refused)), unread))
