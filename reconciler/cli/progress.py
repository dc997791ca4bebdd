"""Progress on stderr: a bar on a terminal; elsewhere plain lines for what is written, and silence for what is read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import click

from reconciler.model.change import Change
from reconciler.reports.escape import visible


@contextmanager
def reading_progress(environments: int) -> Iterator[Callable[[str], None]]:
    """A callable to be called with each environment that was read."""
    if not sys.stderr.isatty():
        yield lambda _name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("Reading environments"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=environments)
        yield lambda _name: bar.advance(task)


def step_begins(change: Change, description: str) -> None:
    """Says each step as it begins, a line each: readable live and in a log."""
    # Nobody reads on (a closed pipe, a full disk): no reason to leave a link half written.
    with suppress(OSError):
        click.echo(f"  {visible(str(change.address))}: {visible(description)}", err=True)


def interrupted() -> None:
    """Says what the first Ctrl-C of an apply does."""
    with suppress(OSError):
        click.echo("Interrupted: what was begun is finished, nothing else is begun. Again to leave at once.", err=True)


def aborted(under_way: Sequence[tuple[Change, str]], go_on: str) -> None:
    """Says at the second Ctrl-C which changes were under way, in which step, and what goes on."""
    with suppress(OSError):
        if under_way:
            click.echo("Left at once. Under way, so that nobody knows whether the last step took effect:", err=True)
        for change, step in under_way:
            click.echo(f"  {visible(str(change.address))}: {visible(step)}", err=True)
        click.echo(go_on, err=True)
