"""Asks a policy: a user's command or entry point, bounded in time and output, without the run's secrets."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import IO

from reconciler.clients.redaction import redact
from reconciler.model.canonical import JsonValue, readable_json
from reconciler.model.guard import GuardVerdict, Policy
from reconciler.plan.policy import answer_of, failed, verdict_of

MOST_OUTPUT = 1_000_000
"""Bytes that an answer may have."""
_HARMLESS = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "PATH",
    "PATHEXT",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
    "VIRTUAL_ENV",
)


class _NoAnswer(Exception):
    """Why there is none."""


def ask(policy: Policy, document: Mapping[str, JsonValue], addresses: list[str]) -> GuardVerdict:
    """What a policy says of a plan's document. It never raises: a policy that fails refuses."""
    try:
        found = _by_command(policy, document) if policy.command else _by_entry_point(policy, document)
        return verdict_of(policy, found, addresses)
    except _NoAnswer as error:
        return failed(policy, str(error))


def _by_command(policy: Policy, document: Mapping[str, JsonValue]) -> object:
    try:
        process = subprocess.Popen(  # noqa: S603 - the words of the trusted configuration, and no shell
            _words(policy),
            cwd=policy.folder,
            env={name: os.environ[name] for name in (*_HARMLESS, *policy.variables) if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _NoAnswer(f"the command '{policy.command[0]}' can't be run ({reason})") from None
    out, err = _Reader(process, process.stdout), _Reader(process, process.stderr)
    writer = _start(lambda: _write(process.stdin, readable_json(document).encode()))
    try:
        code = process.wait(policy.seconds)
    except subprocess.TimeoutExpired:
        raise _NoAnswer(f"it did not end within {policy.seconds} seconds") from None
    finally:
        _end(process)
        for thread in (writer, out.thread, err.thread):
            thread.join(5)
    if out.too_much or err.too_much:
        raise _NoAnswer(f"it printed more than {MOST_OUTPUT:,} bytes")
    if code != 0:
        said = redact(err.text().strip()[-400:])
        raise _NoAnswer(f"it ended with exit code {code}" + (f" and said: {said}" if said else ""))
    try:
        return answer_of(out.text())
    except ValueError as error:
        raise _NoAnswer(f"what it printed is no JSON: {error}") from None


def _words(policy: Policy) -> list[str]:
    """The command, a program that is named by a path found from the policy's folder."""
    first, *rest = policy.command
    if os.sep in first or "/" in first:
        first = str((Path(policy.folder) / first).absolute())
    return [first, *rest]


class _Reader:
    """Reads what a process prints, up to a bound; ends the process where it prints more."""

    def __init__(self, process: subprocess.Popen[bytes], stream: IO[bytes] | None) -> None:
        self._process, self._stream = process, stream
        self._bytes = b""
        self.thread = _start(self._read)

    @property
    def too_much(self) -> bool:
        """Whether there was more than the bound."""
        return len(self._bytes) > MOST_OUTPUT

    def text(self) -> str:
        """What was printed."""
        return self._bytes.decode("utf-8", "replace")

    def _read(self) -> None:
        if self._stream:
            with suppress(OSError, ValueError), self._stream as stream:
                self._bytes = stream.read(MOST_OUTPUT + 1)
        if self.too_much:
            _end(self._process)


def _write(stream: IO[bytes] | None, data: bytes) -> None:
    """A policy that has seen enough may close its input."""
    if stream:
        with suppress(OSError, ValueError), stream:
            stream.write(data)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and what it started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _start(target: Callable[[], None]) -> Thread:
    thread = Thread(target=target, daemon=True)
    thread.start()
    return thread


def _by_entry_point(policy: Policy, document: Mapping[str, JsonValue]) -> object:
    """Calls the function in a thread: one that does not end in time is left behind, and refuses."""
    answers: list[object] = []
    failures: list[str] = []

    def call() -> None:
        try:
            module, _, name = policy.entry_point.partition(":")
            answers.append(getattr(import_module(module), name)(deepcopy(document)))
        except BaseException as error:  # noqa: BLE001 - whatever a user's function raises refuses
            failures.append(f"{type(error).__name__}: {redact(str(error))}")

    thread = _start(call)
    thread.join(policy.seconds)
    if failures:
        raise _NoAnswer(f"'{policy.entry_point}' failed with {failures[0]}")
    if not answers:
        raise _NoAnswer(f"it did not end within {policy.seconds} seconds")
    return answers[0]
