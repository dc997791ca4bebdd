"""A generated fleet, twice: as manifests in a folder, and as the seed of a local cloud where it exists already."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconciler.simulator import fleet_seed

LISTS = 3
"""Shared lists a fleet has: as if three teams owned its tables."""
_TENANT = str(uuid.uuid5(uuid.NAMESPACE_DNS, "tenant.benchmark.invalid"))
_SUBSCRIPTION = str(uuid.uuid5(uuid.NAMESPACE_DNS, "subscription.benchmark.invalid"))


@dataclass(frozen=True, slots=True)
class Fleet:
    """What is generated. ``changed`` is the percentage of each link's tables that is still to be added."""

    environments: int
    tables: int
    changed: float = 0
    shared_lists: bool = False

    @property
    def to_add(self) -> int:
        """Tables that a right plan adds, over all environments."""
        return self.environments * round(self.tables * self.changed / 100)


def write_fleet(fleet: Fleet, folder: Path) -> tuple[Path, Path]:
    """Writes the manifests and the seed below a folder; gives both paths."""
    seed = fleet_seed(fleet.environments, fleet.tables, changed_percent=fleet.changed)
    _pin_ids(seed)
    manifests = folder / "manifests"
    lines = [_table_line(name) for name in seed["tableSets"]["sample"]]
    include = _write_lists(manifests / "lists", lines) if fleet.shared_lists else []
    for environment, link, account in zip(seed["environments"], seed["links"], seed["storageAccounts"], strict=True):
        place = manifests / environment["name"]
        place.mkdir(parents=True)
        (place / "environment.yaml").write_text(_environment(environment), encoding="utf-8")
        (place / "link.yaml").write_text(_link(link, account, include, lines), encoding="utf-8")
    path = folder / "seed.yaml"
    path.write_text(json.dumps(seed), encoding="utf-8")  # JSON is YAML
    return manifests, path


def _pin_ids(seed: dict[str, Any]) -> None:
    """Gives the seed the ids and containers that the manifests name."""
    seed["tenants"][0]["id"] = _TENANT
    seed["subscriptions"][0]["id"] = _SUBSCRIPTION
    for environment, link in zip(seed["environments"], seed["links"], strict=True):
        environment["id"] = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{environment['name']}.benchmark.invalid"))
        link["container"] = f"dataverse-{environment['name']}"


def _table_line(name: str) -> str:
    return f"    - {{name: {name}, appendOnly: false, partition: month}}\n"


def _write_lists(folder: Path, lines: list[str]) -> list[str]:
    folder.mkdir(parents=True)
    names = []
    for number in range(min(LISTS, len(lines))):
        name = f"team-{number + 1}"
        text = _head("ExportedTables", name) + "  tables:\n" + "".join(lines[number::LISTS])
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        names.append(name)
    return names


def _environment(environment: dict[str, Any]) -> str:
    return (
        _head("Environment", environment["name"])
        + f"  environmentId: {environment['id']}\n"
        + f"  url: {environment['url']}\n"
        + f"  tenantId: {_TENANT}\n"
    )


def _link(link: dict[str, Any], account: dict[str, Any], include: list[str], lines: list[str]) -> str:
    storage = (
        f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/{account['resourceGroup']}"
        f"/providers/Microsoft.Storage/storageAccounts/{account['name']}"
    )
    return (
        _head("SynapseLink", f"{link['environment']}-lake")
        + f"  environment: {link['environment']}\n"
        + f"  destination:\n    type: csv\n    storageAccount: {storage}\n    container: {link['container']}\n"
        + f"  interval: {link['interval']}m\n"
        + (f"  include: [{', '.join(include)}]\n" if include else "  tables:\n" + "".join(lines))
    )


def _head(kind: str, name: str) -> str:
    return f"apiVersion: reconciler/v1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n"
