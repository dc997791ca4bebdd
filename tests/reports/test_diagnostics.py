from __future__ import annotations

from collections.abc import Callable

import click

from reconciler.model.address import Address
from reconciler.model.diagnostic import Location
from reconciler.reports.diagnostics import render_diagnostics
from tests.builders import diagnostic
from tests.reports.showcase import DIAGNOSTICS


def test_diagnostics_of_every_severity_with_place_sides_and_remedy(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_diagnostics(DIAGNOSTICS), "diagnostics.txt")


def test_none_are_no_text() -> None:
    assert render_diagnostics([]) == ""


def test_colours_add_nothing_but_colours() -> None:
    assert click.unstyle(render_diagnostics(DIAGNOSTICS, color=True)) == render_diagnostics(DIAGNOSTICS)
    assert "\x1b[" in render_diagnostics(DIAGNOSTICS, color=True)


def test_a_file_as_a_whole_has_no_line() -> None:
    assert "  at plan.json\n" in render_diagnostics([diagnostic(location=Location("plan.json"))])


def test_the_marker_stands_below_its_column_also_after_wide_and_combining_characters() -> None:
    excerpt = "- 表e\u0301: acount"
    text = render_diagnostics([diagnostic(location=Location("a.yaml", 4, 8), excerpt=excerpt)])
    line, marker = text.splitlines()[2:4]
    assert line == f"   4 | {excerpt}"
    assert marker == "     | " + " " * 7 + "^"


def test_of_a_very_long_line_the_part_around_the_column_is_shown() -> None:
    excerpt = "x" * 500 + "HERE" + "y" * 500
    line, marker = render_diagnostics([diagnostic(location=Location("a.yaml", 1, 501), excerpt=excerpt)]).splitlines()[
        2:4
    ]
    assert line.index("HERE") == marker.index("^")
    assert len(line) < 140


def test_a_column_beyond_the_line_has_no_marker() -> None:
    text = render_diagnostics([diagnostic(location=Location("a.yaml", 1, 50), excerpt="short")])
    assert "^" not in text


def test_a_link_at_the_start_of_a_file_has_a_line() -> None:
    found = diagnostic(location=Location("links.yaml"), address=Address("SynapseLink", "dev", "a"))
    assert "  at links.yaml:1:1\n" in render_diagnostics([found])
