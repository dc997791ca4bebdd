"""Locks: what each is named, and what it tells of its holder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from reconciler.model.canonical import canonical_json
from reconciler.model.journal import Who

_TEXT_KEPT = 200


@dataclass(frozen=True, slots=True)
class LockInfo:
    """Who holds a lock: the run as the journal names it, since when (UTC), and where it runs. It informs people;
    whether the lock is held is told by the lock alone."""

    run: str
    since: str = ""
    who: tuple[Who, ...] = ()
    commit: str | None = None
    host: str = ""
    pid: int = 0


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether a run holds a lock, and what its last holder left there: nothing where there never was one."""

    held: bool
    info: LockInfo | None = None


def lock_name(cloud: str, environment_id: str) -> str:
    """The name of an environment's lock: that of what is written, however a repository calls it."""
    return f"{cloud}-{environment_id.lower()}"


def info_text(info: LockInfo) -> str:
    """What is kept at a lock: one line of JSON in ASCII, which a header can carry."""
    return json.dumps(json.loads(canonical_json(info)), sort_keys=True, separators=(",", ":"))


def read_info(text: str) -> LockInfo | None:
    """What ``info_text`` kept; None for anything else. Whoever may write the lock may write anything there: only texts
    and numbers are taken, and cut."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not _text(body, "run"):
        return None
    who = body.get("who")
    pid = body.get("pid")
    return LockInfo(
        run=_text(body, "run"),
        since=_text(body, "since"),
        who=tuple(_who(each) for each in who[:8] if isinstance(each, dict)) if isinstance(who, list) else (),
        commit=_text(body, "commit") or None,
        host=_text(body, "host"),
        pid=pid if type(pid) is int and 0 < pid < 1 << 31 else 0,
    )


def _who(body: dict[str, Any]) -> Who:
    return Who(*(_text(body, name) for name in ("kind", "tenantId", "objectId", "applicationId")))


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value[:_TEXT_KEPT] if isinstance(value, str) else ""
