"""How long is waited before a request is sent again, and for how long is it tried?"""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.pipeline.policies import _retry as retrying

from reconciler.clients.policies import LONGEST_READ_SECONDS, BoundedRetry
from reconciler.model.configuration import Configuration
from reconciler.model.errors import NotReached
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS


def waits(failures: int) -> list[float]:
    """Several waits after so many failures in a row."""
    policy = BoundedRetry(reading=True)
    settings: dict[str, Any] = policy.configure_retries({})
    settings["history"] = [object()] * failures
    return [policy.get_backoff_time(settings) for _ in range(50)]


def test_the_second_try_comes_at_once() -> None:
    assert waits(1) == [0] * 50


@pytest.mark.parametrize(("failures", "longest"), [(2, 1.6), (3, 3.2), (4, 6.4), (5, 12.8), (9, 20)])
def test_waits_double_and_end_at_20_seconds(failures: int, longest: float) -> None:
    assert all(longest / 2 <= wait <= longest for wait in waits(failures))


def test_no_two_clients_wait_alike() -> None:
    assert len(set(waits(3))) > 1


def test_a_read_is_given_up_in_time_and_a_throttled_write_is_not_taken_for_one_that_may_have_been() -> None:
    assert BoundedRetry(reading=True).timeout == LONGEST_READ_SECONDS
    assert BoundedRetry(reading=False).timeout > 24 * 60 * 60


@pytest.mark.parametrize("fault", [{"kind": "error", "status": 503}, {"kind": "reset-before"}])
def test_a_host_that_takes_its_time_is_said_after_five_minutes(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    """The clock that the pipeline looks at goes on by the minute: nobody waits."""
    minutes = itertools.count(time.time(), 60)
    monkeypatch.setattr(retrying, "time", SimpleNamespace(time=lambda: next(minutes)))
    cloud.faults.add(route="dataverse.organization", times=None, **fault)
    with clients_of(cloud, configuration) as clients, pytest.raises(NotReached, match="Dataverse of 'sales'"):
        clients.dataverse(ENVIRONMENTS["sales"]).organization()
    assert cloud.record.count(route="dataverse.organization") <= 5


@pytest.mark.parametrize("asked", ["soon", "-5", "nan", "Wed, 99 Nonsense"])
def test_a_failure_that_asks_for_nonsense_is_repeated_all_the_same(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    answer = cloud.dispatch.answer

    def with_header(request: Any) -> Any:
        outcome = answer(request)
        outcome.response.headers["retry-after"] = asked
        return outcome

    monkeypatch.setattr(cloud.dispatch, "answer", with_header)
    cloud.faults.add("error", "dataverse.organization", times=2, status=500)
    with clients_of(cloud, configuration) as clients:
        assert clients.dataverse(ENVIRONMENTS["sales"]).organization()
    assert cloud.record.count(route="dataverse.organization") == 3
