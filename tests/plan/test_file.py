"""The published form of plans. What a later run takes from one: test_promise_review_bounds_apply.py."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings

from reconciler import __version__
from reconciler.model.address import Address
from reconciler.model.canonical import digest
from reconciler.model.change import Action, Impact, ImpactKind, Reason, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import SynapseLink
from reconciler.model.diagnostic import Location
from reconciler.model.guard import GuardVerdict
from reconciler.model.live import LiveLink
from reconciler.plan.build import build_plan
from reconciler.plan.file import (
    FORMAT_VERSION,
    change_digest,
    change_document,
    diagnostic_document,
    document,
    render,
    step_digest,
)
from reconciler.plan.saved import parse
from tests.builders import (
    PLACE,
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


def test_a_document_says_its_version_and_what_the_plan_rests_on() -> None:
    found = document(plan(change()), commit="abc")
    assert list(found) == [
        "formatVersion",
        "toolVersion",
        "commit",
        "cloud",
        "desiredDigest",
        "assumptions",
        "fingerprints",
        "seen",
        "summary",
        "guards",
        "changes",
        "diagnostics",
        "facts",
    ]
    assert (found["formatVersion"], found["toolVersion"], found["commit"]) == (FORMAT_VERSION, __version__, "abc")
    assert document(plan())["commit"] is None


def test_a_change_has_the_fields_that_scripts_may_rely_on() -> None:
    (update,) = plan_of(desired_link("account", "lead"), live_link("account")).changes
    found = change_document(update)
    own_digest = found.pop("digest")
    steps: Any = found.pop("steps")
    assert isinstance(found.pop("impacts"), list)
    assert own_digest == change_digest(update)
    assert [step["type"] for step in steps] == ["rewriteProfile", "activateProfile", "verifyLink"]
    assert steps[0]["description"] == "Write the profile once, with lead"
    assert [step.get("folderId") for step in steps] == ["folder-1", None, None]
    assert steps[0]["digest"] == step_digest(update.steps[0])
    assert found == {
        "address": "SynapseLink/dev/dev-link",
        "kind": "SynapseLink",
        "name": "dev-link",
        "environment": "dev",
        "partition": "dev",
        "action": "update",
        "risk": "none",
        "reason": "different",
        "status": "ready",
        "missing": None,
        "confirm": None,
        "declared": None,
        "fields": [{"path": "tables[lead]", "before": None, "after": {"source": "dataverse"}}],
        "location": {"file": "manifests/links.yaml", "line": 7, "column": 3},
    }


def test_a_name_to_be_typed_and_what_a_person_does_are_told() -> None:
    live = live_link("account")
    (unlink,) = plan_of(desired_link(absent=True, delete_data=True), live).changes
    found = change_document(unlink)
    steps: Any = found["steps"]
    assert found["confirm"] == "devlake"
    assert [step["type"] for step in steps] == ["doInPortal", "verifyUnlinked"]
    assert steps[0]["instructions"] == list(unlink.steps[0].instructions())
    assert "instructions" not in steps[1]


def test_what_is_sent_where_unproven_calls_are_allowed_is_another_change() -> None:
    link, live = desired_link(absent=True, delete_data=True), live_link("account")
    (careful,) = plan_of(link, live).changes
    bold_plan = build_plan(desired_state(link), snapshot(live), Configuration(allow_unproven=True))
    assert change_digest(bold_plan.changes[0]) != change_digest(careful)


def test_impacts_are_told_and_move_no_digest() -> None:
    impact = Impact(ImpactKind.DATA_DELETED, "deletes 7 rows of task", ("task",), 7)
    told = change_document(change(impacts=(impact,)))
    assert told["impacts"] == [
        {"kind": "dataDeleted", "summary": "deletes 7 rows of task", "tables": ["task"], "rows": 7}
    ]
    assert told["digest"] == change_document(change())["digest"]


def test_what_a_diagnostic_lacks_is_null() -> None:
    assert diagnostic_document(diagnostic()) == {
        "severity": "error",
        "code": "some-code",
        "summary": "Something is wrong",
        "address": None,
        "partition": None,
        "location": None,
        "found": None,
        "expected": None,
        "nearest": None,
        "remedy": None,
        "related": [],
    }


def test_a_diagnostic_has_its_address_and_places() -> None:
    address = Address("SynapseLink", "dev", "dev-link")
    found = diagnostic_document(diagnostic(address=address, location=PLACE, related=(Location("b.yaml", 2),)))
    assert found["address"] == "SynapseLink/dev/dev-link"
    assert found["location"] == {"file": "manifests/links.yaml", "line": 7, "column": 3}
    assert found["related"] == [{"file": "b.yaml", "line": 2, "column": 1}]


def test_whether_a_change_may_be_done_and_where_it_is_written_leave_its_digest() -> None:
    usual = change_digest(change())
    assert usual == change_digest(change(status=Status.BLOCKED, missing="Sign in", location=PLACE))
    assert usual != change_digest(change(action=Action.REPLACE))
    assert usual != change_digest(change(address=Address("SynapseLink", "test", "dev-link")))
    assert usual != change_digest(change(fields=()))


def test_steps_that_do_something_else_give_another_digest() -> None:
    live = live_link("account")
    (one,) = plan_of(desired_link("account", "lead"), live).changes
    (other,) = plan_of(desired_link("account", "lead"), live_link("account", folder_id="folder-2")).changes
    assert one.fields == other.fields
    assert change_digest(one) != change_digest(other)


def test_the_text_is_readable_and_ends_with_a_line_feed() -> None:
    text = render(plan(change(missing="über")))
    assert text.endswith("}\n")
    assert "über" in text


@settings(deadline=None, max_examples=60)
@given(pairs())
def test_a_rendered_plan_is_parsed_to_its_digests(pair: tuple[SynapseLink, LiveLink]) -> None:
    made = plan_of(*pair)
    assert json.loads(render(made)) == document(made)
    saved = parse(render(made), "plan.json")
    assert saved.desired_digest == made.desired_digest
    assert saved.fingerprints == made.fingerprints
    assert saved.changes == {change_digest(found): found.partition for found in made.pending}


def test_what_is_only_reported_is_not_taken_from_a_plan() -> None:
    reported = plan(change(action=Action.NONE, reason=Reason.UNDECLARED))
    assert parse(render(reported), "plan.json").changes == {}


def test_facts_are_told_of_environments_that_are_to_change_and_of_no_others() -> None:
    quiet = live_environment(live_link("account", environment="test"), name="test")
    desired = desired_state(desired_link("account", "lead"), desired_link("account", name="b", environment="test"))
    made = plan_of(desired, snapshot(live_environment(live_link("account")), quiet))
    found: Any = json.loads(render(made))
    assert list(found["fingerprints"]) == ["dev", "test"]
    assert list(found["facts"]) == ["dev"]
    assert digest(found["facts"]["dev"]) == found["fingerprints"]["dev"]
    assert found["facts"]["dev"]["SynapseLink"]["links"]["devlake"]["interval"] == 60


def test_what_was_seen_and_what_guards_say_is_told() -> None:
    verdict = GuardVerdict("tablesRemoved", "dev", refused=True, summary="Too many", found=3, of=4, approval="word")
    live = snapshot(live_environment(live_link("account"), link_writes_missing="Sign in"))
    made = replace(plan_of(desired_link("account"), live), guards=(verdict,))
    found: Any = json.loads(render(made))
    assert found["seen"] == {
        "dev": {"identity": "id-dev", "byRows": ["devlake"], "writesMissing": "Sign in", "unreadable": None}
    }
    assert {"guard": "tablesRemoved", "found": 3, "of": 4, "refused": True}.items() <= found["guards"][0].items()


@settings(deadline=None, max_examples=30)
@given(pairs())
def test_the_same_plan_has_the_same_bytes_and_its_facts_come_back(pair: tuple[SynapseLink, LiveLink]) -> None:
    made, again = plan_of(*pair), plan_of(*pair)
    assert render(made) == render(again)
    assert parse(render(made), "plan.json").facts == (made.facts if made.pending else {})
