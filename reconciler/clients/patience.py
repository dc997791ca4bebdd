"""For how long are services asked for one thing as a whole, however many requests that takes?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from reconciler.model.errors import GivenUp


class Patience:
    """The seconds that may be spent on asking services for one thing. One thread's own."""

    def __init__(self, seconds: float, of: str) -> None:
        self._seconds = seconds
        self._of = of
        self.left = seconds
        self.until = float("inf")
        """The moment at which it ends, if the request that is under way takes so long."""

    def spent(self) -> GivenUp:
        """The error that says so."""
        said = f"{self._seconds / 60:g} minutes" if self._seconds != 60 else "1 minute"
        return GivenUp(f"{self._of} was given up: its services did not answer within {said} in all")


_CURRENT: ContextVar[Patience | None] = ContextVar("patience", default=None)


def current() -> Patience | None:
    """The patience that this thread's requests are made in."""
    return _CURRENT.get()


@contextmanager
def patience(seconds: float, of: str) -> Iterator[None]:
    """Requests of this thread within the block may take so many seconds in all, waits included; then they raise
    GivenUp. ``of`` begins the message, as in ``Environment 'sales'``. A request that is under way is not cut."""
    token = _CURRENT.set(Patience(seconds, of))
    try:
        yield
    finally:
        _CURRENT.reset(token)


@contextmanager
def patient(now: Callable[[], float]) -> Iterator[float]:
    """The seconds that are left for a request of this thread; what the block takes by ``now`` is taken off. Raises
    GivenUp where nothing is left."""
    mine = _CURRENT.get()
    if mine is None:
        yield float("inf")
        return
    if mine.left <= 0:
        raise mine.spent()
    began = now()
    mine.until = began + mine.left
    try:
        yield mine.left
    finally:
        mine.left -= now() - began
