"""Locks: two runs never write one partition at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Held(Protocol):
    """A partition's lock while a run has it."""

    def check(self) -> None:
        """Called just before each request that writes. Raises LockLost where the lock can't be trusted to last for as
        long as one request may take: nothing is then sent any more."""
        ...


class Locks(Protocol):
    """Where locks are kept."""

    def hold(self, partition: str) -> AbstractContextManager[Held]:
        """The lock of a partition for the time of the block. Raises Locked, saying who has it, where another run does,
        and ServiceError where the place of locks does not answer."""
        ...


class Unlocked:
    """No locks at all: for tests of one run."""

    @contextmanager
    def hold(self, partition: str) -> Iterator[Held]:  # noqa: ARG002 - there is nothing to lock
        """A lock that never fails."""
        yield _Always()


class _Always:
    def check(self) -> None:
        """Nothing to check."""
