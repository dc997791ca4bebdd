"""The one line that a harness closes with, also where a person ends it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from types import FrameType

import click

INTERRUPTED = 130


def closing_line(counts: Mapping[str, int]) -> str:
    """``kills: 500, violations: 0``: the counts in the order given."""
    return ", ".join(f"{name}: {count}" for name, count in counts.items())


def closed(counts: Mapping[str, int], work: Callable[[], None]) -> int:
    """Does what counts, then says the closing line; gives the exit code, 1 where there were violations.

    Ctrl-C and SIGTERM end it early, with 130, and the figures are those of what was done.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before, code = signal.signal(signal.SIGTERM, stop), 0
    try:
        work()
    except KeyboardInterrupt:
        click.echo("interrupted: these are the figures of what was done")
        code = INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
    click.echo(closing_line(counts))
    return 1 if counts["violations"] else code
