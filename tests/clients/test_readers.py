"""What the readers give of each service, from the local cloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.clients.clients import ReadClients
from reconciler.clients.resource_manager import resource_type
from reconciler.model.configuration import Configuration
from reconciler.model.errors import NotFound
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SALES, SERVICE, SUBSCRIPTION, TENANT, storage, workspace


@pytest.fixture
def clients(cloud: Cloud, configuration: Configuration) -> Iterator[ReadClients]:
    with clients_of(cloud, configuration) as found:
        yield found
    assert cloud.record.unserved == []
    assert cloud.record.writes == []


def test_one_request_gives_all_rows_of_an_organization(cloud: Cloud, clients: ReadClients) -> None:
    rows = clients.dataverse(ENVIRONMENTS["sales"]).link_rows(definitions=True)
    assert rows.organization["TenantId"] == TENANT
    assert [row["name"] for row in rows.sets["synapselinkprofiles"]]
    assert {row["entityname"] for row in rows.sets["synapselinkprofileentities"]} == {"account", "contact", "task"}
    assert {"account", "accountleads"} <= {row["LogicalName"] for row in rows.definitions}
    assert cloud.record.count(route="dataverse.batch") == 1


def test_without_definitions_none_are_sent(clients: ReadClients) -> None:
    assert clients.dataverse(ENVIRONMENTS["sales"]).link_rows(definitions=False).definitions == []


def test_a_definition_is_read_whole(clients: ReadClients) -> None:
    definition = clients.dataverse(ENVIRONMENTS["sales"]).table_definition("account")
    assert {"MetadataId", "LogicalName", "ChangeTrackingEnabled", "DisplayName"} <= definition.keys()


def test_environments_are_listed_and_read_one_by_one(clients: ReadClients) -> None:
    admin = clients.power_platform(TENANT)
    assert {record["name"] for record in admin.environments()} == {SALES, SERVICE}
    assert admin.environment(SALES)["properties"]["azureRegion"] == "westeurope"


def test_the_inventory_comes_in_one_query_with_ids_in_lower_case(cloud: Cloud, clients: ReadClients) -> None:
    rows = clients.resource_manager(TENANT).inventory([SUBSCRIPTION])
    assert {storage("saleslake"), workspace("ws-service")} <= {row["id"] for row in rows}
    assert cloud.record.count(route="arm.graph") == 1


def test_role_assignments_are_queried_in_bulk(clients: ReadClients) -> None:
    found = clients.resource_manager(TENANT).role_assignments([SUBSCRIPTION])
    assert (SALES, storage("saleslake")) in [(row["principalId"], row["scope"]) for row in found]


@pytest.mark.parametrize("resource_id", [storage("saleslake"), workspace("ws-service")])
def test_a_resource_is_read_from_its_provider(clients: ReadClients, resource_id: str) -> None:
    assert clients.resource_manager(TENANT).resource(resource_id)["id"].lower() == resource_id


def test_a_resource_that_is_not_there_is_not_found(clients: ReadClients) -> None:
    with pytest.raises(NotFound, match="ResourceNotFound"):
        clients.resource_manager(TENANT).resource(storage("nowhere"))


def test_the_type_of_a_resource_is_in_its_id() -> None:
    assert resource_type(storage("x")) == "microsoft.storage/storageaccounts"
