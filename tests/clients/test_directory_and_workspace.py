"""Microsoft Graph and development endpoints of workspaces, read for real from a local cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from reconciler.clients.clients import ReadClients
from reconciler.model.applications import FIRST_PARTY, LINK_SERVICE
from reconciler.model.configuration import Configuration
from reconciler.model.errors import NotAuthorised, Refused, ServiceError, Unintelligible
from reconciler.simulator import Cloud
from reconciler.simulator.nouns import Resource
from tests.conftest import clients_of
from tests.fleet import CLOUD, SUBSCRIPTION, TENANT, storage, workspace


@pytest.fixture
def clients(cloud: Cloud, configuration: Configuration) -> Iterator[ReadClients]:
    with clients_of(cloud, configuration) as found:
        yield found


def test_service_principals_are_found_by_application_id_in_one_request(cloud: Cloud, clients: ReadClients) -> None:
    found = clients.directory(TENANT).service_principals(list(FIRST_PARTY))
    assert set(found) == set(FIRST_PARTY)
    assert found[LINK_SERVICE]["displayName"] == "Export to data lake"
    assert cloud.record.count(route="graph.principals") == 1


def test_more_applications_than_a_filter_takes_are_asked_for_in_parts(cloud: Cloud, clients: ReadClients) -> None:
    many = [f"00000000-0000-4000-8000-{number:012}" for number in range(20)]
    assert set(clients.directory(TENANT).service_principals([*many, LINK_SERVICE])) == {LINK_SERVICE}
    assert cloud.record.count(route="graph.principals") == 2


def test_an_application_without_a_service_principal_is_absent(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration
) -> None:
    seed = CLOUD | {"missingApplications": [LINK_SERVICE]}
    with start_cloud(seed) as cloud, clients_of(cloud, configuration) as clients:
        assert LINK_SERVICE not in clients.directory(TENANT).service_principals(list(FIRST_PARTY))


def test_a_directory_that_may_not_be_read_says_so_in_graphs_own_words(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration
) -> None:
    seed = CLOUD | {"principals": {"app": {"directory": False}}}
    with (
        start_cloud(seed) as cloud,
        clients_of(cloud, configuration) as clients,
        pytest.raises(NotAuthorised, match="Insufficient privileges") as refused,
    ):
        clients.directory(TENANT).service_principals([LINK_SERVICE])
    assert refused.value.code == "Authorization_RequestDenied"


@pytest.mark.parametrize("nonsense", ["html", "truncated", "content-type"])
def test_nonsense_of_graph_is_unintelligible(cloud: Cloud, clients: ReadClients, nonsense: str) -> None:
    cloud.faults.add("nonsense", "graph.principals", nonsense=nonsense)
    with pytest.raises(Unintelligible):
        clients.directory(TENANT).service_principals([LINK_SERVICE])


def test_graph_that_throttles_is_asked_again(cloud: Cloud, clients: ReadClients) -> None:
    cloud.faults.add("throttle", "graph.principals", retry_after=0)
    assert clients.directory(TENANT).service_principals([LINK_SERVICE])


def test_a_workspace_tells_linked_services_and_roles(clients: ReadClients) -> None:
    reader = clients.workspace(TENANT, "ws-service")
    (service,) = reader.linked_services()
    assert service["properties"]["type"] == "AzureBlobFS"
    assert service["properties"]["typeProperties"]["url"] == "https://servicelake.dfs.core.windows.net/"
    assert {role["principalType"] for role in reader.role_assignments()} == {"User", "ServicePrincipal"}


def test_role_assignments_are_continued_by_a_header(cloud: Cloud, clients: ReadClients) -> None:
    key = f"{workspace('ws-service')}/roles/"
    for number in range(150):
        role = {"id": str(number), "roleDefinitionId": "r", "principalId": "p", "scope": "s", "principalType": "User"}
        cloud._world.resources[f"{key}{number}"] = Resource(f"{key}{number}", "synapseRole", role, 0.0)
    assert len(clients.workspace(TENANT, "ws-service").role_assignments()) == 152


@pytest.mark.parametrize("name", ["", "a.b", "x/y", "UPPER", "-a", "a" * 51, "evil.example.com#"])
def test_what_is_no_workspace_name_gets_no_token(clients: ReadClients, name: str) -> None:
    with pytest.raises(Refused):
        clients.workspace(TENANT, name)


def test_resource_manager_tells_absence_from_a_refusal(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration
) -> None:
    lake = storage("servicelake")
    with start_cloud() as cloud, clients_of(cloud, configuration) as clients:
        manager = clients.resource_manager(TENANT)
        assert manager.subscription(SUBSCRIPTION)["tenantId"] == TENANT
        assert manager.container(lake, "nothing") is None
        assert (manager.container(lake, "synapse") or {})["name"] == "synapse"
        assert manager.lifecycle_policy(lake) is None
        assert manager.spark_pool(workspace("ws-service"), "nothing") is None
        assert (manager.spark_pool(workspace("ws-service"), "spark") or {})["name"] == "spark"
        assert len(manager.firewall_rules(workspace("ws-service"))) == 2
        for read in (lambda: manager.container(storage("nolake"), "x"), lambda: manager.subscription("nothing")):
            with pytest.raises(ServiceError):
                read()
    with (
        start_cloud(CLOUD | {"principals": {"app": {"azure": "none"}}}) as cloud,
        clients_of(cloud, configuration) as clients,
        pytest.raises(NotAuthorised),
    ):
        clients.resource_manager(TENANT).container(lake, "nothing")


BROKEN: tuple[tuple[str, Callable[[ReadClients], Any]], ...] = (
    ("arm.firewall", lambda clients: clients.resource_manager(TENANT).firewall_rules(workspace("ws-service"))),
    ("synapse.linkedservices", lambda clients: clients.workspace(TENANT, "ws-service").linked_services()),
    ("synapse.roles", lambda clients: clients.workspace(TENANT, "ws-service").role_assignments()),
)


@pytest.mark.parametrize(("route", "read"), BROKEN, ids=[route for route, _ in BROKEN])
def test_nonsense_is_unintelligible(
    cloud: Cloud, clients: ReadClients, route: str, read: Callable[[ReadClients], Any]
) -> None:
    cloud.faults.add("nonsense", route)
    with pytest.raises(Unintelligible):
        read(clients)


PAGES: tuple[tuple[str, type[Exception] | None], ...] = (
    ("https://graph.microsoft.com/v1.0/servicePrincipals?$filter=appId eq '{app}'&$skiptoken=2", None),
    ("https://graph.microsoft.com/v1.0/servicePrincipals?$filter=loop", Unintelligible),
    ("https://evil.example/v1.0/servicePrincipals", Refused),
)


@pytest.mark.parametrize(("link", "error"), PAGES, ids=["next", "loop", "foreign"])
def test_a_next_page_of_graph_is_followed_on_its_own_host_alone(
    clients: ReadClients, monkeypatch: pytest.MonkeyPatch, link: str, error: type[Exception] | None
) -> None:
    reader = clients.directory(TENANT)
    genuine, pages = reader._get, []

    async def get(url: str) -> dict[str, Any]:
        pages.append(url)
        if "loop" in url:
            return {"value": [], "@odata.nextLink": url}
        body = await genuine(url)
        return body | ({"@odata.nextLink": link.format(app=LINK_SERVICE)} if len(pages) == 1 else {})

    monkeypatch.setattr(reader, "_get", get)
    if error:
        with pytest.raises(error):
            reader.service_principals([LINK_SERVICE])
    else:
        assert set(reader.service_principals([LINK_SERVICE])) == {LINK_SERVICE}
        assert len(pages) == 2
