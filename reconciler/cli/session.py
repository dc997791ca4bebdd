"""What plan, apply and drift do first: configuration, manifests, clients, snapshot, plan."""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import click

from reconciler.cli.configuration import read_configuration
from reconciler.cli.progress import reading_progress
from reconciler.clients.clients import ReadClients, open_clients
from reconciler.clients.endpoints import Endpoints, read_endpoints
from reconciler.live.evidence import with_evidence
from reconciler.live.snapshot import read_snapshot
from reconciler.manifests import load
from reconciler.manifests.loading import without_cycle_collection
from reconciler.manifests.places import with_excerpts
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.desired import DesiredState
from reconciler.model.errors import InvalidInput, NotReached, Refused
from reconciler.model.live import Snapshot
from reconciler.model.plan import Plan
from reconciler.plan.build import build_plan, links_to_change
from reconciler.reports.escape import visible

_SIGN_IN = {
    "none": SignIn.NONE,
    "azure-cli": SignIn.AZURE_CLI,
    "azure-powershell": SignIn.AZURE_POWERSHELL,
    "device-code": SignIn.DEVICE_CODE,
}
LOCAL_CLOUD = Path(".reconciler/cloud")


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and everything that it was made from."""

    configuration: Configuration
    manifests: Path
    desired: DesiredState
    live: Snapshot
    plan: Plan
    clients: ReadClients


def configuration_from(config: Path | None, sign_in: str | None, endpoints: Endpoints | None) -> Configuration:
    """The trusted configuration, with the sign-in of the command line. On a local cloud its user is signed in unless
    ``--sign-in none`` says otherwise."""
    configuration = read_configuration(config)
    if sign_in:
        configuration = replace(configuration, sign_in=_SIGN_IN[sign_in])
    elif endpoints and endpoints.user:
        configuration = replace(configuration, sign_in=SignIn.DEVICE_CODE)
    return configuration


@contextmanager
def cloud_endpoints(endpoints: str | None) -> Iterator[Endpoints | None]:
    """The endpoints of ``--endpoints``; ``local`` starts the local cloud for the time of the block."""
    with ExitStack() as stack:
        if endpoints == "local":
            yield read_endpoints(_start_local(stack))
        else:
            yield _answering(read_endpoints(Path(endpoints)), endpoints) if endpoints else None


def _answering(endpoints: Endpoints, file: str) -> Endpoints:
    """The endpoints of a local cloud that is there: without one every environment would fail on its own."""
    try:
        socket.create_connection((endpoints.host, endpoints.port), timeout=5).close()
    except OSError as error:
        raise NotReached(
            f"No local cloud answers at {endpoints.host}:{endpoints.port}, which {file} names ({error.strerror}). "
            "Start it with 'reconciler simulator serve', or use '--endpoints local'"
        ) from None
    return endpoints


def _start_local(stack: ExitStack) -> Path:
    """Starts the local cloud; gives its endpoints file."""
    from reconciler.simulator import running
    from reconciler.simulator.store import InUseError, UnusableError

    try:
        cloud = stack.enter_context(running(LOCAL_CLOUD))
    except InUseError:
        file = LOCAL_CLOUD / "endpoints.json"
        raise Refused(f"{LOCAL_CLOUD} is served by another process already: use '--endpoints {file}'") from None
    except UnusableError as error:
        raise Refused(f"{error}. Delete that folder, or serve another with 'reconciler simulator serve'") from None
    if not cloud.seeded:
        raise Refused(f"The local cloud in {LOCAL_CLOUD} is empty: fill it with 'reconciler simulator seed FILE'")
    return Path(cloud.endpoints)


@contextmanager
def planned(
    *,
    manifests: Path | None,
    config: Path | None,
    endpoints: str | None,
    sign_in: str | None,
    environments: Sequence[str],
    partitions: Collection[str] | None = None,
    allow_unproven: bool = False,
) -> Iterator[Planned]:
    """Reads manifests and live state and plans; clients stay open for the block.

    ``environments`` are what the user chose; ``partitions`` those that a saved plan speaks of: unless the user chose,
    only they are read. ``allow_unproven`` comes from the command line alone. Raises InvalidInput for manifests with
    errors, before anything is read from a cloud.
    """
    with cloud_endpoints(endpoints) as found:
        configuration = replace(configuration_from(config, sign_in, found), allow_unproven=allow_unproven)
        folder = manifests or Path(configuration.manifests)
        loaded = load(folder, configuration.cloud)
        if loaded.state is None:
            raise InvalidInput(loaded.diagnostics)
        only = known_environments(environments, loaded.state)
        if only is None and partitions is not None:
            only = sorted(loaded.state.environments.keys() & set(partitions))
        with open_clients(configuration, found, prompt=lambda text: click.echo(text, err=True)) as clients:
            count = len(only) if only is not None else len(loaded.state.environments)
            with reading_progress(count) as progress, without_cycle_collection():
                live = read_snapshot(clients, loaded.state, configuration, progress, only)
                plan = build_plan(loaded.state, live, configuration, loaded.diagnostics)
                if touched := links_to_change(loaded.state, plan):
                    live = with_evidence(clients, loaded.state, live, configuration, touched)
                    plan = build_plan(loaded.state, live, configuration, loaded.diagnostics)
            plan = replace(plan, diagnostics=with_excerpts(plan.diagnostics))
            yield Planned(configuration, folder, loaded.state, live, plan, clients)


def known_environments(environments: Sequence[str], desired: DesiredState) -> list[str] | None:
    """The environments that the user chose, sorted; None for all. A usage error for one that no manifest declares."""
    for name in environments:
        if name not in desired.environments:
            close = get_close_matches(name, desired.environments, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"No manifest declares an environment '{visible(name)}'.{hint}")
    return sorted(set(environments)) or None
