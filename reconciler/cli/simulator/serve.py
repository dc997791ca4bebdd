"""``reconciler simulator serve``."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.simulator.shared import ASSUME, STATE, InvalidError, pairs


@click.command()
@STATE
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port on loopback; 0 takes a free one."
)
@click.option("--seed", type=click.Path(dir_okay=False, path_type=Path), help="Seed for a cloud that is still empty.")
@click.option(
    "--latency-ms", type=click.FloatRange(0, 60_000), default=0.0, show_default=True, help="Delay of every answer."
)
@click.option("--fault-seed", default=0, show_default=True, help="Seed of the chances of faults.")
@click.option("--assume", multiple=True, metavar=ASSUME, help="Answer to an open question.")
def serve(
    state: Path, port: int, seed: Path | None, latency_ms: float, fault_seed: int, assume: tuple[str, ...]
) -> None:
    """Serve the cloud until interrupted."""
    from reconciler.simulator import Cloud
    from reconciler.simulator.seeds import SeedError
    from reconciler.simulator.store import InUseError, UnusableError
    from reconciler.simulator.world import UnknownNameError

    try:
        cloud = Cloud(state, port=port, latency_ms=latency_ms, fault_seed=fault_seed)
    except (InUseError, UnusableError) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        message = f"{error.filename or f'port {port}'}: {error.strerror}"
        raise click.ClickException(message) from error
    try:
        for assumption, answer in pairs(assume).items():
            cloud.assume(assumption, answer)
        if seed is not None and not cloud.seeded:
            cloud.seed(seed)
        cloud.write_endpoints()
        cloud.server.ready = lambda: click.echo(f"Serving on {cloud.address}\nEndpoints: {cloud.endpoints}")
        cloud.server.serve_forever()
    except (SeedError, UnknownNameError) as error:
        raise InvalidError(str(error)) from error
    finally:
        cloud.close()
