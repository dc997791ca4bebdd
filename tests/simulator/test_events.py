"""What befalls an environment ends its links and leaves their data, or stops them until it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from reconciler.simulator import running
from reconciler.simulator.events import EVENTS, UnusableEventError
from reconciler.simulator.world import UnknownNameError
from tests.simulator.local import SEED, client_of
from tests.simulator.test_link_service import LAKE, profile_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.simulator.local import Client

TENANTS = SEED | {"tenants": [{"name": "contoso"}, {"name": "fabrikam"}]}
VALUES = {"copy": "service", "move": "fabrikam"}


@pytest.fixture
def switched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path, TENANTS, assume={"event-rows": request.param}) as cloud:
        made = client_of(cloud)
        yield made
        made.session.close()


@pytest.mark.parametrize("switched", ["none", "soft-deleted"], indirect=True)
@pytest.mark.parametrize("event", ["restore", "reset", "copy", "move"])
def test_links_are_lost_and_their_data_stays(switched: Client, event: str) -> None:
    containers = switched.cloud.state.containers("saleslake")
    databases = switched.cloud.state.databases("ws-data")
    switched.cloud.event("sales", event, VALUES.get(event, ""))
    assert [link.deleted for link in switched.cloud.state.links if link.environment == "sales"] == (
        [True] if switched.cloud._world.answer("event-rows") == "none" else [True] * 4
    )
    assert switched.cloud.state.containers("saleslake") == dict.fromkeys(containers, False)
    assert switched.cloud.state.databases("ws-data") == dict.fromkeys(databases, False)
    if event == "move":
        scope = switched.environment("sales")["url"] + "/.default"
        with pytest.raises(requests.HTTPError):
            switched.token(scope)
        assert switched.token(scope, tenant="fabrikam.onmicrosoft.com")
        return
    rows = switched.rows("sales", "synapselinkprofiles")
    assert [row["profilestate"] for row in rows] == (
        [3] if switched.cloud._world.answer("event-rows") == "none" else [3] * 4
    )
    sales = switched.environment("sales")
    assert switched.link("GET", sales, "lakedetails").json() == []
    assert switched.link("POST", sales, "lakedetails", json=LAKE).status_code == 403
    query = f"?organizationUrl={sales['url']}/&organizationId={sales['organization']}"
    switched.link("POST", sales, "updateorganizationdetails" + query)
    old = LAKE | {"StorageAccountName": "saleslake", "FileSystemName": next(iter(containers))}
    assert switched.link("POST", sales, "lakedetails", json=old).status_code == 403
    assert switched.link("POST", sales, "lakedetails", json=LAKE).status_code == 200


def test_a_link_made_anew_has_other_ids(client: Client, sales: dict[str, str]) -> None:
    before = {link.folder for link in client.cloud.state.links}
    client.cloud.event("sales", "restore")
    query = f"?organizationUrl={sales['url']}/&organizationId={sales['organization']}"
    client.link("POST", sales, "updateorganizationdetails" + query)
    lakes = [client.link("POST", sales, "lakedetails", json=LAKE | {"StorageAccountName": name}).json()["Id"]
             for name in ("saleslake", "deltalake", "folderlake")]  # fmt: skip
    assert not before & set(lakes)


def test_a_copy_brings_the_tables_of_its_source(client: Client) -> None:
    client.cloud.event("service", "copy", "sales")
    url = client.environment("service")["url"] + "/api/data/v9.2/EntityDefinitions(LogicalName='new_untracked')"
    assert client.get(url).status_code == 200
    assert client.cloud.state.link("sales", "saleslake").active
    client.cloud.event("service", "reset")
    assert client.get(url).status_code == 404


def test_a_renamed_environment_answers_elsewhere_and_its_links_stop(client: Client, sales: dict[str, str]) -> None:
    client.cloud.event("sales", "rename", "https://contoso-vertrieb.crm4.dynamics.com/")
    assert client.session.get(sales["url"] + "/api/data/v9.2/datalakefolders").status_code == 404
    assert [row["profilestate"] for row in client.rows("sales", "synapselinkprofiles")] == [2, 2, 2, 3]
    document = profile_of(client, client.environment("sales"))
    assert document["OrganizationUrl"] == sales["url"] + "/"
    lakes = client.link("POST", client.environment("sales"), "lakedetails", json=LAKE)
    assert lakes.status_code == 200
    shown = client.get(
        f"https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments/{sales['id']}"
        "?api-version=2023-06-01"
    ).json()["properties"]["linkedEnvironmentMetadata"]["instanceUrl"]
    assert shown == "https://contoso-vertrieb.crm4.dynamics.com/"


def test_admin_mode_pauses_links_until_it_ends(client: Client, sales: dict[str, str]) -> None:
    client.cloud.fail("sales", "deltalake", "SPARK-807")
    client.cloud.event("sales", "admin-mode")
    codes = {account: client.cloud.state.link("sales", account).error for account in ("saleslake", "deltalake")}
    assert codes == {"saleslake": "DV-804", "deltalake": "SPARK-807"}
    client.cloud.event("sales", "recover")
    codes = {account: client.cloud.state.link("sales", account).error for account in ("saleslake", "deltalake")}
    assert codes == {"saleslake": None, "deltalake": "SPARK-807"}
    assert client.rows("sales", "synapselinkprofiles")[0]["profilestate"] == 1


def test_a_deleted_environment_answers_nobody_until_it_is_recovered(client: Client, sales: dict[str, str]) -> None:
    before = client.rows("sales", "synapselinkprofileentitystates")[0]
    client.cloud.event("sales", "delete")
    assert client.session.get(sales["url"] + "/api/data/v9.2/datalakefolders").status_code == 404
    assert client.link("GET", sales, "lakedetails").status_code == 404
    client.cloud.clock.advance(86400)
    client.cloud.event("sales", "recover")
    after = client.rows("sales", "synapselinkprofileentitystates")[0]
    assert after["lastsynceddatatime"] > before["lastsynceddatatime"]
    assert after["initialsyncprocesscompletedtime"] == before["initialsyncprocesscompletedtime"]


@pytest.mark.parametrize(
    ("event", "value", "told"),
    [
        ("nothing", "", "no event 'nothing'; there are: restore"),
        ("restore", "sales", "restore takes nothing more"),
        ("copy", "", "copied from"),
        ("copy", "sales", "to another one"),
        ("rename", "contoso", "expected a URL"),
        ("rename", "https://login.microsoftonline.com", "expected a URL"),
        ("rename", "https://a b.crm4.dynamics.com", "expected a URL"),
        ("rename", "https://contoso-service.crm.dynamics.com", "is the URL of 'service'"),
    ],
)
def test_events_that_cannot_befall(client: Client, event: str, value: str, told: str) -> None:
    with pytest.raises(UnusableEventError, match=told):
        client.cloud.event("sales", event, value)
    assert client.cloud.state.link("sales", "saleslake").active


def test_unknown_names(client: Client) -> None:
    for event, value in (("move", "nobody"), ("copy", "nobody")):
        with pytest.raises(UnknownNameError, match="there are"):
            client.cloud.event("sales", event, value)


def test_events_are_kept(tmp_path: Path) -> None:
    with running(tmp_path, SEED) as cloud:
        cloud.event("sales", "rename", "https://contoso-new.crm4.dynamics.com")
        cloud.event("service", "delete")
    with running(tmp_path) as cloud:
        assert set(cloud._world.by_host) == {"contoso-new.crm4.dynamics.com"}
        assert cloud.state.link("sales", "saleslake").error == "OrganizationUrlChanged"
    assert len(EVENTS) == 8
