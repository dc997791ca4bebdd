"""``reconciler simulator seed``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.simulator.shared import STATE, InvalidError, change


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@STATE
@click.option("--replace", is_flag=True, help="Throw away what the cloud holds.")
def seed(file: Path, state: Path, *, replace: bool) -> None:
    """Fill the cloud from a YAML FILE."""
    from reconciler.simulator.seeds import SeedError, check_seed, read_seed

    try:
        loaded, source = read_seed(file)
        check_seed(loaded, source)
    except SeedError as error:
        raise InvalidError(str(error)) from error
    counts = change(state, "seed", {"seed": loaded, "replace": replace})
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))
