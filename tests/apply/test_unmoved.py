"""The last look before a partition's first write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.apply.unmoved import unmoved
from reconciler.clients.clients import WriteClients
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.desired import DesiredState
from reconciler.model.errors import Refused, ServiceError
from reconciler.model.outcome import Outcome, Result
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, changed, fleet
from tests.run import read

FLEET = fleet()


@contextmanager
def planned(
    cloud: Cloud, configuration: Configuration, desired: DesiredState = FLEET
) -> Iterator[tuple[Callable[[str], None], Callable[[], tuple[Outcome, ...]]]]:
    """The look of a fresh plan, and what carries the plan out with it."""
    with clients_of(cloud, configuration) as clients:
        live = read(clients, desired, configuration)
        plan = build_plan(desired, live, configuration)
        look = unmoved(clients, desired, live, configuration, plan)

        def carry_out() -> tuple[Outcome, ...]:
            writing = WriteClients.beside(clients)
            context = Context(writing, desired, live, configuration, wait=lambda _seconds: None, unmoved=look)
            return apply_changes(plan.pending, context)

        yield look, carry_out


def test_what_did_not_move_costs_one_batch(cloud: Cloud, configuration: Configuration) -> None:
    with planned(cloud, configuration) as (look, _):
        cloud.record.clear()
        look("sales")
        look("service")
        assert Counter(entry.route for entry in cloud.record if not entry.inner) == {"dataverse.batch": 2}


@pytest.mark.parametrize("sign_in", [SignIn.NONE, SignIn.DEVICE_CODE])
def test_the_first_plan_and_the_look_see_the_same_signed_in_or_not(
    cloud: Cloud, configuration: Configuration, sign_in: SignIn
) -> None:
    with planned(cloud, replace(configuration, sign_in=sign_in)) as (look, _):
        look("sales")


def test_what_moved_is_told(cloud: Cloud, configuration: Configuration) -> None:
    with planned(cloud, configuration) as (look, _):
        cloud.edit("sales", "saleslake", interval=15)
        with pytest.raises(Refused, match="SynapseLink/links/saleslake/interval: 60 -> 15"):
            look("sales")
        look("service")


def test_a_table_that_came_is_noticed_where_nothing_but_settings_was_to_change(
    cloud: Cloud, configuration: Configuration
) -> None:
    desired = fleet(changed(SALES_LINK, tables=()))
    with planned(cloud, configuration, desired) as (look, _):
        cloud.edit("sales", "saleslake", add_tables=["lead"])
        with pytest.raises(Refused, match="tables/lead came"):
            look("sales")


def test_nothing_is_written_where_something_moved_and_the_others_go_on(
    cloud: Cloud, configuration: Configuration
) -> None:
    with planned(cloud, configuration) as (_, carry_out):
        cloud.edit("sales", "saleslake", interval=15)
        outcomes = {each.partition: each for each in carry_out()}
    assert [outcomes[name].result for name in ("sales", "service")] == [Result.REFUSED, Result.DONE]
    assert outcomes["sales"].done == ()
    assert cloud.state.link("sales", "saleslake").running.interval == 15


def test_what_the_run_itself_wrote_does_not_count(cloud: Cloud, configuration: Configuration) -> None:
    with planned(cloud, configuration) as (_, carry_out):
        assert {each.result for each in carry_out()} == {Result.DONE}


def test_a_partition_that_is_no_environment_is_not_looked_at(cloud: Cloud, configuration: Configuration) -> None:
    with planned(cloud, configuration) as (look, _):
        cloud.record.clear()
        look("a-workspace")
        assert list(cloud.record) == []


def test_an_environment_that_is_another_now_is_refused(cloud: Cloud, configuration: Configuration) -> None:
    other = replace(FLEET.environments["sales"], environment_id=FLEET.environments["service"].environment_id)
    with clients_of(cloud, configuration) as clients:
        live = read(clients, FLEET, configuration)
        plan = build_plan(FLEET, live, configuration)
        desired = replace(FLEET, environments={**FLEET.environments, "sales": other})
        with pytest.raises(Refused, match="Nothing was done there"):
            unmoved(clients, desired, live, configuration, plan)("sales")


def test_an_environment_that_does_not_answer_is_an_error(cloud: Cloud, configuration: Configuration) -> None:
    with planned(cloud, configuration) as (look, _):
        cloud.faults.add("error", "dataverse.batch", status=403)
        with pytest.raises(ServiceError):
            look("sales")
