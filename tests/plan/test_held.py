"""What was blocked in a saved plan, taken up later: see also test_promise_review_bounds_apply.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Status
from reconciler.model.errors import InvalidInput, Refused
from reconciler.model.plan import Plan
from reconciler.plan.file import change_digest, document, render
from reconciler.plan.held import hold_blocked
from reconciler.plan.saved import parse
from tests.builders import change, plan

RUN = "5d0c1e0e-0000-4000-8000-000000000000"
PRINTS = {"dev": "sha256:" + "a" * 64, "test": "sha256:" + "b" * 64}
BLOCKED = change(status=Status.BLOCKED, missing="Nobody is signed in")
READY = change(address=Address("SynapseLink", "test", "other"), partition="test")
BESIDE = change(address=Address("SynapseLink", "dev", "beside"), fields=(FieldChange("interval", 60, 15),))


def saved(*changes: Change, **fields: Any) -> str:
    return render(plan(*changes, fingerprints=PRINTS), **fields)


def present(*changes: Change) -> Plan:
    return plan(*changes, fingerprints=PRINTS)


def test_what_was_blocked_and_is_ready_now_is_held_and_nothing_else() -> None:
    found = hold_blocked(parse(saved(BLOCKED, BESIDE, READY), "plan.json"), present(change(), BESIDE, READY))
    assert found.changes == (change(),)
    assert found.refused == ()


def test_whether_it_may_is_in_no_digest() -> None:
    assert change_digest(BLOCKED) == change_digest(change())


def test_what_was_not_in_the_plan_is_refused_where_something_was_blocked_and_ignored_elsewhere() -> None:
    found = hold_blocked(parse(saved(BLOCKED), "plan.json"), present(change(), BESIDE, READY))
    assert [(each.code, each.address) for each in found.refused] == [("not-reviewed", BESIDE.address)]
    assert "without --only" in (found.refused[0].remedy or "")
    assert found.changes == (change(),)


def test_a_partition_that_moved_is_refused_where_something_was_blocked_and_ignored_elsewhere() -> None:
    moved = dict.fromkeys(PRINTS, "sha256:" + "c" * 64)
    found = hold_blocked(parse(saved(BLOCKED, READY), "plan.json"), plan(change(), READY, fingerprints=moved))
    assert [(each.code, each.partition) for each in found.refused] == [("partition-moved", "dev")]
    assert found.changes == ()


def test_other_manifests_are_refused() -> None:
    text = saved(BLOCKED).replace("sha256:" + "d" * 64, "sha256:" + "e" * 64)
    with pytest.raises(Refused):
        hold_blocked(parse(text, "plan.json"), present(change()))


def test_a_saved_plan_knows_what_was_blocked_its_digest_and_its_run() -> None:
    reported = change(action=Action.NONE, status=Status.BLOCKED)
    found = parse(saved(BLOCKED, READY, reported, run=RUN), "plan.json")
    assert (found.blocked, found.run) == ({change_digest(BLOCKED)}, RUN)
    assert found.digest == parse(saved(BLOCKED, READY, reported, run=RUN), "other.json").digest
    assert found.digest != parse(saved(BLOCKED), "plan.json").digest
    assert parse(saved(BLOCKED), "plan.json").run is None
    assert "run" not in document(plan())


@pytest.mark.parametrize("run", [7, "", "../../etc", "x" * 36, ["a"], RUN + "\n"])
def test_what_is_no_id_of_a_run_is_no_plan(run: object) -> None:
    body = json.loads(saved(BLOCKED)) | {"run": run}
    with pytest.raises(InvalidInput):
        parse(json.dumps(body), "plan.json")
