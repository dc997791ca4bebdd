"""What belongs to Azure resources and tenants of a seed, and stands in no Resource Graph?

Firewall rules, lifecycle policies, linked services, Synapse roles and service principals; and the role assignments
that a person who makes links has where a seed says nothing else. Shapes follow the official OpenAPI documents
(storage 2023-05-01, Synapse 2021-06-01 and 2020-12-01) and the Graph reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.nouns import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Body = dict[str, Any]
LINK_SERVICE = "7f15f9d9-cad0-44f1-bbba-d36650e07765"
POWER_QUERY = "f3b07414-6bf4-46e6-b63f-56941f3f4128"
FIRST_PARTY = {
    LINK_SERVICE: "Export to data lake",
    "546068c3-99b1-4890-8e93-c8aeadcfe56a": "Common Data Service - Azure Data Lake Storage",
    "99ff962b-6252-4b98-8478-0c65a3ea1925": "Insights Apps Platform Prod",
    POWER_QUERY: "Microsoft Power Query",
    "a8f7a65c-f5ba-4859-b2d6-df772c264e9d": "make.powerapps.com",
}
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
ACCOUNT_CONTRIBUTOR = "17d1049b-9a84-46fb-8f53-869881c3d3ab"
READER_AND_DATA_ACCESS = "c12c1c16-33a1-487b-954d-41c89c60f349"
SYNAPSE_ADMINISTRATOR = "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78"
ALLOW_ALL = (
    {"name": "allowAll", "start": "0.0.0.0", "end": "255.255.255.255"},  # noqa: S104 - a rule, no address bound to
    {"name": "AllowAllWindowsAzureIps", "start": "0.0.0.0", "end": "0.0.0.0"},  # noqa: S104 - a rule as well
)


def firewall_rules(owner: Body, seed: Body) -> Iterator[Body]:
    """The firewall rules of a workspace: everybody, where the seed says nothing."""
    for rule in seed.get("firewallRules", ALLOW_ALL):
        yield {
            "id": f"{owner['id']}/firewallRules/{rule['name']}",
            "name": rule["name"],
            "type": "Microsoft.Synapse/workspaces/firewallRules",
            "properties": {
                "startIpAddress": rule["start"],
                "endIpAddress": rule["end"],
                "provisioningState": "Succeeded",
            },
        }


def lifecycle_policy(account: Body, rules: list[Body]) -> Body:
    """The lifecycle policy of a storage account."""
    return {
        "id": f"{account['id']}/managementPolicies/default",
        "name": "DefaultManagementPolicy",
        "type": "Microsoft.Storage/storageAccounts/managementPolicies",
        "properties": {
            "lastModifiedTime": "2024-01-15T09:00:00.0000000Z",
            "policy": {"rules": [_lifecycle_rule(rule) for rule in rules]},
        },
    }


def _lifecycle_rule(rule: Body) -> Body:
    filters: Body = {"blobTypes": ["blockBlob"]}
    if "prefixes" in rule:
        filters["prefixMatch"] = rule["prefixes"]
    delete = {"delete": {"daysAfterModificationGreaterThan": rule["deleteAfterDays"]}}
    return {
        "name": rule["name"],
        "enabled": rule.get("enabled", True),
        "type": "Lifecycle",
        "definition": {"actions": {"baseBlob": delete}, "filters": filters},
    }


def linked_service(owner: Body, account: Body) -> Body:
    """A linked service of a workspace to a storage account, as the workspace makes one for its default account."""
    name = f"{owner['name']}-{account['name']}"
    url = account["properties"]["primaryEndpoints"]["dfs"]
    return {
        "id": f"{owner['id']}/linkedservices/{name}",
        "name": name,
        "type": "Microsoft.Synapse/workspaces/linkedservices",
        "etag": derived_id(owner["id"], name, "etag"),
        "properties": {"type": "AzureBlobFS", "typeProperties": {"url": url}, "annotations": []},
    }


def synapse_role(owner: Body, principal_id: str, role: str, kind: str) -> Body:
    """A Synapse role assignment at a workspace."""
    name = derived_id(owner["id"], principal_id, role)
    return {
        "id": name,
        "roleDefinitionId": role,
        "principalId": principal_id,
        "scope": f"workspaces/{owner['name']}",
        "principalType": kind,
    }


def service_principal(tenant: str, app: str, name: str) -> Body:
    """The service principal of an application in a tenant."""
    return {"id": derived_id(tenant, "servicePrincipal", app), "appId": app, "displayName": name}


def granted(tenant: str, user: str, scope: str) -> Iterator[Body]:
    """What the person who makes links and the services hold at a scope, as entries of a seed's role assignments."""
    service, dataflows = (service_principal(tenant, app, "")["id"] for app in (LINK_SERVICE, POWER_QUERY))
    yield from _assigned(user, "User", (OWNER, BLOB_CONTRIBUTOR), scope)
    service_roles = (OWNER, BLOB_OWNER, BLOB_CONTRIBUTOR, ACCOUNT_CONTRIBUTOR)
    yield from _assigned(service, "ServicePrincipal", service_roles, scope)
    yield from _assigned(dataflows, "ServicePrincipal", (READER_AND_DATA_ACCESS, BLOB_OWNER), scope)


def _assigned(principal: str, kind: str, roles: Iterable[str], scope: str) -> Iterator[Body]:
    for role in roles:
        yield {"principalId": principal, "principalType": kind, "role": role, "scope": scope}


def container(account: Body, name: str) -> Body:
    """A container of a storage account as Resource Manager shows it."""
    return {
        "id": f"{account['id']}/blobServices/default/containers/{name}",
        "name": name,
        "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
        "etag": '"0x8DC15A6B2C3D4E5"',
        "properties": {
            "publicAccess": "None",
            "leaseStatus": "Unlocked",
            "leaseState": "Available",
            "lastModifiedTime": "2024-01-15T09:00:00.0000000Z",
            "hasImmutabilityPolicy": False,
            "hasLegalHold": False,
            "defaultEncryptionScope": "$account-encryption-key",
            "denyEncryptionScopeOverride": False,
        },
    }
