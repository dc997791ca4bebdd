"""What is live, as manifests whose first plan is empty. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import yaml

from reconciler.manifests.scalars import read_plain
from reconciler.model.desired import DestinationType, Environment, TableSource, duration
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable

_PARTITIONS = ("year", "month")
_STANDARD_BLOCKS = (0, 125)
_LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Composed:
    """Files by path below the chosen folder, and notes on what could not be written as a manifest."""

    files: dict[str, str]
    notes: tuple[str, ...]
    tables: int
    links: int


def compose(environment: Environment, live: LiveEnvironment) -> Composed:
    """An environment's manifests: one file for it, one for each link that can be declared from what can be read."""
    files = {f"{environment.name}/environment.yaml": _text(_environment(environment))}
    notes: list[str] = []
    tables = 0
    for link in live.links:
        reason = _undeclarable(link)
        if reason:
            notes.append(f"{environment.name}: the {link.destination_type} link '{link.name}' is left out: {reason}")
            continue
        name = link_name(environment.name, link)
        files[f"{environment.name}/{name}.yaml"] = _text(_link(name, environment, link))
        tables += len(link.tables)
    return Composed(files, tuple(notes), tables, len(files) - 1)


def link_name(environment: str, link: LiveLink) -> str:
    """A name for the manifest of a live link: environment and storage account, within 63 characters."""
    account = (link.storage_account or "fabric").rpartition("/")[2]
    return f"{environment[: _LONGEST_NAME - len(account) - 1].rstrip('-')}-{account}"


def _undeclarable(link: LiveLink) -> str | None:
    if link.destination_type in {DestinationType.DELTA, DestinationType.FABRIC}:
        return "its Spark pool, or its Fabric workspace and connection, can't be read; declare it by hand"
    if "/" not in (link.storage_account or ""):
        return "Dataverse does not tell the subscription and resource group of its storage account"
    if not link.container:
        return "Dataverse does not tell its container"
    if not link.tables:
        return "it exports no table"
    if link.destination_type is DestinationType.INCREMENTAL and link.interval is None:
        return "its interval can't be read"
    return None


def _environment(environment: Environment) -> dict[str, Any]:
    return {
        "apiVersion": "reconciler/v1",
        "kind": "Environment",
        "metadata": {"name": environment.name},
        "spec": {
            "environmentId": environment.environment_id,
            "url": environment.url,
            "tenantId": environment.tenant_id,
        },
    }


def _link(name: str, environment: Environment, link: LiveLink) -> dict[str, Any]:
    destination: dict[str, Any] = {
        "type": link.destination_type.value,
        "storageAccount": link.storage_account,
        "container": link.container,
        "workspace": link.workspace,
    }
    defaults = _defaults(link)
    spec: dict[str, Any] = {
        "environment": environment.name,
        "destination": {key: value for key, value in destination.items() if value},
    }
    if link.interval:
        spec["interval"] = duration(link.interval)
    spec["attachments"] = link.attachments
    spec["files"] = link.files
    spec["tableDefaults"] = defaults
    spec["tables"] = [_table(table, defaults) for table in link.tables.values()]
    return {"apiVersion": "reconciler/v1", "kind": "SynapseLink", "metadata": {"name": name}, "spec": spec}


def _defaults(link: LiveLink) -> dict[str, Any]:
    """The commonest settings. A partition that manifests can't say must not inherit one: then none is a default."""
    common = Counter(table.append_only for table in link.tables.values()).most_common(1)[0][0]
    defaults: dict[str, Any] = {"appendOnly": common}
    if all(_partition(table) for table in link.tables.values()):
        defaults["partition"] = Counter(map(_partition, link.tables.values())).most_common(1)[0][0]
    if common and defaults.get("partition") == "month":
        del defaults["partition"]
    return defaults


def _partition(table: LiveTable) -> str | None:
    """The partition as manifests may say it: year or month, and for append-only tables year alone."""
    sayable = ("year",) if table.append_only else _PARTITIONS
    return table.partition if table.partition in sayable else None


def _table(table: LiveTable, defaults: dict[str, Any]) -> str | dict[str, Any]:
    settings: dict[str, Any] = {"appendOnly": table.append_only}
    if _partition(table):
        settings["partition"] = _partition(table)
    own = {key: value for key, value in settings.items() if defaults.get(key) != value}
    if table.record_count_per_block not in _STANDARD_BLOCKS:
        own["recordCountPerBlock"] = table.record_count_per_block
    if table.source is TableSource.FINOPS:
        own["source"] = table.source.value
    return {"name": table.name, **own} if own else table.name


class _Dumper(yaml.SafeDumper):
    """Quotes every text that a reader could take for something else."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = isinstance(read_plain(text), str)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else "'")


_Dumper.add_representer(str, _quoted)


def _text(manifest: dict[str, Any]) -> str:
    return yaml.dump(manifest, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
