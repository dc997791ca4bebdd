"""What would be done: a value that reports show, files hold and apply walks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from reconciler.model.address import Address
from reconciler.model.canonical import JsonValue
from reconciler.model.change import Action, Change, Reason, Status
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.guard import GuardVerdict


@dataclass(frozen=True, slots=True)
class Seen:
    """What the planning identity could see of a partition.

    ``identity`` is the id of what was looked at (the environment's), whatever a manifest calls it. ``by_rows`` are the
    live links of which Dataverse's rows alone were seen, and not the service's own profile. ``writes_missing`` says
    what that identity lacks for writing there, None where nothing. ``unreadable`` says why nothing could be seen.
    """

    identity: str
    by_rows: tuple[str, ...] = ()
    writes_missing: str | None = None
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes sorted by environment and address, and the facts that they rest on.

    ``facts`` maps each partition that was read to its compared live fields, ``fingerprints`` to their digest. ``seen``
    tells of every partition that was looked at. ``declared`` maps the address of a pending change to the digest of what
    its manifest declares, resolved; ``desired_digest`` covers the whole resolved desired state. ``assumptions`` are the
    answers that the configuration gives in place of the register's. ``guards`` are those in force, with what they say.
    An empty plan is a plan.
    """

    cloud: str
    desired_digest: str
    fingerprints: Mapping[str, str]
    changes: tuple[Change, ...]
    diagnostics: tuple[Diagnostic, ...]
    guards: tuple[GuardVerdict, ...] = ()
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    seen: Mapping[str, Seen] = field(default_factory=dict)
    declared: Mapping[Address, str] = field(default_factory=dict)
    assumptions: Mapping[str, str] = field(default_factory=dict)

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

    def of(self, partitions: Collection[str]) -> Plan:
        """The plan cut down to some partitions: their changes, facts and diagnostics."""
        return replace(
            self,
            fingerprints={name: value for name, value in self.fingerprints.items() if name in partitions},
            changes=tuple(change for change in self.changes if change.partition in partitions),
            diagnostics=tuple(each for each in self.diagnostics if each.partition in partitions),
            facts={name: value for name, value in self.facts.items() if name in partitions},
            seen={name: value for name, value in self.seen.items() if name in partitions},
        )

    def summary(self) -> dict[str, int]:
        """Changes counted by action; every action is there."""
        counts = dict.fromkeys((action.value for action in Action), 0)
        for change in self.changes:
            counts[change.action.value] += 1
        return counts
