"""One environment as full as they get: the most links that the service allows, over 2,000 tables."""

from __future__ import annotations

from typing import Any

LINKS = 10
TABLES = 2000
TENANT = "11111111-1111-4111-8111-111111111111"
_SUBSCRIPTION = "22222222-2222-4222-8222-222222222222"
_FEWEST = 200
_SHARED = 150
_OWN_SETTINGS = (
    {"partition": "Year"},
    {"appendOnly": True, "partition": "Year"},
    {"partition": "FiveDay"},
    {"block": 500},
)


def linked_environment(links: int = LINKS, tables: int = TABLES) -> dict[str, Any]:
    """The seed of a local cloud with it. The first link exports every table and the last 200, each a growing share;
    every fiftieth table has settings of its own, alternating by table and link, and 150 are the same in all links."""
    names = [f"contoso_table{number:04}" for number in range(tables)]
    accounts = [f"lake{number:02}" for number in range(links)]
    return {
        "tenants": [{"name": "contoso", "id": TENANT}],
        "subscriptions": [{"name": "data", "id": _SUBSCRIPTION, "tenant": "contoso"}],
        "resourceGroups": [{"name": "rg-data", "subscription": "data", "location": "westeurope"}],
        "storageAccounts": [{"name": name, "resourceGroup": "rg-data"} for name in accounts],
        "environments": [
            {
                "name": "full",
                "url": "https://contoso-full.crm4.dynamics.com",
                "region": "westeurope",
                "tables": [{"name": name, "rows": 10} for name in names],
            }
        ],
        "links": [
            {
                "environment": "full",
                "account": account,
                "interval": 60,
                "tables": [
                    _table(name, place, number) for place, name in enumerate(names[: _count(number, links, tables)])
                ],
            }
            for number, account in enumerate(accounts)
        ],
    }


def _count(number: int, links: int, tables: int) -> int:
    """How many tables a link exports: from all of them down to 200."""
    fewest = min(_FEWEST, tables)
    return tables - (tables - fewest) * number // max(links - 1, 1)


def _table(name: str, place: int, link: int) -> str | dict[str, Any]:
    if place < _SHARED or place % 50:
        return name
    return {"name": name, **_OWN_SETTINGS[(place // 50 + link) % len(_OWN_SETTINGS)]}
