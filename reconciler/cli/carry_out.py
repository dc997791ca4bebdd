"""Carries changes out, tells them in the journal and on the terminal, and leaves to a person what only one can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click

from reconciler.apply.executor import Context
from reconciler.apply.journal import Intent, Journal, open_journal
from reconciler.apply.run import Aborted, apply_changes
from reconciler.apply.schedule import Schedule
from reconciler.cli.attended import leave, say
from reconciler.cli.commit import current_commit
from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import ERROR, strongest
from reconciler.cli.outcomes import exit_code
from reconciler.cli.progress import aborted, interrupted, step_begins
from reconciler.cli.resuming import going_on, resuming_words
from reconciler.cli.session import Planned
from reconciler.model.change import Change, Status
from reconciler.model.errors import ReconcilerError
from reconciler.model.guard import GuardVerdict
from reconciler.model.journal import Consent, Left, Narrowed
from reconciler.model.outcome import Outcome
from reconciler.plan.saved import SavedPlan
from reconciler.reports.escape import visible
from reconciler.reports.text import render_outcomes


@dataclass(frozen=True, slots=True)
class Order:
    """What a run was told to do: the options it was given (with ``journal``), the reviewed plan with its file, the run
    that it continues, and whether something was refused before it began.

    ``consent`` tells by whose leave it goes on, ``narrowed`` what it leaves out of the plan, ``guards`` what guards
    said. ``run`` is its id where it has one already, ``locks`` says in words where its locks are, and ``stop_waiting``
    is called at Ctrl-C, so that nobody waits for one any more.
    """

    options: Mapping[str, Any]
    reviewed: tuple[Path, SavedPlan] | None = None
    continues: str | None = None
    refused: bool = False
    consent: Consent = field(default_factory=Consent)
    narrowed: Sequence[Narrowed] = ()
    guards: tuple[GuardVerdict, ...] = ()
    run: str | None = None
    locks: str = ""
    stop_waiting: Callable[[], None] = lambda: None


def carry_out(found: Planned, context: Context, changes: Sequence[Change], order: Order) -> tuple[list[Outcome], int]:
    """The outcomes of changes and the exit code that they mean. Without changes nothing is told in the journal.

    Raises ReconcilerError where changes need each other or the journal can't be written, before anything else is, and
    KeyboardInterrupt at a second Ctrl-C, when what was under way has been said.
    """
    if not changes:
        click.echo(render_outcomes((), color=use_color(), refused=order.refused), nl=False)
        return [], exit_code((), refused=order.refused)
    Schedule(changes)
    with open_journal(order.options["journal"], order.run) as journal:
        commit = current_commit(found.manifests)
        names = {change.confirm for change in changes if change.confirm is not None and context.confirmed(change)}
        journal.begin(
            replace(found.plan, guards=order.guards),
            found.clients.identities.who(),
            commit=commit,
            plan_digest=order.reviewed[1].digest if order.reviewed else None,
            continues=order.continues,
            intent=Intent(changes, replace(order.consent, names=tuple(sorted(names))), order.narrowed),
        )
        outcomes = _told(changes, context, journal, order)
        click.echo(render_outcomes(outcomes, color=use_color(), refused=order.refused), nl=False)
        if order.reviewed:
            _by_hand(changes)
        left, failure = _leave(found, changes, order, journal, commit)
        code = strongest({exit_code(outcomes, refused=order.refused), *([ERROR] if failure else [])})
        journal.end(outcomes, code, left)
    _say_what_goes_on(outcomes, left, changes, order.options)
    for problem in filter(None, (failure, journal.failure and f"The journal is not whole: {journal.failure}")):
        click.echo(f"Error: {visible(problem)}", err=True)
    return list(outcomes), strongest({code, *([ERROR] if journal.failure else [])})


def _told(changes: Sequence[Change], context: Context, journal: Journal, order: Order) -> tuple[Outcome, ...]:
    """Carries out, and tells step by step."""
    steps: dict[int, str] = {}

    def begins(change: Change, description: str) -> None:
        steps[id(change)] = description
        journal.step(change, description)
        step_begins(change, description)

    def interrupt() -> None:
        interrupted()
        order.stop_waiting()

    try:
        return apply_changes(
            changes,
            context,
            begins,
            journal.outcome,
            interrupt,
            journal.write,
            lambda partition: journal.locked(partition, order.locks),
        )
    except Aborted as error:
        under_way = [(change, steps.get(id(change), "")) for change in error.under_way]
        aborted(under_way, going_on(order.options))
        raise


def _say_what_goes_on(
    outcomes: Sequence[Outcome], left: Left | None, changes: Sequence[Change], options: Mapping[str, Any]
) -> None:
    """The command that finishes the run, and the one for what only a person can do."""
    words = resuming_words(options, outcomes)
    if words:
        click.echo(words)
    if left:
        say(left, changes, options)


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
