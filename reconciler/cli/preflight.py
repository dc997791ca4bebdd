"""reconciler preflight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import DIFFERENT, ERROR, OK, strongest
from reconciler.cli.options import format_option, planning_options
from reconciler.cli.progress import reading_progress
from reconciler.cli.session import cloud_endpoints, configuration_from, known_environments
from reconciler.clients.clients import open_clients
from reconciler.live.evidence import with_evidence
from reconciler.live.snapshot import read_snapshot
from reconciler.manifests import load
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, SynapseLink
from reconciler.model.errors import InvalidInput
from reconciler.model.live import Snapshot
from reconciler.reports.escape import visible
from reconciler.reports.preflight import (
    PreflightReport,
    render_preflight,
    render_preflight_json,
    render_preflight_markdown,
)
from reconciler.resources.link_checks import link_address
from reconciler.resources.preflight import checks_of


@click.command()
@planning_options
@click.option("--link", "-l", "links", multiple=True, help="Only this link; may be repeated.")
@format_option("text", "json", "markdown")
def preflight(form: str, everything: bool, links: tuple[str, ...], **options: Any) -> int:
    """Check what every declared link rests on: account, workspace, pool, roles, applications, tables. Only reads.

    \b
    Examples:
      reconciler preflight
      reconciler preflight --environment sales-dev --link sales-lake --all
      reconciler preflight --format markdown > preflight.md

    Exits with 0 where nothing failed that blocks a link or breaks a part of it, 2 where something did, 1 where an
    environment could not be read.
    """
    report = _report(links=links, **options)
    match form:
        case "json":
            click.echo(render_preflight_json(report), nl=False)
        case "markdown":
            click.echo(render_preflight_markdown(report, everything=everything), nl=False)
        case _:
            click.echo(render_preflight(report, color=use_color(), everything=everything), nl=False)
    return strongest((ERROR if report.diagnostics else OK, DIFFERENT if report.ill else OK))


def _report(
    *,
    manifests: Path | None,
    config: Path | None,
    endpoints: str | None,
    sign_in: str | None,
    environments: Sequence[str],
    links: Sequence[str],
) -> PreflightReport:
    """Reads and checks. Raises InvalidInput for manifests with errors, before anything is read from a cloud."""
    with cloud_endpoints(endpoints) as found:
        configuration = configuration_from(config, sign_in, found)
        loaded = load(manifests or Path(configuration.manifests), configuration.cloud)
        if loaded.state is None:
            raise InvalidInput(loaded.diagnostics)
        only = known_environments(environments, loaded.state)
        chosen = _chosen(links, only, loaded.state)
        desired = replace(loaded.state, links=chosen)
        read = sorted({link.environment for link in chosen})
        with (
            open_clients(configuration, found, prompt=lambda text: click.echo(text, err=True)) as clients,
            reading_progress(len(read)) as progress,
        ):
            live = read_snapshot(clients, desired, configuration, progress, read)
            live = with_evidence(clients, desired, live, configuration, chosen)
            tenants = {desired.environments[name].tenant_id for name in read}
            not_signed_in = {missing for tenant in tenants if (missing := clients.identities.user_missing(tenant))}
    for missing in sorted(not_signed_in):
        click.echo(f"note: what only a person's token shows was not looked at. {visible(missing)}", err=True)
    return _checked(desired, live, configuration)


def _checked(desired: DesiredState, live: Snapshot, configuration: Configuration) -> PreflightReport:
    unreadable = tuple(each.unreadable for each in live.environments.values() if each.unreadable)
    named = {diagnostic.partition for diagnostic in unreadable}
    checks = [
        (link_address(link), checks_of(link, desired.environments[link.environment], live, configuration))
        for link in desired.links
        if link.environment not in named
    ]
    return PreflightReport(sorted(checks, key=lambda pair: str(pair[0])), unreadable)


def _chosen(names: Sequence[str], environments: Sequence[str] | None, desired: DesiredState) -> tuple[SynapseLink, ...]:
    """The links to check: those that the user named, of the chosen environments, none that is to be absent."""
    declared = [link for link in desired.links if not link.absent]
    for name in names:
        if name not in {link.name for link in declared}:
            close = get_close_matches(name, {link.name for link in declared}, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"No manifest declares a link '{visible(name)}'.{hint}")
    return tuple(
        link
        for link in declared
        if (not names or link.name in names) and (environments is None or link.environment in environments)
    )
