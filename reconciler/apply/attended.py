"""What a run leaves to a person: the changes that nothing keeps from being made but who is signed in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.model.change import Change, Status
from reconciler.model.live import Snapshot
from reconciler.model.plan import Plan
from reconciler.plan.file import SavedPlan, change_digest


def awaits_person(change: Change, live: Snapshot) -> bool:
    """Whether a change is blocked for want of a sign-in, or of its rights, and for nothing else.

    What errors at the link block (consent that is missing, a check that fails) no sign-in helps.
    """
    environment = live.environments.get(change.environment)
    missing = environment.link_writes_missing if environment else None
    return change.status is Status.BLOCKED and missing is not None and change.missing == missing


def left_to_person(changes: Sequence[Change], live: Snapshot) -> tuple[Change, ...]:
    """Those of a run's changes that a person can finish."""
    return tuple(change for change in changes if awaits_person(change, live))


def names_exactly(saved: SavedPlan, left: Sequence[Change]) -> bool:
    """Whether a saved plan marks these changes as blocked, and no others: then it serves to finish them."""
    return saved.blocked == {change_digest(change) for change in left}


def plan_of_left(plan: Plan, left: Sequence[Change]) -> Plan:
    """The plan cut down to the partitions of what is left: what a second run holds the live state against."""
    partitions = {change.partition for change in left}
    return replace(
        plan,
        fingerprints={name: value for name, value in plan.fingerprints.items() if name in partitions},
        changes=tuple(change for change in plan.changes if change.partition in partitions),
        diagnostics=tuple(each for each in plan.diagnostics if each.partition in partitions),
    )
