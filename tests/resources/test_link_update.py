from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status
from reconciler.model.desired import Destination, DestinationType, Partition, SynapseLink, Table, TableReplacement
from reconciler.model.diagnostic import Severity
from reconciler.model.live import LiveLink
from reconciler.resources.kind import Comparison
from reconciler.resources.link_steps import ActivateProfile, EnableChangeTracking, RewriteProfile, VerifyLink
from reconciler.resources.link_update import compare_live_link
from tests.builders import desired_link, live_environment, live_link, live_table, storage_id

NO_USER = "Nobody is signed in: sign in with az login"


def compared(link: SynapseLink, live: LiveLink, **environment: Any) -> Comparison:
    return compare_live_link(link, live, live_environment(live, **environment))


def only_change(link: SynapseLink, live: LiveLink, **environment: Any) -> Change:
    (change,) = compared(link, live, **environment).changes
    return change


def rewrite(change: Change) -> RewriteProfile:
    (step,) = [step for step in change.steps if isinstance(step, RewriteProfile)]
    return step


class TestALinkAsDeclared:
    def test_is_no_change_and_nothing_is_said(self) -> None:
        link = desired_link("account", interval=60, attachments=False, files=False)
        assert compared(link, live_link("account")) == Comparison()

    def test_is_no_change_where_nobody_may_write(self) -> None:
        assert compared(desired_link("account"), live_link("account"), link_writes_missing=NO_USER).changes == ()


class TestTablesThatCome:
    def test_are_written_by_one_put_however_many(self) -> None:
        change = only_change(desired_link("account", "contact", "lead"), live_link("account"))
        assert (change.action, change.reason, change.risk, change.status) == (
            Action.UPDATE,
            Reason.DIFFERENT,
            Risk.NONE,
            Status.READY,
        )
        assert change.steps == (
            RewriteProfile("folder-1", (Table("contact"), Table("lead"))),
            ActivateProfile(),
            VerifyLink(),
        )

    def test_have_their_change_tracking_enabled_first_where_the_link_says_so(self) -> None:
        link = desired_link("account", "contoso_log", enable_change_tracking=True)
        change = only_change(link, live_link("account"))
        assert (change.steps[0], change.risk) == (EnableChangeTracking(("contoso_log",)), Risk.IRREVERSIBLE)

    def test_block_the_change_with_an_error_where_they_cannot_be_exported(self) -> None:
        found = compared(desired_link("account", "acount"), live_link("account"))
        assert [(c.status, c.missing) for c in found.changes] == [(Status.BLOCKED, "See the errors at this link")]
        assert [problem.code for problem in found.diagnostics] == ["unknown-table"]

    def test_are_not_checked_again_once_they_are_linked(self) -> None:
        assert compared(desired_link("gone_from_metadata"), live_link("gone_from_metadata")) == Comparison()


class TestSettings:
    def test_that_differ_are_written_and_no_others(self) -> None:
        link = desired_link("account", interval=15, attachments=False)
        change = only_change(link, live_link("account"))
        assert change.fields == (FieldChange("interval", 60, 15),)
        assert (rewrite(change).interval, rewrite(change).attachments) == (15, None)

    def test_that_are_unknown_are_asserted_when_the_link_is_written_and_said(self) -> None:
        found = compared(desired_link("account", "lead", interval=15), live_link("account", interval=None))
        assert rewrite(found.changes[0]).interval == 15
        assert [(said.severity, said.code) for said in found.diagnostics] == [(Severity.INFORMATION, "unknown-value")]

    def test_of_all_three_kinds_are_asserted_together(self) -> None:
        link = desired_link("account", interval=15, attachments=True, files=True)
        step = rewrite(only_change(link, live_link("account")))
        assert (step.interval, step.attachments, step.files) == (15, True, True)

    def test_of_block_size_are_changed_in_place_for_that_table_alone(self) -> None:
        sized = Table("account", record_count_per_block=50)
        change = only_change(desired_link(sized, "contact"), live_link("account", "contact"))
        assert change.fields == (FieldChange("tables[account].recordCountPerBlock", 125, 50),)
        assert [(table.name, table.record_count_per_block) for table in rewrite(change).ensure] == [("account", 50)]


class TestAProfileThatWasNeverActivated:
    def test_is_asserted_whole_and_activated(self) -> None:
        link = desired_link("account", "contact", absent_tables=("lead",))
        change = only_change(link, live_link("account", "contact", activated=False))
        assert (change.reason, change.fields) == (
            Reason.NOT_ACTIVATED,
            (FieldChange("activated", before=False, after=True),),
        )
        assert [table.name for table in rewrite(change).ensure] == ["account", "contact"]
        assert rewrite(change).remove == ("lead",)

    def test_that_also_differs_is_told_as_different(self) -> None:
        change = only_change(desired_link("account", "lead"), live_link("account", activated=False))
        assert change.reason is Reason.DIFFERENT
        assert [field.path for field in change.fields] == ["tables[lead]", "activated"]

    def test_that_holds_the_declared_tables_early_is_not_refused(self) -> None:
        live = live_link("account", activated=False, service_tables=frozenset({"account", "lead"}))
        assert only_change(desired_link("account", "lead"), live).status is Status.READY


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


class TestWithoutTheRightToWrite:
    def test_changes_are_blocked_with_what_is_missing(self) -> None:
        link = desired_link(Table("account", append_only=True), "lead")
        changes = compared(link, live_link("account"), link_writes_missing=NO_USER).changes
        assert [change.status for change in changes] == [Status.BLOCKED, Status.BLOCKED]
        assert changes[0].missing == NO_USER
        assert changes[0].steps

    def test_errors_come_before_missing_rights(self) -> None:
        change = only_change(desired_link("acount"), live_link(), link_writes_missing=NO_USER)
        assert change.missing == "See the errors at this link"
