"""Runs of apply: one change's trouble, of whatever kind, is told and stays its own."""

from __future__ import annotations

import pytest

from reconciler.apply.synapse_link import LinkExecutor
from reconciler.model.change import Step
from reconciler.model.configuration import Configuration
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, fleet
from tests.run import apply, plan, results

EXECUTE = LinkExecutor.execute


def test_a_fault_of_ours_ends_one_change_and_hides_no_other(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def execute(self: LinkExecutor, step: Step) -> None:
        if self._change.environment == "sales" and step.type == "activateProfile":
            raise KeyError("client_secret=hunter2")
        EXECUTE(self, step)

    with clients_of(cloud, configuration) as clients:
        with monkeypatch.context() as patched:
            patched.setattr(LinkExecutor, "execute", execute)
            sales, service = apply(clients, fleet(), configuration)
        assert (sales.result, service.result) == (Result.FAILED, Result.DONE)
        assert len(sales.done) == 1
        assert "KeyError" in (sales.detail or "")
        assert "hunter2" not in (sales.detail or "")
        assert results(apply(clients, fleet(), configuration)) == [Result.DONE]
        assert plan(clients, fleet(), configuration).pending == ()


@pytest.mark.parametrize("at", ["rewriteProfile", "activateProfile"])
def test_a_link_that_a_person_ends_meanwhile_is_said_to_have_gone(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def execute(self: LinkExecutor, step: Step) -> None:
        if step.type == at:
            cloud.unlink("sales", "saleslake")
        EXECUTE(self, step)

    monkeypatch.setattr(LinkExecutor, "execute", execute)
    with clients_of(cloud, configuration) as clients:
        (outcome,) = apply(clients, fleet(SALES_LINK), configuration)
    assert outcome.result is Result.FAILED
    assert "has gone since it was planned" in (outcome.detail or "")


@pytest.mark.parametrize("at", ["rewriteProfile", "activateProfile", "verifyLink"])
def test_what_a_person_adds_and_removes_between_two_steps_stays_so(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def execute(self: LinkExecutor, step: Step) -> None:
        if step.type == at:
            cloud.edit("sales", "saleslake", add_tables=["opportunity"], remove_tables=["task"])
        EXECUTE(self, step)

    monkeypatch.setattr(LinkExecutor, "execute", execute)
    with clients_of(cloud, configuration) as clients:
        assert results(apply(clients, fleet(SALES_LINK), configuration)) == [Result.DONE]
    link = cloud.state.link("sales", "saleslake")
    assert set(link.running.tables) == {"account", "contact", "lead", "opportunity"}
    assert [loss.table for loss in link.losses] == ["task"]


def test_a_users_token_that_ends_at_once_is_renewed_and_nobody_is_asked_again(
    cloud: Cloud, configuration: Configuration
) -> None:
    cloud.configure(user_token_seconds=60)
    with clients_of(cloud, configuration) as clients:
        assert results(apply(clients, fleet(), configuration)) == [Result.DONE, Result.DONE]
    assert cloud.record.count(route="entra.devicecode") == 1
