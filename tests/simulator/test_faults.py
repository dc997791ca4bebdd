"""Requests fail on demand, at the chosen side of the effect, and alike every time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from reconciler.simulator import running
from tests.simulator.local import SEED, client_of
from tests.simulator.test_batch import BASE, batch, parts_of
from tests.simulator.test_link_service import profile_of, put

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client

ENVIRONMENTS = "https://api.bap.microsoft.com/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01"


def test_throttling_in_the_shape_of_each_service(client: Client, sales: dict[str, str]) -> None:
    client.cloud.faults.add("throttle", "dataverse.*", times=3, retry_after=7)
    url = sales["url"] + BASE + "datalakefolders"
    answers = [client.get(url) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert answers[0].headers["retry-after"] == "7"
    assert {answer.json()["error"]["code"] for answer in answers[:3]} == {"0x80072322", "0x80072321", "0x80072326"}
    client.cloud.faults.add("throttle", "bap.*", retry_after=0)
    bap = client.get(ENVIRONMENTS)
    assert (bap.status_code, bap.headers["retry-after"], bap.json()["error"]["code"]) == (429, "0", "TooManyRequests")
    client.cloud.faults.add("throttle", "link.lakes", retry_after=None)
    link = client.link("GET", sales, "lakedetails")
    assert (link.status_code, link.content, "retry-after" in link.headers) == (429, b"", False)
    client.cloud.faults.add("throttle", "entra.token")
    with pytest.raises(requests.HTTPError, match="429"):
        client.get(url)
    client.cloud.faults.add("throttle", "arm.*")
    arm = client.call(
        "POST", "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    )
    assert arm.status_code == 429


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_errors(client: Client, sales: dict[str, str], status: int) -> None:
    client.cloud.faults.add("error", "link.lakes", status=status)
    assert client.link("GET", sales, "lakedetails").status_code == status
    assert client.link("GET", sales, "lakedetails").status_code == 200
    client.cloud.faults.add("error", request=r"GET /api/data/v9\.2/datalakefolders", status=status)
    assert client.get(sales["url"] + BASE + "datalakefolders").status_code == status


def test_refusals(client: Client, sales: dict[str, str]) -> None:
    client.cloud.faults.add("refused", "dataverse.batch")
    assert batch(client, f"GET {BASE}datalakefolders HTTP/1.1").json()["error"]["code"] == "0x80040220"
    client.cloud.faults.add("refused", "link.profile.put")
    document = profile_of(client, sales)
    assert put(client, sales, document).status_code == 403


def test_a_reset_before_the_effect_changes_nothing(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    client.cloud.faults.add("reset-before", "link.profile.put")
    with pytest.raises(requests.ConnectionError):
        put(client, sales, document | {"Entities": []})
    assert profile_of(client, sales)["Entities"] == document["Entities"]
    assert client.cloud.record.count(route="link.profile.put") == 1
    assert [(entry.status, entry.fault) for entry in client.cloud.record.writes] == [(0, "reset-before")]


def test_a_reset_after_the_effect_loses_the_answer_alone(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    client.cloud.faults.add("reset-after", "link.profile.put")
    with pytest.raises(requests.ConnectionError):
        put(client, sales, document | {"Entities": []})
    assert profile_of(client, sales)["Entities"] == []
    assert not client.cloud.state.link("sales", "saleslake").active


def test_an_error_after_the_effect_lies_about_it(client: Client, sales: dict[str, str]) -> None:
    document = profile_of(client, sales)
    client.cloud.faults.add("error-after", "link.profile.put", status=504)
    assert put(client, sales, document | {"Entities": []}).status_code == 504
    assert profile_of(client, sales)["Entities"] == []
    assert [(entry.status, entry.fault) for entry in client.cloud.record.writes] == [(504, "error-after")]


def test_resets_leave_no_noise(client: Client, sales: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    client.cloud.faults.add("reset-after", "link.*", times=5)
    for _ in range(5):
        with pytest.raises(requests.ConnectionError):
            client.link("GET", sales, "lakedetails")
    assert not [record for record in caplog.records if record.levelname in ("ERROR", "WARNING", "CRITICAL")]


@pytest.mark.parametrize(
    ("nonsense", "text"), [("html", "<!DOCTYPE"), ("truncated", '{"value":['), ("content-type", "OK")]
)
def test_nonsense(client: Client, sales: dict[str, str], nonsense: Any, text: str) -> None:
    client.cloud.faults.add("nonsense", "link.lakes", nonsense=nonsense)
    answer = client.link("GET", sales, "lakedetails")
    assert (answer.status_code, answer.text.startswith(text)) == (200, True)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_slowness(client: Client, sales: dict[str, str]) -> None:
    client.cloud.faults.add("slow", "link.lakes", delay=0.05)
    begun = time.perf_counter()
    assert client.link("GET", sales, "lakedetails").status_code == 200
    assert time.perf_counter() - begun >= 0.05


def test_a_fault_can_wait_for_its_turn(client: Client, sales: dict[str, str]) -> None:
    client.cloud.faults.add("error", "link.lakes", after=2, times=1)
    assert [client.link("GET", sales, "lakedetails").status_code for _ in range(4)] == [200, 200, 503, 200]


def test_a_fault_hits_inside_a_batch(client: Client) -> None:
    client.cloud.faults.add("throttle", "dataverse.synapselinkschedules")
    lines = (f"GET {BASE}synapselinkschedules HTTP/1.1", f"GET {BASE}datalakefolders HTTP/1.1")
    found = parts_of(batch(client, *lines, prefer="odata.continue-on-error"))
    assert [status for status, _ in found] == [429, 200]
    assert "retry-after: 1" in found[0][1]


def test_rates_repeat_by_seed(tmp_path: Path) -> None:
    def outcomes(seed: int) -> list[int]:
        with running(tmp_path, SEED, fault_seed=seed) as cloud:
            client = client_of(cloud)
            cloud.faults.add("error", "link.lakes", rate=0.5)
            sales = client.environment("sales")
            found = [client.link("GET", sales, "lakedetails").status_code for _ in range(20)]
            client.session.close()
        return found

    first = outcomes(1)
    assert first == outcomes(1)
    assert first != outcomes(2)
    assert set(first) == {200, 503}


def test_faults_are_forgotten(client: Client, sales: dict[str, str]) -> None:
    client.cloud.faults.add("error", times=None)
    client.cloud.faults.clear()
    assert client.link("GET", sales, "lakedetails").status_code == 200
    unknown: Any = "nothing"
    with pytest.raises(ValueError, match="unknown fault"):
        client.cloud.faults.add(unknown)
