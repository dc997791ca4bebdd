"""Answers of another shape than a service is known to give: one environment's trouble, told, and never a crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.clients.channel import Answer
from reconciler.clients.clients import ReadClients
from reconciler.live.discover import discover
from reconciler.live.environment import reread_link
from reconciler.live.snapshot import read_snapshot
from reconciler.model.configuration import Configuration
from reconciler.model.errors import Unintelligible
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SERVICE, TENANT, fleet

Path = tuple[str | int, ...]
BATCH = "GET {} in a batch"
ADMIN = "scopes/admin/environments"


@pytest.fixture
def clients(cloud: Cloud, configuration: Configuration) -> Iterator[ReadClients]:
    with clients_of(cloud, configuration) as found:
        yield found


def misshape(monkeypatch: pytest.MonkeyPatch, service: str, request: str, path: Path, value: Any) -> None:
    """Puts a value into each answer of a service to such a request."""
    whole = Answer.json

    def json(self: Answer) -> Any:
        body = whole(self)
        if service in self.service and request in self.request:
            inner = body
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
        return body

    monkeypatch.setattr(Answer, "json", json)


@pytest.mark.parametrize(
    ("request_", "path", "value"),
    [
        ("synapselinkprofiles", ("value", 0, "datalakefolder"), 7),
        ("synapselinkprofiles", ("value", 0, "profilestate"), float("inf")),
        ("synapselinkprofileentities", ("value", 0, "recordcountperblock"), float("inf")),
        ("synapselinkprofileentities", ("value", 0, "entityname"), ["account"]),
        ("EntityDefinitions", ("value", 0, "CanChangeTrackingBeEnabled"), True),
        ("EntityDefinitions", ("@odata.nextLink",), "https://["),
        ("EntityDefinitions", ("@odata.nextLink",), "https://evil.example/page"),
        ("EntityDefinitions", ("@odata.nextLink",), {"href": "x"}),
        ("RetrieveCurrentOrganization", ("Detail",), []),
    ],
)
def test_odd_rows_make_one_environment_unreadable_and_the_rest_goes_on(
    clients: ReadClients,
    configuration: Configuration,
    monkeypatch: pytest.MonkeyPatch,
    request_: str,
    path: Path,
    value: Any,
) -> None:
    misshape(monkeypatch, "'sales'", request_, path, value)
    live = read_snapshot(clients, fleet(), configuration).environments
    assert live["sales"].unreadable
    assert live["sales"].unreadable.code == "environment-unreadable"
    assert not live["service"].unreadable


@pytest.mark.parametrize(
    ("service", "request_", "path", "value"),
    [
        ("Power Platform", ADMIN, ("properties",), 7),
        ("Power Platform", ADMIN, ("properties", "cluster"), "il105"),
        ("Synapse Link", "lakeprofile", ("Entities", 0, "Type"), []),
        ("Synapse Link", "lakeprofile", ("Entities",), None),
    ],
)
def test_odd_answers_of_the_writing_side_block_link_writes_and_nothing_else(
    clients: ReadClients,
    configuration: Configuration,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    request_: str,
    path: Path,
    value: Any,
) -> None:
    misshape(monkeypatch, service, request_, path, value)
    sales = read_snapshot(clients, fleet(), configuration).environments["sales"]
    assert not sales.unreadable
    assert len(sales.links) == 1
    assert sales.link_writes_missing


@pytest.mark.parametrize(("path", "value"), [(("data", 0), None), (("$skipToken",), 5), (("$skipToken",), "same")])
def test_odd_rows_of_the_index_are_a_warning(
    clients: ReadClients, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, path: Path, value: Any
) -> None:
    misshape(monkeypatch, "Azure", "ResourceGraph", path, value)
    live = read_snapshot(clients, fleet(), configuration)
    assert live.resources_unreadable
    assert live.resources_unreadable.code == "azure-unreadable"


@pytest.mark.parametrize("path", [("value", 0, "properties"), ("value", 0, "properties", "linkedEnvironmentMetadata")])
def test_an_odd_record_of_the_admin_api_is_an_environment_without_dataverse(
    clients: ReadClients, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    misshape(monkeypatch, "Power Platform", ADMIN, path, 7)
    assert [each.environment_id for each in discover(clients, TENANT, [])] == [SERVICE]


def test_a_page_that_leads_to_itself_ends(clients: ReadClients, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"{ENVIRONMENTS['sales'].url}/api/data/v9.2/synapselinkschedules?page=2"
    misshape(monkeypatch, "'sales'", "synapselinkschedules", ("@odata.nextLink",), url)
    with pytest.raises(Unintelligible, match="leads back"):
        clients.dataverse(ENVIRONMENTS["sales"]).link_rows(definitions=False)


def test_a_list_of_environments_that_leads_to_itself_ends(
    clients: ReadClients, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"https://{clients.cloud.bap_host}/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
    misshape(monkeypatch, "Power Platform", ADMIN, ("nextLink",), f"{url}?api-version=2023-06-01")
    with pytest.raises(Unintelligible, match="leads back"):
        clients.power_platform(TENANT).environments()


@pytest.mark.parametrize("content", [b'"\\ud800"', b"[1, 2", b"<html>", b"", b"[" * 100_000])
def test_what_is_no_json_or_can_not_be_printed_is_unintelligible(content: bytes) -> None:
    with pytest.raises(Unintelligible, match="not JSON"):
        Answer("Some service", "GET /", 200, {}, content).json()


def test_a_character_in_two_halves_is_json() -> None:
    assert Answer("Some service", "GET /", 200, {}, b'"\\ud83d\\ude00"').json() == "\U0001f600"


def test_a_link_of_odd_rows_is_unintelligible_when_it_is_read_again(
    clients: ReadClients, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = read_snapshot(clients, fleet(), configuration).environments["sales"]
    misshape(monkeypatch, "'sales'", "synapselinkschedules", ("value", 0, "recurrenceunit"), {"x": 1})
    folder = live.links[0].folder_id
    with pytest.raises(Unintelligible, match="another shape"):
        reread_link(clients, ENVIRONMENTS["sales"], live, folder, activation_time_moves=True)
