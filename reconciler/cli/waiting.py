"""``apply --wait``: shows the waiting, and what came of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

import click

from reconciler.apply.executor import Context
from reconciler.apply.health_wait import Waited, wait_for_health
from reconciler.cli.durations import duration_option
from reconciler.cli.exit_codes import OK, PARTLY, strongest
from reconciler.model.change import Change
from reconciler.model.health import Health
from reconciler.model.outcome import Outcome, Result
from reconciler.reports.escape import visible
from reconciler.reports.status import one_line
from reconciler.reports.status_words import span

# Tests replace these two: nothing there sleeps.
sleep = time.sleep
monotonic = time.monotonic

wait_option = duration_option("--wait", help="Then wait until the links are healthy, at most so long: 30m, 2h.")


def on_terminal() -> bool:
    """Whether somebody looks at stderr, and it can be drawn on."""
    return sys.stderr.isatty()


def wait_after(
    changes: Sequence[Change], outcomes: Sequence[Outcome], context: Context, bound: int | None, code: int
) -> int:
    """Waits as ``--wait`` says, and tells what came of it. Gives the exit code of the apply, which was ``code`` before:
    5 where the time was not enough; what a person did meanwhile in the portal is done. Nothing without ``--wait``, or
    where the apply was interrupted."""
    if bound is None or any(each.result is Result.SKIPPED for each in outcomes):
        return code
    with _shown() as show:
        waited = wait_for_health(changes, outcomes, replace(context, wait=sleep), bound, monotonic, show)
    for each in waited:
        click.echo(f"{'healthy' if each.settled else 'waiting'}  {visible(str(each.address))}: {_words(each)}")
    if not all(each.settled for each in waited):
        return strongest((code, PARTLY))
    settled = {each.address for each in waited}
    left = [each for each in outcomes if each.result is not Result.DONE and each.address not in settled]
    return OK if code == PARTLY and not left else code


@contextmanager
def _shown() -> Iterator[Callable[[Sequence[Waited]], None]]:
    """What shows each look: in place on a terminal, elsewhere a line for each link of which something changed."""
    if on_terminal():
        from rich.console import Console
        from rich.live import Live
        from rich.text import Text

        with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:
            yield lambda waited: live.update(Text("\n".join(f"  {_line(each)}" for each in waited)), refresh=True)
        return
    told: dict[str, str] = {}

    def tell(waited: Sequence[Waited]) -> None:
        for each in waited:
            line = _line(each)
            if told.get(str(each.address)) != line:
                told[str(each.address)] = line
                # Nobody reads on: no reason to stop waiting.
                with suppress(OSError):
                    click.echo(f"  {line}", err=True)

    yield tell


def _line(waited: Waited) -> str:
    if waited.by_hand:
        return f"{visible(str(waited.address))}: waits for somebody to make the change in the maker portal"
    return one_line(waited.health) if waited.health else f"{visible(str(waited.address))}: not seen"


def _words(waited: Waited) -> str:
    after = span(int(waited.seconds))
    if waited.settled:
        at_rest = waited.health is not None and waited.health.health is Health.SUSPENDED
        return f"suspended as declared, after {after}" if at_rest else f"after {after}"
    if waited.by_hand:
        return f"nobody made the change in the maker portal within {after}"
    return f"not after {after}: {_line(waited)}"
