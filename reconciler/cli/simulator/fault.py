"""``reconciler simulator fault``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from reconciler.cli.simulator.shared import STATE, change


@click.command()
@click.argument("kind", required=False)
@STATE
@click.option("--route", help="Pattern of route names, such as 'link.*'.")
@click.option("--request", help="Regular expression over 'METHOD path'.")
@click.option("--times", type=int, help="How many requests it hits.")
@click.option("--rate", type=float, help="Share of requests that it hits, instead of a number.")
@click.option("--after", type=int, help="How many matching requests pass first.")
@click.option("--status", type=int, help="Status of an error.")
@click.option("--retry-after", type=float, help="Seconds that a throttled client is told to wait.")
@click.option("--delay", type=float, help="Seconds that a slow answer takes.")
@click.option("--clear", is_flag=True, help="Forget all faults.")
def fault(kind: str | None, state: Path, **settings: Any) -> None:
    """Make requests go wrong: throttle, error, error-after, reset-before, reset-after, slow, nonsense or refused."""
    given = {name: value for name, value in settings.items() if value not in (None, False)}
    for line in change(state, "fault", given | ({"kind": kind} if kind else {}))["faults"]:
        click.echo(line)
