"""Applies changes: partitions side by side, the changes of one in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from reconciler.apply import EXECUTORS
from reconciler.apply.executor import Context
from reconciler.model.change import Change, Status
from reconciler.model.errors import OutcomeUnknown, ReconcilerError, Refused
from reconciler.model.outcome import Outcome, Result

StepTaken = Callable[[Change, str], None]


def apply_changes(
    changes: Sequence[Change],
    context: Context,
    on_step: StepTaken = lambda _change, _step: None,
    on_outcome: Callable[[Outcome], None] = lambda _outcome: None,
) -> tuple[Outcome, ...]:
    """Carries out every ready change; gives an outcome for each change, in the order given.

    A change that fails stops alone. Ctrl-C lets running changes finish and starts no other: what was not begun is
    ``skipped``. Callbacks come from worker threads.
    """
    stop = Event()
    found: dict[int, Outcome] = {}

    def partition(numbers: Sequence[int]) -> None:
        for number in numbers:
            outcome = _apply(changes[number], context, on_step) if not stop.is_set() else _skipped(changes[number])
            found[number] = outcome
            on_outcome(outcome)

    with ThreadPoolExecutor(max_workers=context.configuration.concurrency) as pool:
        running = [pool.submit(partition, numbers) for numbers in _by_partition(changes).values()]
        _finish(running, stop)
    return tuple(found[number] for number in range(len(changes)))


def _finish(running: Sequence[Future[None]], stop: Event) -> None:
    try:
        for future in running:
            future.result()
    except KeyboardInterrupt:
        stop.set()
        for future in running:
            future.result()


def _by_partition(changes: Sequence[Change]) -> Mapping[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for number, change in enumerate(changes):
        groups.setdefault(change.partition, []).append(number)
    return groups


def _apply(change: Change, context: Context, on_step: StepTaken) -> Outcome:
    if change.status is not Status.READY:
        return Outcome(change.address, change.partition, Result.BLOCKED, detail=change.missing)
    done: list[str] = []
    step_name = ""
    try:
        executor = EXECUTORS[change.address.kind](change, context)
        for step in change.steps:
            step_name = step.describe()
            on_step(change, step_name)
            executor.execute(step)
            done.append(step_name)
    except ReconcilerError as error:
        return Outcome(change.address, change.partition, _result(error), tuple(done), step_name, str(error))
    return Outcome(change.address, change.partition, Result.DONE, tuple(done))


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
