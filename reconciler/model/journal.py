"""What a journal tells of runs of apply: who, from which plan, what became of each change, and what was left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.outcome import Write


@dataclass(frozen=True, slots=True, order=True)
class Who:
    """An identity of a run, by the claims of its token: ``kind`` is ``application`` or ``user``. Ids, never names; an
    id that the token did not tell is empty."""

    kind: str
    tenant_id: str
    object_id: str
    application_id: str


@dataclass(frozen=True, slots=True)
class Consent:
    """By what a run was let go on: ``by`` is ``answer`` (typed at a terminal), ``yes``, ``plan`` or ``ceiling``.
    ``names`` are those that were typed or passed for what deletes, ``approvals`` the words that let guards pass."""

    by: str = ""
    names: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Intended:
    """A change that a run set out to make. ``change`` is its digest; ``action`` and ``risk`` are words of Change's.
    ``parts`` tell by digests what it comes to: whoever finishes it does nothing else."""

    address: str
    partition: str
    change: str
    action: str
    risk: str
    parts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GuardTold:
    """A guard that was in force, and what it said; ``partition`` is empty where it looked at the whole run."""

    guard: str
    partition: str
    refused: bool
    summary: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a run left out of what it found, and why: the code of a diagnostic, its address or partition, its words."""

    code: str
    of: str
    summary: str


@dataclass(frozen=True, slots=True)
class LockTold:
    """A lock that a run took, and where."""

    partition: str
    where: str


@dataclass(frozen=True, slots=True)
class ChangeTold:
    """What became of one change. ``change`` is its digest, as in plan files; ``result`` a word of Outcome's, or
    ``begun`` where the run ended before the change did. A write without a status was sent, and its answer not told."""

    address: str
    partition: str
    change: str
    result: str
    done: tuple[str, ...] = ()
    stopped_at: str | None = None
    detail: str | None = None
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left to a person: the plan file to continue from, the digests of the changes, and the command."""

    file: str
    changes: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True)
class RunTold:
    """One run. ``ended`` and ``exit_code`` are None for a run that never said its end. Times are UTC, as written.
    ``intended`` is what it set out to do: None in journals of versions that did not tell it."""

    run: str
    started: str
    tool_version: str = ""
    commit: str | None = None
    who: tuple[Who, ...] = ()
    cloud: str = ""
    desired_digest: str = ""
    plan_digest: str | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    continues: str | None = None
    consent: Consent | None = None
    intended: tuple[Intended, ...] | None = None
    guards: tuple[GuardTold, ...] = ()
    narrowed: tuple[Narrowed, ...] = ()
    locks: tuple[LockTold, ...] = ()
    changes: tuple[ChangeTold, ...] = ()
    ended: str | None = None
    exit_code: int | None = None
    left: Left | None = None
