"""Waits for locks that other runs have."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Event

from reconciler.apply.lock import Held, Locks
from reconciler.model.errors import Locked

_SHORTEST, _LONGEST = 1.0, 4.0


class Waiting:
    """Locks that are asked for again, at odd moments, for so many seconds each. ``say`` hears once a partition whom it
    waits for."""

    def __init__(
        self, locks: Locks, seconds: float, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._locks = locks
        self._seconds = seconds
        self._say = say
        self._clock = clock
        self._given_up = Event()

    def give_up(self) -> None:
        """Waits for nothing any more: who waits now, or later, is refused at once."""
        self._given_up.set()

    @contextmanager
    def hold(self, partition: str) -> Iterator[Held]:
        """A lock for the time of the block. Raises Locked when the time is over."""
        with ExitStack() as stack:
            yield self._entered(stack, partition)

    def _entered(self, stack: ExitStack, partition: str) -> Held:
        until = self._clock() + self._seconds
        said = False
        while True:
            try:
                return stack.enter_context(self._locks.hold(partition))
            except Locked as error:
                left = until - self._clock()
                if left <= 0 or self._given_up.is_set():
                    raise
                if not said:
                    self._say(f"Waiting, {round(left)} seconds at the most: {error.holder}")
                    said = True
            pause = random.uniform(_SHORTEST, _LONGEST)  # noqa: S311 - jitter, not a secret
            self._given_up.wait(min(pause, left))
