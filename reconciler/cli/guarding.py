"""Guards and policies at the command line: what they say of a plan, and what apply does about it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import click

from reconciler.cli.commit import current_commit
from reconciler.cli.edge import use_color
from reconciler.cli.policy import ask
from reconciler.cli.session import Planned
from reconciler.model.change import Change, Status
from reconciler.model.diagnostic import sorted_diagnostics
from reconciler.model.guard import GuardVerdict
from reconciler.model.plan import Plan
from reconciler.plan.approval import Approval, approve, read_approval
from reconciler.plan.file import document
from reconciler.plan.guard import in_force, judge, permitted, refusals, without_target
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.escape import visible

_DONE_OR_TOLD = frozenset({Status.READY, Status.UNPROVEN})


def _read(_context: click.Context, _parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[Approval, ...]:
    try:
        return tuple(map(read_approval, texts))
    except ValueError as error:
        raise click.BadParameter(visible(str(error))) from None


approve_option = click.option(
    "--approve",
    "approvals",
    metavar="WORD",
    multiple=True,
    callback=_read,
    help="Let pass what a guard refuses, by the word that its refusal says; may be repeated.",
)


def guarded(found: Planned) -> Plan:
    """The plan with what every guard and policy says of all that is pending in it."""
    verdicts = in_force(_verdicts(found, found.plan.pending, found.plan), found.configuration)
    said = (*found.plan.diagnostics, *without_target(found.configuration, found.desired))
    return replace(found.plan, guards=verdicts, diagnostics=sorted_diagnostics(said))


def admit(
    found: Planned, changes: Sequence[Change], approvals: Collection[Approval]
) -> tuple[tuple[Change, ...], tuple[GuardVerdict, ...]]:
    """The changes that guards and policies let pass, and what each of these said. Each refusal is told.

    What is counted is what this run would do, or tell a person to do: what is blocked or deferred costs nothing now.
    """
    doing = [change for change in changes if change.status in _DONE_OR_TOLD]
    plan = replace(found.plan, changes=tuple(changes))
    verdicts, unasked = approve(_verdicts(found, doing, plan), approvals)
    for word in unasked:
        click.echo(f"Nothing asks for the approval '{visible(word)}'.", err=True)
    click.echo(render_diagnostics(refusals(verdicts), color=use_color(err=True)), err=True, nl=False)
    return permitted(changes, verdicts), verdicts


def _verdicts(found: Planned, changes: Sequence[Change], plan: Plan) -> tuple[GuardVerdict, ...]:
    """What is said of ``changes``; policies are shown the whole plan, and asked only where there is something to do."""
    if not changes:
        return ()
    verdicts = judge(changes, found.desired, found.live, found.configuration, datetime.now(UTC))
    policies = found.configuration.policies
    if not policies:
        return verdicts
    shown = document(replace(plan, guards=verdicts), current_commit(found.manifests))
    addresses = sorted({str(change.address) for change in plan.changes})
    return (*verdicts, *(ask(policy, shown, addresses) for policy in policies))
