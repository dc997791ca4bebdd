"""The page of probe says what would show each answer, as the register does."""

from __future__ import annotations

from pathlib import Path

from reconciler.model.assumption import ASSUMPTIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "probe.md"


def test_the_page_repeats_the_register() -> None:
    section = PAGE.read_text("utf-8").partition("## What shows an answer\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{assumption.id}` | {assumption.seen_by} |" for assumption in ASSUMPTIONS]
