"""Waiting after an apply: for health, for what a person does in the portal, and no longer than was said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.health_wait import Waited, wait_for_health
from reconciler.clients.clients import WriteClients
from reconciler.live.snapshot import read_snapshot
from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.health import Health
from reconciler.model.outcome import Outcome, Result
from reconciler.simulator import Cloud
from tests.builders import change
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, changed, fleet, tables

SALES = Address("SynapseLink", "sales", "sales-link")
LOADED = changed(SALES_LINK, tables=tables("account", "contact", "task", "lead"), interval=60)


@dataclass
class Waiting:
    """Waits on a local cloud: its clock moves with every pause, and no time passes."""

    cloud: Cloud
    context: Context
    pauses: list[float] = field(default_factory=list)
    looks: list[tuple[Waited, ...]] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.cloud.clock.advance(seconds)

    def wait(self, found: Change, result: Result = Result.DONE, bound: float = 3600) -> Waited:
        (waited,) = self.many([found], [result], bound)
        return waited

    def many(self, changes: list[Change], results: list[Result], bound: float = 3600) -> tuple[Waited, ...]:
        outcomes = [
            Outcome(each.address, each.partition, result) for each, result in zip(changes, results, strict=True)
        ]
        return wait_for_health(
            changes, outcomes, self.context, bound, lambda: self.cloud.clock.now, lambda w: self.looks.append(tuple(w))
        )


@contextmanager
def waiting(cloud: Cloud, configuration: Configuration, desired: DesiredState | None = None) -> Iterator[Waiting]:
    desired = desired or fleet(LOADED)
    with clients_of(cloud, configuration) as clients:
        live = read_snapshot(clients, desired, configuration)
        found = Waiting(cloud, Context(WriteClients.beside(clients), desired, live, configuration))
        found.context = replace(found.context, wait=found.sleep)
        yield found


def written(**fields: Any) -> Change:
    return change(**{"address": SALES, "partition": "sales", **fields})


def test_a_healthy_link_is_looked_at_once(cloud: Cloud, configuration: Configuration) -> None:
    with waiting(cloud, configuration) as found:
        waited = found.wait(written())
    assert (waited.settled, found.pauses) == (True, [])
    assert waited.health
    assert waited.health.health is Health.HEALTHY


def test_a_load_is_waited_for_with_growing_pauses(cloud: Cloud, configuration: Configuration) -> None:
    with waiting(cloud, configuration) as found:
        cloud.edit("sales", "saleslake", add_tables=["lead"])
        waited = found.wait(written())
    assert waited.settled
    assert waited.seconds > 200
    assert found.pauses[:5] == [5, 10, 20, 40, 60]
    assert max(found.pauses) == 60
    assert [look[0].health.health for look in found.looks if look[0].health][-2:] == [
        Health.PROGRESSING,
        Health.HEALTHY,
    ]
    assert cloud.record.writes == []


def test_no_longer_than_the_bound(cloud: Cloud, configuration: Configuration) -> None:
    with waiting(cloud, configuration) as found:
        cloud.edit("sales", "saleslake", add_tables=["lead"])
        waited = found.wait(written(), bound=100)
    assert not waited.settled
    assert sum(found.pauses) == pytest.approx(100, abs=1)
    assert waited.health
    assert waited.health.health is Health.PROGRESSING


@pytest.mark.parametrize("result", [Result.FAILED, Result.REFUSED, Result.UNKNOWN, Result.SKIPPED, Result.BLOCKED])
def test_what_was_not_written_is_not_waited_for(cloud: Cloud, configuration: Configuration, result: Result) -> None:
    with waiting(cloud, configuration) as found:
        assert found.many([written()], [result]) == ()
        assert found.many([], []) == ()
    assert found.looks == []


def test_neither_is_a_link_that_was_unlinked_nor_another_kind(cloud: Cloud, configuration: Configuration) -> None:
    role = written(address=Address("RoleAssignment", "", "readers"))
    with waiting(cloud, configuration) as found:
        assert found.many([written(action=Action.DELETE), role], [Result.DONE, Result.DONE]) == ()


def test_a_suspension_that_was_declared_is_rest(cloud: Cloud, configuration: Configuration) -> None:
    with waiting(cloud, configuration, fleet(changed(LOADED, suspend=True))) as found:
        cloud.edit("sales", "saleslake", add_tables=["lead"], enabled=False)
        waited = found.wait(written())
    assert waited.settled
    assert waited.health
    assert waited.health.health is Health.SUSPENDED


def by_hand(**fields: Any) -> Change:
    return written(status=Status.UNPROVEN, **fields)


def test_a_change_left_to_a_person_is_waited_for_and_then_its_health(
    cloud: Cloud, configuration: Configuration
) -> None:
    with waiting(cloud, configuration) as found:
        sleep = found.sleep

        def person(seconds: float) -> None:
            if len(found.pauses) == 3:
                cloud.edit("sales", "saleslake", add_tables=["lead"])
            sleep(seconds)

        found.context = replace(found.context, wait=person)
        waited = found.wait(by_hand(), Result.BLOCKED)
    assert waited.settled
    assert [look[0].by_hand for look in found.looks[:3]] == [True, True, True]
    assert not found.looks[-1][0].by_hand
    assert any(look[0].health and look[0].health.health is Health.PROGRESSING for look in found.looks)


def test_nobody_came(cloud: Cloud, configuration: Configuration) -> None:
    with waiting(cloud, configuration) as found:
        waited = found.wait(by_hand(), Result.BLOCKED, bound=300)
    assert (waited.settled, waited.by_hand) == (False, True)


def test_an_unlink_by_hand_is_over_when_the_link_is_gone(cloud: Cloud, configuration: Configuration) -> None:
    gone = fleet(changed(LOADED, absent=True, tables=()))
    with waiting(cloud, configuration, gone) as found:
        cloud.unlink("sales", "saleslake")
        waited = found.wait(by_hand(action=Action.DELETE), Result.BLOCKED)
    assert (waited.settled, waited.by_hand) == (True, False)


@pytest.mark.parametrize("found_change", [written(), by_hand()])
def test_an_environment_that_cannot_be_read_now_proves_nothing(
    cloud: Cloud, configuration: Configuration, found_change: Change
) -> None:
    with waiting(cloud, configuration) as found:
        cloud.faults.add("refused", route="dataverse.*", rate=1.0)
        result = Result.BLOCKED if found_change.status is Status.UNPROVEN else Result.DONE
        assert not found.wait(found_change, result, bound=120).settled


def test_ctrl_c_ends_the_waiting_with_what_is_known(cloud: Cloud, configuration: Configuration) -> None:
    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    with waiting(cloud, configuration) as found:
        cloud.edit("sales", "saleslake", add_tables=["lead"])
        found.context = replace(found.context, wait=stop)
        waited = found.wait(written())
    assert (waited.settled, len(found.looks)) == (False, 1)
