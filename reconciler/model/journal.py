"""What a journal tells of runs of apply: who, from which plan, what became of each change, and what was left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Who:
    """An identity of a run, by the claims of its token: ``kind`` is ``application`` or ``user``. Ids, never names; an
    id that the token did not tell is empty."""

    kind: str
    tenant_id: str
    object_id: str
    application_id: str


@dataclass(frozen=True, slots=True)
class ChangeTold:
    """What became of one change. ``change`` is its digest, as in plan files; ``result`` a word of Outcome's, or
    ``begun`` where the run ended before the change did."""

    address: str
    partition: str
    change: str
    result: str
    done: tuple[str, ...] = ()
    stopped_at: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left to a person: the plan file to continue from, the digests of the changes, and the command."""

    file: str
    changes: tuple[str, ...]
    command: str


@dataclass(frozen=True, slots=True)
class RunTold:
    """One run. ``ended`` and ``exit_code`` are None for a run that never said its end. Times are UTC, as written."""

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
    changes: tuple[ChangeTold, ...] = ()
    ended: str | None = None
    exit_code: int | None = None
    left: Left | None = None
