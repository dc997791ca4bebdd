"""``reconciler simulator assume``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.simulator.shared import ASSUME, STATE, change, pairs


@click.command()
@click.argument("answers", nargs=-1, metavar=f"[{ASSUME}]...")
@STATE
def assume(answers: tuple[str, ...], state: Path) -> None:
    """Answer open questions about the real services, or show them and the answers that hold."""
    from reconciler.model.assumption import ASSUMPTIONS

    held = change(state, "assume", pairs(answers))
    for assumption in ASSUMPTIONS:
        answer = held.get(assumption.id, assumption.assumed)
        click.echo(f"{assumption.id}={answer}  ({' | '.join(assumption.answers)})  {assumption.question}")
