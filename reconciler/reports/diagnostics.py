"""Diagnostics as text: what is wrong, the source line with a marker, both sides, and what to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import click

from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.redaction import without_secrets
from reconciler.reports.escape import visible

_TITLES = {Severity.ERROR: "Error", Severity.WARNING: "Warning", Severity.INFORMATION: "Note"}
_COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "blue"}
_WIDTH = 120


def render_diagnostics(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """One block a diagnostic, in the order given, a blank line between two. Empty for none; ends with a line break.

    Nothing that came from input can act on a terminal: control and format characters are shown as escapes.
    """
    return "\n".join(_block(diagnostic, color=color) for diagnostic in diagnostics)


def _block(diagnostic: Diagnostic, *, color: bool) -> str:
    title = f"{_TITLES[diagnostic.severity]}:"
    if color:
        title = click.style(title, fg=_COLORS[diagnostic.severity], bold=True)
    lines = [f"{title} {visible(diagnostic.summary)} [{visible(diagnostic.code)}]"]
    if diagnostic.address is not None:
        lines.append(f"  of {visible(str(diagnostic.address))}")
    if diagnostic.location is not None:
        whole = diagnostic.address is None and diagnostic.excerpt is None
        lines.append(f"  at {_place(diagnostic.location, whole=whole)}")
        lines += _source(diagnostic.location, diagnostic.excerpt, color=color)
    if diagnostic.found is not None:
        lines.append(f"  found:    {visible(diagnostic.found)}")
    if diagnostic.expected is not None:
        lines.append(f"  expected: {visible(diagnostic.expected)}")
    if diagnostic.nearest is not None:
        lines.append(f"  did you mean '{visible(diagnostic.nearest)}'?")
    lines += [f"  see also: {visible(str(location))}" for location in diagnostic.related]
    if diagnostic.remedy is not None:
        lines.append(f"  {visible(diagnostic.remedy)}")
    return "".join(f"{line}\n" for line in lines)


def _place(location: Location, *, whole: bool) -> str:
    """A file or folder as a whole has no line to be named."""
    return visible(location.file if whole and (location.line, location.column) == (1, 1) else str(location))


def _source(location: Location, excerpt: str | None, *, color: bool) -> list[str]:
    if excerpt is None:
        return []
    if (safe := without_secrets(excerpt)) != excerpt:
        # Half a secret would not be known for one, and columns are not what they were.
        return [f"   {location.line} | {visible(safe[:_WIDTH])}"]
    # Of a very long line, the part around the column.
    start = max(0, location.column - _WIDTH // 2) if location.column > _WIDTH - 20 else 0
    part = excerpt[start : start + _WIDTH]
    number = str(location.line)
    lines = [f"   {number} | {visible(part)}"]
    before = location.column - 1 - start
    if before <= len(part):
        marker = click.style("^", fg="red", bold=True) if color else "^"
        lines.append(f"   {' ' * len(number)} | {' ' * _columns(visible(part[:before]))}{marker}")
    return lines


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
