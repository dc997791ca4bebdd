"""Channels: what is repeated, what is not, and what a failure is called."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator

import pytest

from reconciler.clients.channel import Answer, ReadChannel
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.clients.link_service import LinkServiceWriter, Organization
from reconciler.model.configuration import Configuration
from reconciler.model.errors import (
    NotAuthorised,
    NotFound,
    NotReached,
    OutcomeUnknown,
    ReconcilerError,
    ServiceError,
    Unintelligible,
)
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SALES

ORGANIZATION = Organization(SALES, "", "https://contoso-sales.crm4.dynamics.com/")


@pytest.fixture
def clients(cloud: Cloud, configuration: Configuration) -> Iterator[ReadClients]:
    with clients_of(cloud, configuration) as found:
        yield found


@pytest.fixture
def writer(clients: ReadClients) -> LinkServiceWriter:
    """A writer to the link service of the environment 'sales'."""
    detail = clients.dataverse(ENVIRONMENTS["sales"]).organization()
    organization = Organization(SALES, str(detail["OrganizationId"]), ORGANIZATION.url)
    record = clients.power_platform(ENVIRONMENTS["sales"].tenant_id).environment(SALES)
    host = f"athenawebservice.w{record['properties']['cluster']['uriSuffix']}.powerapps.com"
    return WriteClients.beside(clients).link_service(ENVIRONMENTS["sales"], organization, host)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("throttle", {"retry_after": 0}),
        ("error", {"status": 500}),
        ("error", {"status": 503}),
        ("reset-before", {}),
        ("reset-after", {}),
    ],
)
def test_a_read_is_repeated_until_it_is_answered(
    cloud: Cloud, clients: ReadClients, kind: str, options: dict[str, int]
) -> None:
    cloud.faults.add(kind, "dataverse.batch", times=1, **options)
    assert clients.dataverse(ENVIRONMENTS["sales"]).link_rows(definitions=False).organization["EnvironmentId"] == SALES
    assert cloud.record.count(route="dataverse.batch") == 2


def test_each_attempt_has_an_id_of_its_own(cloud: Cloud, clients: ReadClients) -> None:
    cloud.faults.add("error", "dataverse.batch", times=1, status=503)
    clients.dataverse(ENVIRONMENTS["sales"]).link_rows(definitions=False)
    ids = [entry.correlation for entry in cloud.record if entry.route == "dataverse.batch" and not entry.inner]
    assert len(set(ids)) == len(ids) == 2


def test_an_hour_of_retry_after_is_not_slept(cloud: Cloud, clients: ReadClients) -> None:
    cloud.faults.add("throttle", "dataverse.batch", times=9, retry_after=3600)
    with pytest.raises(NotReached, match=r"throttled until .* UTC"):
        clients.dataverse(ENVIRONMENTS["sales"]).link_rows(definitions=False)
    assert cloud.record.count(route="dataverse.batch") == 1


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("refused", {}, NotAuthorised),
        ("nonsense", {}, Unintelligible),
    ],
)
def test_a_read_that_fails_says_how(
    cloud: Cloud, clients: ReadClients, kind: str, options: dict[str, int], error: type[ReconcilerError]
) -> None:
    cloud.faults.add(kind, "dataverse.organization", times=9, **options)
    with pytest.raises(error, match="Dataverse of 'sales'"):
        clients.dataverse(ENVIRONMENTS["sales"]).organization()


@pytest.mark.parametrize(
    ("kind", "options", "error", "sent"),
    [
        ("throttle", {"retry_after": 0}, None, 2),
        ("throttle", {"retry_after": 3600}, NotReached, 1),
        ("error", {"status": 500}, OutcomeUnknown, 1),
        ("error", {"status": 503}, OutcomeUnknown, 1),
        ("reset-before", {}, OutcomeUnknown, 1),
        ("reset-after", {}, OutcomeUnknown, 1),
        ("refused", {}, NotAuthorised, 1),
    ],
)
def test_a_write_is_sent_once_unless_the_service_said_that_it_did_nothing(
    cloud: Cloud,
    writer: LinkServiceWriter,
    kind: str,
    options: dict[str, int],
    error: type[ServiceError] | None,
    sent: int,
) -> None:
    cloud.faults.add(kind, "link.register", times=1, **options)
    if error:
        with pytest.raises(error, match="Synapse Link service of 'sales'"):
            writer.register_organization()
    else:
        writer.register_organization()
    assert cloud.record.count(route="link.register") == sent


def test_pages_without_an_end_are_told(clients: ReadClients, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leads to another that was not read yet."""
    numbers = itertools.count()

    def page(_channel: ReadChannel, _path: str, _headers: object = None) -> Answer:
        body = {
            "value": [],
            "items": [],
            "paths": [],
            "nextLink": f"{next(numbers)}",
            "continuationToken": f"{next(numbers)}",
        }
        return Answer("Service", "GET /x", 200, {"x-ms-continuation": f"{next(numbers)}"}, json.dumps(body).encode())

    monkeypatch.setattr(ReadChannel, "get", page)
    tenant = ENVIRONMENTS["sales"].tenant_id
    workspace = clients.workspace(tenant, "ws-service")
    databases = clients.lake_databases(tenant, "ws-service").databases
    for read in (
        clients.power_platform(tenant).environments,
        workspace.linked_services,
        workspace.role_assignments,
        databases,
    ):
        with pytest.raises(Unintelligible, match="more than 1,000 pages"):
            read()
    assert clients.lake(tenant, "saleslake").paths("c").cut


def test_a_missing_profile_is_not_found(writer: LinkServiceWriter) -> None:
    with pytest.raises(NotFound, match="404"):
        writer.profile("00000000-0000-0000-0000-000000000000")


def test_a_cloud_that_is_not_there_was_not_reached(cloud: Cloud, configuration: Configuration) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with clients_of(cloud, configuration, port=port) as clients, pytest.raises((NotReached, NotAuthorised)):
        clients.power_platform(ENVIRONMENTS["sales"].tenant_id).environments()
