"""reconciler probe."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from reconciler.cli.exit_codes import ERROR, OK
from reconciler.cli.options import OutputPath, environment_option, format_option, live_options, manifests_option
from reconciler.cli.progress import reading_progress
from reconciler.cli.session import cloud_endpoints, configuration_from, known_environments
from reconciler.cli.write import write_file
from reconciler.clients.clients import ReadClients, open_clients
from reconciler.live.discover import discover
from reconciler.live.probe.reading import probe as look
from reconciler.live.probe.report import Report, Unread
from reconciler.manifests import load
from reconciler.model.canonical import readable_json
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Environment
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import visible
from reconciler.reports.probe import probe_document, render_probe, render_probe_markdown

_ADDRESS = re.compile(r"https://[a-z0-9.-]+/?")


def _addresses(_context: click.Context, _option: click.Parameter, urls: tuple[str, ...]) -> tuple[str, ...]:
    for url in urls:
        if not _ADDRESS.fullmatch(url.lower()):
            raise click.BadParameter(f"{visible(url)!r} is no address such as https://contoso-dev.crm4.dynamics.com.")
    return urls


@click.command()
@manifests_option
@environment_option
@click.option(
    "--url",
    "urls",
    multiple=True,
    callback=_addresses,
    help="Dataverse address of an environment, instead of manifests; may be repeated. Needs --tenant.",
)
@click.option("--tenant", type=click.UUID, help="Tenant (by id): its environments instead of those of the manifests.")
@live_options
@format_option("text", "json", "markdown")
@click.option(
    "--out",
    type=OutputPath(),
    help="Write the report for an issue: Markdown, or JSON where the name ends in .json.",
)
def probe(urls: tuple[str, ...], tenant: UUID | None, form: str, out: Path | None, **options: Any) -> int:
    """See which assumptions about the services hold in your tenant. Reads only, and writes nothing anywhere.

    The report holds verdicts, counts, types and names of fields, and no name, id, address or content of yours: it is
    made for a public issue. Sign in (--sign-in) to have more of it answered.

    \b
    Examples:
      reconciler probe --out report.md
      reconciler probe --sign-in azure-cli --environment sales-dev
      reconciler probe --tenant 00000000-0000-0000-0000-000000000000 --url https://contoso-dev.crm4.dynamics.com

    Exits with 0, or 1 where no environment could be read.
    """
    if urls and not tenant:
        raise click.UsageError("--url needs --tenant.")
    with cloud_endpoints(options["endpoints"]) as found:
        configuration = configuration_from(options["config"], options["sign_in"], found)
        declared = None if tenant else _declared(options["manifests"], options["environments"], configuration)
        with open_clients(configuration, found, prompt=lambda text: click.echo(text, err=True)) as clients:
            chosen = declared if declared is not None else discover(clients, str(tenant), urls)
            report, failed = _looked(clients, chosen, configuration)
    document = readable_json(probe_document(report))
    if out:
        write_file(out, document if out.suffix == ".json" else render_probe_markdown(report))
    forms = {"text": render_probe, "json": lambda _report: document, "markdown": render_probe_markdown}
    click.echo(forms[form](report), nl=False)
    _say_what_failed(failed)
    return ERROR if len(failed) == len(chosen) else OK


def _declared(manifests: Path | None, environments: Sequence[str], configuration: Configuration) -> list[Environment]:
    """The environments of the manifests, or those that were chosen. Raises InvalidInput for manifests with errors."""
    loaded = load(manifests or Path(configuration.manifests), configuration.cloud)
    if loaded.state is None:
        raise InvalidInput(loaded.diagnostics)
    names = known_environments(environments, loaded.state) or sorted(loaded.state.environments)
    return [loaded.state.environments[name] for name in names]


def _looked(
    clients: ReadClients, environments: Sequence[Environment], configuration: Configuration
) -> tuple[Report, dict[str, Unread]]:
    with reading_progress(len(environments)) as progress:
        return look(clients, environments, configuration.concurrency, progress)


def _say_what_failed(failed: Mapping[str, Unread]) -> None:
    """Names stay on the terminal: the report has none."""
    for name, reason in failed.items():
        click.echo(f"note: environment '{visible(name)}' could not be read: {reason.value}", err=True)
