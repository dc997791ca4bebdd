"""What carrying out a change of some kind needs, and what it must do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from reconciler.apply.lock import Locks, Unlocked
from reconciler.clients.clients import WriteClients
from reconciler.model.change import Change, Step
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.live import Snapshot


@dataclass(frozen=True, slots=True)
class Context:
    """What a run applies with. ``wait`` sleeps for seconds; tests pass one that does not. ``confirmed`` tells whether
    the name that a change asks for was given: without an answer it was not. ``locks`` keeps other runs out of a
    partition. ``unmoved`` is called with a partition just before its first change, under its lock, and raises Refused
    where the partition is not any more what was planned from."""

    clients: WriteClients
    desired: DesiredState
    live: Snapshot
    configuration: Configuration
    wait: Callable[[float], None] = field(default=time.sleep)
    confirmed: Callable[[Change], bool] = field(default=lambda _change: False)
    locks: Locks = field(default_factory=Unlocked)
    unmoved: Callable[[str], None] = field(default=lambda _partition: None)


class Executor(Protocol):
    """Carries out the steps of one change, in order.

    ``execute`` must be safe to run again from the first step after any crash: it looks before it writes, sends nothing
    twice whose outcome is unknown, and settles that by reading. It raises a ReconcilerError where it stops.
    """

    def execute(self, step: Step) -> None:
        """Takes one step."""
        ...


class MakeExecutor(Protocol):
    """Makes the executor of a change."""

    def __call__(self, change: Change, context: Context) -> Executor:
        """An executor for one change of a run."""
        ...
