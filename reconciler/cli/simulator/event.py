"""``reconciler simulator event``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.simulator.shared import STATE, InvalidError, change
from reconciler.model.phrases import number_of

TAKES = {"copy": "source", "rename": "url", "move": "tenant"}


@click.command()
@click.argument("environment")
@click.argument(
    "what",
    type=click.Choice(["restore", "reset", "copy", "rename", "move", "admin-mode", "delete", "recover"]),
)
@STATE
@click.option("--from", "source", help="copy: the environment that it is copied from.")
@click.option("--url", help="rename: the new URL of the organization.")
@click.option("--tenant", help="move: the tenant that it moves to.")
def event(environment: str, what: str, state: Path, **values: str | None) -> None:
    """Let something befall ENVIRONMENT: most of it ends links and leaves their data."""
    given = {name: value for name, value in values.items() if value}
    if set(given) - {TAKES.get(what)}:
        message = f"{what} takes {'--' + TAKES[what].replace('source', 'from') if what in TAKES else 'no option'}"
        raise InvalidError(message)
    value = given.get(TAKES.get(what, ""), "")
    after = change(state, "event", {"environment": environment, "event": what, "value": value})
    click.echo(f"{after['state']} at {after['url']}, with {number_of(int(after['links']), 'link')}.")
