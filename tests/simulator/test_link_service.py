"""The Synapse Link service replaces whole documents, runs nothing before activate, and says no without a word."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from tests.simulator.local import LINK_APP, SEED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client

SIX = ("Type", "EntitySource", "AppendOnlyMode", "PartitionStrategy", "RecordCountPerBlock", "Settings")
LAKE = {
    "TenantId": "t", "SubscriptionId": "s", "ResourceGroupName": "rg-data", "StorageAccountName": "newlake",
    "FileSystemName": "dataverse-new", "FileSystemEndpoint": "https://newlake.dfs.core.windows.net/",
    "BlobEndpoint": "https://newlake.blob.core.windows.net/", "SqlODEndpoint": "", "WorkspaceDevEndpoint": "",
    "IsDefault": True,
}  # fmt: skip
PROFILE = {"DestinationType": 4, "IsOdiEnabled": False, "Name": "newlake", "SchedulerIntervalInMinutes": 60,
           "WriteDeleteLog": True, "RetryPolicy": {"IntervalInSeconds": 5, "MaxRetryCount": 12}}  # fmt: skip


def entity(name: str, **values: Any) -> dict[str, Any]:
    return {"Type": name, "EntitySource": "Dataverse", "AppendOnlyMode": False, "PartitionStrategy": "Month",
            "RecordCountPerBlock": 0, "Settings": {}} | values  # fmt: skip


def folder_of(client: Client, environment: dict[str, str], account: str = "saleslake") -> str:
    lakes = client.link("GET", environment, "lakedetails").json()
    return next(lake["Id"] for lake in lakes if lake["StorageAccountName"] == account)


def profile_of(client: Client, environment: dict[str, str], account: str = "saleslake") -> dict[str, Any]:
    query = "?status=true&publishErrorMessageToUI=true"
    return client.link("GET", environment, f"lakeprofile/{folder_of(client, environment, account)}{query}").json()


def put(client: Client, environment: dict[str, str], document: dict[str, Any]) -> Any:
    return client.link("PUT", environment, f"lakeprofile/{document['LakeId']}", json=document)


def activate(client: Client, environment: dict[str, str], document: dict[str, Any]) -> Any:
    return client.link("POST", environment, f"lakeprofile/{document['LakeId']}/activate")


def names(document: dict[str, Any]) -> list[str]:
    return [entry["Type"] for entry in document["Entities"]]


def test_the_document_that_was_read_can_be_put_back(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    answer = put(client, sales, document)
    assert (answer.status_code, answer.json()) == (200, {"Id": document["Id"], "State": 1})
    activate(client, sales, document)
    after = profile_of(client, sales)
    times = {"LastModified", "UpdateTime", "ActivationTime", "Status"}
    assert {k: v for k, v in after.items() if k not in times} == {k: v for k, v in document.items() if k not in times}
    assert after["UpdateTime"] > document["UpdateTime"]
    assert not client.cloud.state.link("sales", "saleslake").losses


def test_six_fields_are_enough(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    reduced = document | {"Entities": [{key: entry[key] for key in SIX} for entry in document["Entities"]]}
    put(client, sales, reduced)
    activate(client, sales, document)
    assert profile_of(client, sales)["Entities"] == document["Entities"]


def test_a_table_left_out_is_removed_with_its_data_once_activated(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    document["Entities"] = [entry for entry in document["Entities"] if entry["Type"] != "contact"]
    put(client, sales, document)
    link = client.cloud.state.link("sales", "saleslake")
    assert (link.active, "contact" in link.tables, link.losses) == (False, True, ())
    assert names(profile_of(client, sales)) == ["account", "lead"]
    activate(client, sales, document)
    link = client.cloud.state.link("sales", "saleslake")
    assert (link.active, "contact" in link.tables) == (True, False)
    assert [(loss.table, loss.rows) for loss in link.losses] == [("contact", 162000)]
    client.cloud.edit("sales", "saleslake", add_tables=["contact"])
    assert client.cloud.state.link("sales", "saleslake").tables["contact"].data_generation == 2


def test_a_removal_that_is_taken_back_before_activate_loses_nothing(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    put(client, sales, document | {"Entities": []})
    put(client, sales, document)
    activate(client, sales, document)
    link = client.cloud.state.link("sales", "saleslake")
    assert (link.losses, link.tables["contact"].data_generation) == ((), 1)


def test_a_new_table_takes_the_block_size_that_zero_stands_for(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    document["Entities"] += [
        entity("task"),
        entity("email", RecordCountPerBlock=50, AppendOnlyMode=True, PartitionStrategy="Year"),
    ]
    put(client, sales, document)
    added = {entry["Type"]: entry for entry in profile_of(client, sales)["Entities"]}
    assert added["task"]["RecordCountPerBlock"] == 125
    assert (added["email"]["RecordCountPerBlock"], added["email"]["AppendOnlyMode"]) == (50, True)
    assert added["task"]["CurrentState"] == "InitialSyncNotStarted"
    assert added["task"]["AdditionTime"] == "0001-01-01T00:00:00"


def test_settings_of_a_linked_table_stay_as_they_are(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    document["Entities"][0] |= {"AppendOnlyMode": True, "PartitionStrategy": "Year"}
    put(client, sales, document)
    first = profile_of(client, sales)["Entities"][0]
    assert (first["AppendOnlyMode"], first["PartitionStrategy"]) == (False, "Month")


def test_the_profile_level_fields_are_written(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    document |= {"IncrementalUpdateTimeInterval": 15, "NeedCopyAttachmentsToBlob": True, "EnabledForJobs": False,
                 "NeedCopyFileTypeAttachmentsToBlob": True, "Invented": "kept out"}  # fmt: skip
    put(client, sales, document)
    activate(client, sales, document)
    after = profile_of(client, sales)
    assert (after["IncrementalUpdateTimeInterval"], after["NeedCopyAttachmentsToBlob"], after["EnabledForJobs"]) == (
        15,
        True,
        False,
    )
    assert after["NeedCopyFileTypeAttachmentsToBlob"] is True
    assert "Invented" not in after
    row = client.rows("sales", "synapselinkprofiles")[0]
    assert (row["copyattachments"], row["copyfiles"]) == (True, True)


def test_a_table_without_change_tracking_fails_until_it_has_it(client: Client, sales: dict[str, str]) -> None:
    client.cloud.edit("sales", "saleslake", add_tables=["new_untracked", "new_missing"])
    found = {entry["Type"]: entry for entry in profile_of(client, sales)["Entities"]}
    assert found["new_untracked"]["ErrorDetails"]["Message"] == "Change Tracking is Disabled"
    assert found["new_missing"]["ErrorDetails"]["Code"] == "EntityNotFound"
    url = sales["url"] + "/api/data/v9.2/EntityDefinitions(LogicalName='new_untracked')"
    client.call("PUT", url, json=client.get(url).json() | {"ChangeTrackingEnabled": True})
    activate(client, sales, profile_of(client, sales))
    client.cloud.clock.advance(3600)
    found = {entry["Type"]: entry for entry in profile_of(client, sales)["Entities"]}
    assert (found["new_untracked"]["CurrentState"], found["new_untracked"]["ErrorDetails"]["Code"]) == (
        "InProgress",
        "",
    )


def test_values_that_lie(client: Client, sales: dict[str, str]) -> None:
    client.cloud.edit("sales", "saleslake", add_tables=["task"])
    document = profile_of(client, sales)
    task = document["Entities"][-1]
    assert (task["CurrentState"], task["SyncState"], document["Status"]["InitialSyncState"]) == (
        "InitialSyncNotStarted", "NotStarted", "Completed",
    )  # fmt: skip
    assert (task["LastSynchronizedOn"], task["Status"]["VersionNumber"]) == (
        "0001-01-01T00:00:00",
        -9223372036854775808,
    )
    account = document["Entities"][0]
    assert not account["LastSynchronizedOn"].endswith("Z")
    assert account["LastCrmCountModifiedTime"].endswith("Z")


def test_a_link_is_created_in_four_steps(client: Client) -> None:
    service = client.environment("service")
    assert client.link("GET", service, "lakedetails").json() == []
    refused = client.link("POST", service, "lakedetails", json=LAKE)
    assert (refused.status_code, refused.content) == (403, b"")
    query = f"?organizationUrl={service['url']}/&organizationId={service['organization']}"
    for _ in range(2):
        answer = client.link("POST", service, "updateorganizationdetails" + query)
        assert (answer.status_code, answer.content) == (200, b"")
    lake = client.link("POST", service, "lakedetails", json=LAKE).json()
    assert client.link("GET", service, f"lakeprofile/{lake['Id']}").status_code == 404
    assert client.rows("service", "synapselinkprofiles") == []
    made = client.link("POST", service, f"lakeprofile/{lake['Id']}", json=PROFILE | {"Entities": [entity("account")]})
    row = client.rows("service", "synapselinkprofiles")[0]
    assert made.json() == {"Id": row["synapselinkprofileid"], "State": 1}
    assert (row["profilestate"], row["activationtime"]) == (0, None)
    assert client.rows("service", "synapselinkprofileentitystates") == []
    client.link("POST", service, f"lakeprofile/{lake['Id']}/activate")
    row = client.rows("service", "synapselinkprofiles")[0]
    assert (row["profilestate"], row["activationtime"] >= row["profileupdatedtime"]) == (1, True)
    assert len(client.rows("service", "synapselinkprofileentitystates")) == 1
    folder = client.rows("service", "datalakefolders", f"?$filter=datalakefolderid eq {lake['Id']}")[0]
    assert folder["containerendpoint"] == "https://newlake.dfs.core.windows.net/dataverse-new"
    assert client.link("GET", service, "lakedetails").json() == [lake]
    assert client.link("GET", service, "lakedetails?isManagedLake=true").json() == []


def test_paths_take_the_folder_and_not_the_profile(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    answer = client.link("GET", sales, f"lakeprofile/{document['Id']}")
    assert (answer.status_code, answer.content) == (404, b"")
    assert client.link("GET", client.environment("service"), f"lakeprofile/{document['LakeId']}").status_code == 404


def test_every_refusal_of_access_is_the_same_bodiless_404(client: Client, sales: dict[str, str]) -> None:
    url = f"https://{sales['linkHost']}/environment/{sales['id']}/lakedetails"
    organization = {"x-ms-organization-id": sales["organization"]}
    scope = f"{LINK_APP}/.default"
    answers = [
        client.session.get(url, headers=organization),
        client.get(url, scope="https://management.azure.com/.default", user=True, headers=organization),
        client.get(url, scope="https://exporttodatalake.com//.default", user=True, headers=organization),
        client.get(url, scope=scope, headers=organization),
        client.get(url, scope=scope, user=True),
        client.link("GET", sales, "nothing"),
        client.link("DELETE", sales, "lakedetails"),
        client.link("GET", sales | {"id": str(uuid.uuid4())}, "lakedetails"),
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(404, b"")] * len(answers)
    assert all("www-authenticate" not in answer.headers for answer in answers)
    assert all("x-ms-webservice" in answer.headers for answer in answers)
    assert len(client.cloud.record.unserved) == 2


def test_an_island_that_serves_nobody_answers_without_the_service_headers(
    client: Client, sales: dict[str, str]
) -> None:
    answer = client.link(
        "GET", sales | {"linkHost": "athenawebservice.xeu-il999.gateway.prod.island.powerapps.com"}, "lakedetails"
    )
    assert (answer.status_code, "x-ms-webservice" in answer.headers) == (404, False)


def test_a_user_without_the_role_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, SEED | {"principals": {"user": {"linkAdministrator": ["service"]}}}) as cloud:
        client = client_of(cloud)
        answer = client.link("GET", client.environment("sales"), "lakedetails")
        assert (answer.status_code, answer.content) == (403, b"")
        assert client.link("GET", client.environment("service"), "lakedetails").status_code == 200
        client.session.close()


def test_bodies_that_cannot_be_read(client: Client, sales: dict[str, str]) -> None:
    path = f"lakeprofile/{folder_of(client, sales)}"
    bad: list[Any] = [[], {}, {"Entities": [1]}, {"Entities": [{"Type": 1}]},
                      {"Entities": [entity("a", PartitionStrategy="Week")]},
                      {"Entities": [], "IncrementalUpdateTimeInterval": "often"}]  # fmt: skip
    for body in bad:
        answer = client.link("PUT", sales, path, json=body)
        assert (answer.status_code, answer.content) == (400, b""), body
    assert client.link("PUT", sales, path, data="{").status_code == 400
    assert client.link("POST", sales, "lakedetails", json={"StorageAccountName": "x"}).status_code == 400
    assert client.cloud.state.link("sales", "saleslake").active


def test_correlation_ids_come_back(client: Client, sales: dict[str, str]) -> None:
    mine = str(uuid.uuid4())
    answer = client.link("GET", sales, "lakedetails", headers={"x-ms-correlation-id": mine})
    assert answer.headers["x-ms-correlation-id"] == mine
    assert client.cloud.record[-1].correlation == mine
    assert client.cloud.record[-1].identity == "user"


def test_profiles_of_the_other_kinds(client: Client, sales: dict[str, str]) -> None:
    delta, folders = profile_of(client, sales, "deltalake"), profile_of(client, sales, "folderlake")
    assert (delta["EnabledForDeltaLake"], delta["EnabledForIncrementalUpdate"]) == (True, False)
    assert (folders["EnabledForDeltaLake"], folders["EnabledForIncrementalUpdate"]) == (False, True)
    assert pytest.approx(30) == folders["IncrementalUpdateTimeInterval"]
