"""A link whose ground is sound in every respect, to be spoilt in one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.model.applications import FIRST_PARTY, LINK_SERVICE, POWER_QUERY
from reconciler.model.check import Check
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, SynapseLink, Table, TableSource
from reconciler.model.evidence import Evidence, Reading
from reconciler.model.live import LiveLink, Snapshot
from reconciler.resources.preflight import checks_of, roles
from tests.builders import desired_environment, desired_link, live_environment, snapshot, storage_id, workspace_id

TENANT = desired_environment().tenant_id
PERSON = "person-1"
SERVICE = "service-1"
DATAFLOWS = "dataflows-1"
WORKSPACE_IDENTITY = "workspace-1"
SUBSCRIPTION = "/subscriptions/22222222-2222-4222-8222-222222222222"
DOMAIN = "dfs.core.windows.net"


def assigned(principal: str, role: str, scope: str = SUBSCRIPTION, kind: str = "ServicePrincipal") -> dict[str, Any]:
    """A row of Resource Graph."""
    return {"scope": scope, "principalId": principal, "principalType": kind, "role": role}


ASSIGNMENTS = [
    assigned(PERSON, roles.OWNER, kind="User"),
    assigned(PERSON, roles.BLOB_CONTRIBUTOR, storage_id(), "User"),
    *(
        assigned(SERVICE, role)
        for role in (roles.OWNER, roles.BLOB_OWNER, roles.BLOB_CONTRIBUTOR, roles.ACCOUNT_CONTRIBUTOR)
    ),
    assigned(DATAFLOWS, roles.READER_AND_DATA_ACCESS),
    assigned(DATAFLOWS, roles.BLOB_OWNER),
    assigned(WORKSPACE_IDENTITY, roles.BLOB_CONTRIBUTOR, storage_id()),
]
ADMIN = {
    "azureRegion": "westeurope",
    "states": {"runtime": {"id": "Enabled"}},
    "linkedAppMetadata": {"url": "https://contoso-dev.operations.dynamics.com"},
}
MANAGED = {**ADMIN, "enterprisePolicies": {"identity": {"linkStatus": "Linked"}}}
OPEN = {"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow", "bypass": "None"}}
CLOSED = {"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices"}}


def account(properties: Mapping[str, Any] = OPEN, **fields: Any) -> dict[str, Any]:
    """A storage account."""
    return {"location": "westeurope", "sku": {"name": "Standard_RAGRS"}, "properties": dict(properties), **fields}


def rule(first: str, last: str) -> dict[str, Any]:
    """A firewall rule."""
    return {"properties": {"startIpAddress": first, "endIpAddress": last}}


EVERYBODY, AZURE = rule("0.0.0.0", "255.255.255.255"), rule("0.0.0.0", "0.0.0.0")


def workspace(**properties: Any) -> dict[str, Any]:
    """A Synapse workspace with the link's account as its own."""
    lake = {"accountUrl": f"https://devlake.{DOMAIN}", "filesystem": "synapse"}
    return {
        "location": "West Europe",
        "identity": {"principalId": WORKSPACE_IDENTITY},
        "properties": {"defaultDataLakeStorage": lake, **properties},
    }


def elsewhere() -> dict[str, Any]:
    """A workspace with another account as its own."""
    return workspace(defaultDataLakeStorage={"accountUrl": f"https://otherlake.{DOMAIN}", "filesystem": "synapse"})


def linked_service(url: Any) -> dict[str, Any]:
    """A linked service to a lake."""
    return {"properties": {"type": "AzureBlobFS", "typeProperties": {"url": url}}}


def pool(**properties: Any) -> dict[str, Any]:
    """A Spark pool as Microsoft recommends it."""
    sized = {
        "sparkVersion": "3.4",
        "nodeSize": "Small",
        "autoScale": {"enabled": True, "minNodeCount": 5, "maxNodeCount": 10},
        "autoPause": {"enabled": True},
        "dynamicExecutorAllocation": {"enabled": True},
    }
    return {"properties": {**sized, **properties}}


def lifecycle(**rule: Any) -> dict[str, Any]:
    """A lifecycle policy of one rule, which deletes."""
    definition = {"actions": {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 30}}}, "filters": {}}
    return {"properties": {"policy": {"rules": [{"name": "old", "definition": definition, **rule}]}}}


def prefixed(*prefixes: str) -> dict[str, Any]:
    """The definition of a rule that deletes what begins so."""
    return {"actions": {"snapshot": {"delete": {}}}, "filters": {"prefixMatch": list(prefixes)}}


def synapse_role(principal: str, role: str = roles.SYNAPSE_ADMINISTRATOR, kind: str = "User") -> dict[str, Any]:
    """A Synapse role assignment."""
    return {"roleDefinitionId": role, "principalId": principal, "principalType": kind, "scope": "workspaces/dev"}


PRINCIPALS = {
    **{each: f"id-{each}" for each in FIRST_PARTY},
    LINK_SERVICE: SERVICE,
    POWER_QUERY: DATAFLOWS,
}
SOUND: dict[str, Any] = {
    "admin": ADMIN,
    "version": "9.2.25104.00155",
    "dataverseRoles": [{"name": "System Administrator", "_roletemplateid_value": roles.SYSTEM_ADMINISTRATOR}],
    "serviceTables": {"account": None, "contact": None},
    "fabricWorkspaces": [{"id": "FABRIC-1", "name": "Analytics", "capacityId": "capacity-1"}],
    "subscription": {"tenantId": TENANT.upper()},
    "storage": account(),
    "container": None,
    "lifecycle": None,
    "workspace": workspace(),
    "firewallRules": [EVERYBODY, AZURE],
    "sparkPool": pool(),
    "defaultContainer": {"name": "synapse"},
    "defaultAccount": account(),
    "linkedServices": [],
    "synapseRoles": [synapse_role(PERSON), synapse_role(SERVICE, kind="ServicePrincipal")],
    "assignments": ASSIGNMENTS,
    "servicePrincipals": PRINCIPALS,
    "user": PERSON,
    "columns": {"account": {"name": ["String"], "deals": ["Integer", ["contact"]]}},
    "relationships": [["accountcontacts", "account", "lead"]],
}
CSV = Destination(DestinationType.CSV, storage_id(), "dataverse-dev", workspace_id())
DELTA = replace(CSV, type=DestinationType.DELTA, spark_pool="spark")
FOLDERS = Destination(DestinationType.INCREMENTAL, storage_id(), "dataverse-dev")
FABRIC = Destination(DestinationType.FABRIC, fabric_workspace="fabric-1", fabric_connection="connection-1")
FINOPS = Table("custtable", TableSource.FINOPS)


def link_to(destination: Destination = CSV, *tables: str | Table, **fields: Any) -> SynapseLink:
    """A declared link with two tables, or these."""
    return desired_link(*(tables or ("account", "contact")), destination=destination, **fields)


def live_with(*links: LiveLink, readings: Mapping[str, Any] | None = None, **environment: Any) -> Snapshot:
    """What was read, with sound evidence for ``dev-link``; a reading that is an exception could not be made."""
    found = {**SOUND, **(readings or {})}
    evidence = Evidence({name: _reading(name, value) for name, value in found.items() if value is not Ellipsis})
    live = snapshot(live_environment(*links, **environment))
    return replace(live, evidence={("dev", "devlake"): evidence, ("dev", "fabric"): evidence})


def _reading(name: str, value: Any) -> Reading:
    return (
        Reading(f"API, {name}", unread=str(value)) if isinstance(value, Exception) else Reading(f"API, {name}", value)
    )


def checks(link: SynapseLink, live: Snapshot, configuration: Configuration | None = None) -> list[Check]:
    """All checks of a link of ``dev``."""
    return list(checks_of(link, desired_environment(), live, configuration or Configuration()))


def check(code: str, link: SynapseLink, live: Snapshot, configuration: Configuration | None = None) -> Check:
    """The one check of a code."""
    (found,) = [each for each in checks(link, live, configuration) if each.code == code]
    return found
