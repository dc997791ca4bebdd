"""Applies changes: partitions side by side, the changes of one in order, each after what it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock

from reconciler.apply.executor import Context
from reconciler.apply.partition import Partition
from reconciler.apply.schedule import Schedule
from reconciler.live.pool import threads
from reconciler.model.change import Change
from reconciler.model.errors import Refused
from reconciler.model.outcome import Outcome, Result, Write

StepTaken = Callable[[Change, str], None]
OutcomeTold = Callable[[Change, Outcome], None]
WriteTold = Callable[[Change, str, Write], None]
LockTold = Callable[[str], None]


# How often a run that drains looks whether something still runs.
_GLANCE_SECONDS = 0.1


class Aborted(KeyboardInterrupt):
    """A second Ctrl-C: the run was left at once. ``under_way`` are the changes that had begun and not ended, whose
    outcome nobody knows; ``ended`` are those that had, with their outcomes."""

    def __init__(self, under_way: tuple[Change, ...], ended: tuple[Outcome, ...]) -> None:
        self.under_way = under_way
        self.ended = ended
        super().__init__()


def apply_changes(
    changes: Sequence[Change],
    context: Context,
    on_step: StepTaken = lambda _change, _step: None,
    on_outcome: OutcomeTold = lambda _change, _outcome: None,
    on_interrupt: Callable[[], None] = lambda: None,
    on_write: WriteTold = lambda _change, _step, _write: None,
    on_lock: LockTold = lambda _partition: None,
) -> tuple[Outcome, ...]:
    """Carries out every ready change; gives an outcome for each change, in the order given.

    A change that fails stops alone, with what needs it and what else would be written to its address: those are
    ``skipped``. Raises ReconcilerError, before anything is written, where changes need each other. Ctrl-C lets running
    changes finish and starts no other: what was not begun is ``skipped``; a second one raises Aborted and waits for
    nothing. Callbacks come from worker threads, ``on_interrupt`` from this one; ``on_write`` is called with each
    request that writes, before it is sent.
    """
    run = _Run(changes, context, on_step, on_outcome, on_write, on_lock)
    with threads(context.configuration.concurrency) as pool:
        try:
            while not run.schedule.is_over:
                for number in run.schedule.begin():
                    pool.submit(run.work, number, run.schedule.hindrance(number), last=run.schedule.is_last(number))
                run.await_one()
        except KeyboardInterrupt:
            run.drain(on_interrupt)
    return run.outcomes()


class _Run:
    """What the threads of a run share. ``schedule`` belongs to the thread that made it."""

    def __init__(
        self,
        changes: Sequence[Change],
        context: Context,
        on_step: StepTaken,
        on_outcome: OutcomeTold,
        on_write: WriteTold,
        on_lock: LockTold,
    ) -> None:
        self.schedule = Schedule(changes)
        self._changes = changes
        self._on_outcome, self._on_write = on_outcome, on_write
        self._partitions = {
            name: Partition(name, context, on_step, self._sends, on_lock)
            for name in dict.fromkeys(change.partition for change in changes)
        }
        self._guard = Lock()
        self._stopped = self._aborted = False
        self._running: set[int] = set()
        self._found: dict[int, Outcome] = {}
        self._ended: SimpleQueue[tuple[int, BaseException | None]] = SimpleQueue()

    def work(self, number: int, hindrance: str | None, *, last: bool) -> None:
        """Carries out one change in a worker thread; gives the lock back after the ``last`` of a partition."""
        with self._guard:
            if self._stopped:
                return
            self._running.add(number)
        failure: BaseException | None = None
        change = self._changes[number]
        partition = self._partitions[change.partition]
        try:
            self._found[number] = partition.carry_out(change, hindrance)
            self._on_outcome(change, self._found[number])
            if last:
                partition.close()
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits for this one
            failure = error
        # Told first: who waits until nothing runs then finds every ending, and every failure.
        self._ended.put((number, failure))
        self._running.discard(number)

    def _sends(self, change: Change, step: str, write: Write) -> None:
        # The process ends soon, and nobody is there any more to tell of what is sent.
        if self._aborted:
            raise Refused("The run was left at once: nothing more is sent")
        self._on_write(change, step, write)

    def await_one(self) -> None:
        """Waits until a change has ended. Raises what a callback, or the giving back of a lock, raised."""
        number, failure = self._ended.get()
        if failure:
            raise failure
        self.schedule.end(number, self._found[number].result)

    def drain(self, on_interrupt: Callable[[], None]) -> None:
        """Begins nothing any more: waits for what runs, gives every lock back, and tells what was never begun. Raises
        Aborted at Ctrl-C, and otherwise as ``await_one``."""
        failures: list[BaseException] = []
        try:
            with self._guard:
                self._stopped = True
            on_interrupt()
            while self._running or not self._ended.empty():
                failures += self._ended_within(_GLANCE_SECONDS)
            for partition in self._partitions.values():
                partition.close()
            if failures:
                raise failures[0]
            for number, change in enumerate(self._changes):
                if number not in self._found:
                    self._found[number] = _skipped(change)
                    self._on_outcome(change, self._found[number])
        except KeyboardInterrupt:
            self._aborted = True
            under_way = tuple(self._changes[number] for number in sorted(self._running))
            raise Aborted(under_way, tuple(self._found[number] for number in sorted(self._found))) from None

    def _ended_within(self, seconds: float) -> list[BaseException]:
        """What a change that ends in this time raised, if one does."""
        try:
            _, failure = self._ended.get(timeout=seconds)
        except Empty:
            return []
        return [failure] if failure else []

    def outcomes(self) -> tuple[Outcome, ...]:
        """An outcome for each change, in the order given."""
        return tuple(self._found[number] for number in range(len(self._changes)))


def _skipped(change: Change) -> Outcome:
    detail = "The run was interrupted before it began"
    return Outcome(change.address, change.partition, Result.SKIPPED, detail=detail)
