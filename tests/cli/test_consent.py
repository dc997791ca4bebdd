"""By whose leave a run goes on, and what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli.consent import consent, narrowed
from reconciler.cli.reviewed import Bound, Reviewed
from reconciler.model.journal import Consent, Narrowed
from reconciler.plan.approval import read_approval
from reconciler.plan.file import render
from reconciler.plan.saved import parse
from tests.builders import change, diagnostic, plan


@pytest.mark.parametrize(
    ("bound", "yes", "by"),
    [
        (None, False, "answer"),
        (None, True, "yes"),
        (Bound.PLAN, True, "plan"),
        (Bound.CEILING, False, "ceiling"),
        (Bound.BLOCKED, False, "answer"),
        (Bound.BLOCKED, True, "yes"),
    ],
)
def test_a_reviewed_plan_goes_before_yes_and_yes_before_an_answer(bound: Bound | None, by: str, *, yes: bool) -> None:
    saved = parse(render(plan()), "plan.json")
    reviewed = Reviewed(saved, Path("plan.json"), bound) if bound else None
    word = read_approval("tablesRemoved=3")
    assert consent(yes=yes, reviewed=reviewed, approvals=[word]) == Consent(by, (), ("tablesRemoved=3",))


def test_what_was_left_out_is_told_with_its_reason() -> None:
    kept = change()
    out = replace(kept, fields=())
    told = [diagnostic(code="partition-moved", partition="dev"), diagnostic(code="not-reviewed", address=kept.address)]
    assert narrowed(told, [kept, out], [kept]) == (
        Narrowed("partition-moved", "dev", "Something is wrong"),
        Narrowed("not-reviewed", "SynapseLink/dev/dev-link", "Something is wrong"),
        Narrowed("guard", "SynapseLink/dev/dev-link", "A guard or policy refused this update"),
    )
