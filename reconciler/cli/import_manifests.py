"""reconciler import."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import click

from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import ERROR, OK
from reconciler.cli.options import live_options
from reconciler.cli.session import cloud_endpoints, configuration_from
from reconciler.cli.write import write_file
from reconciler.clients.clients import ReadClients, open_clients
from reconciler.live.discover import discover
from reconciler.live.snapshot import read_environments
from reconciler.manifests import load
from reconciler.manifests.compose import Composed, compose
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Environment
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import InvalidInput, Refused
from reconciler.model.live import Snapshot
from reconciler.plan.build import build_plan
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.escape import visible
from reconciler.reports.text import render_plan

_ADDRESS = re.compile(r"https://[a-z0-9.-]+")


def _address(url: str) -> str:
    address = url.lower().rstrip("/")
    if not _ADDRESS.fullmatch(address):
        raise click.BadParameter(f"{visible(url)!r} is no address such as https://contoso-dev.crm4.dynamics.com.")
    return address


@click.command("import")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--url",
    "urls",
    multiple=True,
    callback=lambda _context, _option, urls: tuple(_address(url) for url in urls),
    help="Dataverse address of an environment; may be repeated.",
)
@click.option(
    "--tenant",
    required=True,
    type=click.UUID,
    envvar="AZURE_TENANT_ID",
    help="Tenant (by id) of the environments.",
)
@live_options
def import_manifests(
    folder: Path, urls: tuple[str, ...], tenant: UUID, config: Path | None, endpoints: str | None, sign_in: str | None
) -> int:
    """Write manifests of the links that exist into a new FOLDER. Their first plan is empty, which is checked.

    Without --url, all environments that the Power Platform administration API shows are taken.

    \b
    Examples:
      reconciler import manifests --tenant 00000000-0000-0000-0000-000000000000
      reconciler import manifests --tenant ... --url https://contoso-dev.crm4.dynamics.com
    """
    if folder.exists() and any(folder.rglob("*.y*ml")):
        raise Refused(
            f"{visible(str(folder))} holds manifests already: import into a new folder, nothing is overwritten"
        )
    with cloud_endpoints(endpoints) as found:
        configuration = configuration_from(config, sign_in, found)
        with open_clients(configuration, found, prompt=lambda text: click.echo(text, err=True)) as clients:
            return _import(folder, discover(clients, str(tenant), urls), clients, configuration)


def _import(folder: Path, environments: list[Environment], clients: ReadClients, configuration: Configuration) -> int:
    live = read_environments(clients, environments, configuration)
    unreadable: list[Diagnostic] = [each.unreadable for each in live.values() if each.unreadable]
    composed = [compose(each, live[each.name]) for each in environments if not live[each.name].unreadable]
    for part in composed:
        for path, text in part.files.items():
            write_file(folder / path, text)
    _tell(folder, composed, unreadable)
    loaded = load(folder, configuration.cloud)
    if loaded.state is None:
        raise InvalidInput(loaded.diagnostics)
    readable = {name: each for name, each in live.items() if not each.unreadable}
    plan = build_plan(loaded.state, Snapshot(readable), configuration)
    if plan.pending:
        click.echo(render_plan(plan, color=use_color()), nl=False)
        click.echo("The first plan is not empty: see above.", err=True)
        return ERROR
    click.echo("Their first plan is empty.")
    return ERROR if unreadable else OK


def _tell(folder: Path, composed: list[Composed], unreadable: list[Diagnostic]) -> None:
    links, tables = sum(part.links for part in composed), sum(part.tables for part in composed)
    wrote = {"environment": len(composed), "link": links, "table": tables}
    text = ", ".join(f"{number} {noun}" + ("" if number == 1 else "s") for noun, number in wrote.items())
    click.echo(f"Wrote {text} to {visible(str(folder))}.")
    for part in composed:
        for note in part.notes:
            click.echo(f"note: {visible(note)}")
    if unreadable:
        click.echo(render_diagnostics(unreadable, color=use_color(err=True)), err=True, nl=False)
