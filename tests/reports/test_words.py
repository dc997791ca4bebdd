from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import Action, FieldChange, Reason, Risk, Status
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.reports.words import (
    REASONS,
    RISKS,
    SIGNS,
    action_word,
    by_environment,
    counts,
    field_sign,
    field_values,
    folded,
    notes,
    value,
)
from tests.builders import change, diagnostic, plan
from tests.reports.showcase import CHANGES, PLAN


def test_every_action_risk_and_reason_has_its_words() -> None:
    assert (SIGNS.keys(), RISKS.keys(), REASONS.keys()) == (set(Action), set(Risk), set(Reason))
    assert len(set(SIGNS.values())) == len(Action)


def test_the_showcase_shows_every_action_risk_reason_and_status() -> None:
    shown = [
        [c.action for c in CHANGES],
        [c.risk for c in CHANGES],
        [c.reason for c in CHANGES],
        [c.status for c in CHANGES],
    ]
    assert [set(found) for found in shown] == [set(Action), set(Risk), set(Reason), set(Status)]


def test_counts_tell_only_what_there_is() -> None:
    assert counts(plan()) == "nothing to do"
    assert counts(plan(change(action=Action.NONE))) == "nothing to do"
    assert counts(plan(change(), change(status=Status.BLOCKED))) == "2 to update; 1 blocked"
    assert counts(PLAN) == (
        "2 to create, 2 to update, 2 to replace, 2 to delete, 1 to adopt; 2 blocked, 1 unproven, 1 deferred"
    )


def test_changes_are_grouped_by_environment_in_the_plans_order() -> None:
    assert [(name, len(found)) for name, found in by_environment(CHANGES)] == [
        ("", 1),
        ("emea-dev", 1),
        ("emea-prod", 4),
        ("emea-test", 4),
    ]


@pytest.mark.parametrize(
    ("before", "after", "sign", "words"),
    [
        (None, 15, "+", "15"),
        (60, None, "-", "60"),
        (60, 15, "~", "60 -> 15"),
        (False, True, "~", "false -> true"),
        (None, {"source": "dataverse", "appendOnly": True}, "+", "source dataverse, appendOnly true"),
        ("a\nb", "\x1b", "~", "a\\x0ab -> \\x1b"),
    ],
)
def test_a_field_is_told_by_its_sign_and_both_sides(before: Any, after: Any, sign: str, words: str) -> None:
    field = FieldChange("path", before, after)
    assert (field_sign(field), field_values(field)) == (sign, words)


def test_what_is_only_reported_does_not_look_as_if_it_went() -> None:
    assert field_sign(FieldChange("tables[task]", {}, None), Action.NONE) == "?"
    assert action_word(Action.NONE) == "report"
    assert action_word(Action.DELETE) == "delete"


def test_values_of_any_json_form_are_shown_on_one_line() -> None:
    assert value(["a\n", 1]) == '["a\\n", 1]'
    assert value(None) == "null"


def test_folding_keeps_what_is_lost_however_much_it_is() -> None:
    lost = [FieldChange(f"tables[{n}]", {}, None) for n in range(5)]
    shown, rest = folded([FieldChange("interval", 60, 15), *lost, FieldChange("tables[new]", None, {})], 2)
    assert ([field.path for field in shown], rest) == ([field.path for field in lost], "and 2 more")


def test_what_fits_is_not_folded() -> None:
    fields = [FieldChange("interval", 60, 15)]
    assert folded(fields, 1) == (fields, "")
    assert folded([], 0) == ([], "")


def test_notes_of_one_code_are_folded() -> None:
    def note(code: str, number: int) -> Diagnostic:
        return diagnostic(severity=Severity.INFORMATION, code=code, summary=f"{code} {number}")

    found = [note("not-carried-out", n) for n in range(3)] + [note("undeclared-link", n) for n in range(10)]
    told = [each.summary for each in notes([*found, diagnostic()])]
    assert told[0] == "not-carried-out 0, and 2 more like it"
    assert told[1] == "undeclared-link 0"
    assert told[-1] == "undeclared-link 7, and 2 more like it"
    assert notes(found, everything=True) == found
