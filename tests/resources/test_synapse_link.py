from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import Action, Change, Reason, Risk, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, SynapseLink
from reconciler.model.diagnostic import Severity
from reconciler.model.live import LiveEnvironment, LiveLink, RowsAlone
from reconciler.plan.build import build_plan
from reconciler.resources import KINDS
from reconciler.resources.kind import Comparison
from reconciler.resources.link_steps import ActivateProfile, CreateLink, EnableChangeTracking, VerifyLink
from reconciler.resources.synapse_link import SynapseLinks
from tests.builders import (
    TABLES,
    definition,
    definitions,
    desired_link,
    desired_state,
    diagnostic,
    live_environment,
    live_link,
    live_table,
    snapshot,
    storage_id,
)
from tests.strategies import pairs

OTHER_TYPES = [
    Destination(DestinationType.INCREMENTAL, storage_id()),
    Destination(DestinationType.DELTA, storage_id()),
    Destination(DestinationType.FABRIC),
]


def compared(link: SynapseLink, *live: LiveEnvironment | LiveLink, **fields: Any) -> Comparison:
    return SynapseLinks().compare(desired_state(link), snapshot(*live, **fields), Configuration())


def only_change(link: SynapseLink, *live: LiveEnvironment | LiveLink, **fields: Any) -> Change:
    (change,) = compared(link, *live, **fields).changes
    return change


def test_the_kinds_are_known_by_name() -> None:
    assert [kind.name for kind in KINDS] == ["SynapseLink", "later"]


class TestALinkThatIsMissing:
    def test_is_created_activated_and_read_back(self) -> None:
        link = desired_link("account", interval=15, attachments=True, files=False)
        change = only_change(link)
        assert (change.action, change.reason, change.risk, change.status) == (
            Action.CREATE,
            Reason.MISSING,
            Risk.NONE,
            Status.READY,
        )
        creation = CreateLink(storage_id(), "dataverse-dev", None, link.tables, 15, True, False)
        assert change.steps == (creation, ActivateProfile(), VerifyLink())

    def test_has_change_tracking_enabled_first_which_cannot_be_undone(self) -> None:
        change = only_change(desired_link("contoso_log", enable_change_tracking=True))
        assert (change.steps[0], change.risk) == (EnableChangeTracking(("contoso_log",)), Risk.IRREVERSIBLE)

    def test_is_blocked_by_problems_of_its_tables_and_of_its_destination_together(self) -> None:
        found = compared(desired_link("contoso_log"), resources=[])
        assert [change.status for change in found.changes] == [Status.BLOCKED]
        assert [problem.code for problem in found.diagnostics] == ["change-tracking-off", "resource-not-visible"]

    def test_is_blocked_where_nobody_may_write_with_what_is_missing(self) -> None:
        change = only_change(desired_link("account"), live_environment(link_writes_missing="Sign in"))
        assert (change.status, change.missing) == (Status.BLOCKED, "Sign in")

    def test_is_missing_though_another_account_of_the_environment_is_linked(self) -> None:
        assert (
            only_change(desired_link("account"), live_link(storage_account=storage_id("other"))).action is Action.CREATE
        )

    def test_is_missing_though_a_link_is_there_whose_account_cannot_be_told(self) -> None:
        assert only_change(desired_link("account"), live_link(storage_account=None)).action is Action.CREATE


class TestALinkDeclaredAbsent:
    def test_is_unlinked(self) -> None:
        change = only_change(desired_link(absent=True, delete_data=True), live_link("account"))
        assert (change.action, change.reason) == (Action.DELETE, Reason.TOMBSTONE)

    def test_that_is_absent_is_no_change(self) -> None:
        assert compared(desired_link(absent=True)) == Comparison()


class TestLinksOfOtherTypes:
    @pytest.mark.parametrize("destination", OTHER_TYPES)
    def test_that_exist_have_their_tables_changed_as_csv_links_have(self, destination: Destination) -> None:
        live = live_link("account", destination_type=destination.type, storage_account=destination.storage_account)
        change = only_change(desired_link("account", "lead", destination=destination), live)
        assert (change.action, change.status) == (Action.UPDATE, Status.READY)


class TestWhatCannotBeTold:
    def test_several_live_links_of_one_key_are_an_error_and_no_change(self) -> None:
        found = compared(desired_link("account"), live_link("account"), live_link("lead", profile_id="profile-2"))
        assert found.changes == ()
        assert [problem.code for problem in found.diagnostics] == ["several-live-links"]

    def test_nothing_is_said_of_an_environment_that_could_not_be_read(self) -> None:
        unread = live_environment(live_link("contact"), unreadable=diagnostic())
        assert compared(desired_link("account"), replace(unread, links=())) == Comparison()

    def test_nothing_is_said_of_an_environment_that_was_not_asked_for(self) -> None:
        assert compared(desired_link("account", environment="test"), live_environment()) == Comparison()


class TestLiveLinksThatNoManifestDeclares:
    def test_are_said_and_never_touched(self) -> None:
        found = SynapseLinks().compare(desired_state(), snapshot(live_link("account")), Configuration())
        (said,) = found.diagnostics
        assert found.changes == ()
        assert (said.severity, said.code, str(said.address)) == (
            Severity.INFORMATION,
            "undeclared-link",
            "SynapseLink/dev/devlake",
        )

    def test_are_told_from_a_link_of_another_environment_to_the_same_account(self) -> None:
        test = live_environment(live_link("account", environment="test"), name="test")
        found = SynapseLinks().compare(
            desired_state(desired_link("account")),
            snapshot(live_environment(live_link("account")), test),
            Configuration(),
        )
        assert [said.partition for said in found.diagnostics] == ["test"]


class TestFacts:
    desired = desired_state(desired_link("account", "lead"))

    def facts(self, *live: LiveEnvironment | LiveLink) -> object:
        return SynapseLinks().facts("dev", self.desired, snapshot(*live))

    def test_of_an_environment_that_was_not_read_there_are_none(self) -> None:
        assert self.facts(live_environment(unreadable=diagnostic())) is None
        assert SynapseLinks().facts("test", self.desired, snapshot()) is None

    @pytest.mark.parametrize(
        "fields",
        [
            {"name": "renamed"},
            {"profile_state": 2},
            {"service_tables": frozenset({"account"})},
            {"suspended": True},
            {"loading": frozenset({"account"})},
            {"row_counts": {"account": 3}},
            {"organization_url": "https://old.crm4.dynamics.com/"},
            {"shortcuts_missing": frozenset({"account"})},
        ],
    )
    def test_names_states_and_what_only_a_signed_in_user_sees_do_not_count(self, fields: dict[str, Any]) -> None:
        assert self.facts(live_link("account", **fields)) == self.facts(live_link("account"))

    def test_what_the_service_shows_otherwise_than_the_rows_does_not_count(self) -> None:
        rows = RowsAlone(DestinationType.CSV, None, activated=True)
        of_rows = self.facts(live_link("account", interval=None))
        shown = {"interval": 15, "destination_type": DestinationType.DELTA, "activated": False}
        assert self.facts(live_link("account", of_rows=rows, **shown)) == of_rows

    def test_the_right_to_write_does_not_count_so_that_a_plan_made_by_a_reader_can_be_applied(self) -> None:
        reader = live_environment(live_link("account"), link_writes_missing="Sign in")
        assert self.facts(reader) == self.facts(live_link("account"))

    def test_whether_a_tables_sync_has_started_does_not_count_by_itself(self) -> None:
        assert self.facts(live_link(live_table("account", started=False))) == self.facts(live_link("account"))

    @pytest.mark.parametrize(
        "fields",
        [
            {"interval": 15},
            {"interval": None},
            {"attachments": True},
            {"files": True},
            {"activated": False},
            {"container": "other"},
            {"workspace": "w"},
            {"destination_type": DestinationType.DELTA},
            {"storage_account": storage_id("other")},
            {"folder_id": "folder-2"},
            {"snapshots": 3},
            {"spark_pool": "pool"},
            {"fabric_workspace": "workspace"},
            {"profile_id": "profile-2"},
        ],
    )
    def test_every_compared_field_of_a_link_counts(self, fields: dict[str, Any]) -> None:
        assert self.facts(live_link("account", **fields)) != self.facts(live_link("account"))

    @pytest.mark.parametrize("settings", [{"append_only": True}, {"partition": "year"}, {"record_count_per_block": 50}])
    def test_every_setting_of_a_table_counts(self, settings: dict[str, Any]) -> None:
        assert self.facts(live_link(live_table("account", **settings))) != self.facts(live_link("account"))

    def test_tables_and_links_that_come_and_go_count(self) -> None:
        seen = [
            self.facts(),
            self.facts(live_link()),
            self.facts(live_link("account")),
            self.facts(live_link("account", "task")),
        ]
        assert len({str(facts) for facts in seen}) == len(seen)

    def test_change_tracking_counts_for_tables_that_are_to_be_added_and_for_no_others(self) -> None:
        def facts(*tables: Any) -> object:
            return self.facts(live_environment(live_link("account"), definitions=definitions(*tables)))

        off = definition("lead", tracked=False)
        assert len({str(facts("account", "lead")), str(facts("account", off)), str(facts("account"))}) == 3
        assert facts("account", "lead") == facts(definition("account", tracked=False), "lead", "task")


@settings(deadline=None, max_examples=60)
@given(pairs(), pairs(), st.randoms(use_true_random=False))
def test_a_plan_does_not_depend_on_the_order_in_which_things_came(
    one: tuple[SynapseLink, LiveLink], other: tuple[SynapseLink, LiveLink], random: Random
) -> None:
    links = [one[0], replace(other[0], name="test-link", environment="test")]
    environments = [live_environment(one[1]), live_environment(replace(other[1], environment="test"), name="test")]
    plans = []
    for _ in range(2):
        random.shuffle(links)
        random.shuffle(environments)
        tables = dict(random.sample(sorted(TABLES.items()), len(TABLES)))
        live = snapshot(*(replace(environment, definitions=tables) for environment in environments))
        plan = build_plan(desired_state(*links), live, Configuration())
        plans.append((plan.changes, plan.diagnostics, plan.fingerprints))
    assert plans[0] == plans[1]
