"""Real processes that run the real command line, and can be killed: forked from a server that has loaded it once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Literal

SECONDS = 60
KILLED = -9


@dataclass(frozen=True, slots=True)
class JournalDeath:
    """A process kills itself at the n-th line (from 1) of the journal: before it, in the middle, or just after it."""

    line: int
    how: Literal["before", "half", "after"]


@dataclass(frozen=True, slots=True)
class Order:
    """One command. ``output`` collects what it says; ``name`` is told by its requests as their User-Agent; ``planted``
    is a fault of its own that the harness has to find."""

    folder: Path
    endpoints: str
    words: Sequence[str]
    output: Path
    name: str = ""
    planted: str = ""
    journal_death: JournalDeath | None = None


class Running:
    """A process that runs a command."""

    def __init__(self, order: Order) -> None:
        self._process: ForkServerProcess = _context().Process(target=_run, args=(order,), daemon=True)
        self._process.start()

    def kill(self) -> None:
        """SIGKILL; ``ended`` tells when it is gone. May be called from any thread."""
        self._process.kill()

    def ended(self) -> int:
        """Its exit code; ``KILLED`` for one that was killed. TimeoutError after a minute, the process killed."""
        try:
            self._process.join(SECONDS)
        except BaseException:
            self._process.kill()
            raise
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            raise TimeoutError(f"a command took more than {SECONDS} seconds")
        self._process.close()
        return code


def run(order: Order) -> int:
    """Runs a command to its end; gives its exit code."""
    return Running(order).ended()


def _run(order: Order) -> None:
    from tests.reliability.child import carry_out

    # An ordinary end would wait for threads, and run what multiprocessing registered: a command ends by itself.
    os._exit(carry_out(order))


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.reliability.child"])
    return context
