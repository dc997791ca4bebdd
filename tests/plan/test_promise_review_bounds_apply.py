"""Promise 3: what was reviewed bounds what is applied. A saved plan narrows what happens, and never widens it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import Change, Status
from reconciler.model.desired import DesiredState
from reconciler.model.errors import InvalidInput, Refused
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.model.plan import Plan
from reconciler.plan.file import document, render
from reconciler.plan.held import Held, hold
from reconciler.plan.saved import SavedPlan, parse
from tests.builders import (
    change,
    desired_link,
    desired_state,
    diagnostic,
    live_environment,
    live_link,
    plan,
    plan_of,
    snapshot,
)
from tests.strategies import pairs

FLEET = desired_state(
    desired_link("account", "lead"), desired_link("account", "lead", name="test-link", environment="test")
)
ADDING = ["SynapseLink/dev/dev-link", "SynapseLink/test/test-link"]


def environment(called: str, *tables: str, **fields: Any) -> LiveEnvironment:
    return live_environment(live_link(*tables, environment=called, **fields), name=called)


def planned(*environments: LiveEnvironment, desired: DesiredState = FLEET) -> Plan:
    return plan_of(desired, snapshot(*environments))


def saved(reviewed: Plan) -> SavedPlan:
    return parse(render(reviewed), "plan.json")


def addresses(held: Held) -> list[str]:
    return [str(kept.address) for kept in held.changes]


DEV, TEST = environment("dev", "account"), environment("test", "account")
REVIEWED = planned(DEV, TEST)


class TestASavedPlan:
    def test_holds_whole_where_nothing_moved(self) -> None:
        held = hold(saved(REVIEWED), planned(DEV, TEST))
        assert (addresses(held), held.refused) == (ADDING, ())

    def test_holds_after_a_rename_and_a_change_of_state_that_nothing_rests_on(self) -> None:
        renamed = environment("dev", "account", name="renamed", profile_state=2)
        assert addresses(hold(saved(REVIEWED), planned(renamed, TEST))) == ADDING

    def test_made_by_a_reader_holds_for_one_who_may_write(self) -> None:
        reader = live_environment(*DEV.links, link_writes_missing="Sign in")
        reviewed = planned(reader, TEST)
        assert [found.status for found in reviewed.pending] == [Status.BLOCKED, Status.READY]
        held = hold(saved(reviewed), REVIEWED)
        assert [found.status for found in held.changes] == [Status.READY, Status.READY]

    def test_refuses_an_environment_that_moved_and_goes_on_with_the_others(self) -> None:
        held = hold(saved(REVIEWED), planned(environment("dev", "account", "contact"), TEST))
        assert addresses(held) == ["SynapseLink/test/test-link"]
        assert [(found.code, found.partition) for found in held.refused] == [("partition-moved", "dev")]

    def test_refuses_an_environment_that_can_no_longer_be_read(self) -> None:
        gone = live_environment(unreadable=diagnostic())
        held = hold(saved(REVIEWED), planned(gone, TEST))
        assert [(found.code, found.partition) for found in held.refused] == [("partition-not-read", "dev")]

    def test_refuses_an_environment_that_moved_and_now_has_a_change_that_nobody_reviewed(self) -> None:
        nothing_to_do = planned(environment("dev", "account", "lead"), TEST)
        held = hold(saved(nothing_to_do), REVIEWED)
        assert addresses(held) == ["SynapseLink/test/test-link"]
        assert [found.code for found in held.refused] == ["partition-moved"]

    def test_says_nothing_of_an_environment_that_moved_and_has_nothing_to_do_before_and_after(self) -> None:
        before = planned(environment("dev", "account", "lead"), TEST)
        after = planned(environment("dev", "account", "lead", interval=15), TEST)
        assert hold(saved(before), after).refused == ()

    def test_leaves_an_environment_alone_that_it_did_not_read(self) -> None:
        held = hold(saved(planned(TEST)), REVIEWED)
        assert (addresses(held), held.refused) == (["SynapseLink/test/test-link"], ())

    def test_refuses_other_manifests_whole(self) -> None:
        other = desired_state(desired_link("account", "lead", "contact"))
        with pytest.raises(Refused, match="Plan again"):
            hold(saved(REVIEWED), planned(DEV, desired=other))

    def test_without_a_change_that_is_pending_now_refuses_that_change(self) -> None:
        body = document(REVIEWED)
        body["changes"] = [found for found in body["changes"] if found["environment"] == "test"]
        held = hold(parse(json.dumps(body), "plan.json"), REVIEWED)
        assert addresses(held) == ["SynapseLink/test/test-link"]
        assert [(found.code, str(found.address)) for found in held.refused] == [("not-reviewed", ADDING[0])]


class TestAForgedPlan:
    """The file came through a pull request, an artifact store or an attacker's hands."""

    @settings(deadline=None, max_examples=150)
    @given(pairs(), st.data())
    def test_never_widens_what_is_done_whatever_is_taken_out_added_or_exchanged(
        self, pair: tuple[Any, LiveLink], data: st.DataObject
    ) -> None:
        present = plan_of(*pair)
        digests = [found["digest"] for found in document(present)["changes"]]
        forged = SavedPlan(
            present.cloud,
            present.desired_digest,
            data.draw(st.sampled_from([present.fingerprints, {}, {"dev": "sha256:" + "0" * 64}, {"other": "x"}])),
            dict.fromkeys(data.draw(st.sets(st.sampled_from([*digests, "sha256:" + "1" * 64]))), "dev"),
        )
        held = hold(forged, present)
        assert set(map(id, held.changes)) <= set(map(id, present.pending))

    def test_cannot_change_a_step_a_field_or_a_status(self) -> None:
        body = document(REVIEWED)
        for found in body["changes"]:
            found.update(status="ready", steps=[], fields=[], address="SynapseLink/prod/x", risk="none")
        held = hold(parse(json.dumps(body), "plan.json"), REVIEWED)
        assert held.changes == REVIEWED.pending

    def test_with_the_digest_of_another_change_gets_nothing_done(self) -> None:
        text = render(REVIEWED)
        for found in document(REVIEWED)["changes"]:
            text = text.replace(found["digest"], "sha256:" + "0" * 64)
        assert hold(parse(text, "plan.json"), REVIEWED).changes == ()


def _without(*path: Any) -> Callable[[dict[str, Any]], None]:
    def edit(body: Any) -> None:
        for part in path[:-1]:
            body = body[part]
        del body[path[-1]]

    return edit


def _with(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    def edit(body: Any) -> None:
        for part in path[:-1]:
            body = body[part]
        body[path[-1]] = value

    return edit


class TestAPlanFile:
    def assert_invalid(self, text: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            parse(text, "plan.json")
        (found,) = caught.value.diagnostics
        assert found.code == "invalid-plan"
        assert found.location is not None
        assert found.location.file == "plan.json"
        assert "plan --out FILE" in (found.remedy or "")

    def test_cut_off_anywhere_is_invalid_input(self) -> None:
        whole = render(plan(change())).rstrip("\n")
        for length in range(len(whole)):
            self.assert_invalid(whole[:length])
        parse(whole, "plan.json")

    @pytest.mark.parametrize(
        "text", ["", "null", "[]", "{}", "1", '"plan"', "[" * 100_000, "1" * 5_000, "\ufeff{}", "NaN", "\x00"]
    )
    def test_that_is_no_plan_is_invalid_input(self, text: str) -> None:
        self.assert_invalid(text)

    @pytest.mark.parametrize(
        "edit",
        [
            _without("formatVersion"),
            _with(2, "formatVersion"),
            _with("1", "formatVersion"),
            _without("desiredDigest"),
            _with(None, "desiredDigest"),
            _with("\x1b[2Jnot a digest", "desiredDigest"),
            _with("sha256:" + "A" * 64, "desiredDigest"),
            _without("fingerprints"),
            _with([], "fingerprints"),
            _with(1, "fingerprints", "dev"),
            _with("sha256:", "fingerprints", "dev"),
            _without("changes"),
            _with({}, "changes", 0),
            _with("text", "changes", 0),
            _with(None, "changes"),
            _with(3, "changes"),
            _with("rewrite", "changes", 0, "action"),
            _with([], "changes", 0, "action"),
            _without("changes", 0, "digest"),
            _with("sha256:" + "0" * 63, "changes", 0, "digest"),
            _with("sha256:" + "0" * 64 + "\n", "changes", 0, "digest"),
            _with({}, "changes", 0, "partition"),
        ],
    )
    def test_that_lacks_a_field_or_has_one_of_another_kind_is_invalid_input(
        self, edit: Callable[[dict[str, Any]], None]
    ) -> None:
        body = json.loads(render(plan(change())))
        edit(body)
        self.assert_invalid(json.dumps(body))

    @settings(deadline=None, max_examples=150)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            max_leaves=8,
        ),
        st.sampled_from(["formatVersion", "desiredDigest", "fingerprints", "changes"]),
    )
    def test_with_anything_in_place_of_a_field_is_a_plan_or_invalid_input(self, value: Any, field: str) -> None:
        body = {**document(plan(change())), field: value}
        try:
            found = parse(json.dumps(body), "plan.json")
        except InvalidInput:
            self.assert_invalid(json.dumps(body))
        else:
            texts = (found.desired_digest, *found.fingerprints.values(), *found.changes)
            assert all(text.startswith("sha256:") for text in texts)

    def test_of_a_later_version_with_more_fields_is_read(self) -> None:
        body = {**document(plan(change())), "toolVersion": "99.0", "more": {}}
        assert len(parse(json.dumps(body), "plan.json").changes) == 1


def test_changes_that_only_their_status_keeps_apart_are_one_change() -> None:
    blocked: Change = change(status=Status.BLOCKED, missing="Sign in")
    held = hold(saved(plan(blocked)), plan(change()))
    assert [found.status for found in held.changes] == [Status.READY]
