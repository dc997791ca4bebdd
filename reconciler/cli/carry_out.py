"""Carries changes out, tells them in the journal and on the terminal, and leaves to a person what only one can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reconciler.apply.executor import Context
from reconciler.apply.journal import Journal, open_journal
from reconciler.apply.run import apply_changes
from reconciler.cli.attended import leave, say
from reconciler.cli.commit import current_commit
from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import ERROR, strongest
from reconciler.cli.outcomes import exit_code
from reconciler.cli.progress import interrupted, step_begins
from reconciler.cli.session import Planned
from reconciler.model.change import Change, Status
from reconciler.model.errors import ReconcilerError
from reconciler.model.journal import Left
from reconciler.model.outcome import Outcome
from reconciler.plan.file import SavedPlan
from reconciler.reports.escape import visible
from reconciler.reports.text import render_outcomes


@dataclass(frozen=True, slots=True)
class Order:
    """What a run was told to do: the options it was given (with ``journal``), the reviewed plan with its file, the run
    that it continues, and whether something was refused before it began."""

    options: Mapping[str, Any]
    reviewed: tuple[Path, SavedPlan] | None = None
    continues: str | None = None
    refused: bool = False


def carry_out(found: Planned, context: Context, changes: Sequence[Change], order: Order) -> tuple[list[Outcome], int]:
    """The outcomes of changes and the exit code that they mean. Without changes nothing is told in the journal.

    Raises ReconcilerError where the journal can't be written, before anything else is.
    """
    if not changes:
        click.echo(render_outcomes((), color=use_color()), nl=False)
        return [], exit_code((), refused=order.refused)
    with open_journal(order.options["journal"]) as journal:
        commit = current_commit(found.manifests)
        journal.begin(
            found.plan,
            found.clients.identities.who(),
            commit=commit,
            plan_digest=order.reviewed[1].digest if order.reviewed else None,
            continues=order.continues,
        )

        def begins(change: Change, description: str) -> None:
            journal.step(change, description)
            step_begins(change, description)

        outcomes = apply_changes(changes, context, begins, journal.outcome, on_interrupt=interrupted)
        click.echo(render_outcomes(outcomes, color=use_color()), nl=False)
        if order.reviewed:
            _by_hand(changes)
        left, failure = _leave(found, changes, order, journal, commit)
        code = strongest({exit_code(outcomes, refused=order.refused), *([ERROR] if failure else [])})
        journal.end(outcomes, code, left)
    if left:
        say(left, changes, order.options)
    for problem in filter(None, (failure, journal.failure and f"The journal is not whole: {journal.failure}")):
        click.echo(f"Error: {visible(problem)}", err=True)
    return list(outcomes), strongest({code, *([ERROR] if journal.failure else [])})


def _by_hand(changes: Sequence[Change]) -> None:
    """What a person does in the portal, for whoever was not shown the plan just now."""
    for change in changes:
        lines = [line for step in change.steps for line in step.instructions()]
        if change.status is Status.UNPROVEN and lines:
            told = "".join(f"\n  - {visible(line)}" for line in lines)
            click.echo(f"By hand, for {visible(str(change.address))}:{told}")


def _leave(
    found: Planned, changes: Sequence[Change], order: Order, journal: Journal, commit: str | None
) -> tuple[Left | None, str | None]:
    """What is left to a person, or why that could not be saved: what was done has to be told all the same."""
    try:
        return leave(found, changes, order.reviewed, journal.run, commit, order.options), None
    except ReconcilerError as error:
        return None, str(error)
