"""What status prints: golden files, colours, folding, hostile names."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from reconciler.model.health import Freshness, HealthReason, HealthReport, SyncError, TableState
from reconciler.reports.status import (
    one_line,
    render_status,
    render_status_json,
    render_status_markdown,
    status_renderable,
)
from reconciler.reports.status_words import age, ago, hidden, span
from tests.reports.health_showcase import (
    DEGRADED,
    EMPTY,
    HEALTHY,
    LOADING,
    MISSING,
    REPORT,
    UNDECLARED,
    health,
    table,
)

Golden = Callable[[str, str], None]


def drawn(report: HealthReport, *, width: int = 140, **options: bool) -> str:
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(status_renderable(report, **options))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def test_a_report_that_shows_everything(assert_golden: Golden) -> None:
    assert_golden(render_status(REPORT), "status.txt")


def test_every_table_on_request(assert_golden: Golden) -> None:
    assert_golden(render_status(REPORT, everything=True), "status-all.txt")


def test_a_report_for_a_summary(assert_golden: Golden) -> None:
    assert_golden(render_status_markdown(REPORT), "status.md")


def test_a_report_for_programs(assert_golden: Golden) -> None:
    text = re.sub(r'"toolVersion": "[^"]+"', '"toolVersion": "0"', render_status_json(REPORT))
    assert_golden(text, "status.json")


def test_a_report_on_a_terminal(assert_golden: Golden) -> None:
    assert_golden(drawn(REPORT), "status-terminal.txt")


def test_nothing_declared() -> None:
    assert render_status(EMPTY) == "Status: no links.\n"
    assert render_status_markdown(EMPTY) == "## Status: no links\n"
    assert json.loads(render_status_json(EMPTY))["links"] == []
    assert "no links" in drawn(EMPTY)


def test_colours_add_nothing_but_colours() -> None:
    assert click.unstyle(render_status(REPORT, color=True)) == render_status(REPORT)
    assert render_status(REPORT, color=True) != render_status(REPORT)


def test_only_links_that_need_somebody() -> None:
    text = render_status(REPORT, unhealthy=True)
    assert "service-lake" in text
    assert "emea-dev" not in text
    assert "Status: 2 healthy, 1 progressing" in text
    assert len(json.loads(render_status_json(REPORT, unhealthy=True))["links"]) == 3
    assert "emea\\-dev" not in render_status_markdown(REPORT, unhealthy=True)
    assert "emea-dev" not in drawn(REPORT, unhealthy=True)


def test_what_is_not_shown_is_counted() -> None:
    assert hidden(HealthReport("", (HEALTHY,), undeclared=1), [HEALTHY]) == (
        "1 link that no manifest declares is not shown (--undeclared)."
    )
    assert hidden(HealthReport("", (HEALTHY, MISSING)), [MISSING]) == "1 more not shown."
    assert hidden(HealthReport("", (HEALTHY,)), [HEALTHY]) == ""


def test_many_tables_are_folded_and_those_in_error_never() -> None:
    loading = [table(f"new{n}", state=TableState.NOT_STARTED, healthy=None) for n in range(20)]
    failed = [table(f"bad{n}", state=TableState.FAILED, healthy=False) for n in range(12)]
    text = render_status(HealthReport("", (health("dev", "lake", *loading, *failed),)))
    assert all(f"bad{n}" in text for n in range(12))
    assert "new0" not in text
    assert "and 20 more" in text
    few = render_status(HealthReport("", (health("dev", "lake", *loading),)))
    assert few.count("Not started") == 8


def test_an_error_that_tables_have_in_common_is_told_once() -> None:
    gone = SyncError("ADLS-802", "No access", "", "The storage account can't be reached", "See to the account.")
    paused = [table(f"t{n}", state=TableState.PAUSED, healthy=False, error=gone) for n in range(37)]
    other = table("odd", state=TableState.FAILED, healthy=False, error=replace(gone, code="CT-809"))
    report = HealthReport("", (health("dev", "lake", *paused, other),))
    text = render_status(report)
    assert text.count("See to the account.") == 2
    assert "all 37: ADLS-802" in text
    assert "and 29 more: t8, t9, " in text
    assert "t36" in text
    assert render_status(report, everything=True).count("See to the account.") == 38
    summary = render_status_markdown(report)
    assert (summary.count("`ADLS-802`"), summary.count("as above")) == (1, 8)
    assert "`t36`" in summary


def test_details_that_differ_are_told_on_request() -> None:
    errors = [SyncError("X", "No", f"at {n}", "It failed", "Look.") for n in range(2)]
    report = HealthReport("", (health("dev", "lake", *(table(f"t{n}", error=e) for n, e in enumerate(errors))),))
    assert "all 2: X" in render_status(report)
    assert "at 0" not in render_status(report)
    assert "at 1\n" in render_status(report, everything=True)


def test_what_was_never_written() -> None:
    assert "0 of 1 table active, never written, every 1h" in render_status(
        HealthReport("", (replace(health("dev", "lake", table("t", state=TableState.NOT_STARTED)), lag=None),))
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 min"),
        (3600, "1 h"),
        (7800, "2 h 10 min"),
        (86400, "1 day"),
        (86400 + 60, "1 day"),
        (2 * 86400 + 3 * 3600, "2 days 3 h"),
    ],
)
def test_spans_in_words(seconds: int, words: str) -> None:
    assert span(seconds) == words


def test_ages_in_words() -> None:
    assert ago(None) == "never"
    assert age(Freshness.FRESH, 180, 15) == "3 min ago"
    assert age(Freshness.LATE, 8700, 15) == "2 h 25 min ago, 2 h 10 min late"
    assert age(Freshness.STALE, 2 * 86400, 1440) == "2 days ago, 1 day late"
    assert age(Freshness.QUIET, 86400, 15) == "1 day ago, quiet"
    assert age(Freshness.LATE, None, None) == "never"


def test_a_link_in_one_line() -> None:
    assert one_line(LOADING) == ("emea-dev/service-lake: progressing, 1 of 3 tables active, 2 tables are still loading")
    assert one_line(UNDECLARED) == "emea-test/(portal): healthy, 1 table active"


hostile = st.text(st.characters() | st.sampled_from("\x1b\r\n\u202e|`<>&@\\*_[]"), max_size=12)


@given(hostile, hostile, hostile)
def test_names_and_messages_of_services_cannot_act(name: str, message: str, code: str) -> None:
    error = SyncError(code, message, message, "It failed", "Look")
    bad = table(name, state=TableState.FAILED, healthy=False, error=error)
    link = replace(DEGRADED, environment=name, declared=None, name=message, tables=(bad,))
    link = replace(link, reasons=(HealthReason("x", message, name),))
    report = HealthReport("", (link,))
    for text in (render_status(report, everything=True), render_status_markdown(report), one_line(link), drawn(report)):
        assert "\x1b" not in text
        assert "\r" not in text
        assert "\u202e" not in text
    lines = [line for line in render_status_markdown(report).splitlines() if line.startswith("|")]
    assert len(lines) == 6
    json.loads(render_status_json(report))
