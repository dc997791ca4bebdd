"""reconciler apply."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from reconciler.apply.executor import Context
from reconciler.apply.unmoved import unmoved
from reconciler.cli.carry_out import Order, carry_out
from reconciler.cli.confirming import confirmations, somebody_answers
from reconciler.cli.consent import consent, narrowed
from reconciler.cli.edge import INTERRUPTED, use_color
from reconciler.cli.exit_codes import ERROR, OK, strongest
from reconciler.cli.guarding import admit, approve_option
from reconciler.cli.locking import lock_timeout_option, run_locks
from reconciler.cli.options import JOURNAL, OutputPath, planning_options, unproven_option
from reconciler.cli.resuming import resume_option, resumed_from
from reconciler.cli.reviewed import Bound, Reviewed, ceiling_option, reviewed_by, say_held
from reconciler.cli.session import planned
from reconciler.cli.waiting import wait_after, wait_option
from reconciler.clients.clients import WriteClients
from reconciler.model.diagnostic import has_errors
from reconciler.model.plan import Plan
from reconciler.plan.approval import Approval
from reconciler.plan.held import Held
from reconciler.reports.text import render_plan


@click.command()
@click.argument("saved", metavar="[PLAN]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@planning_options
@unproven_option
@ceiling_option
@click.option("--yes", "-y", is_flag=True, help="Do not ask. Without a terminal this, or PLAN, is required.")
@click.option(
    "--confirm",
    "confirmed",
    metavar="NAME",
    multiple=True,
    help="Answer a question for this name, without being asked; may be repeated.",
)
@approve_option
@resume_option
@click.option("--only", type=click.Choice(["blocked"]), help="Finish what an earlier run left to a person.")
@click.option(
    "--journal",
    type=OutputPath(),
    default=JOURNAL,
    show_default=True,
    help="Where runs are told.",
)
@lock_timeout_option
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
    With --ceiling, plan anew, and refuse each change that the reviewed plan does not contain: the others are done.
    With --only blocked, a person who signed in finishes what a pipeline left: the changes that were blocked in PLAN, or
    in the newest run of the journal. They are shown again, asked for, and carried out.
    With --resume, finish the newest run of the journal that was cut short: what it had set out to do, and nothing else.
    All of them can only narrow what a plain apply would do.

    \b
    Examples:
      reconciler apply
      reconciler apply plan.json
      reconciler apply --ceiling plan.json --yes
      reconciler apply --only blocked plan.json --sign-in azure-cli
      reconciler apply --resume
      reconciler apply plan.json --confirm contosolake
      reconciler apply plan.json --approve tablesRemoved:sales=37
      reconciler apply --yes --lock-timeout 10m
      reconciler apply --endpoints local --yes
      reconciler apply plan.json --wait 2h

    With --wait, look at the links that were written until each is healthy, and at changes that only the portal can make
    until somebody has made them.

    What unlinks a link or deletes a container is done only when its name was typed, or passed by --confirm: --yes does
    not answer for it. Without the name that change is refused, and the others go on.

    An environment that another run writes is refused; with --lock-timeout, that run is waited for.

    What a guard or policy refuses is not done, and the refusal says the word by which --approve lets it pass.

    Exits with 0 where all is done, or left to a later run by itself (deferred), 1 where something failed or is unknown
    and nothing was done, 3 where the input is wrong, 4 where something was refused, 5 where some is done and some is
    not, or the time of --wait was not enough.
    """
    ceiling: Path | None = options.pop("ceiling")
    lock_timeout: int | None = options.pop("lock_timeout")
    resumed = resumed_from(journal, saved, ceiling, only) if options["resume"] else None
    if options.pop("resume") and not resumed:
        return OK
    approvals: tuple[Approval, ...] = options.pop("approvals")
    if not (yes or (saved and not only) or ceiling or somebody_answers()):
        raise click.UsageError("Without a terminal to ask on, apply needs --yes, or a PLAN, or a --ceiling.")
    reviewed = reviewed_by(saved, ceiling, only, journal)
    bounds = resumed or reviewed
    with planned(**options, partitions=bounds.partitions if bounds else None) as found:
        held = bounds.hold(found.plan) if bounds else None
        pending = held.changes if held else found.plan.pending
        _show(found.plan, held, reviewed, everything=everything)
        changes, guards = admit(found, pending, approvals)
        if changes and not yes and _is_asked(reviewed) and not click.confirm("Apply this?", default=False):
            click.echo("Nothing was applied.")
            return INTERRUPTED
        context = Context(
            WriteClients.beside(found.clients),
            found.desired,
            found.live,
            found.configuration,
            confirmed=confirmations(changes, confirmed, ask=not yes and somebody_answers()),
            unmoved=unmoved(found.clients, found.desired, found.live, found.configuration, found.plan),
        )
        with run_locks(found, changes, lock_timeout) as kept:
            order = Order(
                {**options, "journal": journal},
                (reviewed.file, reviewed.plan) if reviewed else None,
                bounds.continues if bounds else None,
                refused=any(guard.refused for guard in guards) or bool(held and held.refused),
                guards=guards,
                consent=consent(yes=yes, reviewed=reviewed, approvals=approvals),
                run=kept.run,
                locks=kept.where,
                stop_waiting=kept.locks.give_up,
                narrowed=narrowed((*held.refused, *held.told) if held else (), pending, changes),
            )
            outcomes, code = carry_out(found, replace(context, locks=kept.locks), changes, order)
        code = wait_after(changes, outcomes, context, wait, code)
        return strongest((code, ERROR if has_errors(found.plan.diagnostics) else OK))


def _is_asked(reviewed: Reviewed | None) -> bool:
    """Whether somebody is asked: what a run is bounded by was reviewed already, but for what a person takes up."""
    return reviewed is None or reviewed.bound is Bound.BLOCKED


def _show(present: Plan, held: Held | None, reviewed: Reviewed | None, *, everything: bool) -> None:
    """What is not done, and what is about to be; a PLAN that is carried out as it is was seen before."""
    if held:
        say_held(present, held)
    all_refused = held is not None and held.refused and not held.changes
    if not all_refused and (reviewed is None or reviewed.bound is not Bound.PLAN):
        shown = replace(present, changes=held.changes, diagnostics=()) if held else present
        click.echo(render_plan(shown, color=use_color(), everything=everything), nl=False)
