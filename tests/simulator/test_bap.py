"""The admin API shows environments to those whom it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import fleet_seed, running
from tests.simulator.local import SEED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client

BASE = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
VERSION = "?api-version=2023-06-01"


def test_an_environment_tells_where_it_runs(client: Client, sales: dict[str, str]) -> None:
    found = client.get(f"{BASE}/{sales['id']}{VERSION}").json()
    properties = found["properties"]
    assert found["name"] == sales["id"]
    assert properties["azureRegion"] == "westeurope"
    assert properties["cluster"]["uriSuffix"] == "eu-il105.gateway.prod.island"
    assert properties["linkedEnvironmentMetadata"]["resourceId"] == sales["organization"]
    assert properties["linkedEnvironmentMetadata"]["instanceUrl"] == sales["url"] + "/"
    assert properties["states"]["management"]["id"] == "Ready"
    assert sales["linkHost"] == "athenawebservice.weu-il105.gateway.prod.island.powerapps.com"


@pytest.mark.parametrize(("region", "letters"), [("eastus2", "e"), ("australiasoutheast", "se"), ("northeurope", "n"),
                                                 ("southcentralus", "sc"), ("usgovvirginia", "")])  # fmt: skip
def test_the_compass_of_a_region(region: str, letters: str) -> None:
    from reconciler.simulator.hosts import compass_of_region

    assert compass_of_region(region) == letters


def test_a_long_list_has_pages(tmp_path: Path) -> None:
    with running(tmp_path, fleet_seed(120, 1)) as cloud:
        client = client_of(cloud)
        names: list[str] = []
        url = BASE + VERSION
        pages = 0
        while url:
            body: dict[str, Any] = client.get(url).json()
            names += [entry["properties"]["displayName"] for entry in body["value"]]
            url = body.get("nextLink", "")
            pages += 1
        client.session.close()
    assert (pages, len(names), len(set(names))) == (3, 120, 120)


def test_strangers_and_mistakes(client: Client, sales: dict[str, str]) -> None:
    assert client.session.get(BASE + VERSION).status_code == 401
    wrong = client.get(BASE + VERSION, scope="https://management.azure.com/.default")
    assert wrong.json()["error"]["code"] == "AuthenticationFailed"
    assert client.get(BASE).json()["error"]["code"] == "MissingApiVersionParameter"
    missing = client.get(f"{BASE}/{sales['organization']}{VERSION}")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "EnvironmentNotFound")
    assert client.call("POST", BASE + VERSION).status_code == 405
    assert client.get("https://api.bap.microsoft.com/providers/nothing").status_code == 404
    assert len(client.cloud.record.unserved) == 2


def test_an_application_that_is_not_registered_is_refused(tmp_path: Path) -> None:
    with running(tmp_path, SEED | {"principals": {"app": {"bap": False}}}) as cloud:
        client = client_of(cloud)
        answer = client.get(BASE + VERSION)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Forbidden")
        assert client.get(BASE + VERSION, user=True).status_code == 200
        client.session.close()
