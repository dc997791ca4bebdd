"""``reconciler simulator``: serve, fill and steer the local cloud. One file a command."""

from __future__ import annotations

import click

from reconciler.cli.simulator.assume import assume
from reconciler.cli.simulator.clock import clock
from reconciler.cli.simulator.edit import edit
from reconciler.cli.simulator.edit_table import edit_table
from reconciler.cli.simulator.event import event
from reconciler.cli.simulator.fault import fault
from reconciler.cli.simulator.requests import requests
from reconciler.cli.simulator.seed import seed
from reconciler.cli.simulator.serve import serve


@click.group()
def simulator() -> None:
    """The local cloud: every service that is called, on this machine."""


for command in (serve, seed, clock, edit, edit_table, event, assume, fault, requests):
    simulator.add_command(command)
