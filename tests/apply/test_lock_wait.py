"""Waiting for another run's lock, with a clock that only the waiting moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.apply import lock_wait
from reconciler.apply.lock import Held, Unlocked
from reconciler.apply.lock_wait import Waiting
from reconciler.model.errors import Locked, NotReached
from tests.locks import Clock


class Busy(Unlocked):
    """Locks that another run has for so many tries."""

    def __init__(self, tries: int, error: Exception | None = None) -> None:
        self.left = tries
        self.error = error or Locked("run 7 has it")
        self.given_back = 0

    @contextmanager
    def hold(self, partition: str) -> Iterator[Held]:
        if self.left:
            self.left -= 1
            raise self.error
        try:
            with super().hold(partition) as held:
                yield held
        finally:
            self.given_back += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that goes on by what is waited."""
    clock = Clock()

    class Moving(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            clock.advance(timeout or 0)
            return self.is_set()

    monkeypatch.setattr(lock_wait, "Event", Moving)
    return clock


def test_a_lock_is_had_when_the_other_run_ends(clock: Clock) -> None:
    said: list[str] = []
    locks = Busy(5)
    with Waiting(locks, 60, said.append, clock).hold("sales") as held:
        held.check()
        assert locks.given_back == 0
    assert locks.given_back == 1
    assert said == ["Waiting, 60 seconds at the most: run 7 has it"]
    assert 5 <= clock.now - 1000 <= 20


def test_the_time_is_kept(clock: Clock) -> None:
    locks = Busy(1000)
    with pytest.raises(Locked), Waiting(locks, 60, lambda _text: None, clock).hold("sales"):
        pytest.fail("held")
    assert clock.now == 1060


def test_nobody_waits_without_being_told_to(clock: Clock) -> None:
    with pytest.raises(Locked), Waiting(Busy(1), 0, pytest.fail, clock).hold("sales"):
        pytest.fail("held")
    assert clock.now == 1000


def test_a_place_of_locks_that_does_not_answer_is_not_waited_for(clock: Clock) -> None:
    with pytest.raises(NotReached), Waiting(Busy(9, NotReached("gone")), 60, pytest.fail, clock).hold("sales"):
        pytest.fail("held")


def test_after_an_interrupt_nobody_waits() -> None:
    waiting = Waiting(Busy(1000), 600, lambda _text: threading.Timer(0.05, waiting.give_up).start())
    with pytest.raises(Locked), waiting.hold("sales"):
        pytest.fail("held")
    with pytest.raises(Locked), waiting.hold("service"):
        pytest.fail("held")
