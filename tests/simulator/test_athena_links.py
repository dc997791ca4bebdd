"""Links of every kind are made, suspended and ended as the switches say; what is refused is refused without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from tests.simulator.local import SEED, client_of
from tests.simulator.test_link_service import LAKE, PROFILE, activate, entity, folder_of, profile_of, put

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.simulator.local import Client

POOL = LAKE | {"WorkspaceDevEndpoint": "https://ws-data.dev.azuresynapse.net", "SparkPoolName": "spark"}
FINOPS = {"environments": [SEED["environments"][0] | {"finopsTables": ["CustTable", {"name": "Vend", "rows": 5}]},
                           SEED["environments"][1]]}  # fmt: skip


@pytest.fixture
def switched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path, SEED | FINOPS, assume=dict([request.param.split("=")])) as cloud:
        client = client_of(cloud)
        yield client
        client.session.close()


def make(client: Client, lake: dict[str, Any] | None = None, **values: Any) -> tuple[int, str]:
    sales = client.environment("sales")
    made = client.link("POST", sales, "lakedetails", json=lake or LAKE)
    folder = made.json()["Id"]
    body = PROFILE | {"Entities": [entity("account")]} | values
    status = client.link("POST", sales, f"lakeprofile/{folder}", json=body).status_code
    if status == 200:
        client.link("POST", sales, f"lakeprofile/{folder}/activate")
    return status, client.cloud.state.link("sales", "newlake").type


def unlink(client: Client, query: str = "", account: str = "saleslake") -> int:
    sales = client.environment("sales")
    return client.link("DELETE", sales, f"lakedetails/{folder_of(client, sales, account)}{query}").status_code


@pytest.mark.parametrize("switched", ["create-body-flags=makes", "create-body-flags=ignored"], indirect=True)
def test_flags_of_a_create_body(switched: Client) -> None:
    makes = switched.cloud._world.answer("create-body-flags") == "makes"
    values = {"EnabledForDeltaLake": True, "IncrementalUpdateTimeInterval": 15}
    assert make(switched, POOL, **values) == (200, "delta" if makes else "csv")
    document = profile_of(switched, switched.environment("sales"), "newlake")
    assert (document["EnabledForDeltaLake"], document["IncrementalUpdateTimeInterval"]) == (makes, 15)
    databases = switched.rows("sales", "synapsedatabases", "?$filter=databasename eq 'dataverse_new'")
    assert "spark" in databases[0]["sparkpoolconfig"]


def test_an_incremental_link(client: Client) -> None:
    values = {"EnabledForIncrementalUpdate": True, "IncrementalUpdateTimeInterval": 30}
    assert make(client, **values) == (200, "incremental")
    row = client.rows("sales", "synapselinkschedules")[-1]
    assert (row["type"], row["recurrenceinterval"]) == (1, 30)


@pytest.mark.parametrize(
    "switched", ["spark-pool-in-lake-body=taken", "spark-pool-in-lake-body=ignored"], indirect=True
)
def test_a_delta_link_needs_a_pool(switched: Client) -> None:
    taken = switched.cloud._world.answer("spark-pool-in-lake-body") == "taken"
    assert make(switched, POOL, EnabledForDeltaLake=True)[0] == (200 if taken else 400)


@pytest.mark.parametrize(
    ("lake", "values"),
    [
        (LAKE, {"EnabledForDeltaLake": True}),
        (POOL, {"EnabledForIncrementalUpdate": True, "IncrementalUpdateTimeInterval": 15}),
        (LAKE, {"EnabledForIncrementalUpdate": True, "IncrementalUpdateTimeInterval": 5}),
        (LAKE, {"Entities": [entity("CustTable", EntitySource="FnO")]}),
        (POOL, {"EnabledForDeltaLake": True,
                "Entities": [entity(f"T{number}", EntitySource="FnO") for number in range(1001)]}),
    ],
)  # fmt: skip
def test_profiles_that_are_refused(client: Client, lake: dict[str, Any], values: dict[str, Any]) -> None:
    assert make(client, lake, **values) == (400, "csv")


def test_an_eleventh_link_is_refused(client: Client, sales: dict[str, str]) -> None:
    statuses = [
        client.link("POST", sales, "lakedetails", json=LAKE | {"StorageAccountName": f"lake{number}"}).status_code
        for number in range(8)
    ]
    assert statuses == [200] * 7 + [400]


@pytest.mark.parametrize("switched", ["soft-deleted-links-count=yes"], indirect=True)
def test_soft_deleted_links_may_count(switched: Client) -> None:
    sales = switched.environment("sales")
    statuses = [
        switched.link("POST", sales, "lakedetails", json=LAKE | {"StorageAccountName": f"lake{number}"}).status_code
        for number in range(7)
    ]
    assert statuses == [200] * 6 + [400]


def test_flags_of_a_put_change_no_type(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    assert put(client, sales, document | {"EnabledForDeltaLake": True}).status_code == 200
    assert client.cloud.state.link("sales", "saleslake").type == "csv"


@pytest.mark.parametrize(
    "switched", ["suspend-by-enabled-for-jobs=stops", "suspend-by-enabled-for-jobs=ignored"], indirect=True
)
def test_a_link_is_suspended_by_its_switch(switched: Client) -> None:
    stops = switched.cloud._world.answer("suspend-by-enabled-for-jobs") == "stops"
    sales = switched.environment("sales")
    before = synced(switched)
    document = profile_of(switched, sales)
    put(switched, sales, document | {"EnabledForJobs": False})
    assert switched.rows("sales", "synapselinkprofiles")[0]["profilestate"] == 1
    activate(switched, sales, document)
    assert switched.rows("sales", "synapselinkprofiles")[0]["profilestate"] == (6 if stops else 1)
    after = profile_of(switched, sales)
    assert (after["EnabledForJobs"], after["ProfilePauseResumeOperationsType"]) == (False, int(stops))
    switched.cloud.clock.advance(2 * 3600)
    assert (synced(switched) == before) == stops
    put(switched, sales, document)
    activate(switched, sales, document)
    switched.cloud.clock.advance(3601)
    assert switched.rows("sales", "synapselinkprofiles")[0]["profilestate"] == 1
    assert synced(switched) > before


@pytest.mark.parametrize("switched", ["suspended-profile-state=1"], indirect=True)
def test_a_suspended_link_may_not_show(switched: Client) -> None:
    switched.cloud.edit("sales", "saleslake", enabled=False)
    assert switched.rows("sales", "synapselinkprofiles")[0]["profilestate"] == 1
    assert switched.cloud.state.link("sales", "saleslake").suspended


def synced(client: Client) -> str:
    return client.rows("sales", "synapselinkprofileentitystates", "?$filter=entityname eq 'lead'")[0][
        "lastsynceddatatime"
    ]


@pytest.mark.parametrize(
    ("switched", "query", "kept"),
    [
        ("unlink-data-choice=deleteData-query", "?deleteData=true", False),
        ("unlink-data-choice=deleteData-query", "?deleteData=false", True),
        ("unlink-data-choice=deleteData-query", "", True),
        ("unlink-data-choice=always-deleted", "?deleteData=false", False),
        ("unlink-data-choice=always-kept", "?deleteData=true", True),
    ],
    indirect=["switched"],
)
def test_a_link_is_unlinked(switched: Client, query: str, kept: bool) -> None:
    assert unlink(switched, query) == 200
    sales = switched.environment("sales")
    assert [lake["StorageAccountName"] for lake in switched.link("GET", sales, "lakedetails").json()] == [
        "deltalake",
        "folderlake",
    ]
    row = switched.rows("sales", "synapselinkprofiles")[0]
    assert (row["profilestate"], len(switched.cloud.state.containers("saleslake"))) == (3, int(kept))
    databases = [row["_datalakefolder_value"] for row in switched.rows("sales", "synapsedatabases")]
    assert (row["_datalakefolder_value"] in databases) == kept
    gone = next(link for link in switched.cloud.state.links if link.account == "saleslake")
    assert (gone.deleted, bool(gone.losses)) == (True, not kept)


@pytest.mark.parametrize("switched", ["unlink-route=not-served"], indirect=True)
def test_the_unlinking_call_may_not_exist(switched: Client) -> None:
    assert unlink(switched) == 404
    assert len(switched.cloud.record.unserved) == 1
    assert switched.cloud.state.link("sales", "saleslake").active


def test_only_live_links_are_unlinked(client: Client, sales: dict[str, str]) -> None:
    folder = folder_of(client, sales)
    assert unlink(client) == 200
    assert client.link("DELETE", sales, f"lakedetails/{folder}").status_code == 404
    assert client.link("DELETE", client.environment("service"), f"lakedetails/{folder}").status_code == 404


@pytest.mark.parametrize("switched", ["last-modified-moves=always", "last-modified-moves=never"], indirect=True)
def test_last_modified(switched: Client) -> None:
    sales = switched.environment("sales")
    before = profile_of(switched, sales)
    put(switched, sales, before)
    after = profile_of(switched, sales)
    moves = switched.cloud._world.answer("last-modified-moves") == "always"
    assert (after["LastModified"] > before["LastModified"]) == moves
    assert after["UpdateTime"] > before["UpdateTime"]


@pytest.mark.parametrize("switched", ["app-only-service-reads=no", "app-only-service-reads=yes"], indirect=True)
def test_reads_with_an_applications_token(switched: Client) -> None:
    reads = switched.cloud._world.answer("app-only-service-reads") == "yes"
    sales = switched.environment("sales")
    folder = folder_of(switched, sales)
    for path in ("lakedetails", f"lakeprofile/{folder}"):
        assert switched.link("GET", sales, path, user=False).status_code == (200 if reads else 404)
    for method, path in (("POST", "lakedetails"), ("POST", f"lakeprofile/{folder}/activate")):
        assert switched.link(method, sales, path, user=False, json={}).status_code == 404


def test_finops_tables(tmp_path: Path) -> None:
    with running(tmp_path, SEED | FINOPS) as cloud:
        client = client_of(cloud)
        tables = [entity(name, EntitySource="FnO") for name in ("CustTable", "Vend", "Nothing")]
        assert make(client, POOL, EnabledForDeltaLake=True, Entities=tables)[0] == 200
        cloud.clock.advance(3600)
        sales = client.environment("sales")
        found = {entry["Type"]: entry for entry in profile_of(client, sales, "newlake")["Entities"]}
        assert (found["CustTable"]["CurrentState"], found["Vend"]["CrmRecordCount"]) == ("InProgress", 5)
        assert found["Nothing"]["ErrorDetails"]["Code"] == "EntityNotFound"
        rows = client.rows("sales", "synapselinkprofileentities", "?$filter=entityname eq 'Vend'")
        assert rows[0]["entitysource"] == 1
        document = profile_of(client, sales, "deltalake")
        document["Entities"].append(entity("Vend", EntitySource="FnO"))
        assert put(client, sales, document).status_code == 400
        client.session.close()
