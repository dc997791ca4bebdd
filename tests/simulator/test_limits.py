"""The local cloud refuses what the real services would, by the limits that they publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.simulator.test_batch import BASE

if TYPE_CHECKING:
    from tests.simulator.local import Client

SUBSCRIPTIONS = "https://management.azure.com/subscriptions"
INDEX = "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"


def test_nothing_is_refused_until_it_is_switched_on(client: Client, sales: dict[str, str]) -> None:
    url = sales["url"] + BASE + "datalakefolders"
    assert {client.get(url).status_code for _ in range(30)} == {200}
    assert "x-ms-ratelimit-burst-remaining-xrm-requests" not in client.get(url).headers


def test_dataverse_counts_in_a_window_that_slides(client: Client, sales: dict[str, str]) -> None:
    url = sales["url"] + BASE + "datalakefolders"
    client.cloud.limits.enforce(scale=10 / 6000)
    answers = [client.get(url) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert answers[3].headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "6"
    assert 290 <= int(answers[-1].headers["retry-after"]) <= 300
    assert client.cloud.limits.refused == 2
    client.cloud.clock.advance(301)
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("path", "header", "most"),
    [
        ("?api-version=2022-12-01", "x-ms-ratelimit-remaining-tenant-reads", 25),
        ("/00000000-0000-0000-0000-0000000000aa/x", "x-ms-ratelimit-remaining-subscription-reads", 25),
        ("/00000000-0000-0000-0000-0000000000aa/providers/Microsoft.Storage/storageAccounts/a", "", 8),
    ],
)
def test_resource_manager_has_buckets_that_fill_again(client: Client, path: str, header: str, most: int) -> None:
    client.cloud.limits.enforce(scale=0.1 if most == 25 else 0.01)
    wanted = most if most == 25 else 2
    answers = [client.get(SUBSCRIPTIONS + path) for _ in range(most + 5)]
    taken = [answer for answer in answers if answer.status_code != 429]
    assert wanted <= len(taken) < len(answers)
    if header:
        assert int(taken[0].headers[header]) == most - 1
    client.cloud.clock.advance(600)
    assert client.get(SUBSCRIPTIONS + path).status_code != 429


def test_resource_graph_takes_15_queries_in_5_seconds(client: Client) -> None:
    client.cloud.limits.enforce()
    statuses = [client.call("POST", INDEX, json={"query": "resources"}).status_code for _ in range(17)]
    assert statuses.count(429) == 2
    client.cloud.clock.advance(6)
    assert client.call("POST", INDEX, json={"query": "resources"}).status_code != 429
