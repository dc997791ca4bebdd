from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import click
import pytest

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.model.outcome import Outcome, Result
from reconciler.reports.text import render_drift, render_outcomes, render_plan
from tests.builders import change, plan
from tests.reports.showcase import CREATION, EMPTY, OUTCOMES, PLAN, UPDATE

Golden = Callable[[str, str], None]


def test_a_plan_that_shows_everything(assert_golden: Golden) -> None:
    assert_golden(render_plan(PLAN), "plan.txt")


def test_a_plan_with_nothing_to_do(assert_golden: Golden) -> None:
    assert_golden(render_plan(EMPTY), "plan-empty.txt")


def test_drift(assert_golden: Golden) -> None:
    assert_golden(render_drift(PLAN), "drift.txt")


def test_no_drift(assert_golden: Golden) -> None:
    assert_golden(render_drift(EMPTY), "drift-none.txt")


def test_outcomes_of_every_result(assert_golden: Golden) -> None:
    assert_golden(render_outcomes(OUTCOMES), "outcomes.txt")


def test_an_apply_with_nothing_to_do(assert_golden: Golden) -> None:
    assert_golden(render_outcomes(()), "outcomes-none.txt")


def test_what_was_refused_before_it_began_is_no_nothing_to_do() -> None:
    assert render_outcomes((), refused=True) == "Apply: nothing was done. The errors say what was refused.\n"
    assert render_outcomes(OUTCOMES, refused=True).endswith(". The errors say what was refused.\n")


@pytest.mark.parametrize("render", [render_plan, render_drift])
def test_colours_add_nothing_but_colours(render: Callable[..., str]) -> None:
    assert click.unstyle(render(PLAN, color=True)) == render(PLAN)
    assert render(PLAN, color=True) != render(PLAN)
    assert click.unstyle(render_outcomes(OUTCOMES, color=True)) == render_outcomes(OUTCOMES)


def test_many_fields_are_folded_and_what_is_lost_never_is() -> None:
    folded = render_plan(plan(UPDATE))
    assert all(f"tables[contoso_archive{n}]" in folded for n in range(1, 10))
    assert "and 3 more" in folded
    assert "interval" not in folded.replace("; interval 15", "")


def test_everything_is_shown_on_request() -> None:
    whole = render_plan(plan(UPDATE, CREATION), everything=True)
    assert all(field.path in whole for field in (*UPDATE.fields, *CREATION.fields))
    assert not re.search(r"^ +and \d+ more$", whole, re.MULTILINE)


def test_one_environment_and_one_finding_are_counted_in_the_singular() -> None:
    assert "1 environment read" in render_plan(plan(change()))
    assert "Drift: 1 finding in 1 of 1 environment." in render_drift(plan(change()))


def test_a_finding_that_belongs_to_no_environment_is_not_counted_as_one() -> None:
    nameless = change(address=Address("LineageSource", "", "warehouse"))
    assert "Drift: 1 finding in 0 of 1 environment." in render_drift(plan(nameless))


def test_what_stopped_without_a_reason_has_no_empty_line() -> None:
    stopped = Outcome(change().address, "dev", Result.SKIPPED)
    assert render_outcomes([stopped]) == "skipped  SynapseLink/dev/dev-link\nApply: 1 skipped.\n"


def test_paths_are_aligned_so_that_values_stand_below_each_other() -> None:
    fields = (FieldChange("interval", 60, 15), FieldChange("attachments", before=False, after=True))
    lines = render_plan(plan(replace(change(), fields=fields))).splitlines()
    assert [line.index("->") - len(before) for line, before in zip(lines[2:4], ("60 ", "false "), strict=True)] == [
        21,
        21,
    ]
