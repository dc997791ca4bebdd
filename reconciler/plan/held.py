"""A saved plan held against the present one: what was reviewed bounds what is applied. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.change import Change
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import Refused
from reconciler.model.plan import Plan
from reconciler.plan.file import SavedPlan, change_digest


@dataclass(frozen=True, slots=True)
class Held:
    """The changes that were reviewed and still hold, and a diagnostic for each partition that moved."""

    changes: tuple[Change, ...]
    refused: tuple[Diagnostic, ...]


def hold(saved: SavedPlan, present: Plan) -> Held:
    """Takes from the present plan the changes that the saved one contains, in partitions that did not move.

    Nothing of the saved plan is carried out as it stands there: it can narrow what happens and never widen it.
    Raises Refused where the manifests are not those of the saved plan.
    """
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
    kept = tuple(
        change
        for change in present.pending
        if change.partition not in moved
        and change.partition in saved.fingerprints
        and change_digest(change) in saved.changes
    )
    touched = sorted(moved & set(saved.changes.values()))
    return Held(kept, tuple(_refusal(partition) for partition in touched))


def _refusal(partition: str) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "partition-moved",
        f"Environment '{partition}' changed since the plan was made: nothing is done there",
        partition=partition,
        remedy="Plan again and review what is different now.",
    )
