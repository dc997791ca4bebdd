from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status
from reconciler.model.desired import (
    Destination,
    DestinationType,
    Partition,
    SynapseLink,
    Table,
    TableReplacement,
    TableSource,
)
from reconciler.model.diagnostic import Severity
from reconciler.model.live import LiveLink
from reconciler.resources.kind import Comparison
from reconciler.resources.link_fields import table_conflict
from reconciler.resources.link_replace import replace_table, resynchronising
from reconciler.resources.link_steps import ActivateProfile, ResynchroniseFabric, RewriteProfile, VerifyLink
from reconciler.resources.link_update import compare_live_link
from tests.builders import desired_environment, desired_link, live_environment, live_link, live_table, storage_id


def compared(link: SynapseLink, live: LiveLink, **environment: Any) -> Comparison:
    return compare_live_link(link, live, live_environment(live, **environment), desired_environment())


def only_change(link: SynapseLink, live: LiveLink, **environment: Any) -> Change:
    (change,) = compared(link, live, **environment).changes
    return change


def rewrite(change: Change) -> RewriteProfile:
    (step,) = [step for step in change.steps if isinstance(step, RewriteProfile)]
    return step


class TestATableWithFinalSettings:
    link = desired_link(Table("account", append_only=True, partition=Partition.YEAR))
    before, after = {"appendOnly": False, "partition": "month"}, {"appendOnly": True, "partition": "year"}

    def consenting(self, *consents: TableReplacement) -> SynapseLink:
        return desired_link(*self.link.tables, replace_tables=consents)

    def test_is_not_replaced_without_consent_and_the_words_of_consent_are_given(self) -> None:
        found = compared(self.link, live_link("account"))
        (change,), (problem,) = found.changes, found.diagnostics
        assert (change.action, change.risk, change.reason, change.status) == (
            Action.REPLACE,
            Risk.DATA_LOSS,
            Reason.IMMUTABLE,
            Status.BLOCKED,
        )
        assert problem.code == "immutable-setting"
        assert (problem.remedy or "").endswith(
            "- {table: account, from: {appendOnly: false, partition: month}, to: {appendOnly: true, partition: year}}"
        )

    def test_is_taken_out_and_put_back_with_consent_each_time_activated(self) -> None:
        link = self.consenting(TableReplacement("account", self.before, self.after))
        found = compared(link, live_link("account"))
        assert found.diagnostics == ()
        assert found.changes[0].steps == (
            RewriteProfile("folder-1", remove=("account",)),
            ActivateProfile(),
            RewriteProfile("folder-1", ensure=link.tables),
            ActivateProfile(),
            VerifyLink(),
        )

    @pytest.mark.parametrize(
        "consent",
        [
            TableReplacement("contact", before, after),
            TableReplacement("account", {**before, "partition": "year"}, after),
            TableReplacement("account", before, {**after, "partition": "month"}),
            TableReplacement("account", {"appendOnly": False}, {"appendOnly": True}),
            TableReplacement("account", {}, {}),
            TableReplacement("account", after, before),
        ],
    )
    def test_is_not_replaced_by_consent_to_something_else(self, consent: TableReplacement) -> None:
        assert only_change(self.consenting(consent), live_link("account")).status is Status.BLOCKED

    def test_is_replaced_no_more_once_it_is_as_declared_though_the_consent_still_stands(self) -> None:
        link = self.consenting(TableReplacement("account", self.before, self.after))
        live = live_link(live_table("account", append_only=True, partition="year"))
        assert compared(link, live) == Comparison()

    def test_does_not_keep_the_rest_of_the_link_from_being_updated(self) -> None:
        link = desired_link(*self.link.tables, "lead")
        changes = compared(link, live_link("account")).changes
        assert [(change.action, change.status) for change in changes] == [
            (Action.UPDATE, Status.READY),
            (Action.REPLACE, Status.BLOCKED),
        ]
        assert [table.name for table in rewrite(changes[0]).ensure] == ["lead"]


class TestAnotherDestination:
    def test_is_refused_with_both_sides_and_the_way_out(self) -> None:
        elsewhere = Destination(DestinationType.CSV, storage_id(), container="other")
        found = compared(desired_link("account", destination=elsewhere), live_link("account"))
        (change,), (problem,) = found.changes, found.diagnostics
        assert (change.action, change.status, change.steps) == (Action.REPLACE, Status.BLOCKED, ())
        assert (problem.code, problem.found, problem.expected) == ("immutable-destination", "dataverse-dev", "other")
        assert "state: absent" in (problem.remedy or "")

    def test_keeps_every_other_change_of_the_link_from_being_made(self) -> None:
        delta = Destination(DestinationType.DELTA, storage_id(), container="dataverse-dev")
        link = desired_link("account", "lead", destination=delta, interval=15, absent_tables=("contact",))
        assert [change.steps for change in compared(link, live_link("account", "contact")).changes] == [()]

    def test_of_an_account_that_moved_is_no_other_destination_but_a_warning(self) -> None:
        moved = live_link("account", storage_account=storage_id().replace("rg-data", "rg-lake"))
        found = compared(desired_link("account"), moved)
        assert found.changes == ()
        assert [(said.severity, said.code) for said in found.diagnostics] == [
            (Severity.WARNING, "storage-account-moved")
        ]


def test_a_link_to_fabric_is_refused_another_workspace_where_its_own_can_be_read() -> None:
    fabric = Destination(DestinationType.FABRIC, fabric_workspace="w-1")
    live = live_link("account", destination_type=DestinationType.FABRIC, storage_account=None, fabric_workspace="w-2")
    found = compared(desired_link("account", destination=fabric), live)
    assert [problem.code for problem in found.diagnostics] == ["immutable-destination"]
    assert found.changes[0].fields == (FieldChange("destination.fabricWorkspace", "w-2", "w-1"),)


def test_a_replaced_table_of_a_link_to_fabric_has_its_shortcut_rebuilt() -> None:
    live = live_link(live_table("account", source=TableSource.FINOPS), destination_type=DestinationType.FABRIC)
    link = desired_link("account", destination=Destination(DestinationType.FABRIC, fabric_workspace="w-1"))
    conflict = table_conflict(link.tables[0], live.tables["account"], heeded=False)
    assert conflict
    change, _ = replace_table(link, live, live_environment(live), conflict)
    assert change.steps[-2:] == (ResynchroniseFabric("folder-1", "w-1"), VerifyLink())
    assert resynchronising(link, live_link()) == ()
