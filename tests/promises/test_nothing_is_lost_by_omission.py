"""Promise 2, against the local cloud: what manifests leave out stays, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.clients.clients import WriteClients
from reconciler.live.snapshot import read_snapshot
from reconciler.model.change import Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.outcome import Result
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SALES_LINK, changed, fleet, tables
from tests.run import apply, plan, results


def test_a_manifest_that_is_gone_unlinks_nothing(cloud: Cloud, configuration: Configuration) -> None:
    nothing = DesiredState(dict(ENVIRONMENTS))
    with clients_of(cloud, configuration) as clients:
        found = plan(clients, nothing, configuration)
        assert found.pending == ()
        assert [d.code for d in found.diagnostics] == ["undeclared-link"]
        assert apply(clients, nothing, configuration) == ()
    assert cloud.record.writes == []


def test_a_line_that_is_gone_removes_no_table(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        apply(clients, fleet(changed(SALES_LINK, tables=tables("lead"))), configuration)
    sales = cloud.state.link("sales", "saleslake")
    assert set(sales.running.tables) == {"account", "contact", "task", "lead"}
    assert not sales.losses


def test_settings_that_no_manifest_names_are_sent_back_as_they_were(cloud: Cloud, configuration: Configuration) -> None:
    cloud.edit("sales", "saleslake", attachments=True, files=True)
    with clients_of(cloud, configuration) as clients:
        apply(clients, fleet(SALES_LINK), configuration)
    running = cloud.state.link("sales", "saleslake").running
    assert (running.attachments, running.files, running.interval) == (True, True, 30)


@pytest.mark.parametrize("answer", ["put", "activate"])
def test_a_table_added_by_hand_between_plan_and_write_survives(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration, answer: str
) -> None:
    with start_cloud(assume={"rows-change-at": answer}) as cloud, clients_of(cloud, configuration) as clients:
        live = read_snapshot(clients, fleet(SALES_LINK), configuration)
        changes = build_plan(fleet(SALES_LINK), live, configuration).pending
        cloud.edit("sales", "saleslake", add_tables=["opportunity"])
        context = Context(WriteClients.beside(clients), fleet(SALES_LINK), live, configuration)
        assert results(apply_changes(changes, context)) == [Result.DONE]
        assert set(cloud.state.link("sales", "saleslake").running.tables) == {
            "account",
            "contact",
            "lead",
            "opportunity",
            "task",
        }
        assert not cloud.state.link("sales", "saleslake").losses


@pytest.mark.parametrize(
    ("follow", "removed"), [("activate", "deleted"), ("activate", "disabled"), ("put", "disabled")]
)
def test_an_unactivated_removal_by_hand_is_refused_and_not_carried_out_for_its_author(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration, follow: str, removed: str
) -> None:
    """Someone wrote a profile without 'task' and never activated it: activating for our own change would drop it."""
    assume = {"rows-change-at": follow, "removed-table-row": removed}
    with start_cloud(assume=assume) as cloud, clients_of(cloud, configuration) as clients:
        cloud.edit("sales", "saleslake", remove_tables=["task"], leave_inactive=True)
        found = plan(clients, fleet(SALES_LINK), configuration)
        assert [change.status for change in found.pending] == [Status.BLOCKED]
        assert "table-sets-disagree" in {d.code for d in found.diagnostics}
        assert results(apply(clients, fleet(SALES_LINK), configuration)) == [Result.BLOCKED]
        assert "task" in cloud.state.link("sales", "saleslake").running.tables


def test_where_such_a_removal_shows_nowhere_the_plan_says_so(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration
) -> None:
    """Neither service would show 'task' any more: only its lake data is left of it until somebody activates."""
    assume = {"rows-change-at": "put", "removed-table-row": "deleted"}
    with start_cloud(assume=assume) as cloud, clients_of(cloud, configuration) as clients:
        cloud.edit("sales", "saleslake", remove_tables=["task"], leave_inactive=True)
        assert "unactivated-write" in {d.code for d in plan(clients, fleet(SALES_LINK), configuration).diagnostics}


@pytest.mark.parametrize("follow", ["activate", "put"])
@pytest.mark.parametrize("removed", ["deleted", "disabled"])
def test_the_same_between_plan_and_write_is_refused_before_the_write(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration, follow: str, removed: str
) -> None:
    assume = {"rows-change-at": follow, "removed-table-row": removed}
    with start_cloud(assume=assume) as cloud, clients_of(cloud, configuration) as clients:
        live = read_snapshot(clients, fleet(SALES_LINK), configuration)
        changes = build_plan(fleet(SALES_LINK), live, configuration).pending
        cloud.edit("sales", "saleslake", remove_tables=["task"], leave_inactive=True)
        cloud.record.clear()
        context = Context(WriteClients.beside(clients), fleet(SALES_LINK), live, configuration)
        (outcome,) = apply_changes(changes, context)
        assert outcome.result is Result.REFUSED
        assert "task" in (outcome.detail or "") or "did not activate" in (outcome.detail or "")
        assert not cloud.state.link("sales", "saleslake").losses
        assert cloud.record.writes == []
