"""Promise 4, its pure part: what a plan does leaves nothing for a second plan to do."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import Change, Reason, Status, Step
from reconciler.model.desired import Destination, DestinationType, SynapseLink, Table
from reconciler.model.live import LiveLink
from tests.builders import (
    desired_link,
    desired_state,
    live_link,
    live_table,
    plan_of,
    snapshot,
    storage_id,
    workspace_id,
)
from tests.resources.service import World, after, world
from tests.strategies import desired_links, pairs


def ready_steps(link: SynapseLink, found: World) -> list[Step]:
    plan = plan_of(desired_state(link), snapshot(found.environment))
    return [step for change in plan.ready for step in change.steps]


def pending(link: SynapseLink, found: World) -> tuple[Change, ...]:
    return plan_of(desired_state(link), snapshot(found.environment)).pending


def second_plan(link: SynapseLink, *live: LiveLink) -> tuple[Change, ...]:
    start = world(*live)
    return pending(link, after(start, ready_steps(link, start)))


def only_needs_consent(changes: tuple[Change, ...]) -> bool:
    return all((found.reason, found.status) == (Reason.IMMUTABLE, Status.BLOCKED) for found in changes)


@settings(deadline=None, max_examples=300)
@given(pairs())
def test_after_a_change_only_what_nobody_consented_to_is_pending(pair: tuple[SynapseLink, LiveLink]) -> None:
    assert only_needs_consent(second_plan(*pair))


@settings(deadline=None, max_examples=100)
@given(desired_links())
def test_after_a_creation_nothing_is_pending(link: SynapseLink) -> None:
    assert second_plan(link) == ()


@settings(deadline=None, max_examples=300)
@given(pairs(), st.booleans(), st.data())
def test_a_run_that_stopped_after_any_step_is_healed_by_the_next_and_loses_nothing(
    pair: tuple[SynapseLink, LiveLink], rows_at_put: bool, data: st.DataObject
) -> None:
    link, live = pair
    start = world(live, rows_at_put=rows_at_put)
    steps = ready_steps(link, start)
    stopped = after(start, steps[: data.draw(st.integers(0, len(steps)))])
    healed = after(stopped, ready_steps(link, stopped))
    assert only_needs_consent(pending(link, healed))
    removed = live.tables.keys() if link.remove_undeclared_tables else set(link.absent_tables)
    kept = {table.name for table in link.tables} | (live.tables.keys() - removed)
    assert kept <= healed.environment.links[0].tables.keys()


def test_an_unknown_interval_is_no_change_for_ever() -> None:
    assert second_plan(desired_link("account", interval=15), live_link("account", interval=None)) == ()


def test_a_block_size_of_the_services_default_is_no_change_where_the_service_shows_0() -> None:
    sized = Table("account", record_count_per_block=125)
    live = live_link(live_table("account", record_count_per_block=0))
    assert plan_of(desired_link(sized), live).pending == ()


def test_a_container_that_dataverse_does_not_tell_is_no_change_for_ever() -> None:
    assert plan_of(desired_link("account"), live_link("account", container=None)).pending == ()


def test_a_workspace_known_by_its_bare_name_is_no_change() -> None:
    destination = Destination(DestinationType.CSV, storage_id(), "dataverse-dev", workspace_id("devworkspace"))
    live = live_link("account", workspace="devworkspace", storage_account="devlake")
    plan = plan_of(desired_link("account", destination=destination), live)
    assert (plan.pending, plan.diagnostics) == ((), ())
