"""Reads what a probe looks at. Never raises for what a service did: what could not be read is said, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from reconciler import __version__
from reconciler.clients.clients import ReadClients
from reconciler.clients.link_service import Organization
from reconciler.clients.probing import LinkServiceProbe
from reconciler.live.environment import MISSHAPEN
from reconciler.live.pool import threads
from reconciler.live.probe.material import (
    APPLICATION,
    FINOPS,
    LAKES,
    ORGANIZATION,
    PROFILES,
    SERVICE,
    Material,
    objects,
)
from reconciler.live.probe.observing import observations
from reconciler.live.probe.report import Report, Unread
from reconciler.live.probe.shapes import sections
from reconciler.live.probe.vocabulary import ENTITY_SETS
from reconciler.model.cloud import service_host
from reconciler.model.desired import Environment
from reconciler.model.errors import NotAuthorised, NotFound, NotReached, ReconcilerError, ServiceError, Unintelligible

T = TypeVar("T")
_KINDS: Mapping[type[ReconcilerError], Unread] = {
    NotAuthorised: Unread.NOT_AUTHORISED,
    NotFound: Unread.NOT_FOUND,
    NotReached: Unread.NOT_REACHED,
    Unintelligible: Unread.UNINTELLIGIBLE,
}


def probe(
    clients: ReadClients,
    environments: Sequence[Environment],
    concurrency: int,
    progress: Callable[[str], None] = lambda _name: None,
) -> tuple[Report, dict[str, Unread]]:
    """Reads environments side by side; gives the report, and beside it, for the terminal alone, the names of those that
    could not be read and why.

    Requests, an environment: its organization, seven sets of rows, its admin record, one to the Synapse Link service as
    the application; with a signed-in user three more, and one a link.
    """

    def read(environment: Environment) -> Material:
        material = read_material(clients, environment)
        progress(environment.name)
        return material

    with threads(concurrency) as pool:
        materials = list(pool.map(read, environments))
    report = Report(
        tool_version=__version__,
        cloud=clients.cloud.name,
        environments=len(environments),
        observations=observations(materials),
        sections=sections(materials),
    )
    failed = {
        environment.name: material.unread[ORGANIZATION]
        for environment, material in zip(environments, materials, strict=True)
        if ORGANIZATION in material.unread
    }
    return report, failed


def read_material(clients: ReadClients, environment: Environment) -> Material:
    """All that a probe looks at in one environment."""
    reading = _Reading(clients, environment)
    reading.dataverse()
    if ORGANIZATION not in reading.unread:
        reading.service()
    return reading.material()


class _Reading:
    """Collects what is read, and why what is not is not."""

    def __init__(self, clients: ReadClients, environment: Environment) -> None:
        self._clients = clients
        self._environment = environment
        self._found: dict[str, Any] = {}
        self._sets: dict[str, list[Any]] = {}
        self._profiles: dict[str, Any] = {}
        self.unread: dict[str, Unread] = {}

    def material(self) -> Material:
        """What was read."""
        status = self._found.get(APPLICATION)
        return Material(
            organization_id=self._found.get(ORGANIZATION, ""),
            sets=self._sets,
            lakes=self._found.get(LAKES),
            profiles=self._profiles,
            finops=self._found.get(FINOPS),
            application_status=status if isinstance(status, int) else None,
            unread=self.unread,
        )

    def dataverse(self) -> None:
        """The organization, and the rows of its links. Without the first nothing is read: they may be another's."""
        self._take(ORGANIZATION, self._organization)
        if ORGANIZATION in self.unread:
            self.unread |= dict.fromkeys(
                (*ENTITY_SETS, APPLICATION, LAKES, PROFILES, FINOPS), self.unread[ORGANIZATION]
            )
            return
        for name in ENTITY_SETS:
            rows = self._take(name, partial(self._rows, name))
            if rows is not None:
                self._sets[name] = rows

    def _rows(self, entity_set: str) -> list[Any]:
        return self._clients.probed_dataverse(self._environment).rows(entity_set)

    def _organization(self) -> str:
        detail = self._clients.dataverse(self._environment).organization()
        if str(detail.get("EnvironmentId") or "").lower() not in {"", self._environment.environment_id.lower()}:
            raise _OtherEnvironment
        return str(detail.get("OrganizationId") or "")

    def service(self) -> None:
        """What the Synapse Link service answers to the application, and to a person."""
        host = self._take(SERVICE, self._host)
        if not host:
            self.unread |= dict.fromkeys(
                (APPLICATION, LAKES, PROFILES, FINOPS), self.unread.get(SERVICE, Unread.NO_HOST)
            )
            return
        self._take(APPLICATION, lambda: self._status(host))
        if self._clients.identities.user_missing(self._environment.tenant_id):
            self.unread |= dict.fromkeys((LAKES, PROFILES, FINOPS), Unread.NO_SIGN_IN)
            return
        service = self._take(SERVICE, lambda: self._clients.probed_service(self._environment, self._here(), host))
        if service:
            self._take(LAKES, lambda: [*service.lakes(managed=False), *service.lakes(managed=True)])
            self._take(FINOPS, service.finops_tables)
            self._profiles_of(service)

    def _profiles_of(self, service: LinkServiceProbe) -> None:
        folders = [str(row.get("_datalakefolder_value") or "").lower() for row in self._live_profiles()]
        for folder in dict.fromkeys(filter(None, folders)):
            document = self._take(PROFILES, partial(service.profile, folder))
            if document is not None:
                self._profiles[folder] = document

    def _live_profiles(self) -> list[Mapping[str, Any]]:
        return [row for row in objects(self._sets.get("synapselinkprofiles")) if row.get("profilestate") != 3]

    def _host(self) -> str | None:
        environment = self._environment
        record = self._clients.power_platform(environment.tenant_id).environment(environment.environment_id)
        properties = record.get("properties") or {}
        region, cluster = str(properties.get("azureRegion") or ""), properties.get("cluster") or {}
        return service_host(self._clients.cloud, region, str(cluster.get("uriSuffix") or ""))

    def _status(self, host: str) -> int:
        """The status of the service's answer to the application. Raises where there was none."""
        service = self._clients.probed_service(self._environment, self._here(), host, as_application=True)
        try:
            service.lakes(managed=False)
        except ServiceError as error:
            if error.status is None:
                raise
            return error.status
        return 200

    def _here(self) -> Organization:
        organization = str(self._found.get(ORGANIZATION) or "")
        return Organization(self._environment.environment_id, organization, self._environment.url + "/")

    def _take(self, name: str, read: Callable[[], T]) -> T | None:
        """What a reading gives, kept by name; where it fails, why, by name."""
        try:
            self._found[name] = value = read()
        except _OtherEnvironment:
            self.unread[name] = Unread.OTHER_ENVIRONMENT
        except ReconcilerError as error:
            self.unread[name] = _KINDS.get(type(error), Unread.FAILED)
        except MISSHAPEN:
            self.unread[name] = Unread.UNINTELLIGIBLE
        else:
            return value
        return None


class _OtherEnvironment(Exception):
    """The address leads to another environment than its manifest means."""
