"""A Link to Fabric is made in one call, shows new tables after a resynchronisation, and goes with its lakehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from tests.simulator.local import SEED, client_of
from tests.simulator.test_link_service import activate, entity, put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.simulator.local import Client

WORKSPACE = "aaaaaaaa-0000-4000-8000-000000000001"
CONNECTION = "bbbbbbbb-0000-4000-8000-000000000001"
FABRIC = SEED | {
    "fabricWorkspaces": [
        {"name": "analytics", "id": WORKSPACE},
        {"name": "personal", "id": "aaaaaaaa-0000-4000-8000-000000000002", "capacity": False},
    ],
    "fabricConnections": [
        {"name": "sales", "id": CONNECTION, "environment": "sales"},
        {"name": "service", "id": "bbbbbbbb-0000-4000-8000-000000000002", "environment": "service"},
    ],
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path, FABRIC) as cloud:
        made = client_of(cloud)
        yield made
        made.session.close()


def body_of(environment: dict[str, str], **values: Any) -> dict[str, Any]:
    return {
        "OrganizationId": environment["organization"], "OrganizationUrl": environment["url"] + "/",
        "EnvironmentFriendlyName": "Sales", "EnvironmentUniqueName": "unq", "Entities": ["account", "contact"],
        "EntityDescriptions": [{"Type": "account", "EntitySource": "Dataverse"}], "IsManagedLake": True,
        "WorkspaceId": WORKSPACE, "ConnectionId": CONNECTION, **values,
    }  # fmt: skip


def create(client: Client, name: str = "sales", **values: Any) -> Any:
    environment = client.environment(name)
    return client.link("POST", environment, "lakehouseArtifacts?dxt=false", json=body_of(environment, **values))


def managed(client: Client) -> list[dict[str, Any]]:
    return client.link("GET", client.environment("sales"), "lakedetails?isManagedLake=true").json()


def shortcuts(client: Client) -> dict[str, int]:
    rows = client.rows(
        "sales", "synapselinkexternaltablestates", "?$filter=synapseworkspacename eq '" + WORKSPACE + "'"
    )
    return {row["entityname"]: row["lakehouseshortcutstate"] for row in rows}


def test_a_link_is_made_in_one_call(client: Client, sales: dict[str, str]) -> None:
    answer = create(client)
    assert answer.status_code == 200
    assert (answer.json()["WorkspaceId"], answer.json()["ConnectionId"]) == (WORKSPACE, CONNECTION)
    (lake,) = managed(client)
    assert (lake["DatalakeFolderUniqueName"], lake["IsCDS3"], lake["LakehouseId"]) == (
        "cds3_workspace", False, answer.json()["LakehouseId"],
    )  # fmt: skip
    assert lake["StorageAccountName"].startswith("aeth")
    document = client.link("GET", sales, f"lakeprofile/{lake['Id']}").json()
    assert document["Name"] == f"CDS3_{sales['organization']}"
    assert (document["LinkedToFabric"], document["EnabledForDlw"], document["DestinationKeyVaultUri"]) == (
        True, True, "dummy",
    )  # fmt: skip
    assert [entry["Type"] for entry in document["Entities"]] == ["account", "contact"]
    row = client.rows("sales", "synapselinkprofiles", "?$expand=datalakefolder")[-1]
    assert row["datalakefolder"]["datalakefolder_uniquename"] == "cds3_workspace"
    database = client.rows("sales", "synapsedatabases")[-1]
    assert (database["lakehouseworkspaceid"], database["lakehouseconnectionid"]) == (WORKSPACE, CONNECTION)


def test_new_tables_have_shortcuts_after_a_resynchronisation(client: Client, sales: dict[str, str]) -> None:
    create(client)
    folder = managed(client)[0]["Id"]
    document = client.link("GET", sales, f"lakeprofile/{folder}").json()
    put(client, sales, document | {"Entities": [*document["Entities"][1:], entity("lead")]})
    activate(client, sales, document)
    client.cloud.clock.advance(7200)
    assert shortcuts(client) == {"account": 0, "contact": 1, "lead": 0}
    path = "lakehouseArtifacts?removeShortcutsFirst=true&adlsShortcuts=false"
    body = body_of(sales) | {"LakeId": folder, "FolderId": folder, "DatalakefolderUniqueName": "cds3_workspace"}
    assert client.link("POST", sales, path, json=body | {"FolderId": ""}).status_code == 400
    assert client.link("POST", sales, path, json=body).status_code == 200
    assert shortcuts(client) == {"account": 0, "contact": 1, "lead": 1}
    assert client.cloud.state.link("sales", "fabric").shortcuts == ("contact", "lead")


def test_a_link_ends_with_its_lakehouse_and_can_be_made_again(client: Client, sales: dict[str, str]) -> None:
    create(client)
    folder = managed(client)[0]["Id"]
    assert client.link("DELETE", sales, f"lakedetails/{folder}?deleteData=true").status_code == 404
    answer = client.link("DELETE", sales, f"lakehouseArtifacts/{folder}?dxt=false")
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(managed(client)) == 1
    client.cloud.clock.advance(31)
    assert managed(client) == []
    assert shortcuts(client) == {}
    assert create(client).status_code == 200
    assert managed(client)[0]["Id"] == folder
    states = [row["profilestate"] for row in client.rows("sales", "synapselinkprofiles")]
    assert states == [1, 1, 1, 3, 3, 1]
    assert client.link("DELETE", sales, f"lakehouseArtifacts/{client.environment('service')['id']}").status_code == 404


def test_links_to_storage_end_elsewhere(client: Client, sales: dict[str, str]) -> None:
    folder = client.link("GET", sales, "lakedetails").json()[0]["Id"]
    assert client.link("DELETE", sales, f"lakehouseArtifacts/{folder}").status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"WorkspaceId": "aaaaaaaa-0000-4000-8000-000000000002"},
        {"WorkspaceId": CONNECTION},
        {"ConnectionId": "bbbbbbbb-0000-4000-8000-000000000002"},
        {"ConnectionId": WORKSPACE},
        {"ConnectionId": None},
        {"Entities": "account"},
        {"Entities": [1]},
        {"EntityDescriptions": ["account"]},
        {"EntityDescriptions": [{"Type": ["account"]}]},
        {"EntityDescriptions": "account"},
        {"EntityDescriptions": [{"Type": "account", "EntitySource": "Elsewhere"}]},
        {"IsManagedLake": False},
        {"OrganizationId": "another"},
    ],
)
def test_creations_that_are_refused(client: Client, values: dict[str, Any]) -> None:
    answer = create(client, **values)
    assert (answer.status_code, answer.content) == (400, b"")
    assert managed(client) == []


def test_a_second_link_is_refused(client: Client) -> None:
    assert [create(client).status_code for _ in range(2)] == [200, 400]


def test_an_organization_is_registered_first(client: Client) -> None:
    service = client.environment("service")
    licence = "lakehouseArtifacts/hasPowerBIPremiumLicense?dxt=false"
    answer = client.link("GET", service, licence)
    assert (answer.status_code, answer.content) == (403, b"")
    assert create(client, "service", ConnectionId="bbbbbbbb-0000-4000-8000-000000000002").status_code == 403
    query = f"?organizationUrl={service['url']}/&organizationId={service['organization']}"
    client.link("POST", service, "updateorganizationdetails" + query)
    assert client.link("GET", service, licence).json() is True
    assert create(client, "service", ConnectionId="bbbbbbbb-0000-4000-8000-000000000002").status_code == 200


def test_workspaces_and_their_capacities(client: Client, sales: dict[str, str]) -> None:
    found = client.link("GET", sales, "fabric/workspaces").json()
    assert [each["name"] for each in found] == ["analytics", "personal"]
    assert found[0]["capacityId"] == found[0]["capacityId"].upper()
    assert found[1]["capacityId"] is None


def test_a_seeded_link(tmp_path: Path) -> None:
    link = {"environment": "sales", "type": "fabric", "fabricWorkspace": "analytics", "fabricConnection": "sales",
            "tables": ["account"]}  # fmt: skip
    with running(tmp_path / "seeded", FABRIC | {"links": [link, link | {"state": "deleted"}]}) as cloud:
        client = client_of(cloud)
        (lake,) = managed(client)
        assert lake["LakehouseWorkspaceId"] == WORKSPACE
        assert shortcuts(client) == {"account": 1}
        assert [row["profilestate"] for row in client.rows("sales", "synapselinkprofiles")] == [1, 3]
        client.session.close()
