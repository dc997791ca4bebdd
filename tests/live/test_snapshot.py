"""Snapshots: what is read of environments that differ from what their manifests say, and of resources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconciler.clients.dataverse import DataverseReader, LinkRows
from reconciler.live.discover import discover
from reconciler.live.environment import read_environment
from reconciler.live.snapshot import read_snapshot
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.simulator import Cloud, running
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, SALES, SERVICE, TENANT, fleet, storage

NOWHERE = "99999999-9999-4999-8999-999999999999"


def test_environments_and_resources_are_read_together(cloud: Cloud, configuration: Configuration) -> None:
    read: list[str] = []
    with clients_of(cloud, configuration) as clients:
        live = read_snapshot(clients, fleet(), configuration, read.append)
    assert sorted(read) == ["sales", "service"]
    assert live.environments["sales"].link_writes_missing is None
    assert [link.storage_account for link in live.environments["sales"].links] == [storage("saleslake")]
    assert storage("servicelake") in live.resources


def test_only_chosen_environments_are_read(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        live = read_snapshot(clients, fleet(), configuration, only=["service"])
    assert list(live.environments) == ["service"]
    assert not [entry for entry in cloud.record if entry.host == "contoso-sales.crm4.dynamics.com"]


@pytest.mark.parametrize(("field", "value"), [("environment_id", NOWHERE), ("url", ENVIRONMENTS["service"].url)])
def test_an_address_and_an_id_that_mean_two_environments_are_an_error(
    cloud: Cloud, configuration: Configuration, field: str, value: str
) -> None:
    wrong = DesiredState({"sales": replace(ENVIRONMENTS["sales"], **{field: value})})
    with clients_of(cloud, configuration) as clients:
        found = read_snapshot(clients, wrong, configuration).environments["sales"].unreadable
    assert found
    assert (found.code, found.location) == ("wrong-environment", ENVIRONMENTS["sales"].location)
    assert {found.found, found.expected} <= {NOWHERE, SALES, SERVICE}


def test_an_organization_that_does_not_exist_is_an_error_of_its_environment(
    cloud: Cloud, configuration: Configuration
) -> None:
    nobody = replace(ENVIRONMENTS["sales"], url="https://nobody.crm4.dynamics.com", environment_id=NOWHERE)
    with clients_of(cloud, configuration) as clients:
        found = read_snapshot(clients, DesiredState({"sales": nobody}), configuration).environments["sales"].unreadable
    assert found
    assert found.code == "no-token"
    assert "url" in (found.remedy or "")


def test_rows_of_another_shape_make_the_environment_unreadable(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = DataverseReader.link_rows

    def nonsense(self: DataverseReader, *, definitions: bool) -> LinkRows:
        rows = whole(self, definitions=definitions)
        broken: list[Any] = [{"recordcountperblock": "many", "enabled": True, "entityname": 1}]
        return replace(rows, sets={**rows.sets, "synapselinkprofiles": broken})

    monkeypatch.setattr(DataverseReader, "link_rows", nonsense)
    with clients_of(cloud, configuration) as clients:
        found = read_snapshot(clients, fleet(), configuration).environments["sales"].unreadable
    assert found
    assert "another shape" in found.summary


def test_environments_are_discovered_by_address_and_by_the_admin_api(
    cloud: Cloud, configuration: Configuration
) -> None:
    with clients_of(cloud, configuration) as clients:
        everything = discover(clients, TENANT, [])
        one = discover(clients, TENANT, ["https://contoso-sales.crm4.dynamics.com/"] * 2)
    assert [each.environment_id for each in everything] == [SALES, SERVICE]
    assert [(each.name, each.environment_id) for each in one] == [("contoso-sales", SALES)]


def test_two_regions_environments_of_one_label_have_two_names(configuration: Configuration, tmp_path: Path) -> None:
    twin = {"name": "twin", "id": NOWHERE, "url": "https://contoso-sales.crm.dynamics.com", "region": "westeurope"}
    seed = {**CLOUD, "environments": [*CLOUD["environments"], twin]}
    with running(tmp_path / "cloud", seed=seed) as cloud, clients_of(cloud, configuration) as clients:
        names = [each.name for each in discover(clients, TENANT, [])]
    assert names == ["contoso-sales-crm", "contoso-sales-crm4", "contoso-service"]


def test_an_environment_that_was_renamed_is_named_as_such(cloud: Cloud, configuration: Configuration) -> None:
    cloud.event("sales", "rename", "https://contoso-revenue.crm4.dynamics.com")
    with clients_of(cloud, configuration) as clients:
        live = read_environment(clients, ENVIRONMENTS["sales"])
    assert live.unreadable is not None
    assert (live.unreadable.code, live.unreadable.expected) == (
        "environment-renamed",
        "https://contoso-revenue.crm4.dynamics.com",
    )
