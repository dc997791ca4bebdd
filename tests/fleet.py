"""A small fleet: what the local cloud holds at first, and what manifests want of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from reconciler.model.desired import DesiredState, Destination, DestinationType, Environment, SynapseLink, Table
from reconciler.model.diagnostic import Location

TENANT = "11111111-1111-4111-8111-111111111111"
SUBSCRIPTION = "22222222-2222-4222-8222-222222222222"
SALES = "33333333-3333-4333-8333-333333333333"
SERVICE = "44444444-4444-4444-8444-444444444444"
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/rg-data/providers"

CLOUD: dict[str, Any] = {
    "tenants": [{"name": "contoso", "id": TENANT}],
    "subscriptions": [{"name": "data", "id": SUBSCRIPTION, "tenant": "contoso"}],
    "resourceGroups": [{"name": "rg-data", "subscription": "data", "location": "westeurope"}],
    "storageAccounts": [
        {"name": "saleslake", "resourceGroup": "rg-data"},
        {"name": "servicelake", "resourceGroup": "rg-data"},
        {"name": "flatlake", "resourceGroup": "rg-data", "isHnsEnabled": False},
    ],
    "workspaces": [
        {
            "name": "ws-service",
            "resourceGroup": "rg-data",
            "storageAccount": "servicelake",
            "pools": [{"name": "spark"}],
        }
    ],
    "roleAssignments": [
        {
            "principalId": SALES,
            "role": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
            "scope": f"{_GROUP}/microsoft.storage/storageaccounts/saleslake",
        }
    ],
    "environments": [
        {"name": "sales", "id": SALES, "url": "https://contoso-sales.crm4.dynamics.com", "region": "westeurope"},
        {
            "name": "service",
            "id": SERVICE,
            "url": "https://contoso-service.crm4.dynamics.com",
            "region": "westeurope",
            "tables": [{"name": "contoso_warranty", "changeTracking": False}],
        },
    ],
    "links": [
        {
            "environment": "sales",
            "account": "saleslake",
            "container": "dataverse-sales",
            "interval": 60,
            "tables": ["account", "contact", "task"],
        }
    ],
}


def storage(name: str) -> str:
    """The resource id of a storage account."""
    return f"{_GROUP}/microsoft.storage/storageaccounts/{name}"


def workspace(name: str) -> str:
    """The resource id of a workspace."""
    return f"{_GROUP}/microsoft.synapse/workspaces/{name}"


def place(line: int = 1) -> Location:
    """Somewhere in a manifest."""
    return Location("manifests/fleet.yaml", line)


ENVIRONMENTS = {
    "sales": Environment("sales", SALES, "https://contoso-sales.crm4.dynamics.com", TENANT, place(1)),
    "service": Environment("service", SERVICE, "https://contoso-service.crm4.dynamics.com", TENANT, place(5)),
}


def tables(*names: str) -> tuple[Table, ...]:
    """Tables with no setting managed."""
    return tuple(Table(name, location=place(20)) for name in sorted(names))


SALES_LINK = SynapseLink(
    "sales-link",
    "sales",
    Destination(DestinationType.CSV, storage("saleslake"), "dataverse-sales"),
    place(10),
    tables=tables("account", "contact", "lead"),
    interval=30,
)
SERVICE_LINK = SynapseLink(
    "service-link",
    "service",
    Destination(DestinationType.CSV, storage("servicelake"), "dataverse-service", workspace("ws-service")),
    place(30),
    tables=tables("contoso_warranty", "incident"),
    interval=60,
    attachments=True,
    enable_change_tracking=True,
)


def fleet(*links: SynapseLink) -> DesiredState:
    """The environments with these links, or with both of the fleet's."""
    return DesiredState(dict(ENVIRONMENTS), links or (SALES_LINK, SERVICE_LINK))


def changed(link: SynapseLink, **fields: Any) -> SynapseLink:
    """A link with other fields."""
    return replace(link, **fields)


def write_manifests(folder: Path, tables: str = "[account, contact, lead]") -> Path:
    """The fleet's manifests as files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "environments.yaml").write_text(
        "\n---\n".join(
            f"apiVersion: reconciler/v1\nkind: Environment\nmetadata: {{name: {each.name}}}\n"
            f"spec:\n  environmentId: {each.environment_id}\n  url: {each.url}\n  tenantId: {each.tenant_id}"
            for each in ENVIRONMENTS.values()
        ),
        encoding="utf-8",
    )
    (folder / "links.yaml").write_text(
        f"""apiVersion: reconciler/v1
kind: SynapseLink
metadata: {{name: sales-link}}
spec:
  environment: sales
  destination: {{type: csv, storageAccount: {storage("saleslake")}, container: dataverse-sales}}
  interval: 30m
  tables: {tables}
---
apiVersion: reconciler/v1
kind: SynapseLink
metadata: {{name: service-link}}
spec:
  environment: service
  destination:
    type: csv
    storageAccount: {storage("servicelake")}
    container: dataverse-service
    workspace: {workspace("ws-service")}
  interval: 1h
  attachments: true
  changeTracking: enable
  tables: [contoso_warranty, incident]
""",
        encoding="utf-8",
    )
    return folder
