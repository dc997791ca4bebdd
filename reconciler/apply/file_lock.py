"""Locks as files: two processes of one machine that share a folder never write one partition at once.

The operating system holds the lock and lets it go when the process ends, however it ends. What is in the file informs
people; nobody is kept out by it.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from reconciler.apply.locked import locked, lost
from reconciler.model.errors import ReconcilerError
from reconciler.model.lock import LockInfo, LockState, info_text, read_info

_FLAGS = (
    os.O_RDWR
    | os.O_CREAT
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_MOST_BYTES = 16_384

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # A locked byte can't be read by others there: none that the file has.

    def _try_lock(descriptor: int) -> None:
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLocks:
    """Locks in a folder, which is made when the first is taken.

    ``name_of`` gives the name of a partition's lock, and ``run`` is what is told of a holder; ``now`` gives the time of
    taking it, in words.
    """

    def __init__(self, folder: Path, run: LockInfo, name_of: Callable[[str], str], now: Callable[[], str]) -> None:
        self._folder = folder
        self._run = run
        self._name_of = name_of
        self._now = now

    @contextmanager
    def hold(self, partition: str) -> Iterator[_HeldFile]:
        """A partition's lock for the time of the block. Raises Locked where another process has it, ReconcilerError
        where the file can't be made, is a link, or lies where files can't be locked."""
        path = self._path(partition)
        descriptor = _open(path)
        try:
            if not _taken(descriptor, path):
                raise locked(partition, read_info(_read(descriptor)))
            _write(descriptor, path, info_text(replace(self._run, since=self._now())))
            try:
                yield _HeldFile(partition, descriptor, path)
            finally:
                _empty(descriptor)
        finally:
            # Let go all the same: a file system that complains then (a full one, over a network) ends no run.
            with suppress(OSError):
                os.close(descriptor)

    def state(self, partition: str) -> LockState:
        """Whether some process has a partition's lock now. Takes it for a moment where the file names a holder that may
        be gone: raises as ``hold`` does."""
        path = self._path(partition)
        if not path.is_symlink() and not path.exists():
            return LockState(held=False)
        descriptor = _open(path)
        try:
            info = read_info(_read(descriptor))
            return LockState(held=not _taken(descriptor, path), info=info)
        finally:
            os.close(descriptor)

    def _path(self, partition: str) -> Path:
        return self._folder / f"{self._name_of(partition)}.lock"


class _HeldFile:
    def __init__(self, partition: str, descriptor: int, path: Path) -> None:
        self._partition = partition
        self._descriptor = descriptor
        self._path = path

    def check(self) -> None:
        """Raises LockLost where the file that others look at isn't the locked one any more."""
        try:
            there = self._path.lstat()
        except OSError:
            raise lost(self._partition, f"is gone: somebody removed {self._path}") from None
        if not os.path.samestat(there, os.fstat(self._descriptor)):
            raise lost(self._partition, f"is gone: somebody replaced {self._path}")


def _open(path: Path) -> int:
    if path.is_symlink():
        # O_NOFOLLOW says the same where there is such a flag, and leaves no time in between.
        raise _unusable(path, "it is a symbolic link")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, _FLAGS, 0o644)
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else str(error.strerror or error)
        raise _unusable(path, reason) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unusable(path, "it is no regular file")
    return descriptor


def _taken(descriptor: int, path: Path) -> bool:
    """Takes the lock; False where another has it."""
    try:
        _try_lock(descriptor)
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EAGAIN, errno.EDEADLK}:
            return False
        raise _unusable(path, f"its file system can't lock files ({error.strerror or error})") from None
    return True


def _read(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, _MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _write(descriptor: int, path: Path, text: str) -> None:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, text.encode())
    except OSError as error:
        raise _unusable(path, str(error.strerror or error)) from None


def _empty(descriptor: int) -> None:
    try:
        os.ftruncate(descriptor, 0)
    except OSError:
        return  # Old words about a holder; the lock itself is let go with the descriptor.


def _unusable(path: Path, reason: str) -> ReconcilerError:
    return ReconcilerError(
        f"The lock file {path} can't be used: {reason}. Nothing is written without a lock. Run in a folder that this "
        "user may write to, on a local disk; or configure 'lock: {type: blob}'"
    )
