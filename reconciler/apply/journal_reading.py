"""Reads a journal back: whole runs, with what is broken, foreign or too long left out and counted."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reconciler.apply.journal import FORMAT
from reconciler.model.errors import ReconcilerError
from reconciler.model.journal import ChangeTold, Consent, GuardTold, Intended, Left, LockTold, Narrowed, RunTold, Who
from reconciler.model.outcome import Write

MOST_BYTES = 64 << 20
LONGEST_LINE = 4 << 20
BEGUN = "begun"
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Told:
    """The runs of a journal, oldest first. ``skipped`` counts lines that are none of this version's; ``cut`` says that
    the file is longer than ``MOST_BYTES`` and only its end was read."""

    runs: tuple[RunTold, ...] = ()
    skipped: int = 0
    cut: bool = False


def read_runs(path: Path) -> Told:
    """The runs that a journal tells, none without a file. Raises ReconcilerError where it can't be read."""
    try:
        content, cut = _end_of(path)
    except FileNotFoundError:
        return Told()
    except OSError as error:
        raise ReconcilerError(f"The journal {path} can't be read: {error.strerror or error}") from None
    runs: dict[str, _Run] = {}
    skipped = 0
    for line in content.split(b"\n"):
        if not line.strip():
            continue
        try:
            _take(runs, _object(line))
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            skipped += 1
    return Told(tuple(replace(run.told, changes=tuple(run.changes.values())) for run in runs.values()), skipped, cut)


@dataclass(slots=True)
class _Run:
    """A run as it is put together: what became of each change, by address and digest, the last word counting."""

    told: RunTold
    changes: dict[tuple[str, str], ChangeTold] = field(default_factory=dict)

    def add(self, change: ChangeTold) -> None:
        self.changes[change.address, change.change] = change

    def writes_of(self, change: ChangeTold) -> tuple[Write, ...]:
        """The writes of a change that were told so far."""
        before = self.changes.get((change.address, change.change))
        return before.writes if before else ()


def _end_of(path: Path) -> tuple[bytes, bool]:
    """The last ``MOST_BYTES`` of a regular file, from the beginning of a line."""
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise ReconcilerError(f"The journal {path} is no regular file. Name another with --journal")
        cut = about.st_size > MOST_BYTES
        if cut:
            file.seek(-MOST_BYTES, os.SEEK_END)
        content = file.read(MOST_BYTES)
    return (content.partition(b"\n")[2] if cut else content), cut


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise ValueError("too long")
    body = json.loads(line)
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise ValueError("no line of this format")
    return body


def _take(runs: dict[str, _Run], body: dict[str, Any]) -> None:
    """Adds one line to the run that it speaks of. A line of a run whose beginning was not read is not understood."""
    name, event = _text(body, "run"), _text(body, "event")
    if event == "runStarted":
        runs[name] = _Run(_started(name, body))
    elif event in _EVENTS:
        _EVENTS[event](runs[name], body)
    else:
        raise ValueError("an event of another version")


def _started(name: str, body: dict[str, Any]) -> RunTold:
    prints = body["fingerprints"]
    return RunTold(
        run=name,
        started=_text(body, "time"),
        tool_version=_text(body, "tool"),
        commit=_maybe(body, "commit"),
        who=tuple(
            Who(_text(each, "kind"), *(_text(each, key) for key in ("tenantId", "objectId", "applicationId")))
            for each in body["who"]
        ),
        cloud=_text(body, "cloud"),
        desired_digest=_text(body, "desiredDigest"),
        plan_digest=_maybe(body, "planDigest"),
        fingerprints={partition: _text(prints, partition) for partition in prints},
        continues=_maybe(body, "continues"),
        consent=_consent(body.get("consent")),
        intended=None if body.get("changes") is None else tuple(map(_intended, body["changes"])),
        guards=tuple(
            GuardTold(_text(each, "guard"), _text(each, "partition"), each["refused"] is True, _text(each, "summary"))
            for each in body.get("guards") or ()
        ),
        narrowed=tuple(
            Narrowed(*(_text(each, key) for key in ("code", "of", "summary"))) for each in body.get("narrowed") or ()
        ),
    )


def _consent(body: Any) -> Consent | None:
    if body is None:
        return None
    return Consent(_text(body, "by"), tuple(map(str, body["names"])), tuple(map(str, body["approvals"])))


def _intended(body: Any) -> Intended:
    address, partition, change, action, risk = (
        _text(body, key) for key in ("address", "partition", "change", "action", "risk")
    )
    return Intended(address, partition, change, action, risk, frozenset(map(str, body.get("parts") or ())))


def _locked(run: _Run, body: dict[str, Any]) -> None:
    lock = LockTold(_text(body, "partition"), _text(body, "where"))
    run.told = replace(run.told, locks=(*run.told.locks, lock))


def _step_begun(run: _Run, body: dict[str, Any]) -> None:
    begun = _change(body, BEGUN, stopped_at=_text(body, "step"))
    run.add(replace(begun, writes=run.writes_of(begun)))


def _write_sent(run: _Run, body: dict[str, Any]) -> None:
    begun = _change(body, BEGUN, stopped_at=_text(body, "step"))
    run.add(replace(begun, writes=(*run.writes_of(begun), _write(body["write"]))))


def _write(body: Any) -> Write:
    status = body.get("status")
    if status is not None and not isinstance(status, int):
        raise TypeError("a status that is no number")
    identifier, method, url, time, request = (_text(body, key) for key in ("id", "method", "url", "time", "requestId"))
    return Write(identifier, method, url, time, status, request)


def _change_ended(run: _Run, body: dict[str, Any]) -> None:
    done = tuple(step for step in body["done"] if isinstance(step, str))
    result, stopped_at, detail = _text(body, "result"), _maybe(body, "stoppedAt"), _maybe(body, "detail")
    writes = tuple(map(_write, body.get("writes") or ()))
    run.add(_change(body, result, done=done, stopped_at=stopped_at, detail=detail, writes=writes))


def _run_ended(run: _Run, body: dict[str, Any]) -> None:
    code, left = body["exitCode"], body.get("left")
    if not isinstance(code, int):
        raise TypeError("an exit code that is no number")
    found = Left(_text(left, "file"), tuple(map(str, left["changes"])), _text(left, "command")) if left else None
    run.told = replace(run.told, ended=_text(body, "time"), exit_code=code, left=found)


def _change(body: dict[str, Any], result: str, **fields: Any) -> ChangeTold:
    return ChangeTold(_text(body, "address"), _text(body, "partition"), _text(body, "change"), result, **fields)


_EVENTS: dict[str, Callable[[_Run, dict[str, Any]], None]] = {
    "partitionLocked": _locked,
    "stepBegun": _step_begun,
    "writeSent": _write_sent,
    "changeEnded": _change_ended,
    "runEnded": _run_ended,
}


def _text(body: Any, key: str) -> str:
    value = body[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value


def _maybe(body: dict[str, Any], key: str) -> str | None:
    return None if body.get(key) is None else _text(body, key)


def joined(runs: Sequence[RunTold]) -> tuple[tuple[RunTold, ...], ...]:
    """Runs together with those that they continue, oldest first in each; the group with the newest run first."""
    groups: dict[str, list[RunTold]] = {}
    group_of: dict[str, str] = {}
    for run in runs:
        first = group_of.get(run.continues or "", run.run)
        group_of[run.run] = first
        groups.setdefault(first, []).append(run)
    newest = {run.run: number for number, run in enumerate(runs)}
    return tuple(map(tuple, sorted(groups.values(), key=lambda group: -newest[group[-1].run])))
