"""What of a run is left to a person."""

from __future__ import annotations

from reconciler.apply.attended import awaits_person, left_to_person, names_exactly, plan_of_left
from reconciler.model.address import Address
from reconciler.model.change import Status
from reconciler.plan.file import render
from reconciler.plan.saved import parse
from tests.builders import change, diagnostic, live_environment, plan, snapshot

SIGN_IN = "Nobody is signed in"
LIVE = snapshot(live_environment(link_writes_missing=SIGN_IN), live_environment(name="test"))
WAITS = change(status=Status.BLOCKED, missing=SIGN_IN)
OTHER = change(address=Address("SynapseLink", "test", "other"), partition="test")


def test_only_what_a_sign_in_would_help_waits_for_a_person() -> None:
    assert awaits_person(WAITS, LIVE)
    assert not awaits_person(change(status=Status.BLOCKED, missing="See the errors at this link"), LIVE)
    assert not awaits_person(change(), LIVE)
    assert not awaits_person(change(status=Status.UNPROVEN, missing=SIGN_IN), LIVE)
    assert not awaits_person(change(address=OTHER.address, status=Status.BLOCKED, missing="No rights"), LIVE)
    assert not awaits_person(change(address=Address("RoleAssignment", "", "any"), status=Status.BLOCKED), LIVE)
    assert left_to_person([OTHER, WAITS], LIVE) == (WAITS,)


def test_the_plan_of_what_is_left_speaks_of_its_partitions_alone() -> None:
    prints = {"dev": "sha256:" + "a" * 64, "test": "sha256:" + "b" * 64}
    whole = plan(
        WAITS, OTHER, diagnostics=[diagnostic(partition="dev"), diagnostic(partition="test")], fingerprints=prints
    )
    cut = plan_of_left(whole, [WAITS])
    assert (list(cut.fingerprints), cut.changes, [each.partition for each in cut.diagnostics]) == (
        ["dev"], (WAITS,), ["dev"],
    )  # fmt: skip


def test_a_plan_serves_where_it_marks_exactly_what_is_left() -> None:
    assert names_exactly(parse(render(plan(WAITS, OTHER)), "plan.json"), [WAITS])
    assert not names_exactly(parse(render(plan(change(), OTHER)), "plan.json"), [WAITS])
    assert not names_exactly(parse(render(plan(WAITS)), "plan.json"), [])
