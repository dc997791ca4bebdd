"""reconciler import, from what is live."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import ERROR, OK
from reconciler.cli.imported import manifests_in, taken_in, tell, write_new
from reconciler.cli.session import cloud_endpoints, configuration_from
from reconciler.clients.clients import ReadClients, open_clients
from reconciler.live.discover import discover
from reconciler.live.snapshot import read_environments
from reconciler.manifests import load
from reconciler.manifests.compose import Composed, compose, environment_manifest
from reconciler.manifests.naming import Names
from reconciler.manifests.schemas import accepts
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import InvalidInput
from reconciler.model.live import LiveEnvironment, Snapshot
from reconciler.plan.build import build_plan
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.text import render_plan


@dataclass(frozen=True, slots=True)
class LiveSource:
    """Where to look: a tenant, and environments by address or id (all of them without any)."""

    tenant: str
    urls: tuple[str, ...]
    ids: tuple[str, ...]
    config: Path | None
    endpoints: str | None
    sign_in: str | None


def import_live(folder: Path, source: LiveSource, *, missing: bool, lists: bool) -> int:
    """Writes manifests of what exists, and checks that their plan is empty. ``missing``: of what no manifest of the
    folder declares."""
    with cloud_endpoints(source.endpoints) as found:
        configuration = configuration_from(source.config, source.sign_in, found)
        declared = _declared(folder, configuration) if missing else None
        with open_clients(configuration, found, prompt=lambda text: click.echo(text, err=True)) as clients:
            environments = _named(discover(clients, source.tenant, source.urls, source.ids), declared)
            live = _read(clients, environments, configuration)
    readable = [each for each in environments if not live[each.name].unreadable]
    composed = compose(
        [(each, _undeclared(live[each.name], declared)) for each in readable],
        lists=lists,
        taken=taken_in(folder, declared),
    )
    unreadable = [each.unreadable for each in live.values() if each.unreadable]
    if composed.files:
        write_new(folder, composed.files)
    return _report(folder, composed, live, configuration, unreadable)


def _declared(folder: Path, configuration: Configuration) -> DesiredState | None:
    """What the folder says already. InvalidInput where that can't be told: a link might be declared twice."""
    if not manifests_in(folder):
        return None
    loaded = load(folder, configuration.cloud)
    if loaded.state is None:
        raise InvalidInput(loaded.diagnostics)
    return loaded.state


def _named(found: list[Environment], declared: DesiredState | None) -> list[Environment]:
    """Environments that the folder declares under its own names, the others under names that are free there."""
    if declared is None:
        return found
    known = {each.environment_id.lower(): each for each in declared.environments.values()}
    names = Names(declared.environments)
    return [known.get(each.environment_id.lower()) or replace(each, name=names.free(each.name)) for each in found]


def _read(
    clients: ReadClients, environments: list[Environment], configuration: Configuration
) -> dict[str, LiveEnvironment]:
    """Environments by name; those that no manifest could describe are as good as unreadable."""
    strange = {
        each.name: LiveEnvironment(each.name, unreadable=_strange(each))
        for each in environments
        if not accepts("Environment", environment_manifest(each))
    }
    return {**read_environments(clients, [e for e in environments if e.name not in strange], configuration), **strange}


def _strange(environment: Environment) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "environment-unreadable",
        f"What the services say of the environment at {environment.url} fits in no manifest",
        partition=environment.name,
        found=f"environment id '{environment.environment_id}', tenant '{environment.tenant_id}'",
        expected="a GUID each",
        remedy="Name the environment by --environment-id; or write its Environment manifest by hand.",
    )


def _undeclared(live: LiveEnvironment, declared: DesiredState | None) -> LiveEnvironment:
    """The environment without the links that the folder declares."""
    if declared is None:
        return live
    keys = {link.key for link in declared.links}
    return replace(live, links=tuple(link for link in live.links if link.key not in keys), former_links=())


def _report(
    folder: Path,
    composed: Composed,
    live: dict[str, LiveEnvironment],
    configuration: Configuration,
    unreadable: list[Diagnostic],
) -> int:
    if composed.files:
        tell(folder, composed)
    elif not unreadable:
        click.echo("Nothing is missing: manifests declare every link that was found.")
    if unreadable:
        click.echo(render_diagnostics(unreadable, color=use_color(err=True)), err=True, nl=False)
    if not composed.files:
        return ERROR if unreadable else OK
    return _check(folder, composed, live, configuration) or (ERROR if unreadable else OK)


def _check(folder: Path, composed: Composed, live: dict[str, LiveEnvironment], configuration: Configuration) -> int:
    """Reads back what was written, and plans it against what it was written from: nothing may be left to do."""
    loaded = load(folder, configuration.cloud)
    if loaded.state is None:
        raise InvalidInput(loaded.diagnostics)
    readable = {name: each for name, each in live.items() if not each.unreadable}
    plan = build_plan(loaded.state, Snapshot(readable), configuration)
    written = set(composed.links)
    plan = replace(plan, changes=tuple(change for change in plan.changes if change.address.name in written))
    if plan.pending:
        click.echo(render_plan(plan, color=use_color()), nl=False)
        click.echo("The first plan is not empty: see above.", err=True)
        return ERROR
    click.echo("Their first plan is empty.")
    return OK
