from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import FieldChange
from reconciler.reports.markdown import render_markdown
from tests.builders import change, diagnostic, plan
from tests.reports.showcase import EMPTY, PLAN, TOMBSTONE, UPDATE

Golden = Callable[[str, str], None]


def test_a_plan_that_shows_everything(assert_golden: Golden) -> None:
    assert_golden(render_markdown(PLAN), "plan.md")


def test_a_plan_with_nothing_to_do(assert_golden: Golden) -> None:
    assert_golden(render_markdown(EMPTY), "plan-empty.md")


def test_dangers_stand_before_any_detail_and_name_what_is_lost() -> None:
    text = render_markdown(PLAN)
    dangers = text[text.index("### Dangers") : text.index("<details>")]
    assert "`SynapseLink/emea-prod/sales-lake`: `tables[contoso_archive1]`" in dangers
    assert str(TOMBSTONE.address) in dangers
    assert "`SynapseLink/emea-prod/service-lake`: `tables[incident].appendOnly`" in dangers
    assert "`SynapseLink/emea-test/old-lake` (unproven)" in dangers
    assert dangers.index("loses lake data") < dangers.index("cannot be undone")


def test_a_plan_without_danger_has_no_heading_for_it() -> None:
    assert "### Dangers" not in render_markdown(plan(change()))
    assert "### Dangers" in render_markdown(plan(UPDATE))


def test_an_environment_without_a_name_is_told_as_such() -> None:
    nameless = change(address=Address("LineageSource", "", "warehouse"))
    text = render_markdown(plan(nameless))
    assert "``" not in text
    assert text.count("no environment") == 2


def test_a_value_that_is_empty_text_leaves_no_open_code() -> None:
    text = render_markdown(plan(replace(change(), fields=(FieldChange("container", "", ""),))))
    assert "``" not in text


def test_a_sentence_that_ends_with_a_full_stop_gets_no_second_one() -> None:
    text = render_markdown(plan(diagnostics=[diagnostic(summary="One sentence."), diagnostic(summary="No stop")]))
    assert "One sentence\\.\n" in text
    assert "No stop\\.\n" in text


def test_a_table_row_has_as_many_cells_as_its_heading_whatever_the_names() -> None:
    hostile = change(address=Address("SynapseLink", "a|b", "x|y"), fields=(FieldChange("p|q", "1|2", "3\\|4"),))
    rows = [line for line in render_markdown(plan(hostile)).splitlines() if line.startswith("|")]
    cells = [len(line.replace("\\|", "").split("|")) for line in rows]
    assert cells == [6, 6, 6, 5, 5, 5]
