"""Tells the runs of apply in a file: JSON lines that are only ever added, each on the disk before the run goes on.

docs/journal.md describes the lines. What another version or another program wrote there is left as it is.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

from reconciler import __version__
from reconciler.clients.redaction import redact
from reconciler.model.canonical import JsonValue, json_line, to_json
from reconciler.model.change import Change
from reconciler.model.errors import ReconcilerError
from reconciler.model.guard import GuardVerdict
from reconciler.model.journal import Consent, Left, Narrowed, Who
from reconciler.model.outcome import Outcome, Write
from reconciler.model.plan import Plan
from reconciler.plan.file import change_digest
from reconciler.plan.resume import parts_of

FORMAT = 1
# A pipe would wait for a reader for ever; where the flag is unknown (Windows) there are no such files.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Intent:
    """What a run sets out to do: its changes, by whose leave, and what it leaves out of the plan."""

    changes: Sequence[Change]
    consent: Consent
    narrowed: Sequence[Narrowed] = ()


class Journal:
    """One run's voice in a journal. Safe to use from worker threads.

    ``run`` is the id of the run. ``failure`` says why a line after the first could not be written: a link is never left
    half written for the sake of its journal, so such a failure is told at the end instead of raised.
    """

    def __init__(self, descriptor: int, path: Path, run: str | None = None) -> None:
        self.run = run or str(uuid4())
        self.failure: str | None = None
        self._descriptor = descriptor
        self._path = path
        self._one = Lock()

    def close(self) -> None:
        """Ends the telling. Threads that a run left behind write nothing more."""
        with self._one:
            os.close(self._descriptor)
            self._descriptor = -1

    def begin(
        self,
        plan: Plan,
        who: Sequence[Who],
        *,
        commit: str | None = None,
        plan_digest: str | None = None,
        continues: str | None = None,
        intent: Intent | None = None,
    ) -> None:
        """The run's first line, before anything is written anywhere. Raises ReconcilerError where it can't be."""
        try:
            self._write(
                "runStarted",
                tool=__version__,
                commit=commit,
                who=[to_json(each) for each in who],
                cloud=plan.cloud,
                desiredDigest=plan.desired_digest,
                planDigest=plan_digest,
                fingerprints=dict(plan.fingerprints),
                continues=continues,
                guards=[_verdict(each) for each in plan.guards],
                **(_intent(intent) if intent else {}),
            )
        except OSError as error:
            raise _unwritable(self._path, error) from None

    def step(self, change: Change, description: str) -> None:
        """A step begins."""
        self._tell("stepBegun", **_of(change), step=redact(description))

    def locked(self, partition: str, where: str) -> None:
        """A lock was taken; ``where`` says in words what keeps it."""
        self._tell("partitionLocked", partition=partition, where=redact(where))

    def write(self, change: Change, step: str, write: Write) -> None:
        """A request that writes is about to be sent."""
        self._tell("writeSent", **_of(change), step=redact(step), write=_write(write))

    def outcome(self, change: Change, outcome: Outcome) -> None:
        """A change has ended."""
        self._tell(
            "changeEnded",
            **_of(change),
            result=outcome.result.value,
            done=[redact(step) for step in outcome.done],
            stoppedAt=redact(outcome.stopped_at) if outcome.stopped_at else None,
            detail=redact(outcome.detail) if outcome.detail else None,
            writes=[_write(write) for write in outcome.writes],
        )

    def end(self, outcomes: Sequence[Outcome], exit_code: int, left: Left | None = None) -> None:
        """The run's last line."""
        results = Counter(outcome.result.value for outcome in outcomes)
        self._tell("runEnded", results=dict(results), exitCode=exit_code, left=asdict(left) if left else None)

    def _tell(self, event: str, **fields: Any) -> None:
        try:
            self._write(event, **fields)
        except OSError as error:
            self.failure = self.failure or f"{self._path}: {error.strerror or error}"

    def _write(self, event: str, **fields: Any) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body = {"format": FORMAT, "event": event, "run": self.run, "time": time, **fields}
        # ASCII: half a character in a name from a service can't be written otherwise.
        line = (json_line(body) + "\n").encode("ascii")
        with self._one:
            while line:
                line = line[os.write(self._descriptor, line) :]
            os.fsync(self._descriptor)


@contextmanager
def open_journal(path: Path, run: str | None = None) -> Iterator[Journal]:
    """A journal to be added to, made where there is none; ``run`` is the run's id where it has one already. Raises
    ReconcilerError for what can't be written, or is no regular file. A line that a crash left half written is closed,
    so that it spoils no other."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        raise _unwritable(path, error) from None
    journal = Journal(descriptor, path, run)
    try:
        _prepare(descriptor, path)
        yield journal
    finally:
        journal.close()


def _prepare(descriptor: int, path: Path) -> None:
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise ReconcilerError(f"The journal {path} is no regular file. Name another with --journal")
        if about.st_size:
            os.lseek(descriptor, -1, os.SEEK_END)
            if os.read(descriptor, 1) != b"\n":
                os.write(descriptor, b"\n")
    except OSError as error:
        raise _unwritable(path, error) from None


def _of(change: Change) -> dict[str, Any]:
    return {"address": str(change.address), "partition": change.partition, "change": change_digest(change)}


def _intent(intent: Intent) -> dict[str, JsonValue]:
    return {
        "consent": to_json(intent.consent),
        "changes": [_intended(each) for each in intent.changes],
        "narrowed": [to_json(replace(each, summary=redact(each.summary))) for each in intent.narrowed],
    }


def _intended(change: Change) -> dict[str, JsonValue]:
    return {
        **_of(change),
        "action": change.action.value,
        "risk": change.risk.value,
        "parts": [*sorted(parts_of(change))],
    }


def _write(write: Write) -> JsonValue:
    return to_json(replace(write, url=redact(write.url)))


def _verdict(verdict: GuardVerdict) -> JsonValue:
    found = to_json(verdict)
    return {**found, "summary": redact(verdict.summary)} if isinstance(found, dict) else found


def _unwritable(path: Path, error: OSError) -> ReconcilerError:
    reason = error.strerror or error
    return ReconcilerError(
        f"The journal {path} can't be written: {reason}. Nothing was applied. Name another with --journal"
    )
