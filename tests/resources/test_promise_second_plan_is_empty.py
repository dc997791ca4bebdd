"""Promise 4, its pure part: what a plan does leaves nothing for a second plan to do."""

from __future__ import annotations

from hypothesis import given, settings

from reconciler.model.change import Change, Reason, Status
from reconciler.model.desired import Destination, DestinationType, SynapseLink, Table
from reconciler.model.live import LiveLink
from tests.builders import (
    desired_link,
    desired_state,
    live_environment,
    live_link,
    live_table,
    plan_of,
    snapshot,
    storage_id,
    workspace_id,
)
from tests.resources.service import after
from tests.strategies import desired_links, pairs


def second_plan(link: SynapseLink, *live: LiveLink) -> tuple[Change, ...]:
    environment = live_environment(*live)
    first = plan_of(desired_state(link), snapshot(environment))
    left = plan_of(desired_state(link), snapshot(after(environment, first.ready)))
    return left.pending


@settings(deadline=None, max_examples=300)
@given(pairs())
def test_after_a_change_only_what_nobody_consented_to_is_pending(pair: tuple[SynapseLink, LiveLink]) -> None:
    link, live = pair
    left = second_plan(link, live)
    assert all((c.reason, c.status) == (Reason.IMMUTABLE, Status.BLOCKED) for c in left)


@settings(deadline=None, max_examples=100)
@given(desired_links())
def test_after_a_creation_nothing_is_pending(link: SynapseLink) -> None:
    assert second_plan(link) == ()


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
