"""Locks as leases of blobs: runs on any machine never write one partition at once.

A lease lasts a minute. One thread renews all of a run's leases, and a write is preceded by a renewal where the last one
is not fresh: a lease that was broken is noticed before the next write, and not up to twenty seconds after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Event, Lock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reconciler.apply.locked import locked, lost
from reconciler.model.errors import ServiceError
from reconciler.model.lock import LockInfo, LockState, info_text, read_info

if TYPE_CHECKING:
    from reconciler.clients.lock_blobs import LockBlobs

LEASE_SECONDS = 60
RENEW_SECONDS = 20
RETRY_SECONDS = 3
FRESH_SECONDS = 5
REQUEST_SECONDS = 30
"""What must be left of a lease when a request that writes is sent. Services answer well within it; the transport gives
one up after 70 seconds, which is more than the longest lease: docs/locking.md says what that leaves open."""
_PATIENCE_SECONDS = 1


def elapsed() -> float:
    """Seconds that go on while the machine sleeps, as a lease does; those of time.monotonic stop on Linux and macOS."""
    clock = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))
    return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass(slots=True)
class _Lease:
    """A lease that this run has, from its own point of view: ``renewed`` is when the request was sent that last
    prolonged it."""

    partition: str
    name: str
    id: str
    blobs: LockBlobs
    clock: Callable[[], float]
    renewed: float
    why_lost: str = ""
    trouble: str = ""
    one: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """Raises LockLost where the lease is lost, or too little of it is left for a request."""
        if self.clock() - self.renewed > FRESH_SECONDS:
            self.renew()
        if self.why_lost:
            raise lost(self.partition, self.why_lost)
        left = self.renewed + LEASE_SECONDS - self.clock()
        if left < REQUEST_SECONDS:
            raise lost(
                self.partition,
                f"could not be renewed ({self.trouble}): {max(0, round(left))} of its {LEASE_SECONDS} seconds are "
                f"left, and a request may take {REQUEST_SECONDS}",
            )

    def renew(self) -> bool:
        """Begins the minute anew; False where the service gave no usable answer. A lease that is lost stays so."""
        with self.one:
            if self.why_lost:
                return True
            sent = self.clock()
            try:
                if self.blobs.renew(self.name, self.id):
                    self.renewed = sent
                else:
                    self.why_lost = "was broken, or taken by another run after it ran out"
            except ServiceError as error:
                self.trouble = str(error)
                return False
            except Exception as error:  # noqa: BLE001 - the thread has other leases to renew; this one's time tells
                self.trouble = f"unforeseen {type(error).__name__}"
                return False
            return True


class BlobLocks:
    """Locks in a container, while the context lasts: the thread that renews them ends with it.

    ``run.run``, a UUID, is the id of all its leases: acquiring one again after a lost answer acquires it once. What
    can't be given back at the end is said through ``say`` and not raised: it ends by itself within a minute.
    """

    def __init__(
        self,
        blobs: LockBlobs,
        run: LockInfo,
        name_of: Callable[[str], str],
        now: Callable[[], str],
        say: Callable[[str], None],
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self._blobs = blobs
        self._run = run
        self._name_of = name_of
        self._now = now
        self._say = say
        self._clock = clock
        self._held: list[_Lease] = []
        self._one = Lock()
        self._ended = Event()
        self._thread = Thread(target=self._renew_until_the_end, name="renew locks", daemon=True)

    def __enter__(self) -> Self:
        """Nothing is locked yet, and nothing renewed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Renews nothing any more. Does not wait for a renewal that hangs: who leaves at once leaves it behind."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_SECONDS)

    @contextmanager
    def hold(self, partition: str) -> Iterator[_Lease]:
        """A partition's lease for the time of the block. Raises Locked where another has it, ServiceError where the
        service does not answer: nothing is written without a lock."""
        lease = self._acquire(partition)
        try:
            with self._one:
                self._held.append(lease)
                if not self._thread.is_alive() and not self._ended.is_set():
                    self._thread.start()
            yield lease
        finally:
            with self._one:
                self._held.remove(lease)
            self._release(lease)

    def state(self, partition: str) -> LockState:
        """Whether some run has a partition's lease now. Raises ServiceError where the service does not answer."""
        seen = self._blobs.seen(self._name_of(partition))
        return LockState(seen.held, read_info(seen.text))

    def break_lock(self, partition: str) -> bool:
        """Ends whoever's lease at once; False where nobody had one."""
        return self._blobs.break_lease(self._name_of(partition))

    def renew_all(self) -> bool:
        """Renews every lease that is held; whether all of them had an answer."""
        with self._one:
            held = list(self._held)
        answered = [lease.renew() for lease in held]
        return all(answered)

    def _acquire(self, partition: str) -> _Lease:
        name = self._name_of(partition)
        lease = _Lease(partition, name, self._run.run, self._blobs, self._clock, self._clock())
        if not self._blobs.acquire(name, lease.id):
            raise locked(partition, self._holder(name))
        try:
            self._blobs.tell(name, lease.id, info_text(replace(self._run, since=self._now())))
        except BaseException:
            self._release(lease)
            raise
        return lease

    def _holder(self, name: str) -> LockInfo | None:
        """Who has the lease, as far as can be told: that it is held is known already."""
        with suppress(ServiceError):
            return read_info(self._blobs.seen(name).text)
        return None

    def _release(self, lease: _Lease) -> None:
        if lease.why_lost:
            return
        try:
            self._blobs.release(lease.name, lease.id)
        except ServiceError as error:
            self._say(
                f"The lock of '{lease.partition}' could not be given back, and ends by itself within "
                f"{LEASE_SECONDS} seconds: {error}"
            )

    def _renew_until_the_end(self) -> None:
        pause: float = RENEW_SECONDS
        while not self._ended.wait(pause):
            began = self._clock()
            period = RENEW_SECONDS if self.renew_all() else RETRY_SECONDS
            pause = max(1.0, period - (self._clock() - began))
