"""Links are created and changed by the real clients, and read back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.apply import synapse_link as module
from reconciler.model.change import Action, Reason, Risk, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Partition, Table, TableReplacement
from reconciler.model.live import LiveEnvironment
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from reconciler.simulator.links import TableSettings
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, SERVICE_LINK, changed, fleet, tables
from tests.run import apply, plan, results


def test_a_fleet_is_brought_to_what_is_declared_and_a_second_plan_is_empty(
    cloud: Cloud, configuration: Configuration
) -> None:
    with clients_of(cloud, configuration) as clients:
        first = plan(clients, fleet(), configuration)
        assert [(c.action, c.risk) for c in first.pending] == [
            (Action.UPDATE, Risk.NONE),
            (Action.CREATE, Risk.IRREVERSIBLE),
        ]
        assert results(apply(clients, fleet(), configuration)) == [Result.DONE, Result.DONE]
        assert plan(clients, fleet(), configuration).pending == ()
    assert cloud.record.unserved == []


def test_tables_are_written_by_one_put_however_many_they_are(cloud: Cloud, configuration: Configuration) -> None:
    many = changed(SALES_LINK, tables=tables("account", "contact", "lead", "opportunity", "quote", "invoice"))
    with clients_of(cloud, configuration) as clients:
        apply(clients, fleet(many), configuration)
    assert cloud.record.count(route="link.profile.put") == 1
    assert cloud.record.count(route="link.profile.activate") == 1


def test_a_new_link_has_its_workspace_settings_and_change_tracking(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        apply(clients, fleet(SERVICE_LINK), configuration)
        link = cloud.state.link("service", "servicelake")
        assert set(link.running.tables) == {"contoso_warranty", "incident"}
        assert link.active
        again = plan(clients, fleet(SERVICE_LINK), configuration)
        assert (again.pending, again.drifted) == ((), ())


def test_absent_tables_are_removed_and_lose_their_data_as_the_plan_said(
    cloud: Cloud, configuration: Configuration
) -> None:
    link = changed(SALES_LINK, tables=tables("account"), absent_tables=("contact", "never_there"))
    with clients_of(cloud, configuration) as clients:
        (change, undeclared) = plan(clients, fleet(link), configuration).changes
        assert {change.risk, undeclared.risk} == {Risk.DATA_LOSS, Risk.NONE}
        assert results(apply(clients, fleet(link), configuration)) == [Result.DONE]
        assert plan(clients, fleet(link), configuration).pending == ()
    assert set(cloud.state.link("sales", "saleslake").running.tables) == {"account", "task"}


def test_undeclared_tables_are_removed_only_where_the_link_says_so(cloud: Cloud, configuration: Configuration) -> None:
    link = changed(SALES_LINK, remove_undeclared_tables=True)
    with clients_of(cloud, configuration) as clients:
        apply(clients, fleet(link), configuration)
    assert set(cloud.state.link("sales", "saleslake").running.tables) == {"account", "contact", "lead"}


def test_a_table_with_final_settings_is_refused_with_the_words_of_consent(
    cloud: Cloud, configuration: Configuration
) -> None:
    link = changed(
        SALES_LINK, interval=None, tables=(Table("account", partition=Partition.YEAR), *tables("contact", "task"))
    )
    with clients_of(cloud, configuration) as clients:
        found = plan(clients, fleet(link), configuration)
        assert [(c.action, c.status, c.reason) for c in found.pending] == [
            (Action.REPLACE, Status.BLOCKED, Reason.IMMUTABLE)
        ]
        (refusal,) = found.diagnostics
        assert "{table: account, from: {partition: month}, to: {partition: year}}" in (refusal.remedy or "")
        consent = TableReplacement("account", {"partition": "month"}, {"partition": "year"})
        consented = fleet(changed(link, replace_tables=(consent,)))
        assert results(apply(clients, consented, configuration)) == [Result.DONE]
        assert plan(clients, consented, configuration).pending == ()


def test_an_unactivated_profile_is_seen_and_healed(cloud: Cloud, configuration: Configuration) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"], interval=30, leave_inactive=True)
    with clients_of(cloud, configuration) as clients:
        (change, _) = plan(clients, fleet(SALES_LINK), configuration).changes
        assert change.reason is Reason.NOT_ACTIVATED
        assert results(apply(clients, fleet(SALES_LINK), configuration)) == [Result.DONE]
        assert plan(clients, fleet(SALES_LINK), configuration).pending == ()
    assert "lead" in cloud.state.link("sales", "saleslake").running.tables


def test_a_service_that_stamps_the_first_activation_alone_is_told_apart_by_the_configuration(
    start_cloud: Callable[..., AbstractContextManager[Cloud]], configuration: Configuration
) -> None:
    told = replace(configuration, assumptions={"activation-time-moves": "first"})
    with start_cloud(assume={"activation-time-moves": "first"}) as cloud, clients_of(cloud, configuration) as clients:
        (outcome,) = apply(clients, fleet(SALES_LINK), configuration)
        assert (outcome.result, "activation-time-moves: first" in (outcome.detail or "")) == (Result.FAILED, True)
        assert "lead" in cloud.state.link("sales", "saleslake").running.tables
        assert plan(clients, fleet(SALES_LINK), told).pending == ()
        more = fleet(changed(SALES_LINK, tables=(*SALES_LINK.tables, *tables("quote"))))
        assert results(apply(clients, more, told)) == [Result.DONE]


def test_a_link_that_is_shown_twice_is_not_called_done(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No comparison says what is left where it can't be told which of two is meant."""
    read = module.read_environment

    def twice(*of: Any, **fields: Any) -> LiveEnvironment:
        found = read(*of, **fields)
        return replace(found, links=found.links * 2)

    monkeypatch.setattr(module, "read_environment", twice)
    with clients_of(cloud, configuration) as clients:
        (outcome,) = apply(clients, fleet(SALES_LINK), configuration)
        assert (outcome.result, "does not show once" in (outcome.detail or "")) == (Result.FAILED, True)


def test_a_link_that_dataverse_shows_no_more_is_not_written(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = module.reread_link
    monkeypatch.setattr(module, "reread_link", lambda *of, **fields: (None, read(*of, **fields)[1]))
    with clients_of(cloud, configuration) as clients:
        (outcome,) = apply(clients, fleet(SALES_LINK), configuration)
    assert (outcome.result, "any more" in (outcome.detail or "")) == (Result.REFUSED, True)
    assert cloud.record.count(route="link.profile.put") == 0


def test_a_replaced_table_keeps_its_settings_that_the_manifest_does_not_manage(
    cloud: Cloud, configuration: Configuration
) -> None:
    cloud.edit("sales", "saleslake", add_tables=[TableSettings("lead", partition="Month", block=500)])
    consent = TableReplacement("lead", {"partition": "month"}, {"partition": "year"})
    lead = Table("lead", partition=Partition.YEAR)
    link = changed(SALES_LINK, tables=(*tables("account", "contact"), lead), replace_tables=(consent,))
    with clients_of(cloud, configuration) as clients:
        assert set(results(apply(clients, fleet(link), configuration))) == {Result.DONE}
        stored = cloud.state.link("sales", "saleslake").running.tables["lead"]
        assert (stored.partition, stored.block) == ("Year", 500)
        assert plan(clients, fleet(link), configuration).pending == ()
