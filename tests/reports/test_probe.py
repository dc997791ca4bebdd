"""What a probe found, as people and programs read it."""

from __future__ import annotations

import json
from collections.abc import Callable

from reconciler.live.probe.report import Field, Form, Observation, Report, Section, Unread, Why
from reconciler.reports.probe import probe_document, render_probe, render_probe_markdown

REPORT = Report(
    tool_version="0.1.0",
    cloud="public",
    environments=3,
    observations=(
        Observation("rows-change-at", {"put": 2}),
        Observation("removed-table-row", {"disabled": 1}),
        Observation("csv-interval-row", {"none": 1, "snapshot": 1}),
        Observation("unlink-route", why=Why.NEEDS_WRITE),
        Observation("last-modified-moves", why=Why.NOT_READ),
        Observation("sync-state-values", why=Why.NOTHING_THERE),
    ),
    sections=(
        Section(
            "synapselinkschedules",
            4,
            (
                Field("type", known=True, forms=frozenset({Form.INTEGER}), numbers=frozenset({0, 1})),
                Field("entityname", known=True, forms=frozenset({Form.NULL, Form.SHORT})),
                Field("Fresh", known=False, forms=frozenset({Form.TIME})),
            ),
            unnamed=2,
            unread={Unread.NOT_AUTHORISED: 1},
        ),
        Section(
            "LakeProfile.Entities",
            2,
            (Field("CurrentState", known=True, forms=frozenset({Form.MEDIUM}), words=frozenset({"InProgress"})),),
        ),
        Section("LakeDetail", unread={Unread.NO_SIGN_IN: 3}),
        Section("FnOTable"),
    ),
)


def test_text(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_probe(REPORT), "probe.txt")


def test_markdown(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_probe_markdown(REPORT), "probe.md")


def test_json(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(json.dumps(probe_document(REPORT), indent=2) + "\n", "probe.json")


def test_nothing_that_was_asked_is_a_report_too() -> None:
    empty = Report("0.1.0", "public", 0, (), ())
    assert render_probe(empty) == "Probe: 0 environments; nothing asked\n"
    assert "<details>" in render_probe_markdown(empty)
