"""What would be done: a value that reports show, files hold and apply walks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.change import Action, Change, Reason, Status
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.guard import GuardVerdict


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes sorted by environment and address, and the facts that they rest on.

    ``fingerprints`` maps each partition that was read to the digest of its compared live fields.
    ``desired_digest`` covers the whole resolved desired state. ``guards`` are those in force, with what they say. An
    empty plan is a plan.
    """

    cloud: str
    desired_digest: str
    fingerprints: Mapping[str, str]
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    guards: tuple[GuardVerdict, ...] = ()

    @property
    def pending(self) -> tuple[Change, ...]:
        """The changes that something should be done about, by apply or by a person."""
        return tuple(change for change in self.changes if change.action is not Action.NONE)

    @property
    def ready(self) -> tuple[Change, ...]:
        """The changes that apply would carry out now."""
        return tuple(change for change in self.pending if change.status is Status.READY)

    @property
    def drifted(self) -> tuple[Change, ...]:
        """What differs from the manifests: pending changes, and undeclared tables of declared links."""
        return tuple(
            change for change in self.changes if change.action is not Action.NONE or change.reason is Reason.UNDECLARED
        )

    def summary(self) -> dict[str, int]:
        """Changes counted by action; every action is there."""
        counts = dict.fromkeys((action.value for action in Action), 0)
        for change in self.changes:
            counts[change.action.value] += 1
        return counts
