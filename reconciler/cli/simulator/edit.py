"""``reconciler simulator edit``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.simulator.shared import STATE, InvalidError, change

TOGGLES = ("attachments", "enabled")
"""What is switched off as well as on."""


@click.command()
@click.argument("environment")
@click.argument("account")
@STATE
@click.option("--add-table", "add_tables", multiple=True, help="Table to link.")
@click.option("--remove-table", "remove_tables", multiple=True, help="Table to take out; its lake data is dropped.")
@click.option("--interval", type=click.IntRange(0, 525_600), help="Minutes between updates.")
@click.option("--attachments/--no-attachments", default=None, help="Copy attachments.")
@click.option("--enabled/--disabled", default=None, help="Switch the sync on or off.")
@click.option("--leave-inactive", is_flag=True, help="Write the profile and never activate it.")
@click.option("--unlink", is_flag=True, help="End the link, and delete its data.")
@click.option("--keep-data", is_flag=True, help="With --unlink: leave the container and the lake database.")
@click.option("--fail", multiple=True, metavar="[TABLE=]CODE", help="Let the link or a table fail, as in ADLS-802.")
@click.option("--stall", is_flag=True, help="Let the link stop without a word.")
@click.option("--heal", is_flag=True, help="End what --fail and --stall began.")
def edit(environment: str, account: str, state: Path, **changes: Any) -> None:
    """Change the link of ENVIRONMENT to ACCOUNT ('fabric' for the one to Fabric) as a person in the portal would, or
    let something befall it."""
    if changes["keep_data"] and not changes["unlink"]:
        raise InvalidError("--keep-data goes with --unlink")
    given = {name: value for name, value in changes.items() if value or (value is False and name in TOGGLES)}
    after = change(state, "edit", {"environment": environment, "account": account, **given})
    if changes["unlink"]:
        click.echo("Unlinked.")
        return
    click.echo(f"{'Active' if after['active'] else 'Not activated'}, with {len(after['tables'])} tables.")
