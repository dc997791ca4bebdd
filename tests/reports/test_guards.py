"""What guards say, as text and Markdown: only what would refuse, and nothing that a terminal would act on."""

from __future__ import annotations

from reconciler.model.guard import GuardVerdict
from reconciler.reports.guards import guards_markdown, render_guards

PASSES = GuardVerdict("linksUnlinked", "", refused=False, summary="Fine")
LOSS = GuardVerdict(
    "tablesRemoved",
    "dev",
    refused=True,
    summary="In environment 'dev' 9 tables would be removed",
    limit="at most 3",
    approval="tablesRemoved:dev=9",
    remedy="--approve tablesRemoved:dev=9",
)
HOSTILE = GuardVerdict("policy:p", "", refused=True, summary="\x1b[31mno\n::error::<b>*[x](y)")


def test_nothing_is_said_where_nothing_is_refused() -> None:
    assert render_guards([PASSES]) == ""
    assert guards_markdown([PASSES]) == []


def test_a_refusal_is_said_with_limit_and_word() -> None:
    assert render_guards([PASSES, LOSS]) == (
        "Apply would refuse\n"
        "  tablesRemoved: In environment 'dev' 9 tables would be removed; allowed: at most 3\n"
        "      --approve tablesRemoved:dev=9\n"
    )
    title, _, line, _ = guards_markdown([LOSS])
    assert title == "### Apply would refuse"
    assert line.startswith("- **`tablesRemoved`** In environment 'dev' 9 tables would be removed")
    assert line.endswith("`--approve tablesRemoved:dev=9`.")


def test_what_a_policy_says_can_do_nothing() -> None:
    text = render_guards([HOSTILE])
    assert "\x1b" not in text
    assert text.count("\n") == 2
    line = "\n".join(guards_markdown([HOSTILE]))
    assert "<b>" not in line
    assert "](y)" not in line


def test_colours_are_for_who_wants_them() -> None:
    assert "\x1b[" in render_guards([LOSS], color=True)
