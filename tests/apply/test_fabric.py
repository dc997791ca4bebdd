"""Links to Fabric are created, changed and ended by the recorded calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from reconciler.model.change import Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from tests.apply.life import LIFE, NO_CAPACITY, carry_out, service_link
from tests.conftest import clients_of
from tests.fleet import changed, fleet, tables
from tests.run import plan, results

Start = Callable[..., AbstractContextManager[Cloud]]
LINK = service_link(DestinationType.FABRIC)


def test_a_link_to_fabric_is_created_and_a_second_plan_is_empty(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        assert results(carry_out(cloud, clients, fleet(LINK), configuration)) == [Result.DONE]
        assert cloud.record.count(route="link.fabric.write") == 1
        assert set(cloud.state.link("service", "fabric").running.tables) == {"account", "incident"}
        assert plan(clients, fleet(LINK), configuration).pending == ()


def test_its_shortcuts_follow_its_tables(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        carry_out(cloud, clients, fleet(LINK), configuration)
        more = fleet(changed(LINK, tables=tables("account", "contact"), absent_tables=("incident",)))
        assert results(carry_out(cloud, clients, more, configuration)) == [Result.DONE]
        assert set(cloud.state.link("service", "fabric").shortcuts) == {"account", "contact"}
        assert plan(clients, more, configuration).pending == ()


@pytest.mark.parametrize(
    ("fabric_workspace", "words"),
    [(NO_CAPACITY, "has no capacity"), ("99999999-9999-4999-8999-999999999999", "sees no Fabric workspace")],
)
def test_a_workspace_that_can_not_hold_a_link_is_refused_before_anything_is_created(
    start_cloud: Start, configuration: Configuration, fabric_workspace: str, words: str
) -> None:
    link = changed(LINK, destination=replace(LINK.destination, fabric_workspace=fabric_workspace))
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        outcomes = carry_out(cloud, clients, fleet(link), configuration)
        assert outcomes[0].result in {Result.REFUSED, Result.BLOCKED}
        assert cloud.record.count(route="link.fabric.write") == 0
        if outcomes[0].result is Result.REFUSED:
            assert words in (outcomes[0].detail or "")


def test_a_fabric_link_is_unlinked_by_name_and_is_gone(start_cloud: Start, configuration: Configuration) -> None:
    tombstone = fleet(changed(LINK, absent=True, delete_data=True))
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        carry_out(cloud, clients, fleet(LINK), configuration)
        (change,) = plan(clients, tombstone, configuration).pending
        assert change.status is Status.READY
        assert change.confirm
        (refused,) = carry_out(cloud, clients, tombstone, configuration, confirmed=lambda _change: False)
        assert (refused.result, f"--confirm '{change.confirm}'" in (refused.detail or "")) == (Result.REFUSED, True)
        assert results(carry_out(cloud, clients, tombstone, configuration)) == [Result.DONE]
        assert plan(clients, tombstone, configuration).pending == ()


def test_an_organization_that_gets_registered_late_is_registered_again(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        cloud.faults.add("refused", "link.fabric.licence", times=1)
        assert results(carry_out(cloud, clients, fleet(LINK), configuration)) == [Result.DONE]
        assert cloud.record.count(route="link.register") == 2


@pytest.mark.parametrize("route", ["link.fabric.write", "link.fabric.unlink"])
@pytest.mark.parametrize("kind", ["reset-before", "reset-after", "error", "throttle", "refused", "nonsense"])
def test_a_fault_at_any_call_is_healed_by_the_next_run(
    start_cloud: Start, configuration: Configuration, route: str, kind: str
) -> None:
    tombstone = fleet(changed(LINK, absent=True, delete_data=True))
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        for desired in (fleet(LINK), tombstone):
            cloud.faults.add(kind, route, times=1, **({"retry_after": 0} if kind == "throttle" else {}))
            carry_out(cloud, clients, desired, configuration)
            cloud.faults.clear()
            carry_out(cloud, clients, desired, configuration)
            assert plan(clients, desired, configuration).pending == ()


def test_shortcuts_that_a_dead_run_did_not_make_are_made_by_the_next(
    start_cloud: Start, configuration: Configuration
) -> None:
    more = fleet(changed(LINK, tables=tables("account", "contact", "incident")))
    with start_cloud(LIFE) as cloud:
        with clients_of(cloud, configuration) as clients:
            carry_out(cloud, clients, fleet(LINK), configuration)
            cloud.faults.add("reset-before", "link.fabric.write", times=1)
            assert results(carry_out(cloud, clients, more, configuration)) == [Result.UNKNOWN]
        cloud.clock.advance(86400)
        assert "contact" not in cloud.state.link("service", "fabric").shortcuts
        with clients_of(cloud, configuration) as clients:
            (change,) = plan(clients, more, configuration).pending
            assert [field.path for field in change.fields] == ["tables[contact].shortcut"]
            assert results(carry_out(cloud, clients, more, configuration)) == [Result.DONE]
            assert plan(clients, more, configuration).pending == ()
