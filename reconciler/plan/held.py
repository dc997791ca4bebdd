"""A saved plan held against the present one: what was reviewed bounds what is applied. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.model.change import Change
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import Refused
from reconciler.model.plan import Plan
from reconciler.plan.file import change_digest
from reconciler.plan.moved import what_moved
from reconciler.plan.saved import SavedPlan

_NOT_REVIEWED = "not-reviewed"
# What the service alone shows is compared only where somebody signed in: the same change may then have another field.
_SEES_MORE = (
    "A sign-in shows more of a link than the first run saw. Run 'reconciler apply' without --only, and review it."
)


@dataclass(frozen=True, slots=True)
class Held:
    """The changes that were reviewed and still hold, and a diagnostic for what is not done: each partition that moved,
    and each change of another partition that the saved plan does not hold. ``told`` is information."""

    changes: tuple[Change, ...]
    refused: tuple[Diagnostic, ...]
    told: tuple[Diagnostic, ...] = ()


def hold(saved: SavedPlan, present: Plan) -> Held:
    """Takes from the present plan the changes that the saved one contains, in partitions that did not move.

    Nothing of the saved plan is carried out as it stands there: it can narrow what happens and never widen it.
    Partitions that the saved plan did not read are left alone. Raises Refused where the manifests, or the cloud, are
    not those of the saved plan.
    """
    same_cloud(saved, present)
    if saved.desired_digest != present.desired_digest:
        raise Refused(
            "The manifests are not those that the plan was made from "
            f"(planned {saved.desired_digest[:15]}…, now {present.desired_digest[:15]}…). Plan again."
        )
    moved = {
        partition
        for partition, fingerprint in saved.fingerprints.items()
        if present.fingerprints.get(partition) != fingerprint
    }
    held = [change for change in present.pending if change.partition in saved.fingerprints.keys() - moved]
    kept = tuple(change for change in held if change_digest(change) in saved.changes)
    touched = moved & {*saved.changes.values(), *(change.partition for change in present.pending)}
    return Held(
        kept,
        (
            *(
                _moved(name, saved, present) if name in present.fingerprints else _not_read(name)
                for name in sorted(touched)
            ),
            *(_not_reviewed(change) for change in held if change not in kept),
        ),
    )


def hold_blocked(saved: SavedPlan, present: Plan) -> Held:
    """Takes from the present plan the changes that were blocked in the saved one, and no other: what was ready then was
    that run's to make. Partitions without blocked changes are left alone, moved or not. Raises as ``hold``."""
    partitions = {saved.changes[blocked] for blocked in saved.blocked}
    cut = replace(
        saved,
        fingerprints={name: value for name, value in saved.fingerprints.items() if name in partitions},
        changes={name: partition for name, partition in saved.changes.items() if partition in partitions},
    )
    held = hold(cut, present)
    return Held(
        tuple(change for change in held.changes if change_digest(change) in saved.blocked),
        tuple(replace(each, remedy=_SEES_MORE) if each.code == _NOT_REVIEWED else each for each in held.refused),
    )


def same_cloud(saved: SavedPlan, present: Plan) -> None:
    """Raises Refused for a plan of another cloud."""
    if saved.cloud != present.cloud:
        raise Refused(
            f"The plan was made for the cloud '{saved.cloud[:20]}', and this is '{present.cloud}'. Plan again, with "
            "the configuration that is applied."
        )


def _moved(partition: str, saved: SavedPlan, present: Plan) -> Diagnostic:
    """What moved is told where the file holds the facts: where there was something to do."""
    before, now = saved.facts.get(partition), present.facts.get(partition)
    return Diagnostic(
        Severity.ERROR,
        "partition-moved",
        f"Environment '{partition}' changed since the plan was made: nothing is done there",
        partition=partition,
        found=what_moved(before, now) if before is not None else None,
        remedy="Plan again and review what is different now.",
    )


def _not_read(partition: str) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "partition-not-read",
        f"Environment '{partition}' of the plan was not read now: nothing is done there",
        partition=partition,
        remedy="Leave out --environment, or see why it could not be read.",
    )


def _not_reviewed(change: Change) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "not-reviewed",
        f"The plan does not hold this {change.action} of '{change.address}': it is not done",
        location=change.location,
        address=change.address,
        partition=change.partition,
        remedy="Plan again, with the version of reconciler that applies, and review it.",
    )
