"""Where may a test step into a request: before it takes effect, before its answer, in the middle of its answer?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from reconciler.simulator.wire import Request


class Moment(StrEnum):
    """How far a request has come."""

    BEFORE = "before"
    """It arrived whole, and nothing of it was done."""
    AFTER = "after"
    """What it asked for is done, and nothing of its answer was sent."""
    DURING = "during"
    """Half of its answer was sent. An answer without a body never comes here."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request at one moment. ``route`` is empty for what is not served; ``writes`` as the routes say."""

    moment: Moment
    request: Request
    route: str
    writes: bool


class HungUp(Exception):
    """Raised by an interruption: close the connection. Before its effect, a request then has none."""


if TYPE_CHECKING:
    Interruption = Callable[[Visit], Awaitable[None]]
    """Called on the server's own thread at every moment of every request but those to the control host. While it waits,
    this request waits, and others go on."""
