"""Reads one environment whole: its links, their service documents, and the metadata of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reconciler.clients.clients import ReadClients
from reconciler.clients.dataverse import LinkRows
from reconciler.clients.link_service import Document, Organization
from reconciler.live.links import definitions_from_rows, former_links_from_rows, links_from_rows, with_service_profile
from reconciler.model.address import Address
from reconciler.model.cloud import service_host
from reconciler.model.desired import Environment, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import (
    GivenUp,
    NotAuthorised,
    NotFound,
    NotReached,
    ReconcilerError,
    ServiceError,
    Throttled,
    Unintelligible,
)
from reconciler.model.live import LiveEnvironment, LiveLink

_CODES: Mapping[type[ReconcilerError], tuple[str, str]] = {
    NotAuthorised: (
        "environment-not-authorised",
        "Make the application an application user there, with a role that may read the Synapse Link tables.",
    ),
    NotFound: ("environment-not-found", "Check the url of the Environment manifest."),
    Throttled: ("environment-throttled", "docs/throttling.md has the limits."),
    GivenUp: (
        "environment-given-up",
        "Run again; if it stays, check the services' health, or raise limits.minutesPerEnvironment in reconciler.yaml.",
    ),
}
_NO_TOKEN = (
    "no-token",
    "Check url and tenantId of the Environment (a rename or a move changes them), and AZURE_CLIENT_ID, or 'az login'.",
)
# What taking a document apart raises where it has another shape than the service is known to give.
MISSHAPEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def why(error: Exception) -> str:
    """What kept something from being read: our own errors say it, the others only where an answer was odd."""
    if isinstance(error, ReconcilerError):
        return str(error)
    return f"the answer has another shape than is known ({type(error).__name__}: {error})"


_ADMIN = "Register the application as a Power Platform admin management application."
_PORTAL = "make the change in the maker portal."
_ADMINISTRATOR = (
    "The service answers 404 for a missing right as for a missing link: the signed-in user needs the System "
    "Administrator role in the environment."
)
_OTHER = ("environment-unreadable", "Run again; if it stays, check the address and the service's health.")


def read_environment(
    clients: ReadClients,
    environment: Environment,
    *,
    definitions: bool = False,
    declared: Sequence[SynapseLink] = (),
    activation_time_moves: bool = True,
) -> LiveEnvironment:
    """Everything that a plan needs of one environment. Never raises for what a service did: ``unreadable`` says it.

    The metadata of its tables is read with the rest where ``definitions`` says so, and otherwise only where a link of
    ``declared`` lacks tables: nothing else needs it, and it is a quarter of all that would be received. The rows are
    then read again beside it, so that all speaks of one moment.
    """
    try:
        reader = clients.dataverse(environment)
        rows = reader.link_rows(definitions=definitions)
        live = from_rows(environment, rows, activation_time_moves=activation_time_moves)
        if not definitions and not live.unreadable and any(_lacks_tables(link, live) for link in declared):
            rows = reader.link_rows(definitions=True)
            live = from_rows(environment, rows, activation_time_moves=activation_time_moves)
    except ReconcilerError as error:
        unreadable = renamed(clients, environment, error) or unreadable_as(environment, error)
        return LiveEnvironment(environment.name, unreadable=unreadable)
    if live.unreadable:
        return live
    missing = clients.identities.user_missing(environment.tenant_id)
    if missing:
        return replace(live, link_writes_missing=missing)
    found, _ = with_service(clients, environment, live, activation_time_moves=activation_time_moves)
    if all(any(link.key == candidate.key for candidate in found.links) for link in declared):
        return found
    return _with_lakes(clients, environment, found)


def _with_lakes(clients: ReadClients, environment: Environment, live: LiveEnvironment) -> LiveEnvironment:
    """Adds what the service has registered: a lake without a link in Dataverse is a creation that stopped halfway."""
    if live.service_host is None:
        return live
    service = clients.link_service(environment, organization_of(environment, live), live.service_host)
    try:
        lakes = service.lakes()
    except (ServiceError, *MISSHAPEN):
        return live
    names = ((str(lake.get("StorageAccountName") or ""), str(lake.get("FileSystemName") or "")) for lake in lakes)
    return replace(live, lakes=frozenset((account.lower(), container) for account, container in names))


def from_rows(environment: Environment, rows: LinkRows, *, activation_time_moves: bool) -> LiveEnvironment:
    """The environment as its rows show it; ``unreadable`` where they are another's. Unintelligible for odd rows."""
    mismatch = _wrong_organization(environment, rows)
    if mismatch:
        return LiveEnvironment(environment.name, unreadable=mismatch)
    try:
        return LiveEnvironment(
            name=environment.name,
            organization_id=str(rows.organization.get("OrganizationId") or ""),
            links=links_from_rows(environment.name, rows.sets, activation_time_moves=activation_time_moves),
            former_links=former_links_from_rows(rows.sets),
            definitions=definitions_from_rows(rows.definitions),
            friendly_name=str(rows.organization.get("FriendlyName") or ""),
            unique_name=str(rows.organization.get("UniqueName") or ""),
        )
    except MISSHAPEN as error:
        raise _misshapen("Dataverse", error) from error


def _lacks_tables(link: SynapseLink, live: LiveEnvironment) -> bool:
    """Whether a declared link has tables that no live link to the same destination has, or is not there at all."""
    linked: set[str] = set()
    for candidate in live.links:
        if candidate.key == link.key:
            linked |= candidate.tables.keys()
    return any(table.name not in linked for table in link.tables)


def reread_link(
    clients: ReadClients,
    environment: Environment,
    live: LiveEnvironment,
    folder_id: str,
    *,
    activation_time_moves: bool,
) -> tuple[LiveLink | None, Document]:
    """One link as both services show it now, and the service's whole document of it; no link where Dataverse shows
    none. Raises what the services raise, and NotAuthorised where the service's host is not known."""
    if live.service_host is None:
        raise NotAuthorised(live.link_writes_missing or "The Synapse Link service's host is not known")
    rows = clients.dataverse(environment).link_rows(definitions=False)
    service = clients.link_service(environment, organization_of(environment, live), live.service_host)
    document = service.profile(folder_id)
    try:
        links = links_from_rows(environment.name, rows.sets, activation_time_moves=activation_time_moves)
        link = next((candidate for candidate in links if candidate.folder_id == folder_id), None)
        if link is None:
            return None, document
        return with_service_profile(link, document, activation_time_moves=activation_time_moves), document
    except MISSHAPEN as error:
        raise _misshapen("Dataverse or the Synapse Link service", error) from error


def organization_of(environment: Environment, live: LiveEnvironment) -> Organization:
    """How the Synapse Link service is told which environment is meant."""
    return Organization(environment.environment_id, live.organization_id, environment.url + "/")


def with_service(
    clients: ReadClients, environment: Environment, live: LiveEnvironment, *, activation_time_moves: bool
) -> tuple[LiveEnvironment, dict[str, Document]]:
    """Adds region, service host and the service's documents, which are given besides, by folder id; what fails there
    blocks link writes and nothing else."""
    documents: dict[str, Document] = {}
    try:
        record = clients.power_platform(environment.tenant_id).environment(environment.environment_id)
        properties = record.get("properties") or {}
        region = str(properties.get("azureRegion") or "")
        host = service_host(clients.cloud, region, str((properties.get("cluster") or {}).get("uriSuffix") or ""))
    except (ServiceError, *MISSHAPEN) as error:
        missing = f"The region and cluster of the environment could not be read: {why(error)}. " + _ADMIN
        return replace(live, link_writes_missing=missing), documents
    if host is None:
        missing = f"The host of the Synapse Link service can't be derived for region '{region}': {_PORTAL}"
        return replace(live, region=region or None, link_writes_missing=missing), documents
    live = replace(live, region=region, service_host=host)
    service = clients.link_service(environment, organization_of(environment, live), host)
    links: list[LiveLink] = []
    for link in live.links:
        try:
            document = service.profile(link.folder_id)
            links.append(with_service_profile(link, document, activation_time_moves=activation_time_moves))
            documents[link.folder_id] = document
        except (ServiceError, *MISSHAPEN) as error:
            hint = "" if isinstance(error, NotReached) else f". {_ADMINISTRATOR}"
            missing = f"The Synapse Link service did not show the link on '{link.name}': {why(error)}{hint}"
            return replace(live, link_writes_missing=missing), documents
    return replace(live, links=tuple(links)), documents


def _misshapen(service: str, error: Exception) -> Unintelligible:
    return Unintelligible(f"{service} gave rows of another shape than is known ({type(error).__name__}: {error})")


def _wrong_organization(environment: Environment, rows: LinkRows) -> Diagnostic | None:
    """Manifests name an environment twice, by id and by address: both must mean the same one."""
    for field, column, expected in (
        ("environmentId", "EnvironmentId", environment.environment_id),
        ("tenantId", "TenantId", environment.tenant_id),
    ):
        found = str(rows.organization.get(column) or "")
        if found and found.lower() != expected.lower():
            return Diagnostic(
                Severity.ERROR,
                "wrong-environment",
                f"{environment.url} is the address of another environment than the manifest's {field} says",
                location=environment.location,
                address=Address("Environment", environment.name, ""),
                partition=environment.name,
                found=found,
                expected=expected,
                remedy=f"Correct url or {field} of Environment '{environment.name}'.",
            )
    return None


def renamed(clients: ReadClients, environment: Environment, error: ReconcilerError) -> Diagnostic | None:
    """That the environment has another address now, where the administration API says so; None for any other reason.

    Asked only where the old address is no address any more: no token for it, or nothing found there.
    """
    if not (isinstance(error, NotFound) or (isinstance(error, NotAuthorised) and error.status is None)):
        return None
    try:
        record = clients.power_platform(environment.tenant_id).environment(environment.environment_id)
        address = str(record["properties"]["linkedEnvironmentMetadata"]["instanceUrl"]).rstrip("/").lower()
    except (ReconcilerError, *MISSHAPEN):
        return None
    if address == environment.url or not clients.cloud.is_dataverse_host(address.removeprefix("https://")):
        return None
    return Diagnostic(
        Severity.ERROR,
        "environment-renamed",
        f"Environment '{environment.name}' has another address than its manifest says: it was renamed, or url is wrong",
        location=environment.location,
        address=Address("Environment", environment.name, ""),
        partition=environment.name,
        found=environment.url,
        expected=address,
        remedy="Correct url. Links of an environment that was renamed fail until they are unlinked and made again.",
    )


def unreadable_as(environment: Environment, error: ReconcilerError) -> Diagnostic:
    """The error that kept an environment from being read, as a diagnostic with its remedy."""
    code, remedy = _CODES.get(type(error), _OTHER)
    if isinstance(error, NotAuthorised) and error.status is None:
        code, remedy = _NO_TOKEN
    return Diagnostic(
        Severity.ERROR,
        code,
        f"Environment '{environment.name}' could not be read: {error}",
        location=environment.location,
        address=Address("Environment", environment.name, ""),
        partition=environment.name,
        remedy=remedy,
    )
