"""What must hold before a link is created or tables are added: each failure a diagnostic with its remedy.

Rules: docs/sources.md, Synapse Link tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from reconciler.model.address import Address
from reconciler.model.assumption import BY_ID
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, SynapseLink, Table, TableSource
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.live import LiveEnvironment, Snapshot, TableDefinition

MOST_LINKS = 10
_NEVER_EXPORTED = frozenset({"attachment", "stringmap", "calendar"})


def link_address(link: SynapseLink) -> Address:
    """The address of a declared link."""
    return Address("SynapseLink", link.environment, link.name)


def problem(
    link: SynapseLink,
    code: str,
    summary: str,
    remedy: str,
    *,
    found: str | None = None,
    expected: str | None = None,
) -> Diagnostic:
    """An error at the link's manifest."""
    return said_of(link, Severity.ERROR, code, summary, remedy=remedy, found=found, expected=expected)


def said_of(
    link: SynapseLink,
    severity: Severity,
    code: str,
    summary: str,
    *,
    remedy: str | None = None,
    found: str | None = None,
    expected: str | None = None,
) -> Diagnostic:
    """A finding of any weight at the link's manifest."""
    return Diagnostic(
        severity,
        code,
        summary,
        location=link.location,
        address=link_address(link),
        partition=link.environment,
        remedy=remedy,
        found=found,
        expected=expected,
    )


def check_tables(
    link: SynapseLink, tables: Iterable[Table], definitions: Mapping[str, TableDefinition]
) -> tuple[list[Diagnostic], list[str]]:
    """Checks tables that are to be added. Gives the problems, and the tables whose change tracking is to be enabled."""
    problems: list[Diagnostic] = []
    to_enable: list[str] = []
    for table in tables:
        if table.source is TableSource.FINOPS:
            if link.destination.type is DestinationType.CSV:
                problems.append(_finops(link, table))
            continue
        definition = definitions.get(table.name)
        if definition is None:
            problems.append(_unknown(link, table, definitions))
        elif table.name in _NEVER_EXPORTED or not (
            definition.change_tracking or definition.change_tracking_can_be_enabled
        ):
            problems.append(_not_exportable(link, table))
        elif not definition.change_tracking and not link.enable_change_tracking:
            problems.append(_tracking_off(link, table))
        elif not definition.change_tracking:
            to_enable.append(table.name)
    return problems, to_enable


def links_that_count(environment: LiveEnvironment, configuration: Configuration) -> int:
    """How many links of an environment count toward the most. Whether unlinked ones do is an assumption."""
    answer = configuration.assumptions.get("soft-deleted-links-count", BY_ID["soft-deleted-links-count"].assumed)
    return len(environment.links) + (len(environment.former_links) if answer == "yes" else 0)


def check_destination(
    link: SynapseLink, environment: LiveEnvironment, live: Snapshot, configuration: Configuration
) -> list[Diagnostic]:
    """Checks where a new link is to export to, as far as Azure let itself be read, and that it has room."""
    problems = []
    destination = link.destination
    if not destination.container and destination.type is not DestinationType.FABRIC:
        problems.append(
            problem(
                link,
                "container-missing",
                f"Link '{link.name}' does not exist yet, and its manifest names no container",
                "Name it under destination.container; the portal's own pattern is "
                "dataverse-<environment name>-<organization's unique name>.",
            )
        )
    count = links_that_count(environment, configuration)
    if count >= MOST_LINKS:
        problems.append(
            problem(
                link,
                "too-many-links",
                f"Environment '{link.environment}' holds {count} links, and {MOST_LINKS} are the most",
                "Unlink one first.",
            )
        )
    for resource_id, what in ((destination.storage_account, "storage account"), (destination.workspace, "workspace")):
        missing = live.resources_unreadable is None or resource_id in live.resources_missing
        if resource_id and resource_id not in live.resources and missing:
            problems.append(_resource_missing(link, what, resource_id))
    account = live.resources.get(destination.storage_account or "")
    if account and account.properties.get("isHnsEnabled") is not True:
        problems.append(
            problem(
                link,
                "not-hierarchical",
                f"Storage account '{account.id.rpartition('/')[2]}' has no hierarchical namespace",
                "Use an account with isHnsEnabled: true; it can't be switched on without migration.",
                found="isHnsEnabled: false",
                expected="isHnsEnabled: true",
            )
        )
    return problems


def _resource_missing(link: SynapseLink, what: str, resource_id: str) -> Diagnostic:
    return problem(
        link,
        "resource-not-visible",
        f"The {what} of link '{link.name}' does not exist, or this identity may not read it",
        "Create it, or give the application the Reader role on it. One of another tenant can't be used.",
        found=resource_id,
    )


def _at_table(
    link: SynapseLink, table: Table, code: str, summary: str, remedy: str, nearest: str | None = None
) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        code,
        summary,
        location=table.location or link.location,
        address=link_address(link),
        partition=link.environment,
        found=table.name,
        nearest=nearest,
        remedy=remedy,
        related=(link.location,) if table.location else (),
    )


def _unknown(link: SynapseLink, table: Table, definitions: Mapping[str, TableDefinition]) -> Diagnostic:
    close = get_close_matches(table.name, definitions, n=1)
    return _at_table(
        link,
        table,
        "unknown-table",
        f"Environment '{link.environment}' has no table '{table.name}'",
        "Use the table's logical name, or deploy the solution that brings it first.",
        nearest=close[0] if close else None,
    )


def _not_exportable(link: SynapseLink, table: Table) -> Diagnostic:
    return _at_table(
        link,
        table,
        "table-not-exportable",
        f"Table '{table.name}' can't be exported: change tracking can't be enabled for it",
        "Take it out of the list.",
    )


def _tracking_off(link: SynapseLink, table: Table) -> Diagnostic:
    return _at_table(
        link,
        table,
        "change-tracking-off",
        f"Change tracking of table '{table.name}' is off in environment '{link.environment}'",
        "Switch it on there, or set changeTracking: enable in the link. It can never be switched off again.",
    )


def _finops(link: SynapseLink, table: Table) -> Diagnostic:
    return _at_table(
        link,
        table,
        "finops-on-csv",
        f"Finance and Operations table '{table.name}' can't be in a csv link",
        "Put it in a link of type delta or incremental.",
    )
