"""Applies changes: partitions side by side, the changes of one in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from threading import Event

from reconciler.apply.executor import Context
from reconciler.apply.kinds import EXECUTORS
from reconciler.clients.clients import WriteClients
from reconciler.clients.redaction import redact
from reconciler.live.pool import threads
from reconciler.model.change import Change, Status
from reconciler.model.errors import OutcomeUnknown, ReconcilerError, Refused
from reconciler.model.outcome import Outcome, Result

StepTaken = Callable[[Change, str], None]
OutcomeTold = Callable[[Change, Outcome], None]


def apply_changes(
    changes: Sequence[Change],
    context: Context,
    on_step: StepTaken = lambda _change, _step: None,
    on_outcome: OutcomeTold = lambda _change, _outcome: None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> tuple[Outcome, ...]:
    """Carries out every ready change; gives an outcome for each change, in the order given.

    A change that fails stops alone. Ctrl-C lets running changes finish and starts no other: what was not begun is
    ``skipped``; a second one raises KeyboardInterrupt and waits for nothing. Callbacks come from worker threads,
    ``on_interrupt`` from this one.
    """
    begin, stop = Event(), Event()
    found: dict[int, Outcome] = {}

    def partition(numbers: Sequence[int]) -> None:
        begin.wait()
        held = _Partition(changes[numbers[0]].partition, context)
        with held:
            for number in numbers:
                change = changes[number]
                outcome = _apply(change, held, on_step) if not stop.is_set() else _skipped(change)
                found[number] = outcome
                on_outcome(change, outcome)

    with threads(context.configuration.concurrency) as pool:
        running: list[Future[None]] = []
        try:
            running.extend(pool.submit(partition, numbers) for numbers in _by_partition(changes).values())
            # Nothing begins before all are known here: a thread whose start is interrupted could not be waited for.
            begin.set()
            _finish(running)
        except KeyboardInterrupt:
            stop.set()
            begin.set()
            on_interrupt()
            _finish(running)
    return tuple(found.get(number) or _skipped(change) for number, change in enumerate(changes))


class _Partition:
    """A partition of a run: locked, and looked at once more, before its first change that writes."""

    def __init__(self, name: str, context: Context) -> None:
        self._name = name
        self._context = context
        self._stack = ExitStack()
        self._ready: Context | None = None
        self._refused: ReconcilerError | None = None

    def __enter__(self) -> None:
        """Nothing is locked before something is to be written."""

    def __exit__(self, *error: object) -> None:
        """Gives the lock back."""
        self._stack.close()

    def confirmed(self, change: Change) -> bool:
        """Whether the name that a change asks for was given."""
        return self._context.confirmed(change)

    def context(self) -> Context:
        """What its changes are carried out with. Raises Refused where the partition is locked or has moved."""
        if self._refused:
            raise self._refused
        if self._ready is None:
            try:
                held = self._stack.enter_context(self._context.locks.hold(self._name))
                self._context.unmoved(self._name)
            except ReconcilerError as error:
                self._refused = error
                raise
            self._ready = replace(self._context, clients=WriteClients.beside(self._context.clients, held.check))
        return self._ready


def _finish(running: Iterable[Future[None]]) -> None:
    for future in running:
        future.result()


def _by_partition(changes: Sequence[Change]) -> Mapping[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for number, change in enumerate(changes):
        groups.setdefault(change.partition, []).append(number)
    return groups


def _apply(change: Change, partition: _Partition, on_step: StepTaken) -> Outcome:
    if change.status is not Status.READY or any(step.instructions() for step in change.steps):
        result = Result.DEFERRED if change.status is Status.DEFERRED else Result.BLOCKED
        return Outcome(change.address, change.partition, result, detail=change.missing)
    if change.confirm is not None and not partition.confirmed(change):
        return Outcome(change.address, change.partition, Result.REFUSED, detail=_not_confirmed(change))
    done: list[str] = []
    step_name = ""
    try:
        executor = EXECUTORS[change.address.kind](change, partition.context())
        for step in change.steps:
            step_name = step.describe()
            on_step(change, step_name)
            executor.execute(step)
            done.append(step_name)
    except ReconcilerError as error:
        return Outcome(change.address, change.partition, _result(error), tuple(done), step_name, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours in one change must not end the others, or hide them
        detail = f"Unforeseen {type(error).__name__}: {redact(str(error))}. Nothing more of this change was sent"
        return Outcome(change.address, change.partition, Result.FAILED, tuple(done), step_name, detail)
    return Outcome(change.address, change.partition, Result.DONE, tuple(done))


def _not_confirmed(change: Change) -> str:
    name = change.confirm
    in_full = f"{change.address.environment}/{change.address.name}/{name}"
    return (
        f"This deletes, and was not confirmed: its name '{name}' has to be typed, or passed as --confirm '{name}'; "
        f"where several changes ask for that name, as --confirm '{in_full}'. "
        "Nothing of it was done"
    )


def _result(error: ReconcilerError) -> Result:
    match error:
        case OutcomeUnknown():
            return Result.UNKNOWN
        case Refused():
            return Result.REFUSED
        case _:
            return Result.FAILED


def _skipped(change: Change) -> Outcome:
    return Outcome(change.address, change.partition, Result.SKIPPED, detail="The run was interrupted before it began")
