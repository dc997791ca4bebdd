"""Promise 2: nothing is lost by omission. The service drops a table that a profile leaves out, with its lake data."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import Action, Change, Reason, Risk, Status
from reconciler.model.desired import Destination, DestinationType, Partition, SynapseLink, Table, TableSource
from reconciler.model.errors import Refused
from reconciler.model.live import LiveLink
from reconciler.resources.link_profile import agreement, check_written, difference, edited, is_unchanged
from reconciler.resources.link_steps import RewriteProfile
from tests.builders import (
    desired_link,
    desired_state,
    desired_tables,
    live_link,
    live_table,
    plan_of,
    profile_document,
    profile_entity,
    snapshot,
    storage_id,
)
from tests.resources.service import document_of
from tests.strategies import names, pairs, switches, tables

FINAL = ("EntitySource", "AppendOnlyMode", "PartitionStrategy")


def stored(document: dict[str, Any]) -> list[str]:
    return [entity["Type"] for entity in document["Entities"]]


def rewrite(*ensure: Table | str, **fields: Any) -> RewriteProfile:
    return RewriteProfile("folder-1", ensure=desired_tables(*ensure), **fields)


def rewrites(change: Change) -> list[RewriteProfile]:
    return [step for step in change.steps if isinstance(step, RewriteProfile)]


def removed_by_words(link: SynapseLink, live: LiveLink) -> set[str]:
    declared = {table.name for table in link.tables}
    undeclared = live.tables.keys() - declared if link.remove_undeclared_tables else set()
    return {*link.absent_tables, *undeclared}


class TestAnEditOfAProfile:
    def test_keeps_every_field_that_it_does_not_name(self) -> None:
        document = profile_document("account", EnabledForJobs=False, SomethingNew={"of": ["the", "service"]})
        written = edited(document, rewrite("lead"))
        assert {**written, "Entities": None} == {**document, "Entities": None}

    def test_keeps_every_table_that_it_does_not_name_in_the_services_order(self) -> None:
        document = profile_document("task", "account", "contact")
        assert stored(edited(document, rewrite("lead", remove=("account",)))) == ["task", "contact", "lead"]

    def test_keeps_what_a_kept_table_is_set_to_and_cuts_it_to_the_six_writable_fields(self) -> None:
        odd = profile_entity("account", PartitionStrategy="FiveDay", AppendOnlyMode=True, Settings={"some": "thing"})
        (written,) = edited(profile_document(odd), rewrite("account"))["Entities"]
        assert written == {
            "Type": "account",
            "EntitySource": "Dataverse",
            "AppendOnlyMode": True,
            "PartitionStrategy": "FiveDay",
            "RecordCountPerBlock": 125,
            "Settings": {"some": "thing"},
        }

    def test_never_changes_final_settings_of_a_table_that_is_in_it(self) -> None:
        other = Table("account", TableSource.FINOPS, append_only=True, partition=Partition.YEAR)
        document = profile_document("account")
        assert is_unchanged(document, edited(document, rewrite(other)))

    def test_keeps_both_entries_of_a_name_that_stands_there_twice(self) -> None:
        document = profile_document("currency", profile_entity("currency", EntitySource="FnO"))
        written = edited(document, rewrite("lead"))
        assert [entity["EntitySource"] for entity in written["Entities"]] == ["Dataverse", "FnO", "Dataverse"]

    def test_leaves_the_document_that_was_read_alone(self) -> None:
        document = profile_document("account", "contact")
        before = copy.deepcopy(document)
        edited(document, rewrite(Table("account", record_count_per_block=9), remove=("contact",), interval=15))
        assert document == before

    @settings(deadline=None, max_examples=150)
    @given(st.frozensets(names), st.lists(tables, unique_by=lambda t: t.name), st.frozensets(names), switches)
    def test_loses_no_table_that_it_does_not_name_and_changes_no_field_that_it_does_not_name(
        self, present: frozenset[str], ensure: list[Table], remove: frozenset[str], attachments: bool | None
    ) -> None:
        document = profile_document(*sorted(present))
        step = rewrite(*ensure, remove=tuple(sorted(remove)), attachments=attachments)
        written = edited(document, step)
        assert set(stored(written)) >= present - remove
        assert set(stored(written)) <= (present - remove) | {table.name for table in ensure}
        named = {f"Entities[{name}]" for name in remove | {table.name for table in ensure}}
        assert set(difference(document, written)) <= {*named, "NeedCopyAttachmentsToBlob"}


class TestAPlan:
    @settings(deadline=None, max_examples=300)
    @given(pairs(), st.frozensets(names))
    def test_writes_no_profile_without_a_table_that_no_words_remove_whatever_the_service_stores(
        self, pair: tuple[SynapseLink, LiveLink], lost: frozenset[str]
    ) -> None:
        link, live = pair
        document = document_of(live)
        document["Entities"] = [entity for entity in document["Entities"] if entity["Type"] not in lost]
        known = plan_of(
            link, live_link(*live.tables.values(), **_rest(live), service_tables=frozenset(stored(document)))
        )
        update = next((c for c in known.ready if c.action is Action.UPDATE), None)
        if update is None:
            return
        (step,) = rewrites(update)
        written = {entity["Type"]: entity for entity in edited(document, step)["Entities"]}
        kept = live.tables.keys() - removed_by_words(link, live)
        assert kept <= written.keys()
        original = {entity["Type"]: entity for entity in document_of(live)["Entities"]}
        assert [[written[name][f] for f in FINAL] for name in kept] == [
            [original[name][f] for f in FINAL] for name in kept
        ]

    @settings(deadline=None, max_examples=150)
    @given(pairs())
    def test_takes_a_table_out_to_replace_it_only_by_consent_and_puts_it_back(
        self, pair: tuple[SynapseLink, LiveLink]
    ) -> None:
        link, live = pair
        consented = {consent.table for consent in link.replace_tables}
        for change in plan_of(link, live).ready:
            if change.action is Action.REPLACE:
                out, back = rewrites(change)
                assert set(out.remove) == {table.name for table in back.ensure} <= consented
                assert (out.ensure, back.remove) == ((), ())

    @settings(deadline=None, max_examples=150)
    @given(pairs())
    def test_marks_every_loss_of_a_linked_table_as_loss_of_data_and_shows_it(
        self, pair: tuple[SynapseLink, LiveLink]
    ) -> None:
        link, live = pair
        for change in plan_of(link, live).ready:
            for name in {name for step in rewrites(change) for name in step.remove} & live.tables.keys():
                assert change.risk is Risk.DATA_LOSS
                assert any(field.path.startswith(f"tables[{name}]") for field in change.fields)


def _rest(live: LiveLink) -> dict[str, Any]:
    return {name: getattr(live, name) for name in ("interval", "attachments", "files", "activated")}


class TestAManifest:
    def test_that_loses_a_line_removes_no_table_and_the_plan_says_that_it_stays(self) -> None:
        (report,) = plan_of(desired_link("account"), live_link("account", "contact")).changes
        assert (report.action, report.reason, report.steps) == (Action.NONE, Reason.UNDECLARED, ())
        assert [field.path for field in report.fields] == ["tables[contact]"]
        assert "until then they stay" in (report.missing or "")

    def test_that_loses_all_its_lines_removes_nothing(self) -> None:
        assert plan_of(desired_link(), live_link("account", "contact")).pending == ()

    def test_that_is_deleted_leaves_its_link_alone_and_says_so(self) -> None:
        plan = plan_of(desired_state(), snapshot(live_link("account")))
        assert plan.changes == ()
        assert [found.code for found in plan.diagnostics] == ["undeclared-link"]

    def test_that_names_a_table_absent_removes_that_table_alone(self) -> None:
        link = desired_link("account", absent_tables=("contact",))
        (update, report) = plan_of(link, live_link("account", "contact", "task")).changes
        assert rewrites(update)[0].remove == ("contact",)
        assert [field.path for field in report.fields] == ["tables[task]"]

    def test_that_says_undeclared_tables_remove_names_each_of_them_in_the_plan(self) -> None:
        link = desired_link("account", remove_undeclared_tables=True)
        (update,) = plan_of(link, live_link("account", "contact", "task")).changes
        assert (update.risk, rewrites(update)[0].remove) == (Risk.DATA_LOSS, ("contact", "task"))

    def test_of_another_destination_touches_no_table_of_the_link_that_is_there(self) -> None:
        elsewhere = Destination(DestinationType.CSV, storage_id(), container="another")
        link = desired_link("lead", destination=elsewhere, remove_undeclared_tables=True, absent_tables=("account",))
        plan = plan_of(link, live_link("account", "contact"))
        assert [(c.action, c.status, c.steps) for c in plan.changes] == [(Action.REPLACE, Status.BLOCKED, ())]


class TestAStoredProfileThatLostATable:
    """Somebody took ``contact`` out of the profile and did not activate that: the next activate would drop its data."""

    lost = frozenset({"account"})

    def test_gets_a_declared_table_back_as_it_is_live_not_with_the_defaults_of_a_new_one(self) -> None:
        contact = live_table("contact", append_only=True, partition="halfMonth", record_count_per_block=50)
        live = live_link("account", contact, activated=False, service_tables=self.lost)
        (change,) = plan_of(desired_link("account", "contact"), live).changes
        assert change.status is Status.READY
        written = edited(profile_document("account"), rewrites(change)[0])
        (entity,) = [entity for entity in written["Entities"] if entity["Type"] == "contact"]
        assert (entity["AppendOnlyMode"], entity["PartitionStrategy"]) == (True, "HalfMonth")

    def test_gets_it_back_as_it_is_live_even_where_the_manifest_wants_other_final_settings(self) -> None:
        live = live_link("account", "contact", activated=False, service_tables=self.lost)
        link = desired_link("account", Table("contact", append_only=True))
        (update, replacement) = plan_of(link, live).changes
        assert [table.append_only for table in rewrites(update)[0].ensure if table.name == "contact"] == [False]
        assert (replacement.action, replacement.status) == (Action.REPLACE, Status.BLOCKED)

    def test_is_refused_where_no_manifest_declares_the_table(self) -> None:
        live = live_link("account", "contact", activated=False, service_tables=self.lost)
        plan = plan_of(desired_link("account"), live)
        assert [change.status for change in plan.pending] == [Status.BLOCKED]
        assert {found.code for found in plan.diagnostics} == {"table-sets-disagree", "unactivated-write"}

    def test_is_refused_where_the_link_passes_for_activated_as_apply_would_refuse_it(self) -> None:
        live = live_link("account", "contact", service_tables=self.lost)
        plan = plan_of(desired_link("account", "contact", "lead"), live)
        assert [change.status for change in plan.pending] == [Status.BLOCKED]
        (found,) = plan.diagnostics
        assert "Wait, then plan again" in found.summary


class TestTableSets:
    def test_that_agree_may_be_written(self) -> None:
        sets = agreement(["a", "b"], ["b", "a"], ensured=set(), removed=set())
        assert sets.refuse(activated=True) is sets.refuse(activated=False) is None

    @pytest.mark.parametrize("activated", [True, False])
    def test_are_refused_where_activating_would_drop_a_table(self, activated: bool) -> None:
        reason = agreement(["a"], ["a", "b"], ensured=set(), removed=set()).refuse(activated=activated)
        assert reason is not None
        assert "b" in reason
        assert "drop their lake data" in reason

    def test_are_refused_where_only_the_service_has_a_table_and_says_that_it_is_activated(self) -> None:
        sets = agreement(["a", "b"], ["a"], ensured=set(), removed=set())
        assert "someone may be changing the link" in (sets.refuse(activated=True) or "")
        assert sets.refuse(activated=False) is None

    @pytest.mark.parametrize("activated", [True, False])
    def test_are_not_refused_for_what_the_change_itself_puts_right(self, activated: bool) -> None:
        lost = agreement(["a"], ["a", "b"], ensured={"b"}, removed=set())
        gone = agreement(["a"], ["a", "b"], ensured=set(), removed={"b"})
        early = agreement(["a", "b"], ["a"], ensured={"b"}, removed=set())
        unwanted = agreement(["a", "b"], ["a"], ensured=set(), removed={"b"})
        assert [sets.refuse(activated=activated) for sets in (lost, gone, early, unwanted)] == [None] * 4


class TestAfterAWrite:
    sent = edited(profile_document("account", "contact"), rewrite("lead", interval=15))

    def test_the_same_document_passes(self) -> None:
        check_written(self.sent, copy.deepcopy(self.sent))

    def test_what_the_service_moves_by_itself_passes(self) -> None:
        moved = {
            **self.sent,
            "LastModified": "later",
            "Status": {},
            "State": 2,
            "UpdateTime": "x",
            "ActivationTime": "y",
        }
        check_written(self.sent, moved)

    def test_what_only_reading_shows_of_a_table_passes(self) -> None:
        check_written(self.sent, {**self.sent, "Entities": [{**e, "CurrentState": "x"} for e in self.sent["Entities"]]})

    def test_a_block_size_of_0_that_the_service_made_125_passes(self) -> None:
        check_written(profile_document(profile_entity("a", RecordCountPerBlock=0)), profile_document("a"))

    @settings(deadline=None, max_examples=60)
    @given(st.data())
    def test_any_other_difference_is_refused_and_named(self, data: st.DataObject) -> None:
        fixed = sorted(self.sent.keys() - {"LastModified", "Status", "Entities"})
        read = copy.deepcopy(self.sent)
        name = data.draw(st.sampled_from([*fixed, "Entities", "Appeared"]))
        if name == "Entities":
            read["Entities"].pop(data.draw(st.integers(0, 2)))
        else:
            read[name] = "something else"
        with pytest.raises(Refused, match=name):
            check_written(self.sent, read)

    def test_a_second_entry_of_a_name_that_went_is_refused(self) -> None:
        twice = profile_document("currency", profile_entity("currency", EntitySource="FnO"))
        with pytest.raises(Refused, match="currency"):
            check_written(twice, profile_document(profile_entity("currency", EntitySource="FnO")))

    def test_a_field_that_vanished_is_refused(self) -> None:
        read = {name: value for name, value in self.sent.items() if name != "WriteDeleteLog"}
        with pytest.raises(Refused, match="WriteDeleteLog"):
            check_written(self.sent, read)
