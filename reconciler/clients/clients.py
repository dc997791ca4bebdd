"""The clients of a run: a reading set that has no way to write, and a writing set for apply alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from azure.core.credentials import TokenCredential
from azure.core.pipeline.transport import RequestsTransport

from reconciler.clients.budgets import Budgets
from reconciler.clients.channel import Target
from reconciler.clients.connection import open_transport
from reconciler.clients.containers import ContainerWriter
from reconciler.clients.dataverse import DataverseReader, DataverseWriter
from reconciler.clients.dataverse_schema import SchemaReader
from reconciler.clients.directory import DirectoryReader
from reconciler.clients.endpoints import Endpoints
from reconciler.clients.identity import NO_SIGN_IN, Identities, Prompt
from reconciler.clients.lake import STORAGE_SCOPE, LakeReader
from reconciler.clients.lake_database import LakeDatabaseReader
from reconciler.clients.link_service import LinkServiceReader, LinkServiceWriter, Organization
from reconciler.clients.policies import Observer
from reconciler.clients.power_platform import PowerPlatformReader
from reconciler.clients.probing import DataverseProbe, LinkServiceProbe
from reconciler.clients.resource_manager import ResourceManagerReader
from reconciler.clients.spark import SparkWriter
from reconciler.clients.workspace import WorkspaceReader
from reconciler.clients.writes import OnWrite
from reconciler.model.cloud import Cloud
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Environment
from reconciler.model.errors import NotAuthorised, Refused
from reconciler.model.limits import Service

if TYPE_CHECKING:
    from reconciler.clients.lock_blobs import LockBlobs


class ReadClients:
    """Makes reading clients. Hosts are the cloud's own, or checked against its suffixes (promise 5)."""

    _before_write: Callable[[], None] | None = None
    _on_write: OnWrite | None = None

    def __init__(
        self,
        cloud: Cloud,
        identities: Identities,
        transport: RequestsTransport,
        observer: Observer | None,
        budgets: Budgets | None = None,
    ) -> None:
        self.cloud = cloud
        self.identities = identities
        self.transport = transport
        self.observer = observer
        self.budgets = budgets or Budgets()

    def dataverse(self, environment: Environment) -> DataverseReader:
        """The environment's organization, as the application."""
        return DataverseReader(self._dataverse_target(environment))

    def dataverse_schema(self, environment: Environment) -> SchemaReader:
        """The metadata of the environment's tables, as the application."""
        return SchemaReader(self._dataverse_target(environment))

    def lake(self, tenant_id: str, account: str) -> LakeReader:
        """The files of a storage account, as the application. Refused for what is no name of an account."""
        host = f"{_account(account)}.dfs.{self.cloud.storage_suffix}"
        application = self._application(tenant_id)
        target = self._target(f"Storage account '{account}'", host, STORAGE_SCOPE, application, Service.LAKE)
        return LakeReader(target)

    def power_platform(self, tenant_id: str) -> PowerPlatformReader:
        """Power Platform administration, as the application."""
        return PowerPlatformReader(
            self._target(
                "Power Platform administration",
                self.cloud.bap_host,
                self.cloud.bap_scope,
                self._application(tenant_id),
                Service.POWER_PLATFORM,
            )
        )

    def resource_manager(self, tenant_id: str) -> ResourceManagerReader:
        """Azure Resource Manager and Resource Graph, as the application."""
        return ResourceManagerReader(self._resource_manager_target(tenant_id))

    def directory(self, tenant_id: str) -> DirectoryReader:
        """Microsoft Graph of a tenant, as the application."""
        host = self.cloud.graph_host
        scope = f"https://{host}/.default"
        application = self._application(tenant_id)
        return DirectoryReader(self._target("Microsoft Graph", host, scope, application, Service.GRAPH))

    def workspace(self, tenant_id: str, name: str) -> WorkspaceReader:
        """The development endpoint of a Synapse workspace, as the application. Refused for what is no name."""
        return WorkspaceReader(self._workspace_target(tenant_id, name))

    def lake_databases(self, tenant_id: str, workspace: str) -> LakeDatabaseReader:
        """The lake databases of a Synapse workspace, as the application. Refused for what is no name."""
        return LakeDatabaseReader(self._workspace_target(tenant_id, workspace))

    def link_service(self, environment: Environment, organization: Organization, host: str) -> LinkServiceReader:
        """The Synapse Link service of an environment, as the signed-in user. NotAuthorised where nobody signed in."""
        return LinkServiceReader(self._service_target(environment, host), organization)

    def probed_dataverse(self, environment: Environment) -> DataverseProbe:
        """The environment's organization with all columns of its rows, as the application."""
        return DataverseProbe(self._dataverse_target(environment))

    def probed_service(
        self, environment: Environment, organization: Organization, host: str, *, as_application: bool = False
    ) -> LinkServiceProbe:
        """The Synapse Link service, its answers unchecked; ``as_application`` asks whether it answers one at all."""
        identity = self._application(environment.tenant_id) if as_application else None
        return LinkServiceProbe(self._service_target(environment, host, identity), organization)

    def _application(self, tenant_id: str) -> TokenCredential:
        return self.identities.application(tenant_id)

    def _dataverse_target(self, environment: Environment) -> Target:
        host = environment.url.removeprefix("https://").rstrip("/")
        if not self.cloud.is_dataverse_host(host):
            raise Refused(
                f"{environment.url} of environment '{environment.name}' is no Dataverse address of this cloud"
            )
        scope = f"https://{host}/.default"
        application = self._application(environment.tenant_id)
        return self._target(f"Dataverse of '{environment.name}'", host, scope, application, Service.DATAVERSE)

    def _service_target(self, environment: Environment, host: str, identity: TokenCredential | None = None) -> Target:
        if not self.cloud.is_service_host(host):
            raise Refused(f"{host} is no host of the Synapse Link service in this cloud")
        identity = identity or self.identities.user(environment.tenant_id)
        if identity is None:
            raise NotAuthorised(NO_SIGN_IN)
        name = f"Synapse Link service of '{environment.name}'"
        return self._target(name, host, self.cloud.service_scope, identity, Service.LINK_SERVICE)

    def _workspace_target(self, tenant_id: str, name: str) -> Target:
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?", name):
            raise Refused(f"'{name}' is no name of a Synapse workspace")
        suffix = self.cloud.synapse_dev_suffix
        service = f"Synapse workspace '{name}'"
        application = self._application(tenant_id)
        return self._target(service, f"{name}.{suffix}", f"https://{suffix}/.default", application, Service.SYNAPSE)

    def _resource_manager_target(self, tenant_id: str) -> Target:
        application = self._application(tenant_id)
        host, scope = self.cloud.arm_host, self.cloud.arm_scope
        return self._target("Azure Resource Manager", host, scope, application, Service.RESOURCE_MANAGER)

    def _target(
        self, service: str, host: str, scope: str, credential: TokenCredential, limited_by: Service | None = None
    ) -> Target:
        return Target(
            service,
            host,
            scope,
            credential,
            self.transport,
            self.observer,
            self._before_write,
            self._on_write,
            limited_by,
            self.budgets,
        )


class WriteClients(ReadClients):
    """Makes clients that write as well. Only apply holds one."""

    @classmethod
    def beside(
        cls,
        reading: ReadClients,
        before_write: Callable[[], None] | None = None,
        on_write: OnWrite | None = None,
    ) -> Self:
        """Writing clients with the same identities and connections as another set. ``before_write`` is called before
        each request that writes, and may raise to keep it from being sent; ``on_write`` is told of each."""
        clients = cls(reading.cloud, reading.identities, reading.transport, reading.observer, reading.budgets)
        clients._before_write = before_write
        clients._on_write = on_write
        return clients

    def dataverse(self, environment: Environment) -> DataverseWriter:
        """The environment's organization, as the application."""
        return DataverseWriter(self._dataverse_target(environment))

    def link_service(self, environment: Environment, organization: Organization, host: str) -> LinkServiceWriter:
        """The Synapse Link service of an environment, as the signed-in user."""
        return LinkServiceWriter(self._service_target(environment, host), organization)

    def spark(self, tenant_id: str, workspace: str, pool: str) -> SparkWriter:
        """Sessions of a Spark pool, as the application. Refused for what is no workspace name."""
        return SparkWriter(self._workspace_target(tenant_id, workspace), pool)

    def container(self, tenant_id: str, account_id: str, name: str) -> ContainerWriter:
        """One container of a storage account, as the application."""
        return ContainerWriter(self._resource_manager_target(tenant_id), account_id, name)

    def lock_blobs(self, tenant_id: str, account: str, container: str) -> LockBlobs:
        """The blobs of a container that are locks, as the application. Refused for what is no name of an account."""
        from reconciler.clients.lock_blobs import LockBlobs

        host = f"{_account(account)}.blob.{self.cloud.storage_suffix}"
        target = self._target("The lock service", host, STORAGE_SCOPE, self._application(tenant_id))
        return LockBlobs(target, account, container)


def _account(name: str) -> str:
    """The name of a storage account, which becomes a part of a host's. Refused for any other text."""
    if not re.fullmatch(r"[a-z0-9]{3,24}", name):
        raise Refused(f"'{name}' is no name of a storage account")
    return name


@contextmanager
def open_clients(
    configuration: Configuration,
    endpoints: Endpoints | None,
    prompt: Prompt,
    observer: Observer | None = None,
) -> Iterator[ReadClients]:
    """Reading clients for a run; connections are closed when the block ends."""
    transport = open_transport(endpoints, configuration.concurrency)
    identities = Identities(configuration.cloud, configuration.sign_in, endpoints, transport, prompt)
    try:
        yield ReadClients(configuration.cloud, identities, transport, observer, Budgets(configuration.limits))
    finally:
        transport.session.close()
