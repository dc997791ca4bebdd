"""Azure Resource Manager and Resource Graph, through azure-mgmt-resource's pipeline. Reading only.

Source: docs/sources.md, Azure. The package would register resource providers by itself, a silent write: left out.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from azure.core.rest import HttpRequest
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.resource.resources import ResourceManagementClient

from reconciler.clients.channel import Answer, Target, pages, send
from reconciler.clients.containers import container_path
from reconciler.clients.policies import BoundedRetry, Correlation, Counting, OnlyHost, ReadsOnly
from reconciler.model.errors import NotFound

_GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
_PAGE = 1000
INVENTORY = """resources
| where type in~ ('microsoft.storage/storageaccounts','microsoft.synapse/workspaces',
   'microsoft.synapse/workspaces/bigdatapools','microsoft.synapse/workspaces/sqlpools',
   'microsoft.managedidentity/userassignedidentities','microsoft.powerplatform/enterprisepolicies')
| project id=tolower(id), type, name, location, resourceGroup, subscriptionId, sku, kind, identity, tags, properties
| order by id asc"""
ROLE_ASSIGNMENTS = """authorizationresources
| where type =~ 'microsoft.authorization/roleassignments'
| extend p=properties
| project id=tolower(id), scope=tolower(tostring(p.scope)), principalId=tostring(p.principalId),
          principalType=tostring(p.principalType),
          role=tolower(tostring(split(tostring(p.roleDefinitionId),'/')[-1])),
          condition=tostring(p.condition), description=tostring(p.description)
| order by id asc"""
_API_VERSIONS = {
    "microsoft.storage/storageaccounts": "2023-05-01",
    "microsoft.synapse/workspaces": "2021-06-01",
}
_SUBSCRIPTIONS = "2022-12-01"
_STORAGE = _API_VERSIONS["microsoft.storage/storageaccounts"]
_SYNAPSE = _API_VERSIONS["microsoft.synapse/workspaces"]


class ResourceManagerReader:
    """Reads Azure resources: in bulk from the index, which lags, and one by one from their providers."""

    def __init__(self, target: Target) -> None:
        self._target = target
        policies: list[Any] = [
            OnlyHost(target.host),
            BoundedRetry(reading=True),
            ARMChallengeAuthenticationPolicy(target.credential, target.scope),
            *target.paced(reading=True),
            Correlation(),
            ReadsOnly(),
        ]
        if target.observer:
            policies.append(Counting(target.observer))
        self._client = ResourceManagementClient(
            target.credential,
            "00000000-0000-0000-0000-000000000000",  # unused: no route below addresses a default subscription
            base_url=f"https://{target.host}",
            credential_scopes=[target.scope],
            policies=policies,
            transport=target.transport,
        )

    def inventory(self, subscriptions: list[str]) -> list[dict[str, Any]]:
        """Storage accounts, workspaces, pools, identities and policies of subscriptions, from Resource Graph.

        Holds only what this identity may read, as of some seconds or minutes ago: what is missing is not proven absent.
        """
        return self._graph(INVENTORY, subscriptions)

    def role_assignments(self, subscriptions: list[str]) -> list[dict[str, Any]]:
        """Azure role assignments at, above and below subscriptions, from Resource Graph."""
        return self._graph(ROLE_ASSIGNMENTS, subscriptions)

    def resource(self, resource_id: str) -> dict[str, Any]:
        """A storage account or workspace from its provider. NotFound: absent, or not visible to this identity."""
        version = _API_VERSIONS[resource_type(resource_id)]
        return self._send("GET", f"{resource_id}?api-version={version}").json_object()

    def subscription(self, subscription_id: str) -> dict[str, Any]:
        """A subscription, with the tenant that it belongs to."""
        path = f"/subscriptions/{quote(subscription_id, safe='')}"
        return self._send("GET", f"{path}?api-version={_SUBSCRIPTIONS}").json_object()

    def container(self, account_id: str, name: str) -> dict[str, Any] | None:
        """A container of a storage account; None where the account has none of that name."""
        return self._unless(("ContainerNotFound",), container_path(account_id, name))

    def lifecycle_policy(self, account_id: str) -> dict[str, Any] | None:
        """The policy that moves and deletes blobs of a storage account by their age; None where it has none."""
        path = f"{account_id}/managementPolicies/default?api-version={_STORAGE}"
        return self._unless(("ManagementPolicyNotFound", "ResourceNotFound"), path)

    def firewall_rules(self, workspace_id: str) -> list[dict[str, Any]]:
        """The address ranges that a Synapse workspace lets in."""
        path = f"{workspace_id}/firewallRules?api-version={_SYNAPSE}"
        return pages(partial(self._send, "GET"), path, "rules")

    def spark_pool(self, workspace_id: str, name: str) -> dict[str, Any] | None:
        """A Spark pool of a Synapse workspace; None where the workspace has none of that name."""
        path = f"{workspace_id}/bigDataPools/{quote(name, safe='')}"
        return self._unless(("ResourceNotFound",), f"{path}?api-version={_SYNAPSE}")

    def _unless(self, codes: tuple[str, ...], path: str) -> dict[str, Any] | None:
        """What is at a path; None where its provider says by one of these codes that there is no such thing. Any other
        404 proves nothing: a parent may be missing, or not be visible to this identity."""
        try:
            return self._send("GET", path).json_object()
        except NotFound as error:
            if error.code in codes:
                return None
            raise

    def _graph(self, query: str, subscriptions: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        read: set[str] = set()
        token: str | None = None
        while True:
            options = {"$top": _PAGE, "resultFormat": "objectArray", "authorizationScopeFilter": "AtScopeAboveAndBelow"}
            if token:
                options["$skipToken"] = token
            answer = self._send(
                "POST", _GRAPH, json={"subscriptions": subscriptions, "query": query, "options": options}
            )
            body = answer.json_object()
            data = body.get("data")
            if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
                raise answer.unintelligible("without rows")
            rows += data
            token = answer.next_page(body.get("$skipToken"), read)
            if not token:
                return rows

    def _send(self, method: str, path: str, **body: Any) -> Answer:
        url = path if path.startswith("https://") else f"https://{self._target.host}{path}"
        request = HttpRequest(method, url, **body)
        return send(self._client, request, self._target, repeatable=True)


def resource_type(resource_id: str) -> str:
    """``microsoft.storage/storageaccounts`` of a resource id, in lower case."""
    parts = resource_id.lower().strip("/").split("/")
    return "/".join(parts[5:7])
