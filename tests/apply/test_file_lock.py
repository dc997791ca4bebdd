"""Locks as files: the operating system's own, tried with real processes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.apply import file_lock
from reconciler.apply.file_lock import FileLocks
from reconciler.model.errors import Locked, LockLost, ReconcilerError
from reconciler.model.lock import LockInfo, LockState
from tests.locks import a_run

HOLD = """
import sys
from pathlib import Path
from reconciler.apply.file_lock import FileLocks
from reconciler.model.lock import LockInfo
locks = FileLocks(Path(sys.argv[1]), LockInfo("other", host="elsewhere", pid=99), str, lambda: "then")
with locks.hold("sales"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def locks(tmp_path: Path) -> FileLocks:
    return FileLocks(tmp_path / "locks", a_run(run="mine"), str, lambda: "2026-01-02T03:04:05Z")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a process that holds the lock of sales until its input ends."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(tmp_path / "locks")]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def file_of(locks: FileLocks) -> Path:
    return locks._path("sales")


def test_two_processes_never_hold_one_lock(locks: FileLocks, other: Callable[[], subprocess.Popen[str]]) -> None:
    process = other()
    with pytest.raises(Locked, match=r"'sales' is locked by run other, since then, on elsewhere \(process 99\)"):
        locks.hold("sales").__enter__()
    assert locks.state("sales").held
    with locks.hold("service"):
        pass
    process.communicate("")
    assert locks.state("sales") == LockState(held=False)
    with locks.hold("sales"):
        pass


def test_a_killed_process_leaves_words_and_no_lock(
    locks: FileLocks, other: Callable[[], subprocess.Popen[str]]
) -> None:
    process = other()
    process.kill()
    process.wait()
    assert locks.state("sales") == LockState(held=False, info=LockInfo("other", "then", host="elsewhere", pid=99))
    with locks.hold("sales") as held:
        held.check()


def test_two_threads_of_a_process_never_hold_one_lock(locks: FileLocks) -> None:
    with locks.hold("sales"), pytest.raises(Locked, match="by run mine, since 2026-01-02T03:04:05Z"):
        locks.hold("sales").__enter__()


def test_a_lock_is_given_back_after_an_exception(locks: FileLocks) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold("sales"):
        _ = 1 / 0
    assert locks.state("sales") == LockState(held=False)


def test_a_lock_that_never_was_is_not_held_and_looking_makes_no_file(locks: FileLocks) -> None:
    assert locks.state("sales") == LockState(held=False)
    assert not file_of(locks).parent.exists()


@pytest.mark.parametrize("replaced", [False, True])
def test_a_lock_file_that_is_removed_is_a_lost_lock(locks: FileLocks, replaced: bool) -> None:
    with locks.hold("sales") as held:
        held.check()
        file_of(locks).unlink()
        if replaced:
            file_of(locks).touch()
        with pytest.raises(LockLost, match="What was sent before stands"):
            held.check()


@pytest.mark.parametrize("there", [False, True])
def test_a_symbolic_link_is_refused(locks: FileLocks, tmp_path: Path, there: bool) -> None:
    aim = tmp_path / "precious"
    if there:
        aim.write_text("kept")
    file_of(locks).parent.mkdir()
    file_of(locks).symlink_to(aim)
    for act in (locks.state, lambda name: locks.hold(name).__enter__()):
        with pytest.raises(ReconcilerError, match="it is a symbolic link"):
            act("sales")
    assert aim.exists() == there
    assert not there or aim.read_text() == "kept"


def test_a_link_that_appears_after_the_look_is_refused_too(
    locks: FileLocks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of(locks).parent.mkdir()
    file_of(locks).symlink_to(tmp_path / "precious")
    monkeypatch.setattr(Path, "is_symlink", lambda _path: False)
    with pytest.raises(ReconcilerError, match="it is a symbolic link"):
        locks.hold("sales").__enter__()
    assert not (tmp_path / "precious").exists()


def test_what_is_no_file_is_refused(locks: FileLocks) -> None:
    file_of(locks).parent.mkdir()
    os.mkfifo(file_of(locks))
    with pytest.raises(ReconcilerError, match="no regular file"):
        locks.hold("sales").__enter__()
    file_of(locks).unlink()
    file_of(locks).mkdir()
    with pytest.raises(ReconcilerError, match="Is a directory"):
        locks.hold("sales").__enter__()


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")
    locks = FileLocks(tmp_path / "locks" / "below", a_run(), str, str)
    with pytest.raises(ReconcilerError, match=r"can't be used: .* Nothing is written without a lock"):
        locks.hold("sales").__enter__()


def test_a_file_system_that_can_not_lock_is_said(locks: FileLocks, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file system here refuses to lock: the call is made to."""

    def fails(_descriptor: int) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(file_lock, "_try_lock", fails)
    with pytest.raises(ReconcilerError, match="file system can't lock files"):
        locks.hold("sales").__enter__()


@pytest.mark.parametrize(
    "text", [b"", b"\xff\xfe", b"[]", b'{"run": 1}', b'{"run": "x", "pid": "y", "who": 3}', b"{" * 9999]
)
def test_what_others_wrote_there_is_not_believed(locks: FileLocks, text: bytes) -> None:
    file_of(locks).parent.mkdir()
    file_of(locks).write_bytes(text)
    assert not locks.state("sales").held
    with locks.hold("sales"):
        assert b'"run":"mine"' in file_of(locks).read_bytes()


def test_a_file_system_that_complains_at_the_end_ends_no_run(locks: FileLocks, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file system here complains so: NFS does, of a full disk."""
    close = os.close

    def complaining(descriptor: int) -> None:
        close(descriptor)
        raise OSError(errno.EIO, "Input/output error")

    with locks.hold("sales"):
        monkeypatch.setattr(os, "close", complaining)
    monkeypatch.undo()
    assert not locks.state("sales").held
