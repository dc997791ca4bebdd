"""``status --data``: looks where readers look, for the links that status shows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import click

from reconciler.clients.clients import ReadClients
from reconciler.live.lake import read_lake
from reconciler.live.pool import threads
from reconciler.live.schema import exported_readings
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, DestinationType
from reconciler.model.evidence import Evidence
from reconciler.model.health import HealthReport
from reconciler.model.lake import Expected, LakeView
from reconciler.model.runtime import EnvironmentRuntime, LinkRuntime
from reconciler.reports.lake import render_lake, render_lake_markdown
from reconciler.resources.freshness import expected_interval
from reconciler.resources.lake_view import lake_view


def lake_views(
    clients: ReadClients,
    configuration: Configuration,
    desired: DesiredState,
    runtimes: Mapping[str, EnvironmentRuntime],
    report: HealthReport,
) -> list[LakeView]:
    """What lies in the lake of each live link of a report, in its order."""
    shown = {link.key for link in report.links}
    names = {link.key: link.name for link in desired.links}
    chosen = [
        runtime
        for environment in runtimes.values()
        for runtime in environment.links
        if (runtime.link.environment, names.get(runtime.link.key, runtime.link.name)) in shown
    ]
    with threads(configuration.concurrency) as pool:
        return list(pool.map(lambda runtime: _view(clients, desired, runtime), chosen))


def alarming(views: Sequence[LakeView]) -> bool:
    """Whether something is not as readers need it."""
    return any(view.alarming for view in views)


def print_lakes(views: Sequence[LakeView], report: HealthReport, form: str, *, everything: bool) -> None:
    """What was found, below the report and by the names that links have there; nothing for JSON, which holds it."""
    names = {(link.environment, link.name): link.declared or f"({link.name})" for link in report.links}
    views = [replace(view, link=names.get((view.environment, view.link), view.link)) for view in views]
    if form == "markdown":
        click.echo(render_lake_markdown(views))
    elif form == "text" and views:
        click.echo("\n" + render_lake(views, color=sys.stdout.isatty(), everything=everything), nl=False)


def _view(clients: ReadClients, desired: DesiredState, runtime: LinkRuntime) -> LakeView:
    link = runtime.link
    environment = desired.environments[link.environment]
    evidence = Evidence(exported_readings(clients, environment, link))
    expected = Expected(expected_interval(link), _written(runtime))
    return lake_view(link, read_lake(clients, environment, link), expected, evidence)


def _written(runtime: LinkRuntime) -> dict[str, datetime]:
    delta = runtime.link.destination_type is DestinationType.DELTA
    times = {
        name: (table.conversion.converted if table.conversion else None) if delta else table.synced
        for name, table in runtime.tables.items()
    }
    return {name: time for name, time in times.items() if time}
