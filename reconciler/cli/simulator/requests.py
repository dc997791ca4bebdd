"""``reconciler simulator requests``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.simulator.shared import STATE, InvalidError


@click.command()
@STATE
@click.option("--unserved", is_flag=True, help="Only requests for what is not served.")
def requests(state: Path, *, unserved: bool) -> None:
    """Count the requests of the running server, or of the last one, by route and outcome."""
    from reconciler.simulator.access import requests as counted
    from reconciler.simulator.changes import ChangeError

    try:
        found = counted(state)
    except ChangeError as error:
        raise InvalidError(str(error)) from error
    if unserved:
        click.echo("\n".join(found["unserved"]) or "None.")
        return
    for entry in found["counts"]:
        click.echo(f"{entry['count']:8}  {entry['outcome']:14} {entry['route']}")
