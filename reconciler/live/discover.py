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

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_NOWHERE = Location("(import)")


def discover(clients: ReadClients, tenant_id: str, urls: Iterable[str]) -> list[Environment]:
    """Environments by their Dataverse addresses; without addresses all of the tenant that have a Dataverse.

    Sorted by name; names are made from the first label of the host, from two where one would not tell them apart.
    Raises what the services raise, and Refused for an address that is none of this cloud's.
    """
    chosen = [url.rstrip("/").lower() for url in urls]
    found = (
        [_by_address(clients, tenant_id, url) for url in dict.fromkeys(chosen)]
        if chosen
        else [
            environment
            for record in clients.power_platform(tenant_id).environments()
            if (environment := _by_record(clients, tenant_id, record))
        ]
    )
    return sorted(_distinct(found), key=lambda environment: environment.name)


def _distinct(found: list[Environment]) -> Iterator[Environment]:
    """The same first label may stand in two regions: those take the second as well, contoso-crm and contoso-crm4."""
    counts = Counter(environment.name for environment in found)
    for environment in found:
        labels = environment.url.removeprefix("https://").split(".")[:2]
        name = _NOT_IN_NAMES.sub("-", "-".join(labels)).strip("-")
        yield replace(environment, name=name) if counts[environment.name] > 1 else environment


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
    name = _NOT_IN_NAMES.sub("-", label).strip("-")
    return Environment(name, environment_id, url, tenant_id, _NOWHERE)
