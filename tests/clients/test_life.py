"""What ends, cleans and links to Fabric, from the local cloud: odd answers, and names that must not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from reconciler.clients.clients import WriteClients
from reconciler.clients.link_service import Organization
from reconciler.model.configuration import Configuration
from reconciler.model.errors import NotAuthorised, NotFound, Refused, Unintelligible
from reconciler.simulator import Cloud
from tests.apply.life import LIFE
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, TENANT, storage

SERVICE = ENVIRONMENTS["service"]


@pytest.fixture
def served(start_cloud: Callable[..., AbstractContextManager[Cloud]]) -> Iterator[Cloud]:
    with start_cloud(LIFE) as cloud:
        yield cloud


@pytest.fixture
def clients(served: Cloud, configuration: Configuration) -> Iterator[WriteClients]:
    with clients_of(served, configuration) as found:
        yield WriteClients.beside(found)


@pytest.mark.parametrize("name", ["", "a.b", "a/b", "-a", "evil.example/"])
def test_a_workspace_that_is_no_name_gets_no_token(clients: WriteClients, name: str) -> None:
    with pytest.raises(Refused):
        clients.spark(TENANT, name, "convert")


@pytest.mark.parametrize("database", ["", "a`; DROP DATABASE b", "a b", "a\n", "../x", "-a"])
def test_a_database_that_is_no_plain_name_becomes_no_statement(
    served: Cloud, clients: WriteClients, database: str
) -> None:
    spark = clients.spark(TENANT, "ws-service", "convert")
    with pytest.raises(Refused, match="by hand"):
        spark.drop_database(0, database)
    assert served.record.writes == []


def test_a_session_is_begun_waited_for_and_ended(served: Cloud, clients: WriteClients) -> None:
    spark = clients.spark(TENANT, "ws-service", "convert")
    session = spark.begin("test")
    assert spark.session_state(session) == "starting"
    served.clock.advance(60)
    assert spark.session_state(session) == "idle"
    statement = spark.drop_database(session, "never_there")
    served.clock.advance(60)
    assert spark.statement(session, statement) == ("available", "")
    spark.end(session)
    with pytest.raises(NotFound):
        spark.session_state(session)


def test_a_pool_that_is_not_there_is_said(clients: WriteClients) -> None:
    with pytest.raises(NotFound):
        clients.spark(TENANT, "ws-service", "nowhere").begin("test")


def test_a_session_without_an_id_is_unintelligible(served: Cloud, clients: WriteClients) -> None:
    served.faults.add("nonsense", "synapse.spark.session.create", times=1)
    with pytest.raises(Unintelligible):
        clients.spark(TENANT, "ws-service", "convert").begin("test")


def test_a_container_that_is_not_there_is_told_from_an_account_that_is_not(clients: WriteClients) -> None:
    assert not clients.container(TENANT, storage("servicelake"), "nothing-here").exists()
    with pytest.raises(NotFound):
        clients.container(TENANT, storage("nowhere"), "nothing-here").exists()


def test_the_service_says_nothing_of_fabric_before_the_organization_is_registered(
    served: Cloud, clients: WriteClients
) -> None:
    detail = clients.dataverse(SERVICE).organization()
    organization = Organization(SERVICE.environment_id, str(detail["OrganizationId"]), SERVICE.url + "/")
    record = clients.power_platform(TENANT).environment(SERVICE.environment_id)
    suffix = record["properties"]["cluster"]["uriSuffix"]
    service = clients.link_service(SERVICE, organization, f"athenawebservice.w{suffix}.powerapps.com")
    with pytest.raises(NotAuthorised):
        service.may_link_to_fabric()
    service.register_organization()
    assert service.may_link_to_fabric()
    assert service.lakes(managed=True) == []
