"""Links of every type, in waves, suspended and resumed, and written while somebody else writes them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.clients.link_service import Document, LinkServiceReader
from reconciler.model.change import Reason, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, Relink
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from tests.apply.life import LIFE, carry_out, service_link
from tests.conftest import clients_of
from tests.fleet import SALES_LINK, changed, fleet, tables
from tests.run import plan, results

Start = Callable[..., AbstractContextManager[Cloud]]


@pytest.fixture
def allowed(configuration: Configuration) -> Configuration:
    return replace(configuration, allow_unproven=True)


class TestTypesWhoseCreationIsInferred:
    @pytest.mark.parametrize("kind", [DestinationType.INCREMENTAL, DestinationType.DELTA])
    def test_are_left_to_a_person_without_leave(
        self, start_cloud: Start, configuration: Configuration, kind: DestinationType
    ) -> None:
        with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
            assert results(carry_out(cloud, clients, fleet(service_link(kind)), configuration)) == [Result.BLOCKED]
            assert cloud.record.writes == []

    @pytest.mark.parametrize("kind", [DestinationType.INCREMENTAL, DestinationType.DELTA])
    def test_are_created_with_leave_and_a_second_plan_is_empty(
        self, start_cloud: Start, allowed: Configuration, kind: DestinationType
    ) -> None:
        desired = fleet(service_link(kind, interval=30))
        with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
            assert results(carry_out(cloud, clients, desired, allowed)) == [Result.DONE]
            assert cloud.state.link("service", "servicelake").type == kind.value
            assert plan(clients, desired, allowed).pending == ()

    def test_that_the_service_makes_otherwise_are_not_called_done(
        self, start_cloud: Start, allowed: Configuration
    ) -> None:
        desired = fleet(service_link(DestinationType.INCREMENTAL))
        with (
            start_cloud(LIFE, assume={"create-body-flags": "ignored"}) as cloud,
            clients_of(cloud, allowed) as clients,
        ):
            (outcome,) = carry_out(cloud, clients, desired, allowed)
            assert (outcome.result, "destination.type" in (outcome.detail or "")) == (Result.FAILED, True)


class TestWaves:
    def test_add_what_is_allowed_and_take_the_rest_up_later(
        self, start_cloud: Start, configuration: Configuration
    ) -> None:
        names = ("account", "contact", "incident", "lead", "task")
        desired = fleet(service_link(DestinationType.CSV, tables=tables(*names), add_at_most=2))
        with start_cloud(LIFE) as cloud:
            seen = []
            for _ in range(3):
                with clients_of(cloud, configuration) as clients:
                    first = results(carry_out(cloud, clients, desired, configuration))
                    waiting = results(carry_out(cloud, clients, desired, configuration))
                seen.append((first, waiting, len(cloud.state.link("service", "servicelake").running.tables)))
                cloud.clock.advance(86400)
            assert seen == [
                ([Result.DONE, Result.DEFERRED], [Result.DEFERRED], 2),
                ([Result.DONE, Result.DEFERRED], [Result.DEFERRED], 4),
                ([Result.DONE], [], 5),
            ]


class TestSuspending:
    @pytest.mark.parametrize("state", ["6", "1"])
    def test_and_resuming_write_the_switch_and_a_second_plan_is_empty(
        self, start_cloud: Start, allowed: Configuration, state: str
    ) -> None:
        link = changed(SALES_LINK, suspend=True)
        with start_cloud(LIFE, assume={"suspended-profile-state": state}) as cloud, clients_of(cloud, allowed) as c:
            for suspend in (True, False):
                desired = fleet(changed(link, suspend=suspend))
                assert set(results(carry_out(cloud, c, desired, allowed))) == {Result.DONE}
                assert cloud.state.link("sales", "saleslake").suspended is suspend
                assert plan(c, desired, allowed).pending == ()

    def test_without_leave_holds_nothing_else_up(self, start_cloud: Start, configuration: Configuration) -> None:
        desired = fleet(changed(SALES_LINK, suspend=True))
        with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
            assert results(carry_out(cloud, clients, desired, configuration)) == [Result.DONE, Result.BLOCKED]
            assert "lead" in cloud.state.link("sales", "saleslake").running.tables
            assert not cloud.state.link("sales", "saleslake").suspended

    def test_by_hand_is_not_taken_for_a_write_that_nobody_activated(
        self, start_cloud: Start, configuration: Configuration
    ) -> None:
        with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
            carry_out(cloud, clients, fleet(SALES_LINK), configuration)
            cloud.edit("sales", "saleslake", enabled=False)
            assert plan(clients, fleet(SALES_LINK), configuration).pending == ()


def test_snapshots_are_refused_where_the_profile_has_no_place_for_them(
    start_cloud: Start, allowed: Configuration
) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        carry_out(cloud, clients, fleet(SALES_LINK), allowed)
        cloud.record.clear()
        desired = fleet(changed(SALES_LINK, snapshots=77))
        assert set(results(carry_out(cloud, clients, desired, allowed))) <= {Result.REFUSED}
        assert cloud.record.writes == []


class TestSomebodyWhoWritesAtTheSameTime:
    """The service takes whatever comes last and says nothing: what can be promised is to notice."""

    def meddle(self, monkeypatch: pytest.MonkeyPatch, when: int, deed: Callable[[], object], times: int = 1) -> None:
        """Does something just before the profile is read for the ``when``-th time, and so often again."""
        profile, count = LinkServiceReader.profile, [0]

        def read(reader: LinkServiceReader, folder_id: str) -> Document:
            count[0] += 1
            if when <= count[0] < when + times:
                deed()
            return profile(reader, folder_id)

        monkeypatch.setattr(LinkServiceReader, "profile", read)

    @pytest.mark.parametrize("moves", ["always", "never"])
    def test_is_noticed_between_reading_and_writing_and_loses_nothing(
        self, start_cloud: Start, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, moves: str
    ) -> None:
        with start_cloud(LIFE, assume={"last-modified-moves": moves}) as cloud:
            with clients_of(cloud, configuration) as clients:
                # Read once for the plan, once to begin with, once more just before it is written.
                self.meddle(monkeypatch, 3, lambda: cloud.edit("sales", "saleslake", add_tables=["opportunity"]))
                assert results(carry_out(cloud, clients, fleet(SALES_LINK), configuration)) == [Result.DONE]
            link = cloud.state.link("sales", "saleslake")
            assert {"lead", "opportunity"} <= set(link.running.tables)
            assert not link.losses

    def test_that_never_stops_is_waited_out(
        self, start_cloud: Start, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        switch = [False]

        def toggle() -> None:
            switch[0] = not switch[0]
            cloud.edit("sales", "saleslake", attachments=switch[0])

        with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
            self.meddle(monkeypatch, 2, toggle, times=50)
            (outcome,) = carry_out(cloud, clients, fleet(SALES_LINK), configuration)
            assert (outcome.result, "at this moment" in (outcome.detail or "")) == (Result.REFUSED, True)
            assert cloud.record.count(route="link.profile.put") == 0

    @pytest.mark.parametrize("when", [2, 3])
    @pytest.mark.parametrize(
        ("edit", "result"),
        [
            ({"interval": 45}, Result.REFUSED),
            ({"interval": 30}, Result.DONE),
            ({"remove_tables": ["task"]}, Result.DONE),
            ({"add_tables": ["lead"]}, Result.DONE),
        ],
    )
    def test_before_the_link_is_read_again_is_gone_along_with_or_refused(
        self,
        start_cloud: Start,
        configuration: Configuration,
        monkeypatch: pytest.MonkeyPatch,
        edit: dict[str, Any],
        result: Result,
        when: int,
    ) -> None:
        with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
            (change,) = (c for c in plan(clients, fleet(SALES_LINK), configuration).pending)
            assert (change.reason, change.status) == (Reason.DIFFERENT, Status.READY)
            self.meddle(monkeypatch, when, lambda: cloud.edit("sales", "saleslake", **edit))
            (outcome,) = carry_out(cloud, clients, fleet(SALES_LINK), configuration)
            assert outcome.result is result, outcome
            if result is Result.REFUSED:
                assert "interval (was 60, is 45)" in (outcome.detail or "")
                assert cloud.record.count(route="link.profile.put") == 0


def test_a_link_of_an_environment_that_was_renamed_is_not_written(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud(LIFE) as cloud:
        cloud.event("sales", "rename", "https://contoso-vertrieb.crm4.dynamics.com")
        renamed = fleet(SALES_LINK)
        environments = dict(renamed.environments)
        environments["sales"] = replace(environments["sales"], url="https://contoso-vertrieb.crm4.dynamics.com")
        renamed = replace(renamed, environments=environments)
        with clients_of(cloud, configuration) as clients:
            found = plan(clients, renamed, configuration)
            assert "environment-renamed" in {said.code for said in found.diagnostics}
            assert {change.status for change in found.pending} == {Status.BLOCKED}
            cloud.record.clear()
            carry_out(cloud, clients, renamed, configuration)
            assert cloud.record.writes == []


def test_a_creation_that_stopped_halfway_is_no_lost_link(start_cloud: Start, configuration: Configuration) -> None:
    """A run that dies between lake and profile leaves what looks like a link that was: the service tells it apart."""
    link = service_link(DestinationType.CSV)
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        carry_out(cloud, clients, fleet(link), configuration)
        cloud.unlink("service", "servicelake")
        cloud.faults.add("error", "link.profile.create", times=1)
        consenting = fleet(changed(link, relink=Relink.ALLOW))
        assert results(carry_out(cloud, clients, consenting, configuration)) == [Result.UNKNOWN]
        cloud.faults.clear()
        (change,) = plan(clients, fleet(link), configuration).pending
        assert (change.reason, change.status) == (Reason.MISSING, Status.READY)
        assert results(carry_out(cloud, clients, fleet(link), configuration)) == [Result.DONE]
