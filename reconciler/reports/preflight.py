"""Checks of links as text, Markdown and JSON: what failed first, then what is not known; what passed is folded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from reconciler.model.address import Address
from reconciler.model.canonical import to_json
from reconciler.model.check import Check, Verdict, Weight
from reconciler.model.diagnostic import Diagnostic
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.escape import code, markdown, visible

_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.UNKNOWN: "cyan"}
_ORDER = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.PASSED)
_WEIGHTS = tuple(Weight)
ILL = frozenset({Weight.BLOCKS, Weight.BREAKS})


@dataclass(frozen=True, slots=True)
class PreflightReport:
    """The checks of each declared link, by its address, and what keeps other links from being checked."""

    links: Sequence[tuple[Address, Sequence[Check]]]
    diagnostics: Sequence[Diagnostic] = ()

    @property
    def ill(self) -> bool:
        """Whether anything failed that blocks a link or breaks a part of it."""
        return any(_ill(check) for _, checks in self.links for check in checks)


def render_preflight(report: PreflightReport, *, color: bool = False, everything: bool = False) -> str:
    """The report as text: a block a link, then what could not be read, then the counts.

    Unless ``everything``, checks that passed, and those that only a person can make, are counted and not shown.
    """
    parts = [_link(address, checks, color=color, everything=everything) for address, checks in report.links]
    if report.diagnostics:
        parts.append(render_diagnostics(report.diagnostics, color=color))
    parts.append(_paint(f"Preflight: {_counts(report)}.\n", None, color=color, bold=True))
    return "\n".join(parts)


def render_preflight_markdown(report: PreflightReport, *, everything: bool = False) -> str:
    """The report as Markdown: a table a link."""
    lines = ["## Preflight", "", f"{markdown(_counts(report))}\\.", ""]
    for address, checks in report.links:
        shown, folded = _shown(checks, everything=everything)
        lines += [f"### {code(str(address))}", ""]
        if shown:
            lines += ["| | weight | check | evidence | what to do |", "|---|---|---|---|---|"]
            lines += [_row(check) for check in shown]
            lines.append("")
        if folded:
            lines += [f"{markdown(folded)}\\.", ""]
    for diagnostic in report.diagnostics:
        lines.append(f"- **{diagnostic.severity.value}** {markdown(diagnostic.summary)} {code(diagnostic.code)}")
    return "\n".join(lines).rstrip() + "\n"


def render_preflight_json(report: PreflightReport) -> str:
    """The report as JSON, every check in it."""
    counts = {verdict.value: _number(report, verdict) for verdict in Verdict}
    document = {
        "formatVersion": 1,
        "healthy": not report.ill,
        "summary": {"links": len(report.links), **counts},
        "links": [{"address": str(address), "checks": to_json(_sorted(checks))} for address, checks in report.links],
        "diagnostics": to_json(tuple(report.diagnostics)),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _ill(check: Check) -> bool:
    return check.verdict is Verdict.FAILED and check.weight in ILL


def _link(address: Address, checks: Sequence[Check], *, color: bool, everything: bool) -> str:
    shown, folded = _shown(checks, everything=everything)
    lines = [_paint(visible(str(address)), None, color=color, bold=True)]
    for check in shown:
        lines += _check(check, color=color)
    if folded:
        lines.append(f"  {folded}.")
    return "".join(f"{line}\n" for line in lines)


def _check(check: Check, *, color: bool) -> list[str]:
    word = _paint(check.verdict.value.ljust(7), _COLOURS[check.verdict], color=color)
    lines = [f"  {word} {check.weight.value.ljust(7)} {visible(check.title)} [{visible(check.code)}]"]
    lines.append(f"    {visible(check.evidence)}")
    if check.verdict is Verdict.PASSED:
        return lines
    if check.verdict is Verdict.FAILED and check.location:
        lines.append(f"    at {visible(str(check.location))}")
    if check.expected is not None:
        lines.append(f"    expected: {visible(check.expected)}")
    return [*lines, f"    Otherwise: {visible(check.consequence)}", f"    {visible(check.remedy)}"]


def _row(check: Check) -> str:
    cells = (
        f"**{check.verdict.value}**" if check.verdict is Verdict.FAILED else check.verdict.value,
        check.weight.value,
        f"{markdown(check.title)} {code(check.code)}",
        code(check.evidence),
        "" if check.verdict is Verdict.PASSED else f"{markdown(check.consequence)} {markdown(check.remedy)}",
    )
    return "| " + " | ".join(cell.replace("\n", " ") for cell in cells) + " |"


def _shown(checks: Sequence[Check], *, everything: bool) -> tuple[list[Check], str]:
    """The checks to show, and what the others are in words."""
    ordered = _sorted(checks)
    if everything:
        return ordered, "" if ordered else "Nothing to check"
    hidden = [check for check in ordered if check.by_eye or check.verdict is Verdict.PASSED]
    by_eye = sum(check.by_eye for check in hidden)
    words = [f"{len(hidden) - by_eye} passed"] if len(hidden) > by_eye else []
    words += [f"{by_eye} to be looked at by a person"] if by_eye else []
    folded = f"{', '.join(words)} (--all shows them)" if words else ""
    return [check for check in ordered if check not in hidden], folded if ordered else "Nothing to check"


def _sorted(checks: Iterable[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: (_ORDER.index(check.verdict), check.by_eye, _WEIGHTS.index(check.weight)))


def _number(report: PreflightReport, verdict: Verdict) -> int:
    return sum(check.verdict is verdict for _, checks in report.links for check in checks)


def _counts(report: PreflightReport) -> str:
    links = f"{len(report.links)} link" + ("" if len(report.links) == 1 else "s")
    ill = sum(_ill(check) for _, checks in report.links for check in checks)
    verdicts = ", ".join(f"{_number(report, verdict)} {verdict.value}" for verdict in _ORDER)
    worst = f"; of these {ill} block a link or break a part of it" if ill else ""
    return f"{links}, {verdicts}{worst}"


def _paint(text: str, colour: str | None, *, color: bool, bold: bool = False) -> str:
    return click.style(text, fg=colour, bold=bold or None) if color else text
