"""``reconciler simulator edit-table``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.simulator.shared import STATE, change, pairs

FORM = "COLUMN=TYPE"


@click.command("edit-table")
@click.argument("environment")
@click.argument("table")
@STATE
@click.option("--column-type", "types", multiple=True, required=True, metavar=FORM, help="As in birthdate=String.")
def edit_table(environment: str, table: str, state: Path, types: tuple[str, ...]) -> None:
    """Give columns of TABLE in ENVIRONMENT other types, or add them."""
    body = {"environment": environment, "table": table, "columns": pairs(types, FORM)}
    click.echo(f"{len(change(state, 'columns', body)['columns'])} columns.")
