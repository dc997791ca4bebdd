"""Runs of apply: one change's trouble, of whatever kind, is told and stays its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.apply.executor import Context
from reconciler.apply.kinds import EXECUTORS
from reconciler.apply.lock import Held, Locks
from reconciler.apply.run import apply_changes
from reconciler.apply.synapse_link import LinkExecutor
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.model.address import Address
from reconciler.model.change import Change, Step
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import Configuration
from reconciler.model.errors import Locked, LockLost, OutcomeUnknown, ReconcilerError, Refused
from reconciler.model.limits import Limits
from reconciler.model.live import Snapshot
from reconciler.model.outcome import Outcome, Result, Write
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud
from tests.builders import change
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, changed, fleet, tables
from tests.run import apply, plan, read, results

EXECUTE = LinkExecutor.execute


def test_services_are_asked_for_one_change_no_longer_than_the_configuration_says(
    cloud: Cloud, configuration: Configuration
) -> None:
    impatient = replace(configuration, limits=Limits(minutes_per_change=0))
    with clients_of(cloud, configuration) as clients:
        for outcome in apply(clients, fleet(), impatient):
            assert outcome.result is Result.FAILED
            assert f"{outcome.address} was given up" in outcome.detail
        assert cloud.record.writes == []
        assert set(results(apply(clients, fleet(), configuration))) == {Result.DONE}


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


class Until:
    """Locks that a person breaks before the nth request that writes, of the partition ``sales``; 0 for a lock that
    another run has from the beginning. Tells what is held. No service can be made to lose a lock so exactly."""

    def __init__(self, nth: int) -> None:
        self.left = nth
        self.held: list[str] = []
        self.taken: list[str] = []

    @contextmanager
    def hold(self, partition: str) -> Iterator[Held]:
        if partition == "sales" and self.left == 0:
            raise Locked("Another run has the lock of 'sales'")
        self.held.append(partition)
        self.taken.append(partition)
        try:
            yield _Breaking(self, partition)
        finally:
            self.held.remove(partition)


class _Breaking:
    def __init__(self, locks: Until, partition: str) -> None:
        self._locks, self._partition = locks, partition

    def check(self) -> None:
        assert self._partition in self._locks.held
        if self._partition == "sales":
            self._locks.left -= 1
            if self._locks.left <= 0:
                raise LockLost("The lock of 'sales' was broken by somebody")


def changes_of(clients: ReadClients, configuration: Configuration) -> tuple[list[Change], Context]:
    live = read(clients, fleet(), configuration)
    changes = list(build_plan(fleet(), live, configuration).pending)
    return changes, Context(WriteClients.beside(clients), fleet(), live, configuration, wait=lambda _seconds: None)


def apply_with(clients: ReadClients, configuration: Configuration, locks: Locks) -> tuple[Outcome, ...]:
    changes, context = changes_of(clients, configuration)
    return apply_changes(changes, replace(context, locks=locks))


def test_a_lock_that_is_lost_half_way_ends_the_change_with_exact_words(
    cloud: Cloud, configuration: Configuration
) -> None:
    locks = Until(2)
    with clients_of(cloud, configuration) as clients:
        sales, service = apply_with(clients, configuration, locks)
        assert (sales.result, service.result) == (Result.REFUSED, Result.DONE)
        assert (sales.stopped_at, sales.detail) == (
            "Activate the profile",
            "The lock of 'sales' was broken by somebody",
        )
        assert [write.method for write in sales.writes] == ["PUT"]
        assert cloud.record.count(route="link.profile.put") == 1
        assert (locks.taken, locks.held) == (["sales", "service"], [])
        assert set(results(apply(clients, fleet(), configuration))) == {Result.DONE}


def test_nothing_more_is_written_to_a_partition_whose_lock_was_lost(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        changes, context = changes_of(clients, configuration)
        again = replace(changes[0], address=replace(changes[0].address, name="another-link"))
        lost, after, _ = apply_changes([changes[0], again, changes[1]], replace(context, locks=Until(1)))
    assert (lost.result, after.result) == (Result.REFUSED, Result.SKIPPED)
    assert after.detail == (
        "The lock of 'sales' was lost while SynapseLink/sales/sales-link was changed: nothing more is written there"
    )
    assert after.writes == ()


def test_a_partition_that_another_run_has_is_refused_and_the_others_go_on(
    cloud: Cloud, configuration: Configuration
) -> None:
    with clients_of(cloud, configuration) as clients:
        sales, service = apply_with(clients, configuration, Until(0))
    assert (sales.result, sales.detail, sales.writes) == (Result.REFUSED, "Another run has the lock of 'sales'", ())
    assert service.result is Result.DONE


def test_a_partition_is_looked_at_once_under_its_lock_and_given_back_where_it_moved(
    cloud: Cloud, configuration: Configuration
) -> None:
    locks, looked = Until(99), list[tuple[str, bool]]()

    def unmoved(partition: str) -> None:
        looked.append((partition, partition in locks.held))
        if partition == "service":
            raise Refused("It moved")

    with clients_of(cloud, configuration) as clients:
        changes, context = changes_of(clients, configuration)
        sales, service = apply_changes(changes, replace(context, locks=locks, unmoved=unmoved))
    assert (sales.result, service.result) == (Result.DONE, Result.REFUSED)
    assert sorted(looked) == [("sales", True), ("service", True)]
    assert locks.held == []


def test_a_look_that_breaks_off_keeps_no_lock(cloud: Cloud, configuration: Configuration) -> None:
    locks, held = Until(99), list[list[str]]()

    def unmoved(_partition: str) -> None:
        held.append([*locks.held])
        raise KeyError("unforeseen")

    with clients_of(cloud, configuration) as clients:
        (sales, _), context = changes_of(clients, configuration)
        again = replace(sales, address=replace(sales.address, name="another-link"))
        outcomes = apply_changes([sales, again], replace(context, locks=locks, unmoved=unmoved))
    assert results(outcomes) == [Result.FAILED, Result.FAILED]
    assert (held, locks.held, cloud.record.writes) == ([["sales"], ["sales"]], [], [])


def test_what_needs_a_change_that_failed_is_not_begun_and_says_which(
    cloud: Cloud, configuration: Configuration
) -> None:
    cloud.faults.add("refused", "link.profile.put", times=1)
    with clients_of(cloud, configuration) as clients:
        changes, context = changes_of(clients, configuration)
        service = replace(changes[1], needs=(changes[0].address,))
        first, second = apply_changes([changes[0], service], context)
        assert (first.result, second.result) == (Result.FAILED, Result.SKIPPED)
        assert second.detail == "It needs SynapseLink/sales/sales-link, which failed"
        assert cloud.record.count(route="link.lake.create") == 0


def test_a_change_is_made_after_one_of_another_partition_that_it_needs(
    cloud: Cloud, configuration: Configuration
) -> None:
    steps: list[str] = []
    with clients_of(cloud, configuration) as clients:
        changes, context = changes_of(clients, configuration)
        sales = replace(changes[0], needs=(changes[1].address,))
        outcomes = apply_changes([sales, changes[1]], context, lambda change, _step: steps.append(change.environment))
    assert results(outcomes) == [Result.DONE, Result.DONE]
    assert steps == sorted(steps, reverse=True)


def test_each_write_is_told_before_it_is_sent_with_the_ids_of_both_sides(
    cloud: Cloud, configuration: Configuration
) -> None:
    told: list[tuple[str, Write]] = []
    with clients_of(cloud, configuration) as clients:
        changes, context = changes_of(clients, configuration)
        sales, service = apply_changes(
            changes, context, on_write=lambda _change, step, write: told.append((step, write))
        )
    writes = [*sales.writes, *service.writes]
    assert {write.id for _, write in told} == {write.id for write in writes}
    assert {write.status for _, write in told} == {None}
    assert {write.status for write in writes} <= {200, 201, 202, 204}
    assert [write.method for write in sales.writes] == ["PUT", "POST"]
    assert all("?" not in write.url and write.url.startswith("https://") for write in writes)
    assert ("Activate the profile", sales.writes[1].id) in [(step, write.id) for step, write in told]


def test_a_write_whose_answer_never_came_has_no_status(cloud: Cloud, configuration: Configuration) -> None:
    cloud.faults.add("reset-before", "link.profile.activate", times=None)
    with clients_of(cloud, configuration) as clients:
        desired = fleet(changed(SALES_LINK, tables=tables("account", "contact", "lead", "task")))
        (sales,) = apply(clients, desired, configuration)
    assert sales.result is Result.UNKNOWN
    assert [(write.method, write.status) for write in sales.writes] == [("PUT", 200), ("POST", None)]


_ERRORS: dict[str, type[ReconcilerError]] = {"failed": ReconcilerError, "refused": Refused, "unknown": OutcomeUnknown}


@dataclass(frozen=True, slots=True)
class Ends(Step):
    """A step that ends as it is told."""

    type: ClassVar[str] = "ends"
    error: str = ""

    def describe(self) -> str:
        return "End"


class Watched:
    """Locks, and an executor, that see who runs at once. Real links would be too slow to try every graph on."""

    def __init__(self) -> None:
        self._one = Lock()
        self.inside: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.began: list[Change] = []
        self.held: Counter[str] = Counter()

    def executor(self, change: Change, _context: Context) -> Any:
        return _Watching(self, change)

    @contextmanager
    def hold(self, partition: str) -> Iterator[Held]:
        self.held[partition] += 1
        yield _Breaking(Until(99), "")
        self.held[partition] -= 1

    def run(self, change: Change, step: Step) -> None:
        with self._one:
            self.began.append(change)
            self.inside[change.partition] += 1
            self.most[change.partition] = max(self.most[change.partition], self.inside[change.partition])
            assert self.held[change.partition] == 1
        try:
            assert isinstance(step, Ends)
            if step.error:
                raise _ERRORS[step.error]("It ended so")
        finally:
            with self._one:
                self.inside[change.partition] -= 1


class _Watching:
    def __init__(self, watched: Watched, change: Change) -> None:
        self._watched, self._change = watched, change

    def execute(self, step: Step) -> None:
        self._watched.run(self._change, step)


@st.composite
def graphs(draw: st.DrawFn) -> list[Change]:
    names = [f"link-{number}" for number in range(draw(st.integers(1, 10)))]
    found = []
    for number, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:number] or [name]), max_size=3))
        error = draw(st.sampled_from(["", "", "", *_ERRORS]))
        found.append(
            change(
                address=Address("Watched", "any", name),
                partition=draw(st.sampled_from("abcd")),
                needs=tuple(Address("Watched", "any", need) for need in needs),
                steps=(Ends(error),),
            )
        )
    return draw(st.permutations(found))


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_on_real_threads_every_change_ends_once_in_order_and_alone_in_its_partition(changes: list[Change]) -> None:
    watched = Watched()
    nobody: Any = None
    clients = WriteClients(CLOUDS["public"], nobody, nobody, None)
    context = Context(clients, fleet(), Snapshot({}), Configuration(concurrency=3), locks=watched)
    told: list[Change] = []
    with patch.dict(EXECUTORS, {"Watched": watched.executor}):
        outcomes = apply_changes(changes, context, on_outcome=lambda each, _outcome: told.append(each))
    assert sorted(told, key=id) == sorted(changes, key=id)
    assert set(watched.most.values()) <= {1}
    assert set(watched.held.values()) <= {0}
    result = {outcome.address: outcome.result for outcome in outcomes}
    for each in changes:
        needs = {need for need in each.needs if need != each.address}
        skipped = any(result[need] is not Result.DONE for need in needs)
        assert (result[each.address] is Result.SKIPPED) == skipped
        before = [watched.began.index(other) for other in watched.began if other.address in needs]
        assert skipped or all(at < watched.began.index(each) for at in before)
