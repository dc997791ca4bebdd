"""The service lists what can be linked, and says why the rest can't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from tests.simulator.local import LINK_APP, SEED, client_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.simulator.local import Client

MORE = [{"name": "new_elastic", "tableType": "Elastic"}, {"name": "new_pair", "joins": ["account", "new_untracked"]}]
SALES = SEED["environments"][0] | {
    "tables": [*SEED["environments"][0]["tables"], *MORE],
    "finopsTables": ["CustTable", {"name": "VendTable", "rows": 10}],
    "managedIdentity": True,
}


@pytest.fixture
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    assume = dict([request.param.split("=")]) if hasattr(request, "param") else None
    with running(tmp_path, SEED | {"environments": [SALES, SEED["environments"][1]]}, assume=assume) as cloud:
        made = client_of(cloud)
        yield made
        made.session.close()


def ask(client: Client, path: str, name: str = "sales", **options: Any) -> Any:
    environment = client.environment(name)
    url = f"https://{environment['linkHost']}/{path}?organizationUrl={environment['url']}/"
    return client.get(url, scope=f"{LINK_APP}/.default", **{"user": True, **options})


def test_tables_and_why_they_cannot_be_linked(client: Client, sales: dict[str, str]) -> None:
    found = {row["LogicalName"]: row for row in ask(client, "entities").json()}
    assert len(found) > 300
    assert set(found["account"]) == {"LogicalName", "DisplayName", "IsActivity", "IsDisabled", "ReasonIfDisabled",
                                     "IsComoTableActive", "IsVirtualEntity", "Description"}  # fmt: skip
    assert (found["account"]["IsDisabled"], found["task"]["IsActivity"]) == (False, True)
    reasons = {name: found[name]["ReasonIfDisabled"] for name in ("new_untracked", "new_elastic", "account")}
    assert reasons == {"new_untracked": "Change Tracking is Disabled", "account": "",
                       "new_elastic": "Elastic tables are not supported"}  # fmt: skip
    assert "stringmap" not in found
    url = sales["url"] + "/api/data/v9.2/EntityDefinitions(LogicalName='account')"
    client.call("PUT", url, json=client.get(url).json() | {"IsRetentionEnabled": True})
    client.call("POST", sales["url"] + "/api/data/v9.2/PublishAllXml")
    found = {row["LogicalName"]: row for row in ask(client, "entities").json()}
    assert found["account"]["ReasonIfDisabled"] == "Long term retention is enabled"


def test_relationships(client: Client) -> None:
    found = {row["IntersectLogicalName"]: row for row in ask(client, "relationships").json()}
    ends = {name: (found[name]["Entity1LogicalName"], found[name]["Entity2LogicalName"]) for name in found}
    assert ends["new_pair"] == ("account", "new_untracked")
    assert ends["accountleads"] == ("account", "lead")
    assert found["new_pair"]["IsIntersect"] is True


@pytest.mark.parametrize("client", ["finops-table-rows=LogicalName", "finops-table-rows=TableName"], indirect=True)
def test_finops_tables(client: Client) -> None:
    field = client.cloud._world.answer("finops-table-rows")
    assert ask(client, "fnoTables").json() == [{field: "CustTable"}, {field: "VendTable"}]
    assert ask(client, "fnoTables", "service").json() == []


def test_bare_answers(client: Client, sales: dict[str, str]) -> None:
    assert ask(client, "isComoEnabledForOrg").json() is False
    for organization, there in ((sales["organization"], True), ("another", False)):
        query = f"isIslandEnabled?organizationId={organization}&organizationUrl={sales['url']}/"
        assert client.link("GET", sales, query, headers={"x-ms-organization-id": ""}).json() is there


def test_the_policys_identity_is_json_that_says_it_is_text(client: Client, sales: dict[str, str]) -> None:
    tenant = client.cloud._world.environment("sales").tenant
    answer = client.link("GET", sales, f"tenant/{tenant}/getclientidfromep")
    assert answer.headers["content-type"].startswith("text/plain")
    assert all(json.loads(answer.text).values())
    other = client.link("GET", client.environment("service"), f"tenant/{tenant}/getclientidfromep")
    assert json.loads(other.text) == {"ClientSecretUrl": None, "ClientId": None}


def test_another_organization_and_another_caller(client: Client, sales: dict[str, str]) -> None:
    url = f"https://{sales['linkHost']}/entities?organizationUrl=https://another.crm4.dynamics.com/"
    assert client.get(url, scope=f"{LINK_APP}/.default", user=True).status_code == 404
    assert client.session.get(url).status_code == 404
    assert ask(client, "entities", user=False).status_code == 404


@pytest.mark.parametrize("client", ["app-only-service-reads=yes"], indirect=True)
def test_an_application_may_read(client: Client) -> None:
    assert ask(client, "entities", user=False).status_code == 200
