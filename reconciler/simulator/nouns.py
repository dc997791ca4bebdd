"""What things does the local cloud hold, apart from links and tables?"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from reconciler.simulator.hosts import Cloud, cloud_of_url, link_host

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "simulator.localhost")
PUBLIC_CLIENTS = (
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46",  # Azure CLI
    "1950a258-227b-4e31-a9cf-717495945fc2",  # Azure PowerShell
)


@lru_cache(maxsize=1 << 16, typed=True)
def derived_id(*parts: object) -> str:
    """The GUID that these names always get: a seed without ids gives the same cloud every time."""
    return str(uuid.uuid5(NAMESPACE, "/".join(str(part) for part in parts)))


@dataclass(slots=True)
class Tenant:
    """An Entra tenant."""

    name: str
    id: str
    domain: str


@dataclass(slots=True)
class Environment:
    """A Power Platform environment with Dataverse, its organization, and what was changed in its metadata."""

    name: str
    id: str
    organization: str
    tenant: str
    url: str
    region: str
    geo: str
    uri_suffix: str
    version: str
    unique_name: str
    display_name: str
    sku: str
    state: str
    registered: bool
    languages: list[int]
    table_sets: list[str]
    tables: list[dict[str, Any]]
    edits: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Metadata as it was PUT and published, by table: only what departs from the definition as seeded."""
    finops_tables: list[dict[str, Any]] = field(default_factory=list)
    """Tables of the Finance and Operations environment that is linked: ``name``, ``rows``, ``quiet``."""
    events: int = 0
    """How often something befell it that ended its links."""
    pending: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Metadata that was PUT and is not yet seen by every reader: ``at`` and ``values``."""
    identity_policy: bool = False
    """Whether an enterprise policy with a managed identity is linked to it."""
    finops: bool = False
    """Whether a Finance and Operations environment is linked to it."""

    @property
    def host(self) -> str:
        """The host of the organization's Web API."""
        return self.url.removeprefix("https://").rstrip("/").lower()

    @property
    def link_host(self) -> str:
        """The host of the Synapse Link service that serves this environment."""
        return link_host(self.region, self.uri_suffix)

    @property
    def cloud(self) -> Cloud:
        """The cloud that its URL belongs to."""
        return cloud_of_url(self.url)


@dataclass(slots=True)
class Principal:
    """The one application or the one user of the local cloud, known in every tenant, with its rights."""

    kind: Literal["app", "user"]
    id: str
    name: str
    dataverse: list[str] | bool
    bap: bool
    azure: list[str] | bool
    metadata_write: bool
    link_administrator: list[str] | bool
    synapse: list[str] | bool = True
    directory: bool = True
    storage: list[str] | bool = True

    def enters(self, environment: Environment) -> bool:
        """Whether it is a user of the environment's organization with the right to read."""
        return _within(self.dataverse, environment)

    def administers_links(self, environment: Environment) -> bool:
        """Whether it holds System Administrator there, which the Synapse Link service asks for."""
        return _within(self.link_administrator, environment)

    def works_in(self, workspace: str) -> bool:
        """Whether it has the Synapse roles of a workspace that reading artifacts and running Spark take."""
        return self.synapse if isinstance(self.synapse, bool) else workspace in self.synapse

    def reads_azure(self, resource_id: str) -> bool:
        """Whether an Azure scope that it may read covers the resource."""
        if isinstance(self.azure, bool):
            return self.azure
        wanted = resource_id.lower() + "/"
        return any(wanted.startswith(scope.lower().rstrip("/") + "/") for scope in self.azure)


def _within(right: list[str] | bool, environment: Environment) -> bool:
    return right if isinstance(right, bool) else environment.name in right or environment.id in right


@dataclass(slots=True)
class Resource:
    """An Azure resource, resource group or subscription, and what Resource Graph still shows of it."""

    id: str
    type: str
    body: dict[str, Any]
    changed: float
    before: dict[str, Any] | None = None
    present: bool = True

    def as_indexed(self, moment: float, lag: float) -> dict[str, Any] | None:
        """The body that the index shows at a moment, ``lag`` seconds behind; None where it shows nothing."""
        if self.changed + lag > moment:
            return self.before
        return self.body if self.present else None


@dataclass(slots=True)
class Settings:
    """What a person may set about the local cloud as a whole."""

    sign_in: Literal["done", "pending", "declined"] = "done"
    app_token_seconds: int = 3599
    user_token_seconds: int = 4200
    index_lag_seconds: float = 0.0
    assumptions: dict[str, str] = field(default_factory=dict)
