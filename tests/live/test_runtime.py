"""State rows and documents become runtime values, and the local cloud's course of a link becomes verdicts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.clients.channel import Answer, send
from reconciler.live.runtime import count, read_runtimes
from reconciler.live.times import moment
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.health import Health, LinkHealth, TableState
from reconciler.model.runtime import EnvironmentRuntime, TableRuntime
from reconciler.resources.health import assess
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, SALES_LINK, fleet

START = Callable[..., AbstractContextManager[Cloud]]
DAY = 86400.0
DELTA: dict[str, Any] = {
    **CLOUD,
    "links": [
        {
            "environment": "service",
            "account": "servicelake",
            "container": "dataverse-service",
            "type": "delta",
            "workspace": "ws-service",
            "sparkPool": "spark",
            "interval": 60,
            "tables": ["account", "contact", "task"],
        }
    ],
}


def read(cloud: Cloud, *, signed_in: bool = True, **options: Any) -> dict[str, EnvironmentRuntime]:
    configuration = Configuration(concurrency=2, sign_in=SignIn.DEVICE_CODE if signed_in else SignIn.NONE)
    with clients_of(cloud, configuration) as clients:
        return read_runtimes(clients, list(ENVIRONMENTS.values()), configuration, **options)


def tables(cloud: Cloud, *, signed_in: bool = True, environment: str = "sales") -> dict[str, TableRuntime]:
    (link,) = read(cloud, signed_in=signed_in)[environment].links
    return dict(link.tables)


def verdict(cloud: Cloud, *, signed_in: bool = True, environment: str = "sales") -> LinkHealth:
    found = assess(fleet(SALES_LINK), read(cloud, signed_in=signed_in))
    return next(health for health in found if health.environment == environment)


def states(health: LinkHealth) -> dict[str, TableState]:
    return {table.name: table.state for table in health.tables}


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_the_zero_date_means_never(never: str) -> None:
    assert moment(never) is None


@pytest.mark.parametrize("nothing", [None, "", "soon", 7, [], {}, "9999-12-31T23:59:59-14:00"])
def test_what_is_no_time_is_none(nothing: Any) -> None:
    assert moment(nothing) is None


def test_times_without_a_zone_are_utc_and_the_one_with_a_zone_is_heeded() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert moment("2026-03-01T12:00:00") == noon
    assert moment("2026-03-01T12:00:00.0000000") == noon
    assert moment("2026-03-01T12:00:00Z") == noon
    assert moment("2026-03-01T14:00:00+02:00") == noon


@pytest.mark.parametrize("value", [-9223372036854775808, -1, True, None, "7", 1.5])
def test_the_smallest_number_and_minus_one_are_no_counts(value: Any) -> None:
    assert count(value) is None


@given(st.text() | st.integers() | st.floats() | st.none() | st.dictionaries(st.text(), st.text()))
def test_any_value_is_read_without_a_crash(value: Any) -> None:
    time, number = moment(value), count(value)
    assert time is None or (time.tzinfo is UTC and time.year > 1)
    assert number is None or number >= 0


def test_a_link_in_sync_is_healthy_by_rows_alone_and_with_the_service(cloud: Cloud) -> None:
    for signed_in in (True, False):
        found = verdict(cloud, signed_in=signed_in)
        assert (found.health, found.declared) == (Health.HEALTHY, "sales-link")
        assert set(states(found).values()) == {TableState.ACTIVE}


def test_the_course_of_a_first_load_is_told_alike_by_both(cloud: Cloud) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    seen = []
    for _ in range(40):
        told = {states(verdict(cloud, signed_in=signed_in))["lead"] for signed_in in (True, False)}
        assert len(told) == 1
        seen += [state for state in told if state not in seen]
        cloud.clock.advance(30)
    assert seen == [TableState.NOT_STARTED, TableState.INITIAL_SYNC, TableState.POST_PROCESSING, TableState.ACTIVE]


def test_a_profile_that_reads_completed_while_tables_load_is_not_believed(cloud: Cloud) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    assert verdict(cloud).health is Health.PROGRESSING


def test_the_services_sync_state_never_moves_and_says_nothing(cloud: Cloud) -> None:
    assert all(table.service and table.service.current_state == "InProgress" for table in tables(cloud).values())
    assert verdict(cloud).health is Health.HEALTHY


def test_the_same_is_told_where_sync_states_are_flags(start_cloud: START) -> None:
    with start_cloud(assume={"sync-state-values": "flags"}) as cloud:
        assert verdict(cloud, signed_in=False).health is Health.HEALTHY
        cloud.edit("sales", "saleslake", add_tables=["lead"])
        seen = []
        for _ in range(40):
            state = states(verdict(cloud, signed_in=False))["lead"]
            seen += [state] if state not in seen else []
            cloud.clock.advance(30)
    assert seen == [TableState.NOT_STARTED, TableState.INITIAL_SYNC, TableState.POST_PROCESSING, TableState.ACTIVE]


def test_now_is_the_services_time(cloud: Cloud) -> None:
    cloud.clock.advance(400 * DAY)
    assert abs(read(cloud)["sales"].now.timestamp() - cloud.clock.now) < 60


def test_without_a_user_the_services_words_are_missing_and_why_is_said(cloud: Cloud) -> None:
    found = read(cloud, signed_in=False)["sales"]
    assert found.service_missing
    assert all(table.service is None for table in found.links[0].tables.values())
    assert read(cloud)["sales"].service_missing is None


def test_a_service_that_does_not_answer_leaves_the_rows(cloud: Cloud) -> None:
    cloud.faults.add("error", route="link.*", status=500, rate=1.0)
    found = read(cloud)["sales"]
    assert found.service_missing
    assert found.unreadable is None
    assert found.links[0].tables["account"].sync_state == 2


@pytest.mark.parametrize("kind", ["refused", "nonsense"])
def test_an_environment_that_cannot_be_read_is_a_state_with_a_reason(cloud: Cloud, kind: str) -> None:
    cloud.faults.add(kind, route="dataverse.*", rate=1.0)
    found = assess(fleet(SALES_LINK), read(cloud))
    assert [(health.health, health.alarming) for health in found] == [(Health.UNKNOWN, False)]
    assert found[0].reasons[0].code.startswith("environment-")


def test_an_environment_that_another_one_answers_for_is_not_read(cloud: Cloud) -> None:
    other = replace(ENVIRONMENTS["sales"], environment_id="99999999-9999-4999-8999-999999999999")
    configuration = Configuration(concurrency=1)
    with clients_of(cloud, configuration) as clients:
        found = read_runtimes(clients, [other], configuration)["sales"]
    assert found.unreadable
    assert found.unreadable.code == "wrong-environment"


def test_each_environment_is_told_as_it_was_read(cloud: Cloud) -> None:
    told: list[str] = []
    read(cloud, progress=told.append)
    assert sorted(told) == ["sales", "service"]


def test_an_environment_is_one_request_and_one_a_link_of_a_user(cloud: Cloud) -> None:
    read(cloud, signed_in=False)
    requests = [entry.route for entry in cloud.record if not entry.inner and not entry.route.startswith("entra")]
    assert requests == ["dataverse.batch"] * 2
    assert cloud.record.writes == []
    assert cloud.record.unserved == []


def test_an_unlinked_link_is_none(cloud: Cloud) -> None:
    cloud.unlink("sales", "saleslake")
    assert read(cloud)["sales"].links == ()


def test_a_failed_table_is_seen_by_rows_and_explained_by_the_service(cloud: Cloud) -> None:
    cloud.fail("sales", "saleslake", "task=SYN-805")
    blind, told = verdict(cloud, signed_in=False), verdict(cloud)
    assert (blind.health, told.health) == (Health.DEGRADED, Health.DEGRADED)
    assert states(blind) == states(told)
    errors = [next(table.error for table in health.tables if table.error) for health in (blind, told)]
    assert [error.code for error in errors] == ["", "SYN-805"]
    assert errors[1].message


def test_lost_access_pauses_the_whole_link(cloud: Cloud) -> None:
    cloud.fail("sales", "saleslake", "ADLS-802")
    for signed_in in (True, False):
        found = verdict(cloud, signed_in=signed_in)
        assert found.health is Health.UNHEALTHY
        assert set(states(found).values()) == {TableState.PAUSED}


@pytest.mark.parametrize("answer", ["6", "1"])
def test_a_suspended_link_is_seen_by_its_state_or_by_the_services_switch(start_cloud: START, answer: str) -> None:
    with start_cloud(assume={"suspended-profile-state": answer}) as cloud:
        cloud.edit("sales", "saleslake", enabled=False)
        cloud.clock.advance(3 * DAY)
        assert verdict(cloud).health is Health.SUSPENDED
        without = verdict(cloud, signed_in=False)
        assert without.health is (Health.SUSPENDED if answer == "6" else Health.DEGRADED)


def test_a_sync_that_stands_still_becomes_late_and_then_stale(cloud: Cloud) -> None:
    cloud.changes.apply("edit", {"environment": "sales", "account": "saleslake", "stall": True})
    cloud.clock.advance(4 * 3600)
    late = verdict(cloud)
    assert (late.health, late.freshness) == (Health.HEALTHY, "late")
    cloud.clock.advance(DAY)
    stale = verdict(cloud)
    assert (stale.health, stale.freshness) == (Health.DEGRADED, "stale")


def test_a_first_load_that_stands_still_is_degraded(cloud: Cloud) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    cloud.clock.advance(70)
    cloud.changes.apply("edit", {"environment": "sales", "account": "saleslake", "stall": True})
    cloud.clock.advance(2 * DAY)
    assert "load-stalled" in [reason.code for reason in verdict(cloud).reasons]


def test_a_delta_link_counts_what_is_converted_and_keeps_removed_tables_as_removed(start_cloud: START) -> None:
    with start_cloud(DELTA) as cloud:
        cloud.edit("service", "servicelake", remove_tables=["task"], add_tables=["lead"])
        loading = verdict(cloud, environment="service")
        assert states(loading) == {
            "account": TableState.ACTIVE,
            "contact": TableState.ACTIVE,
            "lead": TableState.NOT_STARTED,
            "task": TableState.REMOVED,
        }
        assert (loading.type, loading.health) == ("delta", Health.PROGRESSING)
        cloud.clock.advance(DAY)
        after = verdict(cloud, environment="service")
        assert after.health is Health.HEALTHY
        assert all(table.delta_rows for table in after.tables if table.state is TableState.ACTIVE)


def test_a_table_that_was_removed_and_came_back_is_not_removed(start_cloud: START) -> None:
    with start_cloud(DELTA) as cloud:
        cloud.edit("service", "servicelake", remove_tables=["task"])
        cloud.edit("service", "servicelake", add_tables=["task"])
        cloud.clock.advance(DAY)
        assert states(verdict(cloud, environment="service"))["task"] is TableState.ACTIVE


@pytest.mark.parametrize(
    ("set_", "column", "value"),
    [
        ("synapselinkprofileentitystates", "_profile_value", None),
        ("synapselinkprofileentitystates", "_profileentity_value", "unknown"),
        ("synapselinkprofileentitystates", "syncstate", "2"),
        ("synapselinkprofileentitystates", "lastsynceddatatime", 5),
        ("synapselinkprofileentitystates", "crmrecordcount", -9223372036854775808),
        ("synapselinkprofileentitystates", "modifiedon", None),
        ("synapselinkprofileentitystates", "_profileentity_value", []),
        ("synapselinkprofiles", "datalakefolder", 7),
    ],
)
def test_odd_rows_are_a_state_and_never_a_crash(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, set_: str, column: str, value: Any
) -> None:
    whole = Answer.json

    def json(self: Answer) -> Any:
        body = whole(self)
        if set_ + " in a batch" in self.request and body["value"]:
            body["value"][0][column] = value
        return body

    monkeypatch.setattr(Answer, "json", json)
    found = verdict(cloud)
    assert found.health in Health
    if column == "_profile_value":
        assert found.health is Health.HEALTHY


@pytest.mark.parametrize("error", [None, 7, [], {"Code": 0, "Message": None}, {"Code": 5, "Message": ["x"]}])
def test_odd_errors_of_the_service_are_read_as_they_can_be(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    whole = Answer.json

    def json(self: Answer) -> Any:
        body = whole(self)
        if "lakeprofile" in self.request:
            body["Entities"][0]["ErrorDetails"] = error
        return body

    monkeypatch.setattr(Answer, "json", json)
    expected = Health.DEGRADED if error == {"Code": 5, "Message": ["x"]} else Health.HEALTHY
    assert verdict(cloud).health is expected


@pytest.mark.parametrize("date", [None, "", "soon", "Mon, 99 Foo 2026 99:99:99 GMT"])
def test_an_answer_without_a_date_is_dated_here(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, date: str | None
) -> None:
    cloud.clock.advance(400 * DAY)
    whole = send

    def undated(*given: Any, **named: Any) -> Answer:
        answer = whole(*given, **named)
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
        return replace(answer, headers=headers if date is None else headers | {"Date": date})

    monkeypatch.setattr("reconciler.clients.channel.send", undated)
    assert abs((read(cloud)["sales"].now - datetime.now(UTC)).total_seconds()) < 60
