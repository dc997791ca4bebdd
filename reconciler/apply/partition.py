"""A partition of a run: locked, and looked at once more, before its first change that writes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from reconciler.apply.executor import Context
from reconciler.apply.kinds import EXECUTORS
from reconciler.clients.clients import WriteClients
from reconciler.clients.patience import patience
from reconciler.clients.redaction import redact
from reconciler.model.change import Change, Status
from reconciler.model.errors import LockLost, OutcomeUnknown, ReconcilerError, Refused
from reconciler.model.outcome import Outcome, Result, Write

OnStep = Callable[[Change, str], None]
OnWrite = Callable[[Change, str, Write], None]
OnLock = Callable[[str], None]


class Partition:
    """Carries out the changes of a partition, one at a time.

    Nothing is locked before something is to be written, and what is locked stays so until the run has no more changes
    for the partition. ``on_lock`` is called with its name once it is locked and found unmoved.
    """

    def __init__(self, name: str, context: Context, on_step: OnStep, on_write: OnWrite, on_lock: OnLock) -> None:
        self._name = name
        self._context = context
        self._on_step, self._on_write, self._on_lock = on_step, on_write, on_lock
        self._stack = ExitStack()
        self._ready: Context | None = None
        self._refused: ReconcilerError | None = None
        self._lost_in: Change | None = None
        self._change: Change | None = None
        self._step = ""
        self._writes: dict[str, Write] = {}

    def close(self) -> None:
        """Gives the lock back."""
        self._stack.close()

    def carry_out(self, change: Change, hindrance: str | None = None) -> Outcome:
        """How a change ended. ``hindrance`` says why it must not begin, though it is ready."""
        if change.status is not Status.READY or any(step.instructions() for step in change.steps):
            result = Result.DEFERRED if change.status is Status.DEFERRED else Result.BLOCKED
            return _outcome(change, result, detail=change.missing)
        hindrance = hindrance or self._lost()
        if hindrance:
            return _outcome(change, Result.SKIPPED, detail=hindrance)
        if change.confirm is not None and not self._context.confirmed(change):
            return _outcome(change, Result.REFUSED, detail=_not_confirmed(change))
        self._change, self._step, self._writes = change, "", {}
        with patience(self._context.configuration.limits.minutes_per_change * 60, str(change.address)):
            outcome = self._take_steps(change)
        return replace(outcome, writes=tuple(self._writes.values()))

    def _take_steps(self, change: Change) -> Outcome:
        done: list[str] = []
        try:
            executor = EXECUTORS[change.address.kind](change, self._locked())
            for step in change.steps:
                self._step = step.describe()
                self._on_step(change, self._step)
                executor.execute(step)
                done.append(self._step)
        except LockLost as error:
            self._lost_in = change
            return _outcome(change, Result.REFUSED, tuple(done), self._step, str(error))
        except ReconcilerError as error:
            return _outcome(change, _result(error), tuple(done), self._step, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours in one change must not end the others, or hide them
            detail = f"Unforeseen {type(error).__name__}: {redact(str(error))}. Nothing more of this change was sent"
            return _outcome(change, Result.FAILED, tuple(done), self._step, detail)
        return _outcome(change, Result.DONE, tuple(done))

    def _locked(self) -> Context:
        """What its changes are carried out with. Raises Refused where the partition is locked or has moved."""
        if self._refused:
            raise self._refused
        if self._ready is None:
            try:
                held = self._stack.enter_context(self._context.locks.hold(self._name))
                self._context.unmoved(self._name)
            except BaseException as error:
                self._refused = error if isinstance(error, ReconcilerError) else None
                self._stack.close()
                raise
            self._on_lock(self._name)
            clients = WriteClients.beside(self._context.clients, held.check, self._tell)
            self._ready = replace(self._context, clients=clients)
        return self._ready

    def _tell(self, write: Write) -> None:
        """Remembers a write; tells of it before it is sent, not again when it is answered."""
        is_new = write.id not in self._writes
        self._writes[write.id] = write
        if is_new and self._change:
            self._on_write(self._change, self._step, write)

    def _lost(self) -> str | None:
        lost = self._lost_in
        return (
            f"The lock of '{self._name}' was lost while {lost.address} was changed: nothing more is written there"
            if lost
            else None
        )


def _outcome(
    change: Change, result: Result, done: tuple[str, ...] = (), stopped_at: str | None = None, detail: str | None = None
) -> Outcome:
    return Outcome(change.address, change.partition, result, done, stopped_at, detail)


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
