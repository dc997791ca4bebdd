"""``reconciler simulator clock``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from reconciler.cli.simulator.shared import STATE, InvalidError, change

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command()
@click.argument("move", required=False)
@STATE
def clock(move: str | None, state: Path) -> None:
    """Show the cloud's time, or MOVE it: +2h, +30m, +1d; 'now' returns to real time."""
    from reconciler.simulator.clock import zulu

    body: dict[str, Any] = {}
    if move == "now":
        body = {"reset": True}
    elif move is not None:
        found = re.fullmatch(r"\+([0-9]{1,6})([smhd])", move)
        if found is None:
            message = f"expected +2h, +30m, +45s, +1d or now, found {move}"
            raise InvalidError(message)
        body = {"advance": int(found[1]) * UNITS[found[2]]}
    click.echo(zulu(change(state, "clock", body)["now"]))
