"""reconciler journal."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.apply.journal_reading import Told, joined, read_runs
from reconciler.cli.options import JOURNAL, OutputPath, format_option
from reconciler.model.canonical import readable_json, to_json
from reconciler.model.journal import RunTold
from reconciler.reports.escape import visible
from reconciler.reports.journal import render_run, render_runs


@click.command()
@click.argument("run", required=False)
@click.option(
    "--journal",
    "file",
    type=OutputPath(),
    default=JOURNAL,
    show_default=True,
    help="Where runs are told.",
)
@format_option("text", "json")
def journal(run: str | None, file: Path, form: str) -> int:
    """Show the runs of apply that the journal tells, newest first; or one RUN in full, by its id or the start of it.

    \b
    Examples:
      reconciler journal
      reconciler journal 3f2a --format json
    """
    told = read_runs(file)
    groups = joined(told.runs)
    if run:
        groups = (tuple(_with_id(told, run)),)
    if form == "json":
        click.echo(readable_json([to_json(each) for group in groups for each in group]), nl=False)
    elif run:
        click.echo("\n".join(render_run(each) for each in groups[0]), nl=False)
    else:
        click.echo(render_runs(groups), nl=False)
    _say_what_is_missing(told)
    return 0


def _with_id(told: Told, start: str) -> list[RunTold]:
    """The run whose id starts so; a start that several share, or none, is a mistake of use."""
    found = [run for run in told.runs if run.run.startswith(start)]
    if len(found) != 1:
        number = "no run" if not found else f"{len(found)} runs"
        raise click.UsageError(f"The journal tells {number} whose id starts with '{visible(start)}'.")
    return found


def _say_what_is_missing(told: Told) -> None:
    if told.skipped:
        lines = "1 line is" if told.skipped == 1 else f"{told.skipped} lines are"
        click.echo(f"note: {lines} broken, or of another version, and left out.", err=True)
    if told.cut:
        click.echo("note: the journal is very long: only its end was read.", err=True)
