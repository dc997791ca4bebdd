"""What guards say of a plan, as text and as Markdown: those that would refuse, with the word that lets it pass."""

from __future__ import annotations

from collections.abc import Iterable

import click

from reconciler.model.guard import GuardVerdict
from reconciler.reports.escape import code, markdown, visible

_TITLE = "Apply would refuse"


def render_guards(verdicts: Iterable[GuardVerdict], *, color: bool = False) -> str:
    """One block of text for all guards that refuse; empty where none does."""
    lines = []
    for verdict in verdicts:
        if verdict.refused:
            name = click.style(visible(verdict.guard), fg="red", bold=True) if color else visible(verdict.guard)
            limit = f"; allowed: {visible(verdict.limit)}" if verdict.limit else ""
            lines.append(f"  {name}: {visible(verdict.summary)}{limit}")
            lines += [f"      {visible(verdict.remedy)}"] if verdict.remedy else []
    title = click.style(_TITLE, bold=True) if color else _TITLE
    return "\n".join([title, *lines]) + "\n" if lines else ""


def guards_markdown(verdicts: Iterable[GuardVerdict]) -> list[str]:
    """The lines of a section for all guards that refuse; none where none does."""
    lines = []
    for verdict in verdicts:
        if verdict.refused:
            limit = f" Allowed: {markdown(verdict.limit)}." if verdict.limit else ""
            word = f" Approve with {code(f'--approve {verdict.approval}')}." if verdict.approval else ""
            lines.append(
                f"- **{code(verdict.guard)}** {markdown(verdict.summary.removesuffix('.') + '.')}{limit}{word}"
            )
    return [f"### {_TITLE}", "", *lines, ""] if lines else []
