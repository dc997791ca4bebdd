"""The files of a storage account are listed and read as Data Lake Storage does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from tests.simulator.local import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reconciler.simulator import Cloud
    from tests.simulator.local import Client

STORAGE = "https://storage.azure.com/.default"
BASE = "https://lake1.dfs.core.windows.net"
SEED: dict[str, Any] = {
    "resourceGroups": [{"name": "rg", "location": "westeurope"}],
    "storageAccounts": [{"name": name, "resourceGroup": "rg"} for name in ("lake1", "lake2", "lake3", "lake4")],
    "workspaces": [{"name": "ws1", "resourceGroup": "rg", "storageAccount": "lake1"}],
    "environments": [{"name": "sales", "tables": [{"name": "new_joined", "joins": ["account", "contact"]}]}],
    "links": [
        {"environment": "sales", "account": "lake1", "container": "csv", "workspace": "ws1", "tables": ["account"]},
        {"environment": "sales", "account": "lake2", "container": "inc", "type": "incremental", "interval": 15,
         "tables": ["account", "contact"]},
        {"environment": "sales", "account": "lake3", "container": "delta", "type": "delta", "workspace": "ws1",
         "sparkPool": "pool", "tables": ["account"]},
    ],
}  # fmt: skip


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with running(tmp_path / "lakes", SEED) as served:
        yield served


@pytest.fixture
def client(cloud: Cloud) -> Iterator[Client]:
    made = client_of(cloud)
    yield made
    made.session.close()


def get(client: Client, url: str, **headers: str) -> Any:
    return client.call("GET", url, scope=STORAGE, headers={"x-ms-version": "2021-06-08", **headers})


def listed(client: Client, base: str, query: str = "&recursive=true") -> list[str]:
    found = get(client, f"{base}?resource=filesystem{query}")
    assert found.status_code == 200, found.text
    return [path["name"] for path in found.json()["paths"]]


def test_a_csv_container_holds_partitions_snapshots_and_a_model(client: Client) -> None:
    names = listed(client, f"{BASE}/csv")
    assert names == sorted(names)
    assert {"account", "account/Snapshot", "model.json"} <= set(names)
    assert sum(name.startswith("account/20") for name in names) == 3
    assert "account/Snapshot" not in listed(client, f"{BASE}/csv", "&recursive=false")
    assert listed(client, f"{BASE}/csv", "&recursive=false&directory=account")[-1] == "account/Snapshot"


def test_a_row_of_a_listing_is_all_text(client: Client) -> None:
    rows = get(client, f"{BASE}/csv?resource=filesystem&recursive=false").json()["paths"]
    by_name = {row["name"]: row for row in rows}
    assert by_name["account"]["isDirectory"] == "true"
    assert "isDirectory" not in by_name["model.json"]
    assert int(by_name["model.json"]["contentLength"]) > 100
    assert by_name["model.json"]["lastModified"].endswith("GMT")


def test_pages_are_continued_by_a_header(client: Client) -> None:
    whole = listed(client, f"{BASE}/csv")
    found: list[str] = []
    token = ""
    while True:
        more = f"&continuation={token}" if token else ""
        page = get(client, f"{BASE}/csv?resource=filesystem&recursive=true&maxResults=3{more}")
        found += [row["name"] for row in page.json()["paths"]]
        token = page.headers.get("x-ms-continuation", "")
        if not token:
            break
    assert found == whole
    bad = get(client, f"{BASE}/csv?resource=filesystem&recursive=true&continuation=x")
    assert bad.status_code == 400


def test_an_incremental_container_holds_folders_by_time(client: Client) -> None:
    names = listed(client, "https://lake2.dfs.core.windows.net/inc")
    folders = {name.split("/")[0] for name in names if name[0].isdigit()}
    assert len(folders) >= 2
    assert "Changelog/changelog.info" in names
    assert all(f"{folder}/model.json" in names for folder in folders)
    assert "model.json" not in names


def test_a_delta_container_holds_a_folder_a_table(client: Client) -> None:
    names = listed(client, "https://lake3.dfs.core.windows.net/delta", "&recursive=true&directory=deltalake")
    assert "deltalake/account_partitioned/_delta_log" in names
    assert any(name.endswith(".snappy.parquet") for name in names)


def test_the_model_keeps_the_types_of_the_first_load(client: Client, cloud: Cloud) -> None:
    def types() -> dict[str, str]:
        model = get(client, f"{BASE}/csv/model.json").json()
        assert [entity["name"] for entity in model["entities"]] == ["account"]
        return {each["name"]: each["dataType"] for each in model["entities"][0]["attributes"]}

    before = types()
    cloud.changes.apply("columns", {"environment": "sales", "table": "account", "columns": {"revenue": "String"}})
    assert types() == before
    assert before["revenue"] == "decimal"
    cloud.clock.advance(10)
    cloud.edit("sales", "lake1", remove_tables=["account"])
    cloud.edit("sales", "lake1", add_tables=["account"])
    cloud.clock.advance(90)
    assert types()["revenue"] == "string"


def test_a_range_of_a_file(client: Client) -> None:
    whole = get(client, f"{BASE}/csv/model.json").content
    part = get(client, f"{BASE}/csv/model.json", Range="bytes=0-9")
    assert (part.status_code, part.content) == (206, whole[:10])
    assert part.headers["content-range"] == f"bytes 0-9/{len(whole)}"
    assert get(client, f"{BASE}/csv/model.json", Range="bytes=9999999-99999999").status_code == 416


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/none?resource=filesystem&recursive=true", 404, "FilesystemNotFound"),
        ("/csv/none.json", 404, "PathNotFound"),
        ("/csv?resource=filesystem&recursive=true&directory=none", 404, "PathNotFound"),
        ("/csv?recursive=true", 400, "InvalidQueryParameterValue"),
        ("/", 400, "InvalidUri"),
    ],
)
def test_mistakes_have_a_code_in_body_and_header(client: Client, path: str, status: int, code: str) -> None:
    answer = get(client, BASE + path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["x-ms-error-code"] == code


def test_who_is_let_in(client: Client, cloud: Cloud) -> None:
    url = f"{BASE}/csv?resource=filesystem&recursive=true"
    assert client.call("GET", url, scope=STORAGE).status_code == 400
    wrong = client.call(
        "GET", url, scope="https://management.azure.com/.default", headers={"x-ms-version": "2021-06-08"}
    )
    assert wrong.status_code == 401
    cloud.state._world.app.storage = ["lake2"]
    refused = get(client, url)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "AuthorizationPermissionMismatch"
    assert client.call("DELETE", f"{BASE}/csv", scope=STORAGE).status_code == 405


def test_a_role_assignment_lets_in(tmp_path: Path) -> None:
    with running(tmp_path / "roles", SEED | {"principals": {"app": {"storage": "none"}}}) as cloud:
        world = cloud.state._world
        (account,) = (each for each in world.resources.values() if each.body.get("name") == "lake1")
        client = client_of(cloud)
        assert get(client, f"{BASE}/csv/model.json").status_code == 403
        role = "2A2B9908-6ea1-4ae2-8e65-a410df84e7d1"
        world.assignments.append({"scope": account.id, "principalId": world.app.id, "role": role})
        assert get(client, f"{BASE}/csv/model.json").status_code == 200
        client.session.close()


def test_an_account_that_is_not_there_has_no_host(client: Client) -> None:
    assert get(client, "https://nobody.dfs.core.windows.net/x?resource=filesystem&recursive=true").status_code == 404


def test_what_a_link_left_is_still_there(client: Client, cloud: Cloud) -> None:
    cloud.unlink("sales", "lake1", keep_data=True)
    assert "account/Snapshot" in listed(client, f"{BASE}/csv")


def test_a_workspace_lists_its_lake_databases_and_their_tables(client: Client, cloud: Cloud) -> None:
    base, scope = "https://ws1.dev.azuresynapse.net/databases", "https://dev.azuresynapse.net/.default"

    def names(path: str) -> list[str]:
        answer = client.call("GET", f"{base}{path}?api-version=2021-04-01", scope=scope)
        assert answer.status_code == 200, answer.text
        return [item["name"] for item in answer.json()["items"]]

    assert names("") == ["csv", "delta"]
    assert names("/csv/tables") == ["account", "account_partitioned"]
    assert names("/DELTA/tables") == ["account"]
    one = client.call("GET", f"{base}/csv?api-version=2021-04-01", scope=scope).json()
    assert one["properties"]["source"]["location"] == "abfss://csv@lake1.dfs.core.windows.net/"
    page = client.call("GET", f"{base}?api-version=2021-04-01&maxPageSize=1", scope=scope).json()
    assert (len(page["items"]), page["continuationToken"]) == (1, "1")
    assert client.call("GET", f"{base}/none?api-version=2021-04-01", scope=scope).status_code == 404
    assert client.call("GET", base, scope=scope).status_code == 400
    cloud.unlink("sales", "lake1", keep_data=True)
    assert names("/csv/tables") == ["account", "account_partitioned"]


def test_columns_and_relationships_are_expanded(client: Client) -> None:
    url = client.environment("sales")["url"] + "/api/data/v9.2/EntityDefinitions"
    expand = "Attributes($select=LogicalName,SourceType),ManyToManyRelationships($select=IntersectEntityName)"
    query = f"?$select=LogicalName&$filter=LogicalName eq 'account' or LogicalName eq 'new_joined'&$expand={expand}"
    rows = {row["LogicalName"]: row for row in client.get(url + query).json()["value"]}
    sources = {each["LogicalName"]: each["SourceType"] for each in rows["account"]["Attributes"]}
    assert (sources["openrevenue"], sources["revenue"]) == (2, 0)
    assert {"accountid", "contactid"} <= {each["LogicalName"] for each in rows["new_joined"]["Attributes"]}
    assert [each["IntersectEntityName"] for each in rows["new_joined"]["ManyToManyRelationships"]] == ["new_joined"]
    one = client.get(f"{url}(LogicalName='account')/Attributes?$filter=SourceType eq 1 or SourceType eq 2").json()
    formulas = {each["LogicalName"]: each["FormulaDefinition"] for each in one["value"]}
    assert formulas.keys() == {"opendeals", "openrevenue"}
    assert 'EntityName="opportunity"' in formulas["opendeals"]
    assert client.get(url + "?$expand=Attributes($select=Nothing)").status_code == 400
    assert client.get(f"{url}(LogicalName='account')/Attributes?$select=FormulaDefinition").status_code == 400
    plain = client.get(f"{url}(LogicalName='task')/Attributes?$select=LogicalName").json()["value"]
    assert all(each.keys() == {"@odata.type", "MetadataId", "LogicalName"} for each in plain)
