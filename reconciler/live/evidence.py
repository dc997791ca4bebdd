"""Looks at what links rest on before they are created or changed: one reading a fact, each failure a reading too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.clients.clients import ReadClients
from reconciler.live.environment import MISSHAPEN, organization_of, why
from reconciler.live.pool import threads
from reconciler.live.schema import schema_readings
from reconciler.model import readings
from reconciler.model.applications import FIRST_PARTY
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, DestinationType, Environment, SynapseLink, TableSource
from reconciler.model.errors import ReconcilerError
from reconciler.model.evidence import Evidence, Reading
from reconciler.model.live import LiveEnvironment, Snapshot

_Key = tuple[str, ...]
_Read = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class _Job:
    """One reading: its name, what tells it apart from others of that name, what it asks and how."""

    name: str
    of: _Key
    source: str
    read: _Read

    @property
    def key(self) -> _Key:
        """Equal for links that share the reading."""
        return (self.name, *self.of)

    def reading(self) -> Reading:
        """What it gives; a failure is a reading without a value."""
        try:
            value = self.read()
        except (ReconcilerError, *MISSHAPEN) as error:
            return Reading(self.source, unread=why(error))
        return Reading(self.source, value)


def with_evidence(
    clients: ReadClients,
    desired: DesiredState,
    live: Snapshot,
    configuration: Configuration,
    links: Sequence[SynapseLink],
) -> Snapshot:
    """The snapshot with what was read for these links. Never raises for what a service did.

    Requests: per environment four at the most, per link one for its container and one for its pool, per storage account
    two, per workspace six, and per tenant and subscription one each for principals, assignments and the subscription.
    What links share is read once.
    """
    jobs = {
        link.key: list(_Looking(clients, desired, live, link).jobs())
        for link in links
        if link.environment in live.environments and not live.environments[link.environment].unreadable
    }
    different = {job.key: job for found in jobs.values() for job in found}
    with threads(configuration.concurrency) as pool:
        schemas = {link.key: pool.submit(_schema, clients, desired, live, link) for link in links if link.key in jobs}
        read = dict(zip(different, pool.map(_Job.reading, different.values()), strict=True))
        evidence = {
            key: Evidence({job.name: read[job.key] for job in found} | schemas[key].result())
            for key, found in jobs.items()
        }
    return replace(live, evidence={**live.evidence, **evidence})


def _schema(clients: ReadClients, desired: DesiredState, live: Snapshot, link: SynapseLink) -> dict[str, Reading]:
    return schema_readings(clients, desired.environments[link.environment], live.environments[link.environment], link)


class _Looking:
    """What is to be looked at for one link."""

    def __init__(self, clients: ReadClients, desired: DesiredState, live: Snapshot, link: SynapseLink) -> None:
        self._clients = clients
        self._live = live
        self._link = link
        self._environment: Environment = desired.environments[link.environment]
        self._found: LiveEnvironment = live.environments[link.environment]
        self._tenant = self._environment.tenant_id

    def jobs(self) -> Iterator[_Job]:
        """Every reading of the link."""
        yield from self._environment_jobs()
        yield from self._person_jobs()
        destination = self._link.destination
        if destination.type is DestinationType.FABRIC:
            return
        if destination.storage_account:
            yield from self._account_jobs(destination.storage_account, destination.container)
        if destination.workspace:
            yield from self._workspace_jobs(destination.workspace, destination.spark_pool)
        yield from self._directory_jobs()

    def _environment_jobs(self) -> Iterator[_Job]:
        environment, name = self._environment, self._environment.name
        dataverse = self._clients.dataverse
        yield _Job(
            readings.ADMIN,
            (name,),
            "Power Platform administration, environment",
            lambda: self._clients.power_platform(self._tenant).environment(environment.environment_id)["properties"],
        )
        if self._link.destination.type is DestinationType.DELTA:
            source = "Dataverse Web API, RetrieveVersion"
            yield _Job(readings.VERSION, (name,), source, lambda: dataverse(environment).version())

    def _person_jobs(self) -> Iterator[_Job]:
        """What only a person's token shows, or what speaks of that person: nothing where nobody signed in."""
        if self._clients.identities.user_missing(self._tenant):
            return
        environment, name, host = self._environment, self._environment.name, self._found.service_host
        person = self._clients.identities.user_object_id(self._tenant)
        yield _Job(readings.USER, (self._tenant,), "the signed-in person's token, claim oid", lambda: person)
        if person:
            yield _Job(
                readings.DATAVERSE_ROLES,
                (name, person),
                "Dataverse Web API, systemusers with systemuserroles_association",
                lambda: self._clients.dataverse(environment).roles_of_user(person),
            )
        if host is None:
            return
        service = self._clients.link_service(environment, organization_of(environment, self._found), host)
        if self._link.destination.type is DestinationType.FABRIC:
            source = "Synapse Link service, fabric/workspaces"
            yield _Job(readings.FABRIC_WORKSPACES, (name,), source, service.fabric_workspaces)
        if any(table.source is TableSource.DATAVERSE for table in self._link.tables):
            source = "Synapse Link service, entities, ReasonIfDisabled"
            yield _Job(readings.SERVICE_TABLES, (name,), source, lambda: _reasons(service.tables()))

    def _account_jobs(self, account: str, container: str | None) -> Iterator[_Job]:
        manager, of = self._clients.resource_manager(self._tenant), (self._tenant, account)
        subscription = account.split("/")[2]
        arm = "Azure Resource Manager, "
        yield _Job(readings.STORAGE, of, f"{arm}storageAccounts", lambda: manager.resource(account))
        yield _Job(
            readings.LIFECYCLE, of, f"{arm}managementPolicies/default", lambda: manager.lifecycle_policy(account)
        )
        yield _Job(
            readings.SUBSCRIPTION,
            (self._tenant, subscription),
            f"{arm}subscriptions",
            lambda: manager.subscription(subscription),
        )
        if container:
            yield _Job(
                readings.CONTAINER,
                (*of, container),
                f"{arm}blobServices/default/containers",
                lambda: manager.container(account, container),
            )

    def _workspace_jobs(self, workspace: str, pool: str | None) -> Iterator[_Job]:
        manager, of = self._clients.resource_manager(self._tenant), (self._tenant, workspace)
        name = workspace.rpartition("/")[2]
        arm, development = "Azure Resource Manager, ", f"development endpoint of workspace {name}, "

        def default(key: str) -> str:
            found = self._live.resources.get(workspace)
            properties = found.properties if found else manager.resource(workspace)["properties"]
            return str(properties["defaultDataLakeStorage"][key])

        yield _Job(readings.WORKSPACE, of, f"{arm}workspaces", lambda: manager.resource(workspace))
        yield _Job(readings.FIREWALL, of, f"{arm}workspaces/firewallRules", lambda: manager.firewall_rules(workspace))
        yield _Job(
            readings.DEFAULT_CONTAINER,
            of,
            f"{arm}container of defaultDataLakeStorage",
            lambda: manager.container(default("resourceId"), default("filesystem")),
        )
        yield _Job(
            readings.DEFAULT_ACCOUNT,
            of,
            f"{arm}storageAccounts of defaultDataLakeStorage",
            lambda: manager.resource(default("resourceId")),
        )
        yield _Job(
            readings.LINKED_SERVICES,
            of,
            f"{development}linkedservices",
            lambda: self._clients.workspace(self._tenant, name).linked_services(),
        )
        yield _Job(
            readings.SYNAPSE_ROLES,
            of,
            f"{development}roleAssignments",
            lambda: self._clients.workspace(self._tenant, name).role_assignments(),
        )
        if pool:
            source = f"{arm}workspaces/bigDataPools"
            yield _Job(readings.SPARK_POOL, (*of, pool), source, lambda: manager.spark_pool(workspace, pool))

    def _directory_jobs(self) -> Iterator[_Job]:
        subscriptions = {
            resource.split("/")[2]
            for resource in (self._link.destination.storage_account, self._link.destination.workspace)
            if resource
        }
        yield _Job(
            readings.ASSIGNMENTS,
            (self._tenant, *sorted(subscriptions)),
            "Azure Resource Graph, authorizationresources",
            lambda: self._clients.resource_manager(self._tenant).role_assignments(sorted(subscriptions)),
        )
        yield _Job(
            readings.SERVICE_PRINCIPALS,
            (self._tenant,),
            "Microsoft Graph, servicePrincipals by appId",
            lambda: _object_ids(self._clients.directory(self._tenant).service_principals(list(FIRST_PARTY))),
        )


def _reasons(tables: Iterable[Mapping[str, object]]) -> dict[str, object]:
    return {
        str(table["LogicalName"]): (table.get("ReasonIfDisabled") or "no reason said")
        if table.get("IsDisabled")
        else None
        for table in tables
    }


def _object_ids(principals: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    return {application: principals.get(application, {}).get("id") for application in FIRST_PARTY}
