"""What does a big, regular fleet look like as a seed?"""

from __future__ import annotations

from typing import Any

REGIONS = ("westeurope", "northeurope", "eastus")
CRM = {"westeurope": "crm4", "northeurope": "crm4", "eastus": "crm"}
GEO = {"westeurope": "europe", "northeurope": "europe", "eastus": "unitedstates"}


def sample_table(number: int) -> str:
    """The name of the n-th generated table, from 1."""
    return f"sample_entity_{number:04d}"


def fleet_seed(
    environments: int, tables: int, links_per_environment: int = 1, changed_percent: float = 0
) -> dict[str, Any]:
    """A seed of environments ``env-001`` and on, each with csv links that export ``sample_entity_0001`` and on.

    Every link exports all tables, but for the last ``changed_percent`` of them: those exist, with change tracking on,
    and are not linked, so that manifests which name all tables have that much to add. Accounts are named
    ``lake001x1``: the environment's number, then the link's.
    """
    names = [sample_table(number) for number in range(1, tables + 1)]
    linked = names[: tables - round(tables * changed_percent / 100)]
    seed: dict[str, Any] = {
        "tenants": [{"name": "contoso"}],
        "subscriptions": [{"name": "fleet"}],
        "resourceGroups": [{"name": f"rg-{region}", "location": region} for region in REGIONS],
        "storageAccounts": [],
        "tableSets": {"sample": names},
        "environments": [],
        "links": [],
    }
    for number in range(1, environments + 1):
        region = REGIONS[number % len(REGIONS)]
        name = f"env-{number:03d}"
        seed["environments"].append(
            {
                "name": name,
                "url": f"https://{name}.{CRM[region]}.dynamics.com",
                "region": region,
                "geo": GEO[region],
                "tableSets": ["sample"],
            }
        )
        for link in range(1, links_per_environment + 1):
            account = f"lake{number:03d}x{link}"
            seed["storageAccounts"].append({"name": account, "resourceGroup": f"rg-{region}"})
            seed["links"].append({"environment": name, "account": account, "interval": 60, "tables": linked})
    return seed
