"""reconciler import."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reconciler.cli.import_solution import SolutionSource, import_solution
from reconciler.cli.options import OutputPath, live_options
from reconciler.model.errors import Refused
from reconciler.reports.escape import visible

_ADDRESS = re.compile(r"https://[a-z0-9.-]+")
_ENVIRONMENT_ID = re.compile(r"(?:default-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def _address(url: str) -> str:
    address = url.lower().rstrip("/")
    if not _ADDRESS.fullmatch(address):
        raise click.BadParameter(f"{visible(url)!r} is no address such as https://contoso-dev.crm4.dynamics.com.")
    return address


def _environment_id(text: str) -> str:
    identifier = text.lower()
    if not _ENVIRONMENT_ID.fullmatch(identifier):
        raise click.BadParameter(f"{visible(text)!r} is no id of an environment (a GUID, or Default- and one).")
    return identifier


@click.command("import")
@click.argument("folder", type=OutputPath(folder=True))
@click.option(
    "--url",
    "urls",
    multiple=True,
    callback=lambda _context, _option, urls: tuple(_address(url) for url in urls),
    help="Dataverse address of an environment; may be repeated.",
)
@click.option(
    "--environment-id",
    "ids",
    multiple=True,
    callback=lambda _context, _option, ids: tuple(_environment_id(text) for text in ids),
    help="Id of an environment, as the admin center shows it; may be repeated.",
)
@click.option("--tenant", type=click.UUID, envvar="AZURE_TENANT_ID", help="Tenant (by id) of the environments.")
@click.option("--missing", is_flag=True, help="Add what FOLDER does not declare yet; nothing there is touched.")
@click.option("--no-lists", is_flag=True, help="Write every table into its link, and no ExportedTables.")
@click.option(
    "--solution",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Import from a solution's customizations.xml, or its ZIP file, and not from what is live.",
)
@click.option("--environment", help="With --solution: name of the Environment manifest that the links belong to.")
@click.option("--container", help="With --solution: the container, which solutions don't hold.")
@live_options
def import_manifests(folder: Path, missing: bool, no_lists: bool, **options: Any) -> int:
    """Write manifests of the links that exist into a new FOLDER. Their first plan is empty, which is checked.

    Without --url and --environment-id, all environments that the Power Platform administration API shows are taken.
    Each gets a folder; tables that links have in common go to tables/, as lists that the links include. What was
    chosen is said in comments. A link that can't be declared from what can be read is written to a file that ends in
    .incomplete, with what is missing.

    \b
    Examples:
      reconciler import manifests --tenant 00000000-0000-0000-0000-000000000000
      reconciler import manifests --tenant ... --url https://contoso-dev.crm4.dynamics.com
      reconciler import manifests --tenant ... --missing
      reconciler import manifests --solution customizations.xml --environment emea-dev

    Exits with 0 where all was written and the plan is empty, 1 where an environment could not be read.
    """
    if options["solution"]:
        return import_solution(folder, _solution_source(options), lists=not no_lists)
    if options["environment"] or options["container"]:
        raise click.UsageError("--environment and --container go with --solution.")
    if options["tenant"] is None:
        raise click.UsageError("Missing option '--tenant' (or AZURE_TENANT_ID): the tenant of the environments.")
    if not missing and folder.exists() and any(folder.rglob("*.y*ml")):
        raise Refused(
            f"{visible(str(folder))} holds manifests already: import into a new folder, nothing is overwritten; or add "
            "what is missing there with --missing"
        )
    from reconciler.cli.import_live import LiveSource, import_live  # a solution is imported without cloud packages

    source = LiveSource(
        str(options["tenant"]),
        options["urls"],
        options["ids"],
        options["config"],
        options["endpoints"],
        options["sign_in"],
    )
    return import_live(folder, source, missing=missing, lists=not no_lists)


def _solution_source(options: Mapping[str, Any]) -> SolutionSource:
    """Checks what goes together: nothing is read from a cloud here."""
    for name, flag in (("urls", "--url"), ("ids", "--environment-id")):
        if options[name]:
            raise click.UsageError(f"{flag} has no meaning with --solution, which reads no cloud.")
    return SolutionSource(options["solution"], options["environment"] or "", options["container"], options["config"])
