"""The Dataverse rows of links have the documented columns and follow the links."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import fleet_seed, running
from reconciler.simulator.columns import ENTITY_SETS
from reconciler.simulator.rows import STOCK_FOLDERS
from tests.simulator.local import SEED, SHARED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client

METADATA = SHARED / "corpus/dataverse/synapselink-metadata.json"
# Documented in newer editions than the corpus was made from.
NEWER = {
    "datalakefolder": {"iscompliancelake", "compliancelakelocation", "sharedforreadaccess", "_owningbusinessunit_value",
                       "_owningteam_value", "_owninguser_value"},
    "synapselinkprofileentitystate": {"minsynceddataversion"},
}  # fmt: skip


def corpus() -> dict[str, Any]:
    if not METADATA.exists():
        pytest.skip(f"{METADATA.name} is not here")
    return json.loads(METADATA.read_text())


@pytest.mark.corpus
def test_columns_are_those_of_the_published_metadata() -> None:
    tables = corpus()["tables"]
    for entity_set in ENTITY_SETS.values():
        if entity_set.logical_name not in tables:
            continue
        published = {
            attribute.get("webApiProperty", attribute["logicalName"])
            for attribute in tables[entity_set.logical_name]["attributes"]
            if attribute["logicalName"] != "supportingsolutionid"  # not readable
        }
        assert entity_set.columns - published == NEWER.get(entity_set.logical_name, set())
        assert published <= entity_set.columns


@pytest.mark.corpus
def test_rows_hold_values_of_their_columns_types_and_choices(client: Client) -> None:
    found = corpus()
    client.cloud.edit("sales", "saleslake", add_tables=["new_untracked", "task"])
    client.cloud.clock.advance(100)
    kinds = {"Boolean": bool, "Integer": int, "BigInt": int, "String": str, "Memo": str, "DateTime": str, "Lookup": str,
             "Owner": str, "Uniqueidentifier": str}  # fmt: skip
    for name, entity_set in ENTITY_SETS.items():
        table = found["tables"].get(entity_set.logical_name)
        rows = client.rows("sales", name)
        assert rows, name
        for row in rows if table else []:
            for attribute in table["attributes"]:
                column = attribute.get("webApiProperty", attribute["logicalName"])
                value = row.get(column)
                if value is None:
                    continue
                if "choice" in attribute:
                    assert value in [choice["value"] for choice in found["choices"][attribute["choice"]]], column
                elif attribute["type"] in kinds:
                    assert type(value) is kinds[attribute["type"]], column
                    assert len(str(value)) <= attribute.get("maxLength", 5000), column


def test_a_link_is_a_profile_a_folder_tables_and_states(client: Client) -> None:
    profiles = client.rows("sales", "synapselinkprofiles", "?$filter=profiletype eq 0 and profilestate ne 3"
                           "&$expand=datalakefolder($select=name,containerendpoint,isexternallake)")  # fmt: skip
    assert [profile["name"] for profile in profiles] == ["saleslake", "deltalake", "folderlake"]
    profile = profiles[0]
    assert profile["profilestate"] == 1
    assert profile["datalakefolder"]["isexternallake"] is True
    assert profile["datalakefolder"]["containerendpoint"].startswith(
        "https://saleslake.dfs.core.windows.net/dataverse-sales-"
    )
    tables = client.rows(
        "sales", "synapselinkprofileentities", f"?$filter=_profile_value eq {profile['synapselinkprofileid']}"
    )
    by_name = {row["entityname"]: row for row in tables}
    assert set(by_name) == {"account", "contact", "lead"}
    assert (by_name["contact"]["appendonlymode"], by_name["contact"]["partitionstrategy"]) == (True, 0)
    assert (by_name["lead"]["appendonlymode"], by_name["lead"]["partitionstrategy"]) == (False, 1)
    assert by_name["lead"]["recordcountperblock"] == 125
    states = client.rows("sales", "synapselinkprofileentitystates", "?$filter=entityname eq 'CONTACT'")
    assert [state["_profileentity_value"] for state in states] == [by_name["contact"]["synapselinkprofileentityid"]]
    assert (states[0]["initialsyncstate"], states[0]["syncstate"], states[0]["metadatastate"]) == (4, 2, 8)


def test_kinds_of_link_leave_their_signals(tmp_path: Path) -> None:
    fabric = {"environment": "sales", "type": "fabric", "tables": ["account"],
              "fabricWorkspace": "11111111-2222-3333-4444-555555555555"}  # fmt: skip
    with running(tmp_path, SEED | {"links": [*SEED["links"], fabric]}) as cloud:
        client = client_of(cloud)
        profiles = {row["name"]: row for row in client.rows("sales", "synapselinkprofiles")}
        schedules = {row["_profile_value"]: row for row in client.rows("sales", "synapselinkschedules")}
        databases = {row["_datalakefolder_value"]: row for row in client.rows("sales", "synapsedatabases")}
        external = {row["_datalakefolder_value"] for row in client.rows("sales", "synapselinkexternaltablestates")}
        folders = {row["datalakefolderid"]: row for row in client.rows("sales", "datalakefolders")}
        organization = client.environment("sales")["organization"]
        client.session.close()
    kind = {"saleslake": (0, 60), "deltalake": (1, 15), "folderlake": (1, 30)}
    for name, (schedule, interval) in kind.items():
        row = schedules[profiles[name]["synapselinkprofileid"]]
        assert (row["type"], row["recurrenceinterval"], row["recurrenceunit"]) == (schedule, interval, 1)
    folder = {name: row["_datalakefolder_value"] for name, row in profiles.items()}
    assert databases[folder["saleslake"]]["developmentendpoint"] == "https://ws-data.dev.azuresynapse.net"
    assert databases[folder["saleslake"]]["sparkpoolconfig"] is None
    assert "spark" in databases[folder["deltalake"]]["sparkpoolconfig"]
    assert folder["folderlake"] not in databases
    managed = f"CDS3_{organization}"
    assert external == {folder["deltalake"], folder[managed]}
    assert folders[folder[managed]]["datalakefolder_uniquename"] == "cds3_workspace"
    assert databases[folder[managed]]["lakehouseid"]


def test_stock_folders_are_on_every_organization(client: Client) -> None:
    names = [row["datalakefolder_uniquename"] for row in client.rows("service", "datalakefolders")]
    assert names == list(STOCK_FOLDERS)
    assert client.rows("service", "synapselinkprofiles") == []


def test_a_deleted_link_keeps_its_rows(client: Client) -> None:
    client.cloud.unlink("sales", "folderlake")
    states = {row["name"]: row["profilestate"] for row in client.rows("sales", "synapselinkprofiles")}
    assert states == {"saleslake": 1, "deltalake": 1, "folderlake": 3, "otherlake": 3}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("name eq 'saleslake'", ["saleslake"]),
        ("name eq 'SalesLake' or name eq 'deltalake'", ["saleslake", "deltalake"]),
        ("not (profilestate eq 1)", ["otherlake"]),
        ("copyattachments eq false and profilestate eq 3", ["otherlake"]),
        ("extendedproperties ne null", []),
        ("(profilestate eq 1 and (name eq 'a' or not(name ne 'deltalake')))", ["deltalake"]),
    ],
)
def test_filters(client: Client, query: str, names: list[str]) -> None:
    assert [row["name"] for row in client.rows("sales", "synapselinkprofiles", f"?$filter={query}")] == names


@pytest.mark.parametrize(
    "query",
    [
        "$filter=name gt 'a'", "$filter=nothing eq 1", "$filter=name eq", "$filter=name eq 'a", "$filter=(name eq 'a'",
        "$filter=contains(name,'a')", "$select=nothing", "$select=name,datalakefolder", "$expand=nothing",
        "$expand=datalakefolder($select=nothing)", "$expand=datalakefolder($filter=name eq 'a')", "$skiptoken=x",
        "$filter=name eq 'a' name", "$filter=1 eq 1", "$filter=name eq other",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_bad_request(client: Client, query: str) -> None:
    url = f"{client.environment('sales')['url']}/api/data/v9.2/synapselinkprofiles?{query}"
    answer = client.get(url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "0x80060888")
    assert not client.cloud.record.unserved


def test_options_that_are_not_served_say_so(client: Client) -> None:
    answer = client.get(f"{client.environment('sales')['url']}/api/data/v9.2/synapselinkprofiles?$top=1")
    assert answer.status_code == 501
    assert len(client.cloud.record.unserved) == 1


def test_pages(tmp_path: Path) -> None:
    with running(tmp_path, fleet_seed(1, 53)) as cloud:
        client = client_of(cloud)
        url = client.environment("env-001")["url"] + "/api/data/v9.2/synapselinkprofileentities?$select=entityname"
        names: list[str] = []
        sizes = []
        while url:
            answer = client.get(url, headers={"Prefer": "odata.maxpagesize=20"})
            assert answer.headers["preference-applied"] == "odata.maxpagesize=20"
            names += [row["entityname"] for row in answer.json()["value"]]
            sizes.append(len(answer.json()["value"]))
            url = answer.json().get("@odata.nextLink", "")
        client.session.close()
    assert sizes == [20, 20, 13]
    assert names == [f"sample_entity_{number:04d}" for number in range(1, 54)]


def test_rows_by_key_have_etags_that_change_with_them(client: Client) -> None:
    base = client.environment("sales")["url"] + "/api/data/v9.2/synapselinkprofiles"
    key = client.rows("sales", "synapselinkprofiles")[0]["synapselinkprofileid"]
    first = client.get(f"{base}({key})?$select=name")
    etag = first.json()["@odata.etag"]
    assert etag == first.headers["etag"]
    assert client.get(f"{base}({key})", headers={"If-None-Match": etag}).status_code == 304
    assert client.get(f"{base}({key})", headers={"If-None-Match": "null"}).status_code == 200
    client.cloud.edit("sales", "saleslake", interval=30)
    assert client.get(f"{base}({key})", headers={"If-None-Match": etag}).status_code == 200
    assert client.get(f"{base}({client.environment('sales')['id']})").json()["error"]["code"] == "0x80040217"
    assert client.get(f"{base}({key})?$select=nothing").status_code == 400


def test_rows_can_not_be_written(client: Client) -> None:
    base = client.environment("sales")["url"] + "/api/data/v9.2/synapselinkprofiles"
    key = client.rows("sales", "synapselinkprofiles")[0]["synapselinkprofileid"]
    for method, url in (("POST", base), ("PATCH", f"{base}({key})"), ("DELETE", f"{base}({key})")):
        answer = client.call(method, url, json={"name": "x"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "0x80040220")
    assert len(client.cloud.record.writes) == 3


def test_the_organization(client: Client, sales: dict[str, str]) -> None:
    base = sales["url"] + "/api/data/v9.2/"
    call = "RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')"
    detail = client.get(base + call).json()["Detail"]
    assert (detail["OrganizationId"], detail["EnvironmentId"]) == (sales["organization"], sales["id"])
    assert detail["UrlName"] == "contoso-sales"
    assert detail["Endpoints"]["Keys"][0] == "WebApplication"
    alias = "RetrieveCurrentOrganization(AccessType=@p1)?@p1=Microsoft.Dynamics.CRM.EndpointAccessType'Default'"
    assert client.get(base + alias).status_code == 200
    assert client.get(base + call.replace("Default", "Other")).status_code == 400


def test_strangers_unknown_segments_and_wrong_methods(client: Client, sales: dict[str, str], tmp_path: Path) -> None:
    base = sales["url"] + "/api/data/v9.2/"
    assert client.session.get(base + "nothing").status_code == 401
    answer = client.get(base + "nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "0x8006088a")
    assert client.call("DELETE", base + "synapselinkprofiles").status_code == 405
    assert client.call("PATCH", base + "EntityDefinitions(LogicalName='account')", json={}).status_code == 405
    with running(tmp_path, SEED | {"principals": {"app": {"dataverse": ["service"]}}}) as cloud:
        other = client_of(cloud)
        assert other.get(base + "datalakefolders").json()["error"]["code"] == "0x80072560"
        assert other.rows("service", "datalakefolders")
        other.session.close()
