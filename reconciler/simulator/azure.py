"""What do the Azure resources of a seed look like?

Shapes follow the official OpenAPI documents (storage 2023-05-01, Synapse 2021-06-01, resources 2022-09-01) and the
answers of recorded command-line traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.nouns import derived_id

if TYPE_CHECKING:
    from reconciler.simulator.hosts import Cloud

Body = dict[str, Any]
CREATED = "2024-01-15T09:00:00.0000000Z"


def subscription(name: str, key: str, tenant: str) -> Body:
    """A subscription."""
    return {
        "id": f"/subscriptions/{key}",
        "subscriptionId": key,
        "tenantId": tenant,
        "displayName": name,
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
    }


def resource_group(subscription_id: str, name: str, location: str) -> Body:
    """A resource group."""
    return {
        "id": f"/subscriptions/{subscription_id}/resourceGroups/{name}",
        "name": name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": location,
        "tags": {},
        "properties": {"provisioningState": "Succeeded"},
    }


def _storage_properties(name: str, location: str, seed: Body, cloud: Cloud) -> Body:
    endpoints = {kind: f"https://{name}.{kind}.{cloud.storage}/" for kind in ("dfs", "blob", "queue", "table", "file")}
    properties: Body = {
        "isHnsEnabled": seed.get("isHnsEnabled", True),
        "publicNetworkAccess": seed.get("publicNetworkAccess", "Enabled"),
        "networkAcls": {
            "bypass": seed.get("bypass", "AzureServices"),
            "virtualNetworkRules": [],
            "ipRules": [],
            "defaultAction": seed.get("defaultAction", "Allow"),
        },
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "supportsHttpsTrafficOnly": True,
        "accessTier": "Hot",
        "encryption": {
            "services": {
                kind: {"keyType": "Account", "enabled": True, "lastEnabledTime": CREATED} for kind in ("file", "blob")
            },
            "keySource": "Microsoft.Storage",
        },
        "keyCreationTime": {"key1": CREATED, "key2": CREATED},
        "privateEndpointConnections": [],
        "provisioningState": "Succeeded",
        "creationTime": CREATED,
        "primaryEndpoints": endpoints,
        "primaryLocation": location,
        "statusOfPrimary": "available",
    }
    properties |= {name: seed[name] for name in ("allowSharedKeyAccess", "allowedCopyScope") if name in seed}
    return properties


def storage_account(group: Body, seed: Body, cloud: Cloud) -> Body:
    """A storage account."""
    name: str = seed["name"]
    location: str = seed.get("location") or group["location"]
    sku: str = seed.get("sku", "Standard_RAGRS")
    return {
        "sku": {"name": sku, "tier": sku.partition("_")[0]},
        "kind": seed.get("kind", "StorageV2"),
        "id": f"{group['id']}/providers/Microsoft.Storage/storageAccounts/{name}",
        "name": name,
        "type": "Microsoft.Storage/storageAccounts",
        "location": location,
        "tags": {},
        "properties": _storage_properties(name, location, seed, cloud),
    }


def workspace(group: Body, seed: Body, tenant: str, account: Body | None, cloud: Cloud) -> Body:
    """A Synapse workspace."""
    name = seed["name"]
    key = f"{group['id']}/providers/Microsoft.Synapse/workspaces/{name}"
    lake: Body = {"filesystem": seed.get("filesystem", "synapse")}
    if account is not None:
        lake |= {
            "accountUrl": account["properties"]["primaryEndpoints"]["dfs"].rstrip("/"),
            "resourceId": account["id"],
        }
    network: Body = {}
    if seed.get("preventDataExfiltration"):
        settings = {"preventDataExfiltration": True, "linkedAccessCheckOnTargetResource": False}
        network = {"managedVirtualNetwork": "default", "managedVirtualNetworkSettings": settings}
    return {
        "id": key,
        "name": name,
        "type": "Microsoft.Synapse/workspaces",
        "location": seed.get("location", group["location"]),
        "tags": {},
        "identity": {"type": "SystemAssigned", "principalId": derived_id(key, "identity"), "tenantId": tenant},
        "properties": {
            "provisioningState": "Succeeded",
            "workspaceUID": derived_id(key, "uid"),
            "defaultDataLakeStorage": lake,
            "sqlAdministratorLogin": "sqladminuser",
            "managedResourceGroupName": f"synapseworkspace-managedrg-{derived_id(key, 'group')}",
            "managedVirtualNetwork": "",
            "publicNetworkAccess": "Enabled",
            "privateEndpointConnections": [],
            "connectivityEndpoints": {
                "web": f"https://web.azuresynapse.net?workspace={key}",
                "dev": f"https://{name}.{cloud.synapse}",
                "sqlOnDemand": f"{name}-ondemand.{cloud.synapse_sql}",
                "sql": f"{name}.{cloud.synapse_sql}",
            },
            "extraProperties": {"WorkspaceType": "Normal", "IsScopeEnabled": False},
            **network,
        },
    }


def spark_pool(owner: Body, seed: Body) -> Body:
    """A Spark pool of a workspace."""
    return {
        "id": f"{owner['id']}/bigDataPools/{seed['name']}",
        "name": seed["name"],
        "type": "Microsoft.Synapse/workspaces/bigDataPools",
        "location": owner["location"],
        "tags": {},
        "properties": {
            "provisioningState": "Succeeded",
            "creationDate": CREATED,
            "nodeSize": seed.get("nodeSize", "Small"),
            "nodeSizeFamily": "MemoryOptimized",
            "nodeCount": seed.get("nodeCount", 3),
            "sparkVersion": seed.get("sparkVersion", "3.4"),
            "isComputeIsolationEnabled": False,
            "sessionLevelPackagesEnabled": False,
            "cacheSize": 0,
            "dynamicExecutorAllocation": {"enabled": True, "minExecutors": 1, "maxExecutors": 9},
            "autoScale": {
                "enabled": seed.get("autoScale", True),
                "minNodeCount": seed.get("minNodes", 5),
                "maxNodeCount": seed.get("maxNodes", 10),
            },
            "autoPause": {"enabled": seed.get("autoPause", True), "delayInMinutes": 5},
        },
    }


def role_assignment(seed: Body) -> Body:
    """A role assignment as the inventory query shows it."""
    scope = seed["scope"].lower()
    name = derived_id(scope, seed["principalId"], seed["role"])
    return {
        "id": f"{scope}/providers/microsoft.authorization/roleassignments/{name}",
        "scope": scope,
        "principalId": seed["principalId"],
        "principalType": seed.get("principalType", "ServicePrincipal"),
        "role": seed["role"],
        "condition": "",
        "description": "",
    }
