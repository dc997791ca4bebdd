"""What a run leaves to a person: the changes that nothing keeps from being made but who is signed in. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.change import Change, Status
from reconciler.model.live import Snapshot
from reconciler.model.plan import Plan
from reconciler.plan.file import change_digest
from reconciler.plan.saved import SavedPlan


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


def serves(saved: SavedPlan, plan: Plan, left: Sequence[Change]) -> bool:
    """Whether a saved plan serves to finish what a run left of another plan: the same manifests, nothing moved, and
    exactly these changes."""
    unmoved = all(saved.fingerprints.get(each.partition) == plan.fingerprints.get(each.partition) for each in left)
    return unmoved and saved.desired_digest == plan.desired_digest and names_exactly(saved, left)


def plan_of_left(plan: Plan, left: Sequence[Change]) -> Plan:
    """The plan cut down to the partitions of what is left: what a second run holds the live state against."""
    return plan.of({change.partition for change in left})
