"""Environments that no manifest names yet: found by address, by id, or all of them."""

from __future__ import annotations

import pytest

from reconciler.live.discover import discover
from reconciler.model.configuration import Configuration
from reconciler.model.errors import NotFound, Refused
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, SALES, SERVICE, TENANT

URLS = [environment.url for environment in ENVIRONMENTS.values()]


@pytest.mark.parametrize(
    ("urls", "ids", "names"),
    [
        ((), (), ["contoso-sales", "contoso-service"]),
        ((URLS[0],), (), ["contoso-sales"]),
        ((URLS[0].upper() + "/", URLS[0]), (), ["contoso-sales"]),
        ((), (SERVICE.upper(),), ["contoso-service"]),
        ((URLS[0],), (SERVICE, SALES), ["contoso-sales", "contoso-service"]),
    ],
)
def test_finds_what_was_asked_for_once(
    cloud: Cloud, configuration: Configuration, urls: tuple[str, ...], ids: tuple[str, ...], names: list[str]
) -> None:
    with clients_of(cloud, configuration) as clients:
        found = discover(clients, TENANT, urls, ids)
    assert [environment.name for environment in found] == names
    assert {environment.environment_id for environment in found} <= {SALES, SERVICE}


def test_an_id_that_is_not_shown_is_said(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients, pytest.raises(NotFound, match="shows no environment"):
        discover(clients, TENANT, (), (TENANT,))


def test_an_address_of_another_cloud_is_refused(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients, pytest.raises(Refused):
        discover(clients, TENANT, ("https://contoso.crm4.dynamics.cn",))


def test_names_tell_regions_apart(cloud: Cloud, configuration: Configuration) -> None:
    hosts = ["contoso.crm4", "contoso.crm", "contoso--x.crm", "contoso-x.crm", "a" * 63 + ".crm"]
    environments = [
        {"name": f"e{number}", "url": f"https://{host}.dynamics.com", "region": "westeurope"}
        for number, host in enumerate(hosts)
    ]
    cloud.seed({**CLOUD, "environments": environments, "links": []}, replace=True)
    with clients_of(cloud, configuration) as clients:
        found = discover(clients, TENANT, ())
    assert [environment.name for environment in found] == [
        "a" * 63,
        "contoso-crm",
        "contoso-crm4",
        "contoso-x-crm",
        "contoso-x-crm-2",
    ]
