"""Random small fleets: what is live at first, what manifests want, and what must come of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from reconciler.model.desired import DesiredState, Destination, DestinationType, Environment, SynapseLink, Table
from reconciler.model.diagnostic import Location
from tests.fleet import SUBSCRIPTION, TENANT, storage

POOL = ("account", "contact", "contoso_log", "incident", "lead", "opportunity", "task")
_REGIONS = ("westeurope", "northeurope")


@dataclass(frozen=True)
class Target:
    """One link as it has to be in the end."""

    environment: str
    account: str
    tables: frozenset[str]
    interval: int
    may_lose: frozenset[str]
    """Tables whose data the manifests give up."""


@dataclass(frozen=True)
class Estate:
    """A seed of the local cloud, manifests for it, and the end that follows from both."""

    seed: dict[str, Any]
    desired: DesiredState
    targets: tuple[Target, ...]


def estate(chance: random.Random) -> Estate:
    """Up to three environments with up to two links each: declared or not, live or not, alike or not."""
    environments, links, targets, live = [], [], [], []
    for number in range(chance.randint(1, 3)):
        environments.append(_environment(number, chance))
        for place in range(chance.randint(1, 2)):
            account = f"lake{number}{place}"
            before = _live(environments[-1]["name"], account, chance)
            link = _declared(environments[-1]["name"], account, before, chance)
            live += [before] if before else []
            links += [link] if link else []
            targets += [_target(account, before, link)] if before or link else []
    accounts = sorted({target.account for target in targets})
    seed = {
        "tenants": [{"name": "contoso", "id": TENANT}],
        "subscriptions": [{"name": "data", "id": SUBSCRIPTION, "tenant": "contoso"}],
        "resourceGroups": [{"name": "rg-data", "subscription": "data", "location": "westeurope"}],
        "storageAccounts": [{"name": account, "resourceGroup": "rg-data"} for account in accounts],
        "environments": environments,
        "links": live,
    }
    places = {
        each["name"]: Environment(each["name"], each["id"], each["url"], TENANT, Location("fleet.yaml", 1))
        for each in environments
    }
    return Estate(seed, DesiredState(places, tuple(links)), tuple(targets))


def _environment(number: int, chance: random.Random) -> dict[str, Any]:
    return {
        "name": f"env{number}",
        "id": f"{number}3333333-3333-4333-8333-333333333333",
        "url": f"https://contoso-env{number}.crm4.dynamics.com",
        "region": chance.choice(_REGIONS),
        "tables": [{"name": "contoso_log", "changeTracking": chance.random() < 0.5}],
    }


def _live(environment: str, account: str, chance: random.Random) -> dict[str, Any] | None:
    if chance.random() < 0.3:
        return None
    return {
        "environment": environment,
        "account": account,
        "container": "dataverse",
        "interval": chance.choice((15, 60)),
        "tables": sorted(chance.sample([name for name in POOL if name != "contoso_log"], chance.randint(1, 4))),
    }


def _declared(
    environment: str, account: str, before: dict[str, Any] | None, chance: random.Random
) -> SynapseLink | None:
    if chance.random() < 0.15:
        return None
    names = chance.sample(POOL, chance.randint(1, 5))
    left = [name for name in (before["tables"] if before else ()) if name not in names]
    return SynapseLink(
        f"{account}-link",
        environment,
        Destination(DestinationType.CSV, storage(account), "dataverse"),
        Location("fleet.yaml", 1),
        tables=tuple(Table(name) for name in sorted(names)),
        absent_tables=tuple(sorted(name for name in left if chance.random() < 0.6)),
        interval=chance.choice((15, 30, 60)),
        enable_change_tracking=True,
    )


def _target(account: str, before: dict[str, Any] | None, link: SynapseLink | None) -> Target:
    had = frozenset(before["tables"]) if before else frozenset()
    environment = before["environment"] if before else link.environment if link else ""
    if link is None:
        return Target(environment, account, had, before["interval"] if before else 0, frozenset())
    gone = frozenset(link.absent_tables) & had
    wanted = (had - gone) | {table.name for table in link.tables}
    return Target(environment, account, wanted, link.interval or 0, gone)
