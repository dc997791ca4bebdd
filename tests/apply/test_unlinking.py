"""Links to storage accounts are ended by hand, or by the inferred call where that was allowed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.clients.clients import WriteClients
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.outcome import Result
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud
from tests.apply.life import LIFE, carry_out
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, changed, fleet
from tests.run import plan, read, results

Start = Callable[..., AbstractContextManager[Cloud]]
TOMBSTONE = fleet(changed(SALES_LINK, absent=True, delete_data=True))
KEPT = fleet(changed(SALES_LINK, absent=True, delete_data=False))


@pytest.fixture
def allowed(configuration: Configuration) -> Configuration:
    return replace(configuration, allow_unproven=True)


def test_without_leave_nothing_is_sent_and_a_person_is_told_each_click(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        (outcome,) = carry_out(cloud, clients, TOMBSTONE, configuration)
        assert outcome.result is Result.BLOCKED
        assert cloud.record.writes == []
        cloud.unlink("sales", "saleslake")
        assert plan(clients, TOMBSTONE, configuration).pending == ()


@pytest.mark.parametrize("desired", [TOMBSTONE, KEPT])
def test_with_leave_the_inferred_call_is_sent_and_the_data_goes_or_stays(
    start_cloud: Start, allowed: Configuration, desired: DesiredState
) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        assert results(carry_out(cloud, clients, desired, allowed)) == [Result.DONE]
        assert ("dataverse-sales" in cloud.state.containers("saleslake")) is (desired is KEPT)
        assert plan(clients, TOMBSTONE, allowed).pending == ()


def test_without_the_name_it_is_refused(start_cloud: Start, allowed: Configuration) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        (outcome,) = carry_out(cloud, clients, TOMBSTONE, allowed, confirmed=lambda _change: False)
        assert outcome.result is Result.REFUSED
        assert cloud.record.writes == []


def test_a_service_that_does_not_know_the_call_loses_nothing_and_the_portal_is_named(
    start_cloud: Start, allowed: Configuration
) -> None:
    with start_cloud(LIFE, assume={"unlink-route": "not-served"}) as cloud, clients_of(cloud, allowed) as clients:
        (outcome,) = carry_out(cloud, clients, TOMBSTONE, allowed)
        assert outcome.result is Result.FAILED
        assert "nothing is lost" in (outcome.detail or "")
        assert "maker portal" in (outcome.detail or "")
        assert not cloud.state.link("sales", "saleslake").deleted


@pytest.mark.parametrize("kind", ["reset-before", "reset-after", "error", "throttle", "refused", "nonsense"])
def test_a_fault_is_healed_by_the_next_run(start_cloud: Start, allowed: Configuration, kind: str) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        cloud.faults.add(kind, "link.unlink", times=1, **({"retry_after": 0} if kind == "throttle" else {}))
        carry_out(cloud, clients, TOMBSTONE, allowed)
        cloud.faults.clear()
        carry_out(cloud, clients, TOMBSTONE, allowed)
        assert plan(clients, TOMBSTONE, allowed).pending == ()


def test_a_link_that_went_meanwhile_is_no_error(start_cloud: Start, allowed: Configuration) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        live = read(clients, TOMBSTONE, allowed)
        changes = build_plan(TOMBSTONE, live, allowed).pending
        cloud.unlink("sales", "saleslake")
        cloud.record.clear()
        context = Context(
            WriteClients.beside(clients), TOMBSTONE, live, allowed, cloud.clock.advance, lambda _change: True
        )
        assert results(apply_changes(changes, context)) == [Result.DONE]
        assert cloud.record.writes == []


def test_a_link_that_got_more_tables_than_were_confirmed_stays(start_cloud: Start, allowed: Configuration) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        live = read(clients, TOMBSTONE, allowed)
        changes = build_plan(TOMBSTONE, live, allowed).pending
        cloud.edit("sales", "saleslake", add_tables=["lead"])
        cloud.record.clear()
        context = Context(
            WriteClients.beside(clients), TOMBSTONE, live, allowed, cloud.clock.advance, lambda _change: True
        )
        (outcome,) = apply_changes(changes, context)
        assert (outcome.result, cloud.record.writes) == (Result.REFUSED, [])
        assert "has 4 tables now" in (outcome.detail or "")


@pytest.mark.parametrize("rows", ["none", "soft-deleted"])
@pytest.mark.parametrize(
    ("desired", "choice", "words"),
    [
        (TOMBSTONE, "deleteData-query", None),
        (TOMBSTONE, "always-deleted", None),
        (TOMBSTONE, "always-kept", "is still there"),
        (KEPT, "deleteData-query", None),
        (KEPT, "always-kept", None),
        (KEPT, "always-deleted", "went with it"),
    ],
)
def test_data_that_went_or_stayed_against_the_manifest_is_not_called_done(
    start_cloud: Start, allowed: Configuration, rows: str, desired: DesiredState, choice: str, words: str | None
) -> None:
    with (
        start_cloud(LIFE, assume={"unlink-data-choice": choice, "event-rows": rows}) as cloud,
        clients_of(cloud, allowed) as clients,
    ):
        (outcome,) = carry_out(cloud, clients, desired, allowed)
        assert outcome.result is (Result.FAILED if words else Result.DONE)
        assert (words or "") in (outcome.detail or "")
        assert plan(clients, desired, allowed).pending == ()


def test_whether_data_went_is_not_asked_of_an_account_that_nobody_may_read(
    start_cloud: Start, allowed: Configuration
) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        cloud.faults.add("refused", "arm.container", times=None)
        assert results(carry_out(cloud, clients, KEPT, allowed)) == [Result.DONE]
