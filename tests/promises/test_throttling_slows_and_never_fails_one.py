"""Throttling slows everybody and fails nobody who could have waited; an hour is refused, and not slept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.clients.budgets import Clock
from reconciler.clients.clients import ReadClients
from reconciler.model.configuration import Configuration
from reconciler.model.errors import Throttled
from reconciler.model.limits import Limits, Service, Share
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.conftest import clients_of
from tests.fleet import SUBSCRIPTION, TENANT, fleet, write_manifests
from tests.run import apply, plan, results

THREADS = 12
SUBSCRIPTIONS = [f"{SUBSCRIPTION[:-2]}{number:02x}" for number in range(200, 200 + THREADS)]


@pytest.fixture
def watched(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, int, float]]:
    """The answers of Resource Manager, as (time, status, wait that was asked for). A wait moves the local cloud's time
    as far."""
    seen: list[tuple[float, int, float]] = []
    answer, leap, leaping = cloud.dispatch.answer, Clock.wait_until, Lock()

    def told(request: Any) -> Any:
        outcome = answer(request)
        if request.host == "management.azure.com":
            asked = float(outcome.response.headers.get("retry-after", 0))
            seen.append((cloud.clock.now, outcome.response.status, asked))
        return outcome

    def wait_until(clock: Clock, moment: float) -> None:
        with leaping:
            cloud.clock.advance(max(0.0, moment - clock.now()))
            leap(clock, moment)

    monkeypatch.setattr(cloud.dispatch, "answer", told)
    monkeypatch.setattr(Clock, "wait_until", wait_until)
    return seen


def read_at_once(clients: ReadClients, reads: int) -> list[str]:
    """What many threads are told who each read a subscription so often."""
    reader = clients.resource_manager(TENANT)

    def read(_number: int) -> str:
        return str([reader.subscription(SUBSCRIPTION)["subscriptionId"] for _ in range(reads)][-1])

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(read, range(THREADS)))


def no_one_went_early(seen: list[tuple[float, int, float]]) -> bool:
    """Whether, after an answer that asked for a wait, no more was sent before its end than what was under way."""
    return all(
        sum(time + 0.3 < other < time + asked - 0.1 for other, _, _ in seen) <= THREADS
        for time, status, asked in seen
        if status == 429
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.sampled_from([None, 0, 1, 7, 59]), times=st.integers(1, 3), after=st.integers(0, 20))
def test_after_a_throttle_no_thread_sends_before_the_time_and_none_fails(
    cloud: Cloud,
    configuration: Configuration,
    watched: list[tuple[float, int, float]],
    asked: float | None,
    times: int,
    after: int,
) -> None:
    watched.clear()
    cloud.faults.clear()
    cloud.faults.add("throttle", "arm.subscription", times=times, after=after, retry_after=asked)
    with clients_of(cloud, replace(configuration, concurrency=THREADS)) as clients:
        assert read_at_once(clients, 5) == [SUBSCRIPTION] * THREADS
    assert [status for _, status, _ in watched].count(429) == times
    assert len(watched) == 5 * THREADS + times
    assert no_one_went_early(watched)


def test_limits_as_published_are_kept_without_a_single_refusal(
    cloud: Cloud, configuration: Configuration, watched: list[tuple[float, int, float]]
) -> None:
    """A tenth of the numbers, so that hundreds of requests show it, and a little less of them: answers take unequal
    times, so that what leaves evenly does not arrive so."""
    cloud.limits.enforce(scale=0.1)
    limits = Limits({Service.RESOURCE_MANAGER: Share(8)})
    with clients_of(cloud, replace(configuration, concurrency=THREADS, limits=limits)) as clients:
        assert read_at_once(clients, 10) == [SUBSCRIPTION] * THREADS
    assert cloud.limits.refused == 0
    assert watched[-1][0] - watched[0][0] > (10 * THREADS - 25) / 2.5 - 5


def test_limits_that_others_have_used_up_are_seen_in_the_headers(
    cloud: Cloud, configuration: Configuration, watched: list[tuple[float, int, float]]
) -> None:
    """The service gives a tenth of what is published: as if nine others of the same identity were at work."""
    cloud.limits.enforce(scale=0.1)
    with clients_of(cloud, replace(configuration, concurrency=THREADS)) as clients:
        assert read_at_once(clients, 10) == [SUBSCRIPTION] * THREADS
    assert no_one_went_early(watched)
    assert 0 < cloud.limits.refused < 10 * THREADS


def test_writes_wait_as_well_and_are_sent_once_they_may(cloud: Cloud, configuration: Configuration) -> None:
    for route in ("link.*", "dataverse.batch"):
        cloud.faults.add("throttle", route, times=6, after=3, retry_after=20)
    with clients_of(cloud, configuration) as clients:
        found = apply(clients, fleet(), configuration)
        assert set(results(found)) == {Result.DONE}, [outcome.detail for outcome in found]
        cloud.faults.clear()
        assert not plan(clients, fleet(), configuration).pending


def test_an_hour_is_refused_at_once_said_and_asked_for_no_more(cloud: Cloud, configuration: Configuration) -> None:
    cloud.faults.add("throttle", "arm.*", times=None, retry_after=3600)
    said = []
    with clients_of(cloud, configuration) as clients:
        began = clients.budgets.clock.now()
        for _ in range(3):
            with pytest.raises(Throttled) as error:
                clients.resource_manager(TENANT).subscription(SUBSCRIPTION)
            said.append(str(error.value))
        assert clients.budgets.clock.now() - began < 30
    assert len(set(said)) == 1
    for words in (
        "Azure Resource Manager is throttled until 20",
        " UTC",
        "GET /subscriptions/",
        "not processed",
        "Run",
    ):
        assert words in said[0]
    assert [entry.host for entry in cloud.record].count("management.azure.com") == 1


def test_one_environment_that_asks_for_an_hour_keeps_no_other_from_being_planned(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    throttle(cloud, "contoso-sales.crm4.dynamics.com", monkeypatch, 3600)
    said = call(capsys, "plan", "--endpoints", cloud.endpoints)
    assert "environment-throttled" in said.out
    assert "Dataverse of 'sales' is throttled until" in said.out
    assert "create SynapseLink service-link" in said.out
    assert "Traceback" not in said.out + said.err


def test_an_environment_is_given_up_after_its_minutes_and_the_others_are_planned(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    (tmp_path / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Configuration\nlimits: {minutesPerEnvironment: 1}\n"
    )
    throttle(cloud, "contoso-sales.crm4.dynamics.com", monkeypatch, 50)
    said = call(capsys, "plan", "--endpoints", cloud.endpoints)
    assert "environment-given-up" in said.out
    assert "Environment 'sales' was given up: its services did not answer within 1 minute in all" in said.out
    assert "create SynapseLink service-link" in said.out


def throttle(cloud: Cloud, host: str, monkeypatch: pytest.MonkeyPatch, asked: int) -> None:
    """Lets one host throttle whatever it is asked: faults of the local cloud know routes, not hosts."""
    answer = cloud.dispatch.answer

    def told(request: Any) -> Any:
        outcome = answer(request)
        if request.host == host:
            outcome.response.status = 429
            outcome.response.headers["retry-after"] = str(asked)
        return outcome

    monkeypatch.setattr(cloud.dispatch, "answer", told)
