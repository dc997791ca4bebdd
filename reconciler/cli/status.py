"""reconciler status."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from reconciler.cli.durations import duration_option, seconds
from reconciler.cli.exit_codes import DIFFERENT, ERROR, OK, strongest
from reconciler.cli.options import format_option, planning_options
from reconciler.cli.progress import reading_progress
from reconciler.cli.session import cloud_endpoints, configuration_from, known_environments
from reconciler.cli.status_data import alarming, lake_views, print_lakes
from reconciler.cli.watching import Watch, on_terminal, watch
from reconciler.clients.clients import ReadClients, open_clients
from reconciler.live.runtime import read_runtimes
from reconciler.manifests import load
from reconciler.manifests.loading import without_cycle_collection
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.errors import InvalidInput
from reconciler.model.health import Health, HealthReport, LinkHealth
from reconciler.model.runtime import EnvironmentRuntime
from reconciler.reports.escape import visible
from reconciler.reports.status import render_status, render_status_json, render_status_markdown, status_renderable
from reconciler.resources.health import assess, unexplained

_EVERY = "30s"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which links the user asked for."""

    links: tuple[str, ...]
    undeclared: bool


@dataclass(frozen=True, slots=True)
class Watching:
    """What status looks at: the manifests' links, with open clients."""

    configuration: Configuration
    desired: DesiredState
    environments: Sequence[Environment]
    clients: ReadClients
    chosen: Chosen

    def look(self, progress: Callable[[str], None] = lambda _name: None) -> HealthReport:
        """How things are now."""
        return report_of(self.desired, self.read(progress), self.chosen)

    def read(self, progress: Callable[[str], None] = lambda _name: None) -> dict[str, EnvironmentRuntime]:
        """What the services say now, by environment."""
        return read_runtimes(self.clients, self.environments, self.configuration, progress)


@click.command()
@planning_options
@click.option("--link", "-l", "links", multiple=True, help="Only this link; may be repeated.")
@click.option("--undeclared", is_flag=True, help="Also links that no manifest declares.")
@click.option("--unhealthy", is_flag=True, help="Show only links that need somebody.")
@format_option("text", "json", "markdown")
@duration_option(
    "--watch",
    "every",
    is_flag=False,
    flag_value=_EVERY,
    metavar="[DURATION]",
    help=f"Look again and again, {_EVERY} apart unless told otherwise.",
)
@click.option("--data", is_flag=True, help="Look where readers look too: files in the lake, tables of its database.")
@click.option("--until-healthy", is_flag=True, help="Watch until every link is healthy.")
@duration_option("--timeout", help="Watch no longer than this.  [--until-healthy: 1h]")
def status(
    form: str,
    every: int | None,
    until_healthy: bool,
    timeout: int | None,
    unhealthy: bool,
    everything: bool,
    data: bool,
    **options: Any,
) -> int:
    """Report how links and tables are: state in the portal's words, counts, freshness, errors and what to do.

    Writes nothing. With a signed-in user (--sign-in) the service's own states and errors are read too.

    \b
    Examples:
      reconciler status
      reconciler status --environment sales-prod --all
      reconciler status --unhealthy --format markdown
      reconciler status --link sales-lake --data
      reconciler status --watch 1m
      reconciler status --link sales-lake --until-healthy --timeout 2h

    Exits with 0 where links are healthy, still loading, or suspended as declared; 2 where one is unhealthy, degraded,
    missing, or suspended and not declared so; 1 where something could not be read. With --until-healthy links that are
    still loading at the end are 2 as well.
    """
    watching = every is not None or until_healthy
    if watching and form != "text":
        raise click.UsageError("--watch and --until-healthy show text: leave out --format.")
    if timeout is not None and not watching:
        raise click.UsageError("--timeout bounds --watch and --until-healthy: it needs one of them.")
    with status_of(**options) as found:
        if watching:
            terms = Watch(every or seconds(_EVERY), timeout, until_healthy, everything, unhealthy)
            return watch(found.look, exit_code, terms)
        with reading_progress(len(found.environments)) as progress, without_cycle_collection():
            runtimes = found.read(progress)
            report = report_of(found.desired, runtimes, found.chosen)
        lakes = lake_views(found.clients, found.configuration, found.desired, runtimes, report) if data else None
        match form:
            case "json":
                click.echo(render_status_json(report, unhealthy=unhealthy, lakes=lakes), nl=False)
            case "markdown":
                click.echo(render_status_markdown(report, everything=everything, unhealthy=unhealthy))
            case _:
                _print(report, everything=everything, unhealthy=unhealthy)
        print_lakes(lakes or (), report, form, everything=everything)
        return strongest((exit_code(report), DIFFERENT if alarming(lakes or ()) else OK))


def _print(report: HealthReport, *, everything: bool, unhealthy: bool) -> None:
    if on_terminal():
        from rich.console import Console

        Console().print(status_renderable(report, everything=everything, unhealthy=unhealthy))
        return
    click.echo(render_status(report, everything=everything, unhealthy=unhealthy), nl=False)


@contextmanager
def status_of(
    *,
    manifests: Path | None,
    config: Path | None,
    endpoints: str | None,
    sign_in: str | None,
    environments: Sequence[str],
    links: Sequence[str],
    undeclared: bool,
) -> Iterator[Watching]:
    """Reads the manifests and opens clients for the block. InvalidInput for manifests with errors."""
    with cloud_endpoints(endpoints) as found:
        configuration = configuration_from(config, sign_in, found)
        loaded = load(manifests or Path(configuration.manifests), configuration.cloud)
        if loaded.state is None:
            raise InvalidInput(loaded.diagnostics)
        desired = loaded.state
        only = known_environments(environments, desired)
        _known_links(links, desired, undeclared=undeclared)
        if links and only is None and not undeclared:
            only = sorted({link.environment for link in desired.links if link.name in links})
        chosen = [desired.environments[name] for name in (desired.environments if only is None else only)]
        with open_clients(configuration, found, prompt=lambda text: click.echo(text, err=True)) as clients:
            yield Watching(configuration, desired, chosen, clients, Chosen(tuple(links), undeclared))


def _known_links(links: Sequence[str], desired: DesiredState, *, undeclared: bool) -> None:
    names = {link.name for link in desired.links}
    for name in links:
        if name not in names and not undeclared:
            raise click.UsageError(
                f"No manifest declares a link '{visible(name)}'. With --undeclared, live links are found by name too."
            )


def report_of(desired: DesiredState, runtimes: dict[str, EnvironmentRuntime], chosen: Chosen) -> HealthReport:
    """The report of what was read, with the links that were chosen."""
    links = [link for link in assess(desired, runtimes) if not chosen.links or _is_named(link, chosen.links)]
    shown = tuple(link for link in links if link.declared or chosen.undeclared)
    return HealthReport(
        at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        links=shown,
        unreadable=tuple(runtime.unreadable for runtime in runtimes.values() if runtime.unreadable),
        undeclared=len(links) - len(shown),
        notes=unexplained(shown, runtimes),
    )


def _is_named(link: LinkHealth, names: Sequence[str]) -> bool:
    return (link.declared or link.name) in names


def exit_code(report: HealthReport) -> int:
    """1 where something could not be read or told, 2 where something needs somebody, 0 else."""
    unknown = any(link.health is Health.UNKNOWN for link in report.links)
    ill = any(link.alarming for link in report.links)
    return strongest((ERROR if report.unreadable or unknown else OK, DIFFERENT if ill else OK))
