"""Table definitions are read, replaced and published as the Web API does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from reconciler.simulator.tables import built_in, plural
from tests.simulator.local import SEED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client


def definitions(client: Client, name: str = "sales") -> str:
    return client.environment(name)["url"] + "/api/data/v9.2/EntityDefinitions"


def one(client: Client, table: str, name: str = "sales", **headers: str) -> Any:
    return client.get(f"{definitions(client, name)}(LogicalName='{table}')", headers=headers)


def put(client: Client, table: str, body: Any, name: str = "sales", **headers: str) -> Any:
    return client.call("PUT", f"{definitions(client, name)}(LogicalName='{table}')", json=body, headers=headers)


def publish(client: Client, *tables: str) -> Any:
    base = definitions(client).removesuffix("EntityDefinitions")
    if not tables:
        return client.call("POST", base + "PublishAllXml")
    entities = "".join(f"<entity>{table}</entity>" for table in tables)
    xml = f"<importexportxml><entities>{entities}</entities></importexportxml>"
    return client.call("POST", base + "PublishXml", json={"ParameterXml": xml})


def test_the_catalogue_holds_real_tables_once() -> None:
    tables = built_in()
    assert len(tables) >= 250
    assert len({table.code for table in tables.values()}) == len(tables)
    assert len({table.set_name for table in tables.values()}) == len(tables)
    assert tables["activitypointer"].type == "Activity"
    assert tables["accountleads"].intersect
    assert not tables["accountleads"].created_on
    assert not any(tables[name].can_track for name in ("stringmap", "calendar", "attachment"))
    assert {"synapselinkprofile", "teammembership", "msdyn_workorder", "mserp_custcustomerv3entity"} <= set(tables)
    assert plural("new_city") == "new_cities"


def test_all_tables_in_one_request(client: Client) -> None:
    query = "?$select=LogicalName,EntitySetName,ChangeTrackingEnabled,CanChangeTrackingBeEnabled,TableType,IsIntersect"
    rows = {row["LogicalName"]: row for row in client.get(definitions(client) + query).json()["value"]}
    assert rows["account"]["ChangeTrackingEnabled"] is True
    assert rows["new_untracked"]["ChangeTrackingEnabled"] is False
    assert rows["new_never"]["CanChangeTrackingBeEnabled"]["Value"] is False
    assert rows["accountleads"]["IsIntersect"] is True
    assert "MetadataId" in rows["account"]
    assert len(rows) == len(built_in()) + 2
    assert client.get(definitions(client)).json()["value"][0]["DisplayName"]["LocalizedLabels"]


@pytest.mark.parametrize(
    ("query", "count"),
    [("LogicalName eq 'account'", 1), ("LogicalName eq 'new_untracked' and ChangeTrackingEnabled eq true", 0),
     ("CanChangeTrackingBeEnabled/Value eq false and LogicalName eq 'calendar'", 1)],
)  # fmt: skip
def test_filtered(client: Client, query: str, count: int) -> None:
    assert len(client.get(f"{definitions(client)}?$select=LogicalName&$filter={query}").json()["value"]) == count


def test_mistakes(client: Client) -> None:
    url = definitions(client)
    assert client.get(url + "?$select=Nothing").status_code == 400
    assert client.get(url + "?$filter=Nothing eq 1").status_code == 400
    assert client.get(url + "(LogicalName='account')?$select=Nothing").status_code == 400
    assert one(client, "nothing").status_code == 404
    assert client.get(url + "?$expand=Keys").status_code == 400
    assert client.get(url + "?$orderby=LogicalName").status_code == 501
    assert put(client, "account", [1]).status_code == 400
    assert client.call("PUT", url + "(LogicalName='account')", data="{").status_code == 400
    assert client.call("POST", url.removesuffix("EntityDefinitions") + "PublishXml", json={}).status_code == 400


def test_change_tracking_is_enabled_by_putting_the_whole_definition_and_publishing(client: Client) -> None:
    whole = one(client, "new_untracked").json()
    assert (
        put(
            client, "new_untracked", whole | {"ChangeTrackingEnabled": True}, **{"MSCRM.MergeLabels": "true"}
        ).status_code
        == 204
    )
    assert one(client, "new_untracked").json()["ChangeTrackingEnabled"] is False
    assert one(client, "new_untracked", Consistency="Strong").json()["ChangeTrackingEnabled"] is True
    assert publish(client, "new_untracked").status_code == 204
    after = one(client, "new_untracked").json()
    assert after == whole | {"ChangeTrackingEnabled": True}
    by_id = client.get(f"{definitions(client)}({whole['MetadataId']})?$select=LogicalName").json()
    assert by_id["LogicalName"] == "new_untracked"
    listed = client.get(
        definitions(client)
        + "?$select=LogicalName&$filter=LogicalName eq 'new_untracked' and ChangeTrackingEnabled eq true"
    )
    assert len(listed.json()["value"]) == 1
    assert client.cloud.state.change_tracking("sales", "new_untracked")


def test_a_put_spreads_without_publishing_too(client: Client) -> None:
    put(client, "new_untracked", one(client, "new_untracked").json() | {"ChangeTrackingEnabled": True})
    client.cloud.clock.advance(29)
    assert one(client, "new_untracked").json()["ChangeTrackingEnabled"] is False
    client.cloud.clock.advance(2)
    assert one(client, "new_untracked").json()["ChangeTrackingEnabled"] is True


def test_publishing_another_table_shows_nothing_and_publishing_all_does(client: Client) -> None:
    put(client, "new_untracked", one(client, "new_untracked").json() | {"ChangeTrackingEnabled": True})
    publish(client, "account")
    assert one(client, "new_untracked").json()["ChangeTrackingEnabled"] is False
    publish(client)
    assert one(client, "new_untracked").json()["ChangeTrackingEnabled"] is True


def test_what_a_put_leaves_out_reverts(client: Client) -> None:
    whole = one(client, "account").json()
    assert whole["HasNotes"] is True
    partial = {key: value for key, value in whole.items() if key not in ("HasNotes", "Description")}
    assert put(client, "account", partial).status_code == 204
    after = one(client, "account", Consistency="Strong").json()
    assert (after["HasNotes"], after["Description"]) == (False, None)
    lost = put(client, "account", {"ChangeTrackingEnabled": False})
    assert (lost.status_code, "cannot be disabled" in lost.text) == (400, True)


def test_labels_of_other_languages_need_merging(client: Client) -> None:
    whole = one(client, "account", "service").json()
    assert [label["LanguageCode"] for label in whole["DisplayName"]["LocalizedLabels"]] == [1033, 1043]
    base = {"LocalizedLabels": whole["DisplayName"]["LocalizedLabels"][:1]}
    put(client, "account", whole | {"DisplayName": base}, "service", **{"MSCRM.MergeLabels": "true"})
    merged = one(client, "account", "service", Consistency="Strong").json()
    assert len(merged["DisplayName"]["LocalizedLabels"]) == 2
    put(client, "account", whole | {"DisplayName": base}, "service")
    replaced = one(client, "account", "service", Consistency="Strong").json()
    assert len(replaced["DisplayName"]["LocalizedLabels"]) == 1


def test_tables_that_never_track_changes_refuse_it(client: Client) -> None:
    answer = put(client, "new_never", one(client, "new_never").json() | {"ChangeTrackingEnabled": True})
    assert answer.status_code == 400
    assert put(client, "account", one(client, "account").json() | {"Invented": 1}).status_code == 400


def test_without_the_privilege_nothing_is_customised(tmp_path: Path) -> None:
    with running(tmp_path, SEED | {"principals": {"app": {"metadataWrite": False}}}) as cloud:
        client = client_of(cloud)
        answer = put(client, "account", one(client, "account").json())
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "0x80040220")
        assert publish(client).status_code == 403
        client.session.close()
