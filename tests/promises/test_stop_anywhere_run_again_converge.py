"""Promise 4: no crash, throttle, timeout or lost answer leaves a state that a second run doesn't heal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import product
from typing import Any

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.apply.synapse_link import LinkExecutor
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.live.snapshot import read_snapshot
from reconciler.model.assumption import BY_ID
from reconciler.model.change import Step
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.outcome import Result
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, SERVICE_LINK, changed, fleet, tables
from tests.run import apply, plan, results

WRITES = [
    "link.register",
    "link.lake.create",
    "link.profile.create",
    "link.profile.put",
    "link.profile.activate",
    "dataverse.definition.put",
    "dataverse.publish",
]
SWITCHES = ["rows-change-at", "removed-table-row", "create-lake-twice"]
# Replaces nothing, adds, removes and sets: with the new link every write route is used.
DESIRED = fleet(
    changed(SALES_LINK, tables=tables("account", "lead", "task"), absent_tables=("contact",)),
    SERVICE_LINK,
)


def combinations() -> list[dict[str, str]]:
    answers = [BY_ID[switch].answers for switch in SWITCHES]
    return [dict(zip(SWITCHES, chosen, strict=True)) for chosen in product(*answers)]


def assert_converged(cloud: Cloud, clients: ReadClients, configuration: Configuration) -> None:
    left = plan(clients, DESIRED, configuration)
    assert left.pending == (), left.pending
    sales, service = cloud.state.link("sales", "saleslake"), cloud.state.link("service", "servicelake")
    assert set(sales.running.tables) == {"account", "lead", "task"}
    assert set(service.running.tables) == {"contoso_warranty", "incident"}
    assert sales.stored == sales.running
    assert service.stored == service.running
    assert [loss.table for loss in sales.losses] == ["contact"]
    assert not service.losses
    live = [link for link in cloud.state.links if link.environment == "service" and link.active]
    assert len(live) == 1


@pytest.mark.parametrize("kind", ["reset-before", "reset-after", "error", "throttle", "nonsense", "refused"])
@pytest.mark.parametrize("route", WRITES)
def test_a_fault_at_any_write_is_healed_by_the_next_run(
    cloud: Cloud, configuration: Configuration, route: str, kind: str
) -> None:
    cloud.faults.add(kind, route, times=1, **({"retry_after": 0} if kind == "throttle" else {}))
    with clients_of(cloud, configuration) as clients:
        apply(clients, DESIRED, configuration)
        cloud.faults.clear()
        assert set(results(apply(clients, DESIRED, configuration))) <= {Result.DONE}
        assert_converged(cloud, clients, configuration)


@pytest.mark.parametrize("switches", combinations(), ids=str)
@pytest.mark.parametrize("route", ["link.lake.create", "link.profile.put", "link.profile.activate"])
def test_a_lost_answer_is_healed_whatever_the_service_turns_out_to_do(
    start_cloud: Callable[..., AbstractContextManager[Cloud]],
    configuration: Configuration,
    switches: dict[str, str],
    route: str,
) -> None:
    with start_cloud(assume=switches) as cloud, clients_of(cloud, configuration) as clients:
        cloud.faults.add("reset-after", route, times=1)
        apply(clients, DESIRED, configuration)
        apply(clients, DESIRED, configuration)
        assert_converged(cloud, clients, configuration)


class Killed(BaseException):
    """Stands for a process that dies: nothing of ours catches it."""


@pytest.mark.parametrize("switches", combinations(), ids=str)
@pytest.mark.parametrize("after", range(8))
def test_a_run_that_dies_at_any_step_is_healed_by_the_next(
    start_cloud: Callable[..., AbstractContextManager[Cloud]],
    configuration: Configuration,
    monkeypatch: pytest.MonkeyPatch,
    switches: dict[str, str],
    after: int,
) -> None:
    with start_cloud(assume=switches) as cloud, clients_of(cloud, configuration) as clients:
        with monkeypatch.context() as patched:
            patched.setattr(LinkExecutor, "execute", dying(after))
            with pytest.raises(Killed):
                run_one_by_one(clients, DESIRED, configuration)
        apply(clients, DESIRED, configuration)
        assert_converged(cloud, clients, configuration)


def dying(after: int) -> Callable[[LinkExecutor, Step], None]:
    """``execute`` that carries out a number of steps and then dies."""
    execute, left = LinkExecutor.execute, [after]

    def step(self: LinkExecutor, step: Step) -> None:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        execute(self, step)

    return step


def run_one_by_one(clients: ReadClients, desired: DesiredState, configuration: Configuration) -> Any:
    live = read_snapshot(clients, desired, configuration)
    context = Context(WriteClients.beside(clients), desired, live, configuration, wait=pytest.fail)
    for change in build_plan(desired, live, configuration).pending:
        apply_changes([change], context)
    raise Killed


@pytest.mark.parametrize(
    ("route", "sent"),
    [
        ("link.lake.create", 1),
        ("link.profile.create", 1),
        ("link.profile.put", 1),
        ("link.profile.activate", 2),
        ("dataverse.definition.put", 1),
    ],
)
def test_nothing_is_sent_again_whose_outcome_is_unknown(
    cloud: Cloud, configuration: Configuration, route: str, sent: int
) -> None:
    cloud.faults.add("reset-after", route, times=1)
    with clients_of(cloud, configuration) as clients:
        assert set(results(apply(clients, DESIRED, configuration))) == {Result.DONE}
    assert cloud.record.count(route=route) == sent
    assert [entry.fault for entry in cloud.record if entry.route == route].count("reset-after") == 1


@pytest.mark.parametrize("kind", ["nonsense", "error"])
@pytest.mark.parametrize("route", WRITES)
def test_what_was_answered_with_200_and_had_no_effect_is_not_called_done(
    cloud: Cloud, configuration: Configuration, route: str, kind: str
) -> None:
    cloud.faults.add(kind, route, times=None, **({"status": 200} if kind == "error" else {}))
    with clients_of(cloud, configuration) as clients:
        ended = set(results(apply(clients, DESIRED, configuration)))
        cloud.faults.clear()
        assert (ended == {Result.DONE}) is (plan(clients, DESIRED, configuration).pending == ())
        apply(clients, DESIRED, configuration)
        assert_converged(cloud, clients, configuration)
