"""What readers of links find in the lake, as text and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from reconciler.model.lake import LakeFinding, LakePart, LakeTable, LakeVerdict, LakeView
from reconciler.reports.escape import code, markdown, visible

_WORDS = {
    LakePart.FOLDER: "folder",
    LakePart.SNAPSHOT_FILES: "snapshot files",
    LakePart.DELTA_FOLDER: "Delta folder",
    LakePart.TABLE: "lake-database table",
    LakePart.SNAPSHOT_TABLE: "snapshot table",
}
_COLOURS = {
    LakeVerdict.PRESENT: "green",
    LakeVerdict.MISSING: "red",
    LakeVerdict.STALE: "yellow",
    LakeVerdict.UNREADABLE: "magenta",
}
_WIDE = max(map(len, LakeVerdict))
_FOLD = 20
_BREAKS = "a changed type breaks the export, and only unlinking and linking again mends it"


def render_lake(views: Sequence[LakeView], *, color: bool = False, everything: bool = False) -> str:
    """A line for each link: where it writes, and how many tables are all there. Below it every part that is wanting, of
    at most 20 tables; with ``everything`` all parts of all tables. Ends with a line break unless there is nothing."""
    lines: list[str] = []
    for view in views:
        title = visible(f"{view.environment}/{view.link}")
        lines.append(f"{click.style(title, bold=True) if color else title}  {visible(_place(view))}".rstrip())
        lines += [f"  {visible(remark)}" for remark in view.remarks]
        lines += [f"  {visible(words)}: {_BREAKS}" for words in view.breaks]
        lines += [f"  {_counts(view)}"] if view.tables else []
        lines += _tables(view, color=color, everything=everything)
    return "\n".join(lines) + "\n" if lines else ""


def render_lake_markdown(views: Sequence[LakeView]) -> str:
    """The same in Markdown: a table of what is wanting for each link."""
    lines: list[str] = []
    for view in views:
        lines += [f"### Data of {code(f'{view.environment}/{view.link}')}", "", f"{markdown(_place(view))}", ""]
        lines += [f"- {markdown(remark)}" for remark in view.remarks]
        lines += [f"- {markdown(words)}: {_BREAKS}" for words in view.breaks]
        lines += [f"- {markdown(_counts(view))}"] if view.tables else []
        lines.append("")
        wanting = [(table, finding) for table in view.tables for finding in table.wanting]
        if wanting:
            lines += ["| table | what | | why |", "|---|---|---|---|"]
            lines += [
                f"| {code(table.name)} | {_WORDS[each.part]} {code(each.name)} | {each.verdict} "
                f"| {markdown(each.why)} |"
                for table, each in wanting
            ]
            lines.append("")
    return "\n".join(lines)


def _place(view: LakeView) -> str:
    if view.account is None:
        return ""
    container = f"container {view.container} of {view.account}" if view.container else "no container that is known"
    workspace = f", workspace {view.workspace}" if view.workspace else ""
    return container + workspace + (f", lake database {view.database}" if view.database else "")


def _counts(view: LakeView) -> str:
    whole = sum(all(each.verdict is LakeVerdict.PRESENT for each in table.findings) for table in view.tables)
    verdicts = Counter(each.verdict for table in view.tables for each in table.wanting)
    parts = [f"{whole} of {len(view.tables)} tables are complete"]
    parts += [f"{verdicts[verdict]} {verdict}" for verdict in LakeVerdict if verdicts[verdict]]
    waiting = sum(any(each.excused for each in table.findings) for table in view.tables)
    parts += [f"{waiting} not loaded yet"] if waiting else []
    return ", ".join(parts)


def _tables(view: LakeView, *, color: bool, everything: bool) -> list[str]:
    shown = [table for table in view.tables if everything or table.wanting]
    kept = shown if everything else shown[:_FOLD]
    lines = [line for table in kept for line in _table(table, color=color, everything=everything)]
    return [*lines, f"    and {len(shown) - len(kept)} more tables"] if len(shown) > len(kept) else lines


def _table(table: LakeTable, *, color: bool, everything: bool) -> list[str]:
    return [
        f"    {visible(table.name)}: {_finding(finding, color=color)}"
        for finding in (table.findings if everything else table.wanting)
    ]


def _finding(finding: LakeFinding, *, color: bool) -> str:
    verdict = str(finding.verdict).ljust(_WIDE)
    painted = click.style(verdict, fg=_COLOURS[finding.verdict]) if color else verdict
    newest = f"newest {finding.newest} of {finding.written}" if finding.newest else ""
    told = "; ".join(part for part in (finding.why, "" if finding.why else newest) if part)
    said = f": {visible(told)}" if told else ""
    return f"{painted} {_WORDS[finding.part]} {visible(finding.name)}{said}"
