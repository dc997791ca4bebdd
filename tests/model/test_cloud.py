from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.cloud import CLOUDS, SYNAPSE_LINK_APPLICATION, service_direction, service_host

PUBLIC = CLOUDS["public"]


@pytest.mark.parametrize(
    ("region", "direction"),
    [
        ("eastus", "e"),
        ("eastus2", "e"),
        ("australiaeast", "e"),
        ("westus", "w"),
        ("westeurope", "w"),
        ("West Europe", "w"),
        ("northeurope", "n"),
        ("australiasoutheast", "se"),
        ("southeastasia", "se"),
        ("southafricanorth", "n"),
        ("southafricawest", "w"),
        ("centralindia", "c"),
        ("swedencentral", "c"),
        ("southcentralus", "sc"),
        ("northcentralus", "nc"),
        ("germanywestcentral", "wc"),
        ("usgovvirginia", None),
        ("", None),
    ],
)
def test_the_direction_is_the_compass_part_of_the_region_a_letter_a_word(region: str, direction: str | None) -> None:
    assert service_direction(region) == direction


def test_the_host_of_the_link_service_joins_direction_and_cluster_without_a_separator() -> None:
    expected = "athenawebservice.eus-il102.gateway.prod.island.powerapps.com"
    assert service_host(PUBLIC, "eastus", "us-il102.gateway.prod.island") == expected


def test_no_host_is_guessed_for_a_region_without_a_compass_word_or_a_cloud_without_evidence() -> None:
    assert service_host(PUBLIC, "usgovvirginia", "us-il102.gateway.prod") is None
    assert service_host(CLOUDS["gcc"], "eastus", "us-il102.gateway.prod") is None


@pytest.mark.parametrize(
    "suffix",
    [
        "",
        "island",
        "a..b",
        "-a.b",
        "evil.example/x.y",
        "a.b@evil.example",
        "a.b:443",
        "a.b\n",
        "a.b#",
        "A.B",
        "a.b?c",
        "é.b",
    ],
)
def test_a_cluster_suffix_that_is_no_row_of_host_labels_gives_no_host(suffix: str) -> None:
    assert service_host(PUBLIC, "eastus", suffix) is None


@settings(deadline=None, max_examples=100)
@given(st.text(), st.text())
def test_whatever_region_and_cluster_say_the_host_stays_in_the_domain_of_the_cloud(region: str, suffix: str) -> None:
    host = service_host(PUBLIC, "eastus" + region, suffix)
    assert host is None or (host.endswith(".powerapps.com") and host.replace("-", "").replace(".", "").isalnum())


@pytest.mark.parametrize(
    ("cloud", "host"),
    [
        ("public", "contoso.crm.dynamics.com"),
        ("public", "contoso-dev.crm4.dynamics.com"),
        ("public", "contoso.crm15.dynamics.com"),
        ("gcc", "contoso.crm9.dynamics.com"),
        ("gcchigh", "contoso.crm.microsoftdynamics.us"),
        ("dod", "contoso.crm.appsplatform.us"),
        ("china", "contoso.crm.dynamics.cn"),
    ],
)
def test_hosts_of_organizations_are_known_by_cloud(cloud: str, host: str) -> None:
    assert CLOUDS[cloud].is_dataverse_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "contoso.crm.dynamics.com.evil.example",
        "evil.example",
        "crm.dynamics.com",
        "a.b.crm.dynamics.com",
        "contoso.crm.dynamics.com\n",
        "contosoXcrm.dynamics.com",
        "-contoso.crm.dynamics.com",
        "contoso.crm.dynamics.com:443",
        "user@contoso.crm.dynamics.com",
    ],
)
def test_any_other_host_is_none_of_dataverse(host: str) -> None:
    assert not any(cloud.is_dataverse_host(host) for cloud in CLOUDS.values())


def test_the_link_services_token_is_for_its_bare_application_id() -> None:
    assert PUBLIC.service_scope == f"{SYNAPSE_LINK_APPLICATION}/.default"


def test_clouds_are_found_by_their_own_name() -> None:
    assert {name: cloud.name for name, cloud in CLOUDS.items()} == {name: name for name in CLOUDS}
