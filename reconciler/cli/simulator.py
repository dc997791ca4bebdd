"""``reconciler simulator``: serve, fill and steer the local cloud."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
STATE = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=".reconciler/cloud",
    show_default=True,
    help="Directory that holds the cloud.",
)
ASSUME = "ID=ANSWER"


class InvalidError(click.UsageError):
    """Input that the local cloud can't use."""


@click.group()
def simulator() -> None:
    """The local cloud: every service that is called, on this machine."""


def _change(state: Path, name: str, body: dict[str, Any]) -> dict[str, Any]:
    from reconciler.simulator.access import change
    from reconciler.simulator.changes import ChangeError

    try:
        return change(state, name, body)
    except ChangeError as error:
        raise InvalidError(str(error)) from error


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(value.partition("=")[::2] for value in values)
    if not all(pairs.values()):
        message = f"expected {ASSUME}, found {' '.join(values)}"
        raise InvalidError(message)
    return pairs


@simulator.command()
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
        for assumption, answer in _pairs(assume).items():
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


@simulator.command()
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
    counts = _change(state, "seed", {"seed": loaded, "replace": replace})
    click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


@simulator.command()
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
    click.echo(zulu(_change(state, "clock", body)["now"]))


@simulator.command()
@click.argument("environment")
@click.argument("account")
@STATE
@click.option("--add-table", "add_tables", multiple=True, help="Table to link.")
@click.option("--remove-table", "remove_tables", multiple=True, help="Table to take out; its lake data is dropped.")
@click.option("--interval", type=click.IntRange(0, 525_600), help="Minutes between updates.")
@click.option("--attachments/--no-attachments", default=None, help="Copy attachments.")
@click.option("--enabled/--disabled", default=None, help="Switch the sync on or off.")
@click.option("--leave-inactive", is_flag=True, help="Write the profile and never activate it.")
@click.option("--unlink", is_flag=True, help="End the link.")
def edit(environment: str, account: str, state: Path, **changes: Any) -> None:
    """Change the link of ENVIRONMENT to ACCOUNT as a person in the portal would."""
    given = {name: value for name, value in changes.items() if value is not None}
    after = _change(state, "edit", {"environment": environment, "account": account, **given})
    if changes["unlink"]:
        click.echo("Unlinked.")
        return
    click.echo(f"{'Active' if after['active'] else 'Not activated'}, with {len(after['tables'])} tables.")


@simulator.command()
@click.argument("answers", nargs=-1, metavar=f"[{ASSUME}]...")
@STATE
def assume(answers: tuple[str, ...], state: Path) -> None:
    """Answer open questions about the real services, or show them and the answers that hold."""
    from reconciler.model.assumption import ASSUMPTIONS

    held = _change(state, "assume", _pairs(answers))
    for assumption in ASSUMPTIONS:
        answer = held.get(assumption.id, assumption.assumed)
        click.echo(f"{assumption.id}={answer}  ({' | '.join(assumption.answers)})  {assumption.question}")


@simulator.command()
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
    """Make requests go wrong: throttle, error, reset-before, reset-after, slow, nonsense or refused."""
    given = {name: value for name, value in settings.items() if value not in (None, False)}
    for line in _change(state, "fault", given | ({"kind": kind} if kind else {}))["faults"]:
        click.echo(line)


@simulator.command("requests")
@STATE
@click.option("--unserved", is_flag=True, help="Only requests for what is not served.")
def requests_(state: Path, *, unserved: bool) -> None:
    """Count the requests of the running server, or of the last one, by route and outcome."""
    from reconciler.simulator.access import requests
    from reconciler.simulator.changes import ChangeError

    try:
        found = requests(state)
    except ChangeError as error:
        raise InvalidError(str(error)) from error
    if unserved:
        click.echo("\n".join(found["unserved"]) or "None.")
        return
    for entry in found["counts"]:
        click.echo(f"{entry['count']:8}  {entry['outcome']:14} {entry['route']}")
