"""Containers and lake databases outlive their links, and stand in the way of the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from reconciler.simulator.storage import container, delete_container, drop_database
from tests.simulator.local import SEED, client_of
from tests.simulator.test_link_service import LAKE, PROFILE, entity, folder_of

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.simulator import Cloud
    from tests.simulator.local import Client


def lake_like(client: Client, account: str) -> dict[str, Any]:
    lakes = client.link("GET", client.environment("sales"), "lakedetails").json()
    return next(lake for lake in lakes if lake["StorageAccountName"] == account)


def test_a_seeded_link_has_a_container_and_with_a_workspace_a_database(cloud: Cloud) -> None:
    name = next(iter(cloud.state.containers("folderlake")))
    assert cloud.state.containers("folderlake") == {name: True}
    assert cloud.state.containers("otherlake") == {}
    assert cloud.state.databases("ws-data") == {name.replace("-", "_"): True}


def test_the_first_activate_makes_them(client: Client, sales: dict[str, str]) -> None:
    body = LAKE | {"WorkspaceDevEndpoint": "https://ws-data.dev.azuresynapse.net"}
    lake = client.link("POST", sales, "lakedetails", json=body).json()
    assert lake["SynapseDatabaseName"] == "dataverse_new"
    path = f"lakeprofile/{lake['Id']}"
    client.link("POST", sales, path, json=PROFILE | {"Entities": [entity("account")]})
    assert client.cloud.state.containers("newlake") == {}
    client.link("POST", sales, path + "/activate")
    assert client.cloud.state.containers("newlake") == {"dataverse-new": True}
    assert client.cloud.state.databases("ws-data")["dataverse_new"] is True
    assert [row["databasename"] for row in client.rows("sales", "synapsedatabases")][-1] == "dataverse_new"


def test_what_is_left_over_stands_in_the_way_until_it_is_gone(client: Client, sales: dict[str, str]) -> None:
    lake = lake_like(client, "saleslake")
    client.cloud.unlink("sales", "saleslake", keep_data=True)
    world = client.cloud._world
    left = container(world, "saleslake", lake["FileSystemName"])
    assert left is not None
    assert (left.holds_model, left.tables["account"]) == (True, 50000)
    assert client.cloud.state.databases("ws-data") == {lake["SynapseDatabaseName"]: False}
    answer = client.link("POST", sales, "lakedetails", json=lake)
    assert (answer.status_code, answer.content) == (403, b"")
    assert delete_container(world, "saleslake", lake["FileSystemName"])
    assert not delete_container(world, "saleslake", lake["FileSystemName"])
    assert client.link("POST", sales, "lakedetails", json=lake).status_code == 403
    assert client.link("POST", sales, "lakedetails", json=lake | {"WorkspaceDevEndpoint": ""}).status_code == 200
    assert drop_database(world, "WS-DATA", lake["SynapseDatabaseName"])
    assert not drop_database(world, "ws-data", lake["SynapseDatabaseName"])


def test_another_environment_may_use_the_account(client: Client) -> None:
    lake = lake_like(client, "saleslake")
    client.cloud.unlink("sales", "saleslake", keep_data=True)
    service = client.environment("service")
    query = f"?organizationUrl={service['url']}/&organizationId={service['organization']}"
    client.link("POST", service, "updateorganizationdetails" + query)
    assert client.link("POST", service, "lakedetails", json=lake).status_code == 200


@pytest.mark.parametrize(("naming", "name"), [("underscores", "dataverse_old"), ("hyphens", "dataverse-old")])
def test_leftovers_of_a_seed(tmp_path: Path, naming: str, name: str) -> None:
    left = {"environment": "sales", "account": "otherlake", "container": "dataverse-old", "workspace": "ws-data",
            "tables": ["account"]}  # fmt: skip
    deleted = {"environment": "sales", "account": "otherlake", "container": "dataverse-kept", "state": "deleted",
               "dataKept": True, "tables": ["lead"]}  # fmt: skip
    seed = SEED | {"leftovers": [left], "links": [*SEED["links"], deleted],
                   "settings": {"assumptions": {"lake-database-name": naming}}}  # fmt: skip
    with running(tmp_path, seed) as cloud:
        assert cloud.state.containers("otherlake") == {"dataverse-kept": False, "dataverse-old": False}
        assert cloud.state.databases("ws-data")[name] is False
        kept = container(cloud._world, "otherlake", "dataverse-kept")
        assert kept is not None
        assert kept.tables["lead"] > 0
        client = client_of(cloud)
        states = [row["profilestate"] for row in client.rows("sales", "synapselinkprofiles")]
        assert states == [1, 1, 1, 3, 3]
        client.session.close()
    with running(tmp_path) as cloud:
        assert cloud.state.containers("otherlake") == {"dataverse-kept": False, "dataverse-old": False}


def test_a_lake_database_is_made_again_after_a_relink(client: Client, sales: dict[str, str]) -> None:
    lake = lake_like(client, "saleslake")
    client.cloud.unlink("sales", "saleslake")
    assert client.cloud.state.databases("ws-data") == {}
    again = client.link("POST", sales, "lakedetails", json=lake).json()
    assert again["Id"] != lake["Id"]
    client.link("POST", sales, f"lakeprofile/{again['Id']}", json=PROFILE | {"Entities": [entity("account")]})
    client.link("POST", sales, f"lakeprofile/{again['Id']}/activate")
    assert folder_of(client, sales) == again["Id"]
    assert list(client.cloud.state.databases("ws-data").values()) == [True]
