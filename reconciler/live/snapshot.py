"""One snapshot for a run: environments side by side, Azure resources in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from reconciler.clients.clients import ReadClients
from reconciler.clients.patience import patience
from reconciler.live.environment import read_environment
from reconciler.live.pool import threads
from reconciler.model.assumption import BY_ID
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Environment, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import NotFound, ServiceError
from reconciler.model.live import AzureResource, LiveEnvironment, Snapshot

Progress = Callable[[str], None]


def read_snapshot(
    clients: ReadClients,
    desired: DesiredState,
    configuration: Configuration,
    progress: Progress = lambda _name: None,
    only: Iterable[str] | None = None,
) -> Snapshot:
    """Reads every environment of the desired state, or those of ``only``; calls ``progress`` after each.

    Requests: per environment one batch, two where links lack declared tables, and with a signed-in user one admin read
    and one profile a link; per run one Resource Graph query (a page per 1,000 resources) and a GET for each resource of
    a new link that the index lacks.
    """
    chosen = [desired.environments[name] for name in (sorted(only) if only is not None else desired.environments)]
    declared: defaultdict[str, list[SynapseLink]] = defaultdict(list)
    for link in desired.links:
        if not link.absent:
            declared[link.environment].append(link)
    with threads(1) as pool:
        inventory = pool.submit(_inventory, clients, desired)
        environments = read_environments(clients, chosen, configuration, progress, declared)
        resources, unreadable = inventory.result()
    found, missing = _directly(clients, desired, environments, resources)
    return Snapshot(environments, resources | found, unreadable, resources_missing=missing)


def read_environments(
    clients: ReadClients,
    environments: Sequence[Environment],
    configuration: Configuration,
    progress: Progress = lambda _name: None,
    declared: Mapping[str, Sequence[SynapseLink]] = MappingProxyType({}),
) -> dict[str, LiveEnvironment]:
    """Reads environments side by side, by name; with the metadata of tables where links of ``declared`` (by
    environment) lack some."""
    moves = assumed(configuration, "activation-time-moves") == "always"

    def read(environment: Environment) -> LiveEnvironment:
        with patience(configuration.limits.minutes_per_environment * 60, f"Environment '{environment.name}'"):
            live = read_environment(
                clients, environment, declared=declared.get(environment.name, ()), activation_time_moves=moves
            )
        progress(environment.name)
        return live

    with threads(configuration.concurrency) as pool:
        return {live.name: live for live in pool.map(read, environments)}


def assumed(configuration: Configuration, assumption_id: str) -> str:
    """The answer in force for an assumption: the configuration's, or the register's."""
    return configuration.assumptions.get(assumption_id, BY_ID[assumption_id].assumed)


def _inventory(clients: ReadClients, desired: DesiredState) -> tuple[dict[str, AzureResource], Diagnostic | None]:
    found: dict[str, AzureResource] = {}
    try:
        for tenant, subscriptions in _subscriptions(desired).items():
            rows = clients.resource_manager(tenant).inventory(sorted(subscriptions))
            found |= {resource.id: resource for resource in map(_resource, rows)}
    except ServiceError as error:
        return found, Diagnostic(
            Severity.WARNING,
            "azure-unreadable",
            f"Azure resources could not be read in bulk: {error}",
            remedy="Give the application the Reader role on the subscriptions of the links' storage accounts.",
        )
    return found, None


def _subscriptions(desired: DesiredState) -> dict[str, set[str]]:
    subscriptions: dict[str, set[str]] = {}
    for link in desired.links:
        for resource_id in _resource_ids(link):
            tenant = desired.environments[link.environment].tenant_id
            subscriptions.setdefault(tenant, set()).add(resource_id.split("/")[2])
    return subscriptions


def _directly(
    clients: ReadClients,
    desired: DesiredState,
    environments: Mapping[str, LiveEnvironment],
    known: Mapping[str, AzureResource],
) -> tuple[dict[str, AzureResource], frozenset[str]]:
    """Resources of links that do not exist yet and that the index lacks: it lags, so their providers are asked. Gives
    also the ids of those of which a provider says that there is no such thing."""
    live_keys = {link.key for environment in environments.values() for link in environment.links}
    found: dict[str, AzureResource] = {}
    missing: set[str] = set()
    for link in desired.links:
        if link.absent or link.environment not in environments or link.key in live_keys:
            continue
        tenant = desired.environments[link.environment].tenant_id
        for resource_id in _resource_ids(link):
            if resource_id not in known and resource_id not in found:
                try:
                    resource = _resource(clients.resource_manager(tenant).resource(resource_id))
                except NotFound:
                    missing.add(resource_id)
                    continue
                except ServiceError:
                    continue
                found[resource.id] = resource
    return found, frozenset(missing)


def _resource_ids(link: SynapseLink) -> list[str]:
    return [
        resource_id
        for resource_id in (link.destination.storage_account, link.destination.workspace)
        if resource_id is not None
    ]


def _resource(row: Mapping[str, object]) -> AzureResource:
    properties = row.get("properties")
    return AzureResource(
        id=str(row.get("id") or "").lower(),
        type=str(row.get("type") or "").lower(),
        location=str(row.get("location") or ""),
        properties=properties if isinstance(properties, dict) else {},
    )
