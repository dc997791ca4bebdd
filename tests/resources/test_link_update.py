from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status
from reconciler.model.desired import Destination, DestinationType, Partition, SynapseLink, Table, TableSource
from reconciler.model.diagnostic import Severity
from reconciler.model.live import LiveLink
from reconciler.resources.kind import Comparison
from reconciler.resources.link_steps import (
    ActivateProfile,
    EnableChangeTracking,
    ResynchroniseFabric,
    RewriteProfile,
    VerifyLink,
)
from reconciler.resources.link_update import compare_live_link
from tests.builders import desired_environment, desired_link, live_environment, live_link, live_table, storage_id

NO_USER = "Nobody is signed in: sign in with az login"


def compared(link: SynapseLink, live: LiveLink, **environment: Any) -> Comparison:
    return compare_live_link(link, live, live_environment(live, **environment), desired_environment())


def only_change(link: SynapseLink, live: LiveLink, **environment: Any) -> Change:
    (change,) = compared(link, live, **environment).changes
    return change


def destination(kind: str) -> Destination:
    account = None if kind == "fabric" else storage_id()
    return Destination(DestinationType(kind), account, "dataverse-dev" if account else None)


def live_of(kind: DestinationType, *tables: Any, **fields: Any) -> LiveLink:
    account = None if kind is DestinationType.FABRIC else storage_id()
    return live_link(*tables, destination_type=kind, storage_account=account, **fields)


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

    def test_gets_the_declared_settings_though_those_that_run_are_the_same(self) -> None:
        change = only_change(desired_link("account", interval=60), live_link("account", interval=60, activated=False))
        assert [field.path for field in change.fields] == ["activated"]
        assert (rewrite(change).interval, rewrite(change).attachments) == (60, None)

    def test_that_also_differs_is_told_as_different(self) -> None:
        change = only_change(desired_link("account", "lead"), live_link("account", activated=False))
        assert change.reason is Reason.DIFFERENT
        assert [field.path for field in change.fields] == ["tables[lead]", "activated"]

    def test_that_holds_the_declared_tables_early_is_not_refused(self) -> None:
        live = live_link("account", activated=False, service_tables=frozenset({"account", "lead"}))
        assert only_change(desired_link("account", "lead"), live).status is Status.READY


class TestALinkThatTakesNoNoticeOfHowTablesAreWritten:
    @pytest.mark.parametrize("kind", [DestinationType.INCREMENTAL, DestinationType.DELTA, DestinationType.FABRIC])
    def test_has_no_difference_in_it(self, kind: DestinationType) -> None:
        link = desired_link(Table("account", append_only=True, partition=Partition.YEAR), destination=destination(kind))
        assert compared(link, live_of(kind, "account")).changes == ()

    def test_still_has_tables_of_another_source(self) -> None:
        link = desired_link(Table("account", TableSource.FINOPS), destination=destination(DestinationType.DELTA))
        assert only_change(link, live_of(DestinationType.DELTA, "account")).reason is Reason.IMMUTABLE


class TestFinanceAndOperationsTables:
    table = Table("CustTable", TableSource.FINOPS)

    def test_can_not_come_to_a_link_that_was_made_without(self) -> None:
        link = desired_link("account", self.table, destination=destination(DestinationType.DELTA))
        found = compared(link, live_of(DestinationType.DELTA, "account"))
        assert [change.status for change in found.changes] == [Status.BLOCKED]
        assert [said.code for said in found.diagnostics] == ["finops-needs-new-link"]

    def test_come_to_a_link_that_has_some(self) -> None:
        link = desired_link(self.table, Table("VendTable", TableSource.FINOPS), destination=destination("delta"))
        live = live_of(DestinationType.DELTA, live_table("CustTable", source=TableSource.FINOPS))
        assert only_change(link, live).status is Status.READY

    def test_of_a_csv_link_have_their_own_error(self) -> None:
        found = compared(desired_link("account", self.table), live_link("account"))
        assert [said.code for said in found.diagnostics] == ["finops-on-csv"]


class TestALinkToFabric:
    link = desired_link("account", "lead", destination=Destination(DestinationType.FABRIC, fabric_workspace="w-1"))

    def test_has_its_shortcuts_rebuilt_after_its_tables_changed(self) -> None:
        change = only_change(self.link, live_of(DestinationType.FABRIC, "account", fabric_workspace="w-1"))
        assert change.steps == (
            RewriteProfile("folder-1", (Table("lead"),)),
            ActivateProfile(),
            ResynchroniseFabric("folder-1", "w-1"),
            VerifyLink(),
        )

    def test_whose_workspace_no_row_names_is_rebuilt_in_the_declared_one(self) -> None:
        change = only_change(self.link, live_of(DestinationType.FABRIC, "account"))
        assert ResynchroniseFabric("folder-1", "w-1") in change.steps

    def test_whose_shortcuts_were_not_made_has_them_made_and_nothing_else(self) -> None:
        live = live_of(DestinationType.FABRIC, "account", "lead", shortcuts_missing=frozenset({"lead"}))
        change = only_change(self.link, live)
        assert change.fields == (FieldChange("tables[lead].shortcut", before=False, after=True),)
        assert change.steps == (ResynchroniseFabric("folder-1", "w-1"), VerifyLink())

    def test_whose_table_goes_needs_no_shortcut_for_it(self) -> None:
        link = replace(self.link, tables=(Table("account"),), absent_tables=("lead",))
        live = live_of(DestinationType.FABRIC, "account", "lead", shortcuts_missing=frozenset({"lead"}))
        assert [field.path for field in only_change(link, live).fields] == ["tables[lead]"]


class TestAnEnvironmentThatWasRenamed:
    live = live_link("account", organization_url="https://contoso-old.crm4.dynamics.com/")

    def test_blocks_every_write_of_the_link(self) -> None:
        link = desired_link(Table("account", append_only=True), "lead", suspend=True)
        found = compared(link, replace(self.live, suspended=False))
        assert {change.status for change in found.changes} == {Status.BLOCKED}
        assert len(found.changes) == 3
        assert [said.code for said in found.diagnostics] == ["environment-renamed", "immutable-setting"]

    def test_is_said_where_nothing_differs(self) -> None:
        found = compared(desired_link("account"), self.live)
        assert (found.changes, [said.code for said in found.diagnostics]) == ((), ["environment-renamed"])


class TestWaves:
    link = desired_link("account", "contact", "lead", "opportunity", "task", add_at_most=2)

    def test_add_the_first_tables_by_name_and_defer_the_rest(self) -> None:
        ready, rest = compared(self.link, live_link("account")).changes
        assert [field.path for field in ready.fields] == ["tables[contact]", "tables[lead]"]
        assert [table.name for table in rewrite(ready).ensure] == ["contact", "lead"]
        assert (rest.status, rest.steps) == (Status.DEFERRED, ())
        assert [field.path for field in rest.fields] == ["tables[opportunity]", "tables[task]"]
        assert "first load of contact, lead" in (rest.missing or "")

    def test_add_nothing_while_tables_load(self) -> None:
        live = live_link("account", "contact", loading=frozenset({"contact"}))
        (rest,) = compared(self.link, live).changes
        assert (rest.status, len(rest.fields)) == (Status.DEFERRED, 3)
        assert "Waits for the first load of contact" in (rest.missing or "")

    def test_do_not_hold_back_other_changes(self) -> None:
        live = live_link("account", loading=frozenset({"account"}))
        ready, rest = compared(replace(self.link, interval=15), live).changes
        assert [field.path for field in ready.fields] == ["interval"]
        assert rewrite(ready).ensure == ()
        assert rest.status is Status.DEFERRED

    def test_heal_a_profile_without_taking_the_next_wave_in(self) -> None:
        live = live_link("account", activated=False, loading=frozenset({"account"}))
        ready, _ = compared(self.link, live).changes
        assert [table.name for table in rewrite(ready).ensure] == ["account"]

    def test_enable_change_tracking_of_their_own_tables_alone(self) -> None:
        link = desired_link("account", "contact", "contoso_log", add_at_most=1, enable_change_tracking=True)
        ready, _ = compared(link, live_link("account")).changes
        assert not [step for step in ready.steps if isinstance(step, EnableChangeTracking)]

    def test_have_the_mistakes_of_all_tables_told_at_once(self) -> None:
        link = replace(self.link, tables=(*self.link.tables, Table("zebra")))
        found = compared(link, live_link("account", loading=frozenset({"account"})))
        assert [said.code for said in found.diagnostics] == ["unknown-table"]


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
