"""What status found, as text, as a table of rich's, as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import click

from reconciler import __version__
from reconciler.model.canonical import readable_json, to_json
from reconciler.model.health import Health, HealthReport, LinkHealth, TableHealth
from reconciler.model.lake import LakeView
from reconciler.model.phrases import number_of
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.escape import code, markdown, visible
from reconciler.reports.status_words import (
    FOLD,
    age,
    alike,
    counts,
    error_of,
    hidden,
    name_of,
    rows_of,
    shown_links,
    shown_tables,
    tables_active,
    written,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

FORMAT_VERSION = 1
_COLOURS = {
    Health.HEALTHY: "green",
    Health.PROGRESSING: "cyan",
    Health.SUSPENDED: "yellow",
    Health.DEGRADED: "yellow",
    Health.UNHEALTHY: "red",
    Health.UNKNOWN: "magenta",
}
_WIDE = max(len(health) for health in Health)


def render_status(
    report: HealthReport, *, color: bool = False, everything: bool = False, unhealthy: bool = False
) -> str:
    """A line for each link, by environment; below it why, and its tables that are not active or in error (all of them
    with ``everything``); then what could not be read, and the counts."""
    links = shown_links(report, unhealthy=unhealthy)
    width = max((len(name_of(link)) for link in links), default=0)
    parts = []
    for environment, group in groupby(links, key=lambda link: link.environment):
        lines = [click.style(visible(environment), bold=True) if color else visible(environment)]
        for link in group:
            phrase = ", ".join(part for part in (tables_active(link), written(link)) if part)
            verdict = f"{link.health.ljust(_WIDE)}  {phrase}" if phrase else str(link.health)
            if color:
                verdict = verdict.replace(link.health, click.style(link.health, fg=_COLOURS[link.health]), 1)
            lines.append(f"  {name_of(link).ljust(width)}  {verdict}")
            lines += [f"      {line}" for line in _details(link, everything)]
        parts.append("\n".join(lines) + "\n")
    parts += [render_diagnostics(report.unreadable, color=color)] if report.unreadable else []
    parts += ["".join(f"note: {visible(note)}\n" for note in report.notes)] if report.notes else []
    parts.append(_summary(report, links, color=color))
    return "\n".join(parts)


def status_renderable(
    report: HealthReport, *, everything: bool = False, unhealthy: bool = False, watched: bool = False
) -> RenderableType:
    """The same for a terminal that rich draws on: a table of links, and below it what is to be said of them. The
    summary stands last, or first where it is ``watched``: what a screen has no room for is cut off at its end."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    links = shown_links(report, unhealthy=unhealthy)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("environment", "link", "health", "tables", "last written"):
        table.add_column(title, no_wrap=title != "last written")
    details: list[RenderableType] = []
    for link in links:
        verdict = Text(link.health, style=_COLOURS[link.health])
        cells = (visible(link.environment), name_of(link), tables_active(link), written(link).removeprefix("written "))
        table.add_row(Text(cells[0]), Text(cells[1]), verdict, Text(cells[2]), Text(cells[3]))
        lines = _details(link, everything)
        if lines:
            details.append(Text(f"\n{visible(link.environment)}/{name_of(link)}", style="bold"))
            # What is wrapped stays indented.
            details += [Padding(Text(line.strip()), (0, 0, 0, 4 if line.startswith("  ") else 2)) for line in lines]
    told = render_diagnostics(report.unreadable) + "".join(f"note: {visible(note)}\n" for note in report.notes)
    unread = [Text(f"\n{told.rstrip()}")] if told else []
    summary = Text(_summary(report, links, color=False).rstrip())
    return Group(
        *([summary, Text()] if watched else []), table, *details, *unread, *([] if watched else [Text(), summary])
    )


def render_status_markdown(report: HealthReport, *, everything: bool = False, unhealthy: bool = False) -> str:
    """Counts, a table of links, and below it the links of which there is something to say."""
    links = shown_links(report, unhealthy=unhealthy)
    lines = [f"## Status: {counts(report.links)}", ""]
    if links:
        lines += ["| environment | link | health | tables | last written |", "|---|---|---|---|---|"]
        lines += [
            f"| {code(link.environment)} | {code(name_of(link))} | {_emphasis(link)} | {tables_active(link)} | "
            f"{written(link).removeprefix('written ')} |"
            for link in links
        ]
        lines.append("")
    for link in links:
        lines += _markdown_details(link, everything)
    lines += [f"- **error** {code(d.code)} {_sentences(d.summary, d.remedy)}" for d in report.unreadable]
    lines += [f"- note: {markdown(note)}" for note in report.notes]
    rest = hidden(report, links)
    return "\n".join([*lines, *(["", markdown(rest), ""] if rest else [])])


def render_status_json(
    report: HealthReport, *, unhealthy: bool = False, lakes: Sequence[LakeView] | None = None
) -> str:
    """The report for programs: every table of each link, and the links counted by health; with ``lakes`` what lies in
    the lake of each. Ends with a line break."""
    document = {
        "formatVersion": FORMAT_VERSION,
        "toolVersion": __version__,
        "at": report.at,
        "summary": {health.value: sum(link.health is health for link in report.links) for health in Health},
        "alarming": sum(link.alarming for link in report.links),
        "undeclared": report.undeclared,
        "notes": list(report.notes),
        "links": [to_json(link) for link in shown_links(report, unhealthy=unhealthy)],
        "unreadable": [to_json(diagnostic) for diagnostic in report.unreadable],
        **({} if lakes is None else {"data": [to_json(view) for view in lakes]}),
    }
    return readable_json(document)


def one_line(link: LinkHealth) -> str:
    """A link in one line, for a log: where it stands, and why."""
    why = "; ".join(reason.summary for reason in link.reasons)
    tables = tables_active(link)
    return f"{visible(link.environment)}/{name_of(link)}: {link.health}" + "".join(
        f", {visible(part)}" for part in (tables, why) if part
    )


def _summary(report: HealthReport, links: list[LinkHealth], *, color: bool) -> str:
    verdict = f"Status: {counts(report.links)}."
    unread = len(report.unreadable)
    parts = (
        hidden(report, links),
        f"{number_of(unread, 'environment')} could not be read (see the errors)." if unread else "",
    )
    told = "".join(f" {part}" for part in parts if part)
    return (click.style(verdict, bold=True) if color else verdict) + told + "\n"


def _details(link: LinkHealth, everything: bool) -> list[str]:
    """Why the verdict, then tables: in the plain, escaped words of a terminal."""
    lines = [
        f"{visible(reason.summary.removesuffix('.'))}." + (f" {visible(reason.remedy)}" if reason.remedy else "")
        for reason in link.reasons
    ]
    tables, rest = shown_tables(link, everything=everything)
    width = max((len(visible(table.name)) for table in tables), default=0)
    for group in alike(tables, everything=everything):
        lines += [_table_line(table, width) for table in group[:FOLD]]
        if len(group) > FOLD:
            lines.append(f"and {len(group) - FOLD} more: {', '.join(visible(table.name) for table in group[FOLD:])}")
        lines += [f"  {line}" for line in _error_lines(group)]
    return [*lines, rest] if rest else lines


def _table_line(table: TableHealth, width: int) -> str:
    facts = (rows_of(table), age(table.freshness, table.lag, table.interval) if table.lag is not None else "")
    facts_text = "; ".join(fact for fact in facts if fact)
    return f"{visible(table.name).ljust(width)}  {table.state.ljust(15)}  {facts_text}".rstrip()


def _error_lines(group: Sequence[TableHealth]) -> Iterator[str]:
    """The error that tables have in common; details only where they are the same."""
    error = group[0].error
    if error:
        yield (f"all {len(group)}: " if len(group) > 1 else "") + f"{error_of(error)}."
        if error.details and all(table.error == error for table in group):
            yield visible(error.details)
        yield visible(error.remedy)


def _sentences(summary: str, remedy: str | None) -> str:
    return markdown(summary.removesuffix(".") + ".") + (f" {markdown(remedy)}" if remedy else "")


def _emphasis(link: LinkHealth) -> str:
    return f"**{link.health}**" if link.alarming else str(link.health)


def _markdown_details(link: LinkHealth, everything: bool) -> list[str]:
    tables, rest = shown_tables(link, everything=everything)
    if not link.reasons and not tables:
        return []
    lines = [f"### {code(f'{link.environment}/{link.declared or link.name}')}", ""]
    lines += [f"- {_sentences(reason.summary, reason.remedy)}" for reason in link.reasons]
    if tables:
        lines += ["", "| table | state | rows | last written | error |", "|---|---|---|---|---|"]
        for group in alike(tables, everything=everything):
            lines += [_markdown_row(table, group[0]) for table in group[:FOLD]]
            rest_of = ", ".join(code(table.name) for table in group[FOLD:])
            lines += (
                [f"| {rest_of} | {group[0].state} | | | {'as above' if group[0].error else ''} |"] if rest_of else []
            )
    return [*lines, *(["", rest] if rest else []), ""]


def _markdown_row(table: TableHealth, first: TableHealth) -> str:
    """A table of a group, of which the first tells the error."""
    error = _markdown_error(table) if table is first else "as above" if table.error else ""
    return (
        f"| {code(table.name)} | {table.state} | {rows_of(table).removeprefix('rows: ')} | "
        f"{age(table.freshness, table.lag, table.interval)} | {error} |"
    )


def _markdown_error(table: TableHealth) -> str:
    if not table.error:
        return ""
    said = f" {code(table.error.message)}" if table.error.message else ""
    head = f"{code(table.error.code)} " if table.error.code else ""
    return f"{head}{markdown(table.error.meaning)}.{said} {markdown(table.error.remedy)}"
