"""What links rest on: children of Azure resources, development endpoints, Graph and people, as their documents say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from reconciler.simulator.children import FIRST_PARTY, LINK_SERVICE
from tests.simulator.local import SEED, client_of
from tests.simulator.test_arm import RESOURCES, STORAGE, SYNAPSE, check, get, graph, subscription

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client

ACCOUNT = "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/saleslake"
CONTAINERS = ACCOUNT + "/blobServices/default/containers"
WORKSPACE = "/resourceGroups/rg-data/providers/Microsoft.Synapse/workspaces/ws-data"
BLOB = STORAGE.replace("storage.json", "blob.json")
DATA_PLANE = "synapse/data-plane/Microsoft.Synapse/stable/2020-12-01/"
DEVELOPMENT = "https://ws-data.dev.azuresynapse.net"
GRAPH = "https://graph.microsoft.com/v1.0"
SPOILT: dict[str, Any] = SEED | {
    "storageAccounts": [
        {
            "name": name,
            "resourceGroup": "rg-data",
            "bypass": "None",
            "allowedCopyScope": "AAD",
            "lifecycleRules": [{"name": "old", "deleteAfterDays": 30, "prefixes": ["dataverse-sales"]}],
        }
        for name in ("saleslake", "otherlake", "deltalake", "folderlake")
    ],
    "workspaces": [
        {
            "name": "ws-data",
            "resourceGroup": "rg-data",
            "storageAccount": "saleslake",
            "filesystemExists": False,
            "preventDataExfiltration": True,
            "firewallRules": [{"name": "office", "start": "20.0.0.1", "end": "20.0.0.9"}],
            "linkedServices": ["otherlake", "deltalake"],
            "pools": [{"name": "spark", "sparkVersion": "3.3", "autoScale": False, "autoPause": False}],
        }
    ],
    "missingApplications": [LINK_SERVICE],
    "grantRoles": False,
}


@pytest.mark.corpus
@pytest.mark.parametrize("seed", [SEED, SPOILT], ids=["sound", "spoilt"])
def test_answers_are_valid(tmp_path: Path, seed: dict[str, Any]) -> None:
    with running(tmp_path, seed) as cloud:
        client = client_of(cloud)
        check(get(client, "", "2022-12-01").json(), RESOURCES + "2022-12-01/subscriptions.json", "Subscription")
        check(get(client, ACCOUNT).json(), STORAGE, "StorageAccount")
        check(get(client, WORKSPACE, "2021-06-01").json(), SYNAPSE + "workspace.json", "Workspace")
        pool = get(client, f"{WORKSPACE}/bigDataPools/spark", "2021-06-01").json()
        check(pool, SYNAPSE + "bigDataPool.json", "BigDataPoolResourceInfo")
        rules = get(client, f"{WORKSPACE}/firewallRules", "2021-06-01").json()
        check(rules, SYNAPSE + "firewallRule.json", "IpFirewallRuleInfoListResult")
        services = client.get(f"{DEVELOPMENT}/linkedservices?api-version=2020-12-01", scope=DEVELOPMENT_SCOPE).json()
        check(services, DATA_PLANE + "linkedServices.json", "LinkedServiceListResponse")
        assigned = client.get(f"{DEVELOPMENT}/roleAssignments?api-version=2020-12-01", scope=DEVELOPMENT_SCOPE).json()
        check(assigned, DATA_PLANE + "roleAssignments.json", "RoleAssignmentDetailsList")
        if seed is SPOILT:
            check(get(client, f"{ACCOUNT}/managementPolicies/default").json(), STORAGE, "ManagementPolicy")
        else:
            check(get(client, f"{CONTAINERS}/synapse").json(), BLOB, "BlobContainer")
        client.session.close()


DEVELOPMENT_SCOPE = "https://dev.azuresynapse.net/.default"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{CONTAINERS}/nothing", "ContainerNotFound"),
        (f"{ACCOUNT}/managementPolicies/default", "ManagementPolicyNotFound"),
        (f"{WORKSPACE}/bigDataPools/nothing", "ResourceNotFound"),
        (f"{CONTAINERS.replace('saleslake', 'nolake')}/synapse", "ResourceNotFound"),
        (f"{WORKSPACE.replace('ws-data', 'nothing')}/firewallRules", "ResourceNotFound"),
        (f"{CONTAINERS.replace('rg-data', 'nothing')}/synapse", "ResourceGroupNotFound"),
    ],
)
def test_what_is_not_there_is_told_by_its_provider(client: Client, path: str, code: str) -> None:
    answer = get(client, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)


def test_another_subscription_is_not_found(client: Client) -> None:
    answer = client.get("https://management.azure.com/subscriptions/nothing?api-version=2022-12-01")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "SubscriptionNotFound")


def test_a_container_is_deleted_once(client: Client) -> None:
    url = (
        f"https://management.azure.com/subscriptions/{subscription(client)}{CONTAINERS}/synapse?api-version=2023-05-01"
    )
    assert [client.call("DELETE", url).status_code for _ in range(2)] == [200, 204]
    assert get(client, f"{CONTAINERS}/synapse").status_code == 404


def test_who_may_not_read_azure_deletes_nothing_there(tmp_path: Path) -> None:
    with running(tmp_path, SEED | {"principals": {"app": {"azure": "none"}}}) as cloud:
        client = client_of(cloud)
        url = f"https://management.azure.com/subscriptions/{subscription(client)}{CONTAINERS}/synapse"
        assert client.call("DELETE", f"{url}?api-version=2023-05-01").status_code == 403
        client.session.close()


def test_what_belongs_to_resources_stands_in_no_index(client: Client) -> None:
    types = {row["type"] for row in graph(client).json()["data"]}
    assert types == {
        "microsoft.storage/storageaccounts",
        "microsoft.synapse/workspaces",
        "microsoft.synapse/workspaces/bigdatapools",
    }


def test_a_seed_spoils_what_links_rest_on(tmp_path: Path) -> None:
    with running(tmp_path, SPOILT) as cloud:
        client = client_of(cloud)
        network = get(client, WORKSPACE).json()["properties"]["managedVirtualNetworkSettings"]
        assert network["preventDataExfiltration"] is True
        assert [rule["name"] for rule in get(client, f"{WORKSPACE}/firewallRules").json()["value"]] == ["office"]
        assert get(client, f"{CONTAINERS}/synapse").status_code == 404
        services = client.get(f"{DEVELOPMENT}/linkedservices?api-version=2020-12-01", scope=DEVELOPMENT_SCOPE)
        assert len(services.json()["value"]) == 2
        client.session.close()


def test_role_assignments_of_a_workspace_are_filtered(client: Client) -> None:
    user = client.cloud._world.user.id
    url = f"{DEVELOPMENT}/roleAssignments?api-version=2020-12-01&principalId={user}"
    assert client.get(url, scope=DEVELOPMENT_SCOPE).json()["count"] == 1
    other = client.get(f"{url}&roleId=none", scope=DEVELOPMENT_SCOPE)
    assert other.json() == {"count": 0, "value": []}
    wrong = client.get(f"{DEVELOPMENT}/roleAssignments", scope=DEVELOPMENT_SCOPE)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "UnsupportedApiVersion")


def test_graph_finds_service_principals_by_filter_and_by_key(client: Client) -> None:
    found = client.get(f"{GRAPH}/servicePrincipals?$filter=appId eq '{LINK_SERVICE}'&$select=id,appId").json()["value"]
    assert [set(row) for row in found] == [{"id", "appId"}]
    one = client.get(f"{GRAPH}/servicePrincipals(appId='{LINK_SERVICE}')").json()
    assert (one["id"], one["displayName"]) == (found[0]["id"], FIRST_PARTY[LINK_SERVICE])


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/servicePrincipals", 400, "Request_UnsupportedQuery"),
        ("GET", "/servicePrincipals?$filter=startswith(displayName,'a')", 400, "Request_UnsupportedQuery"),
        (
            "GET",
            "/servicePrincipals?$filter=" + " or ".join([f"appId eq '{LINK_SERVICE}'"] * 16),
            400,
            "Request_UnsupportedQuery",
        ),
        (
            "GET",
            "/servicePrincipals(appId='00000000-0000-4000-8000-000000000000')",
            404,
            "Request_ResourceNotFound",
        ),
        ("GET", "/nothing", 400, "BadRequest"),
        ("POST", "/servicePrincipals", 405, "Request_BadRequest"),
    ],
)
def test_graph_refuses_in_its_own_form(client: Client, method: str, path: str, status: int, code: str) -> None:
    answer = client.call(method, GRAPH + path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]["innerError"]) == {"date", "request-id", "client-request-id"}


def test_graph_takes_no_other_token(client: Client) -> None:
    scope = "https://management.azure.com/.default"
    for path in ("/servicePrincipals", "/nothing"):
        assert client.get(GRAPH + path, scope=scope).status_code == 401


def test_graph_that_fails_keeps_its_form(client: Client) -> None:
    client.cloud.faults.add("throttle", "graph.principals")
    answer = client.get(f"{GRAPH}/servicePrincipals?$filter=appId eq '{LINK_SERVICE}'")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "TooManyRequests")


def users(client: Client, object_id: str) -> Any:
    query = f"$filter=azureactivedirectoryobjectid eq {object_id}&$expand=systemuserroles_association($select=name)"
    return client.get(f"{client.environment('sales')['url']}/api/data/v9.2/systemusers?{query}")


def test_an_organization_tells_its_version_and_the_roles_of_people(client: Client) -> None:
    base = f"{client.environment('sales')['url']}/api/data/v9.2"
    assert client.get(f"{base}/RetrieveVersion()").json()["Version"].startswith("9.2.")
    world = client.cloud._world
    names = [users(client, who.id).json()["value"][0]["systemuserroles_association"] for who in (world.user, world.app)]
    assert [role["name"] for roles in names for role in roles] == ["System Administrator", "Basic User"]
    assert users(client, "00000000-0000-4000-8000-000000000000").json()["value"] == []
    assert client.get(f"{base}/systemusers").status_code == 501


def test_an_admin_record_tells_policy_finance_and_operations_and_administration_mode(tmp_path: Path) -> None:
    special = {"managedIdentity": True, "finops": True, "state": "AdminMode"}
    seed = SEED | {"environments": [SEED["environments"][0] | special, *SEED["environments"][1:]]}
    with running(tmp_path, seed) as cloud:
        client = client_of(cloud)
        key = client.environment("sales")["id"]
        base = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
        found = client.get(f"{base}/{key}?api-version=2023-06-01").json()["properties"]
        client.session.close()
    assert found["enterprisePolicies"]["identity"]["linkStatus"] == "Linked"
    assert found["linkedAppMetadata"]["url"].endswith(".operations.dynamics.com")
    assert found["states"] == {"management": {"id": "Ready"}, "runtime": {"id": "AdminMode"}}
