"""Resource Manager and Resource Graph answer as their official documents say, to those who may read."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from reconciler.simulator import fleet_seed, running
from reconciler.simulator.resource_graph import ASSIGNMENTS_QUERY, RESOURCES_QUERY
from tests.simulator.local import SEED, SHARED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client

SPECS = SHARED / "specs/azure/specification"
STORAGE = "storage/resource-manager/Microsoft.Storage/stable/2023-05-01/storage.json"
SYNAPSE = "synapse/resource-manager/Microsoft.Synapse/stable/2021-06-01/"
GRAPH = "resourcegraph/resource-manager/Microsoft.ResourceGraph/stable/2022-10-01/resourcegraph.json"
RESOURCES = "resources/resource-manager/Microsoft.Resources/stable/"
ARM = "https://management.azure.com"


@cache
def document(uri: str) -> Resource[Any]:
    return Resource(
        contents=json.loads((SPECS / uri.removeprefix("https://specs.invalid/")).read_text("utf-8")),
        specification=DRAFT4,
    )


def check(body: Any, path: str, definition: str) -> None:
    """The body is what the official document defines, with nothing that it does not know."""
    if not SPECS.exists():
        pytest.skip("the official OpenAPI documents are not here")
    schema = {"$ref": f"https://specs.invalid/{path}#/definitions/{definition}"}
    registry: Any = Registry(retrieve=document)
    errors = list(jsonschema.Draft4Validator(schema, registry=registry).iter_errors(body))
    assert not errors, errors[0]


def subscription(client: Client) -> str:
    return next(r.body["subscriptionId"] for r in client.cloud._world.resources.values() if r.type == "subscription")


def get(client: Client, path: str, version: str | None = "2023-05-01", **options: Any) -> Any:
    query = f"?api-version={version}" if version else ""
    return client.get(f"{ARM}/subscriptions/{subscription(client)}{path}{query}", **options)


def graph(client: Client, query: str = RESOURCES_QUERY, version: str = "2022-10-01", **body: Any) -> Any:
    url = f"{ARM}/providers/Microsoft.ResourceGraph/resources?api-version={version}"
    return client.call("POST", url, json={"query": query, "options": {"resultFormat": "objectArray"}} | body)


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("path", "version", "document", "definition"),
    [
        ("/resourceGroups/RG-Data/providers/Microsoft.Storage/storageAccounts/saleslake", "2023-05-01", STORAGE,
         "StorageAccount"),
        ("/resourceGroups/rg-data/providers/Microsoft.Synapse/workspaces/ws-data", "2021-06-01",
         SYNAPSE + "workspace.json",
         "Workspace"),
    ],
)  # fmt: skip
def test_resources_are_valid(client: Client, path: str, version: str, document: str, definition: str) -> None:
    answer = get(client, path, version)
    assert answer.status_code == 200
    check(answer.json(), document, definition)


def test_a_storage_account_says_what_a_link_needs(client: Client) -> None:
    path = "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/saleslake"
    body = get(client, path).json()
    assert body["properties"]["isHnsEnabled"] is True
    assert body["properties"]["primaryEndpoints"]["dfs"] == "https://saleslake.dfs.core.windows.net/"
    assert body["location"] == "westeurope"


@pytest.mark.parametrize(
    ("path", "version", "status", "code"),
    [
        (
            "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/nolake",
            "2023-05-01",
            404,
            "ResourceNotFound",
        ),
        (
            "/resourceGroups/nothing/providers/Microsoft.Storage/storageAccounts/nolake",
            "2023-05-01",
            404,
            "ResourceGroupNotFound",
        ),
        (
            "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/saleslake",
            None,
            400,
            "MissingApiVersionParameter",
        ),
        (
            "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/saleslake",
            "latest",
            400,
            "InvalidApiVersionParameter",
        ),
        ("/resourceGroups/rg-data/providers/Microsoft.Compute/disks/x", "2023-05-01", 404, "InvalidResourceType"),
    ],
)
def test_errors(client: Client, path: str, version: str | None, status: int, code: str) -> None:
    answer = get(client, path, version)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_unknown_subscriptions_and_methods(client: Client) -> None:
    path = "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/saleslake"
    other = f"{ARM}/subscriptions/11111111-2222-3333-4444-555555555555{path}?api-version=2023-05-01"
    assert client.get(other).json()["error"]["code"] == "SubscriptionNotFound"
    assert client.call("PUT", other).status_code == 405
    no_token = client.session.get(other)
    assert (no_token.status_code, no_token.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert client.session.get(f"{ARM}/nothing").status_code == 401


def test_an_expired_token_is_named(client: Client) -> None:
    token = client.token(f"{ARM}/.default")
    client.cloud.clock.advance(4000)
    path = "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/saleslake"
    url = f"{ARM}/subscriptions/{subscription(client)}{path}?api-version=2023-05-01"
    answer = client.session.get(url, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "ExpiredAuthenticationToken")


def test_only_what_may_be_read(tmp_path: Path) -> None:
    with running(tmp_path, SEED) as cloud:
        sub = subscription(client_of_once := client_of(cloud))
        client_of_once.session.close()
    scope = f"/subscriptions/{sub}/resourceGroups/rg-data/providers/Microsoft.Storage"
    with running(tmp_path, SEED | {"principals": {"app": {"azure": [scope]}, "user": {"azure": "none"}}}) as cloud:
        client = client_of(cloud)
        assert [row["name"] for row in graph(client).json()["data"]] == [
            "deltalake",
            "folderlake",
            "otherlake",
            "saleslake",
        ]
        refused = get(client, "/resourceGroups/rg-data/providers/Microsoft.Synapse/workspaces/ws-data")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
        url = f"{ARM}/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
        as_user = client.call("POST", url, json={"query": RESOURCES_QUERY}, user=True)
        assert as_user.json()["data"] == []
        client.session.close()


@pytest.mark.corpus
@pytest.mark.parametrize("version", ["2022-10-01", "2024-04-01"])
def test_the_inventory_query(client: Client, version: str) -> None:
    answer = graph(client, "  ".join(RESOURCES_QUERY.split()), version)
    body = answer.json()
    # The document calls data an object; as an array of objects it is what the service gives when asked for one.
    check(body | {"data": {}}, GRAPH, "QueryResponse")
    assert answer.headers["x-ms-user-quota-remaining"].isdecimal()
    kinds = {row["type"] for row in body["data"]}
    assert kinds == {
        "microsoft.storage/storageaccounts",
        "microsoft.synapse/workspaces",
        "microsoft.synapse/workspaces/bigdatapools",
    }
    ids = [row["id"] for row in body["data"]]
    assert ids == sorted(ids)
    assert ids == [key.lower() for key in ids]
    assert set(body["data"][0]) == {"id", "type", "name", "location", "resourceGroup", "subscriptionId", "sku", "kind",
                                    "identity", "tags", "properties"}  # fmt: skip


def test_pages(tmp_path: Path) -> None:
    with running(tmp_path, fleet_seed(25, 1)) as cloud:
        client = client_of(cloud)
        names: list[str] = []
        token = None
        truncated = []
        while True:
            body = graph(client, options={"$top": 10, "$skipToken": token}).json()
            names += [row["name"] for row in body["data"]]
            truncated.append(body["resultTruncated"])
            token = body.get("$skipToken")
            if token is None:
                break
        client.session.close()
    assert truncated == ["true", "true", "false"]
    assert (len(names), len(set(names)), body["totalRecords"], body["count"]) == (25, 25, 25, 5)


def test_role_assignments(tmp_path: Path) -> None:
    scope = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/RG"
    assignment = {
        "principalId": "22222222-2222-3333-4444-555555555555",
        "role": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "scope": scope,
    }
    seed = SEED | {
        "subscriptions": [{"name": "data", "id": "11111111-2222-3333-4444-555555555555"}],
        "roleAssignments": [assignment],
        "grantRoles": False,
    }
    with running(tmp_path, seed) as cloud:
        client = client_of(cloud)
        (row,) = graph(client, ASSIGNMENTS_QUERY).json()["data"]
        client.session.close()
    assert (row["scope"], row["role"], row["principalType"]) == (scope.lower(), assignment["role"], "ServicePrincipal")


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ("resources | project id", {}, "ParserFailure"),
        (RESOURCES_QUERY, {"options": {"$top": 5000}}, "InvalidQueryOptions"),
        (RESOURCES_QUERY, {"options": {"$skipToken": "x"}}, "InvalidSkipToken"),
        (RESOURCES_QUERY, {"options": {"resultFormat": "table"}}, "UnsupportedResultFormat"),
        (
            RESOURCES_QUERY,
            {"subscriptions": ["99999999-2222-3333-4444-555555555555"]},
            "NoValidSubscriptionsInQueryRequest",
        ),
    ],
)
def test_bad_queries(client: Client, query: str, body: dict[str, Any], code: str) -> None:
    answer = graph(client, query, **body)
    assert (answer.status_code, answer.json()["error"]["details"][0]["code"]) == (400, code)
    check(answer.json(), GRAPH, "ErrorResponse")


def test_bodies_and_versions(client: Client) -> None:
    url = f"{ARM}/providers/Microsoft.ResourceGraph/resources?api-version="
    assert client.call("POST", url + "2022-10-01", data="{").status_code == 400
    assert client.call("POST", url + "1999-01-01", json={"query": RESOURCES_QUERY}).status_code == 400
    assert graph(client, subscriptions=[subscription(client)]).json()["totalRecords"] == 6


def test_the_index_lags(client: Client) -> None:
    client.cloud.configure(index_lag_seconds=30)
    path = "/resourceGroups/rg-data/providers/Microsoft.Storage/storageAccounts/"
    base = f"/subscriptions/{subscription(client)}{path}"
    body = get(client, path + "saleslake").json()
    client.cloud.put_resource(body | {"name": "newlake", "id": base + "newlake"})
    client.cloud.put_resource(body | {"kind": "BlobStorage"})
    client.cloud.remove_resource(base + "otherlake")

    def indexed() -> dict[str, str]:
        return {row["name"]: row["kind"] for row in graph(client).json()["data"]}

    assert get(client, path + "newlake").status_code == 200
    assert get(client, path + "otherlake").status_code == 404
    before = indexed()
    assert ("newlake" in before, "otherlake" in before, before["saleslake"]) == (False, True, "StorageV2")
    client.cloud.clock.advance(31)
    after = indexed()
    assert ("newlake" in after, "otherlake" in after, after["saleslake"]) == (True, False, "BlobStorage")
