"""Finds environments that no manifest names yet: by address, or all that the administration API shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.clients.clients import ReadClients
from reconciler.model.desired import Environment
from reconciler.model.diagnostic import Location
from reconciler.model.errors import NotFound

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_NOWHERE = Location("(import)")


def discover(clients: ReadClients, tenant_id: str, urls: Iterable[str], ids: Iterable[str] = ()) -> list[Environment]:
    """Environments by their Dataverse addresses and ids; without any all of the tenant that have a Dataverse.

    Sorted by name; names are made from the first label of the host, from two where one would not tell them apart.
    Raises what the services raise, Refused for an address that is none of this cloud's, and NotFound for an id that
    the administration API does not show.
    """
    chosen = dict.fromkeys(url.rstrip("/").lower() for url in urls)
    wanted = dict.fromkeys(identifier.lower() for identifier in ids)
    found = [_by_address(clients, tenant_id, url) for url in chosen]
    if wanted or not chosen:
        shown = {each.environment_id: each for each in _all(clients, tenant_id)}
        found += [_shown(shown, identifier) for identifier in wanted] if wanted else shown.values()
    once = {each.url: each for each in found}
    return sorted(_distinct(list(once.values())), key=lambda environment: environment.name)


def _all(clients: ReadClients, tenant_id: str) -> Iterator[Environment]:
    for record in clients.power_platform(tenant_id).environments():
        environment = _by_record(clients, tenant_id, record)
        if environment:
            yield environment


def _shown(shown: Mapping[str, Environment], identifier: str) -> Environment:
    if identifier not in shown:
        raise NotFound(
            f"The Power Platform administration API shows no environment '{identifier}' that has a Dataverse: "
            "check the id, or name the environment by --url"
        )
    return shown[identifier]


def _distinct(found: list[Environment]) -> Iterator[Environment]:
    """The same first label may stand in two regions: those take the second as well, contoso-crm and contoso-crm4."""
    counts = Counter(environment.name for environment in found)
    given: Counter[str] = Counter()
    for environment in found:
        labels = environment.url.removeprefix("https://").split(".")[:2]
        name = environment.name if counts[environment.name] == 1 else _name("-".join(labels))
        given[name] += 1
        yield replace(environment, name=name if given[name] == 1 else f"{name[:58].rstrip('-')}-{given[name]}")


def _by_address(clients: ReadClients, tenant_id: str, url: str) -> Environment:
    detail = clients.dataverse(_environment("", url, tenant_id)).organization()
    return _environment(str(detail.get("EnvironmentId") or "").lower(), url, tenant_id)


def _by_record(clients: ReadClients, tenant_id: str, record: Mapping[str, Any]) -> Environment | None:
    metadata = _mapping(_mapping(record.get("properties")).get("linkedEnvironmentMetadata"))
    url = str(metadata.get("instanceUrl") or "").rstrip("/").lower()
    if not clients.cloud.is_dataverse_host(url.removeprefix("https://")):
        return None
    return _environment(str(record.get("name") or "").lower(), url, tenant_id)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _environment(environment_id: str, url: str, tenant_id: str) -> Environment:
    label = url.removeprefix("https://").partition(".")[0]
    return Environment(_name(label), environment_id, url, tenant_id, _NOWHERE)


def _name(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", text).strip("-")[:63].rstrip("-") or "environment"
