"""Checks of links as text, Markdown and JSON: what failed first, then what is not known; what passed is folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from reconciler.model.address import Address
from reconciler.model.canonical import readable_json, to_json
from reconciler.model.check import Check, Verdict, Weight
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.phrases import number_of
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.escape import code, markdown, visible

_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.UNKNOWN: "cyan"}
_ORDER = (Verdict.FAILED, Verdict.UNKNOWN, Verdict.PASSED)
_WEIGHTS = tuple(Weight)
ILL = frozenset({Weight.BLOCKS, Weight.BREAKS})
Group = Sequence[tuple[Address, Sequence[Check]]]
"""Links of which the same is to be said, with their checks."""


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

    Unless ``everything``, checks that passed, and those that only a person can make, are counted and not shown, and
    links of which the same is to be said share a block.
    """
    parts = [_block(group, color=color, everything=everything) for group in _groups(report, everything=everything)]
    if report.diagnostics:
        parts.append(render_diagnostics(report.diagnostics, color=color))
    parts.append(_paint(f"Preflight of {_counts(report)}.\n", None, color=color, bold=True))
    return "\n".join(parts)


def render_preflight_markdown(report: PreflightReport, *, everything: bool = False) -> str:
    """The report as Markdown: a table a link."""
    lines = ["## Preflight", "", f"{markdown(_counts(report))}\\.", ""]
    for group in _groups(report, everything=everything):
        shown, folded = _shown(group, everything=everything)
        lines += ["### " + ", ".join(code(str(address)) for address, _ in group), ""]
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
    return readable_json(document)


def _ill(check: Check) -> bool:
    return check.verdict is Verdict.FAILED and check.weight in ILL


def _groups(report: PreflightReport, *, everything: bool) -> list[Group]:
    """Links of which the same is to be said, together, in the order of the first of each; each alone with
    ``everything``."""
    groups: dict[object, list[tuple[Address, Sequence[Check]]]] = {}
    for number, (address, checks) in enumerate(report.links):
        said = [
            (check.verdict, check.weight, check.code, check.evidence, check.expected, check.remedy)
            for check in _open(checks)
        ]
        groups.setdefault(number if everything else tuple(said), []).append((address, checks))
    return list(groups.values())


def _block(group: Group, *, color: bool, everything: bool) -> str:
    shown, folded = _shown(group, everything=everything)
    lines = [_paint(visible(str(address)), None, color=color, bold=True) for address, _ in group]
    for check in shown:
        lines += _check(check, color=color, place=len(group) == 1)
    if folded:
        lines.append(f"  {folded}.")
    return "".join(f"{line}\n" for line in lines)


def _check(check: Check, *, color: bool, place: bool) -> list[str]:
    word = _paint(check.verdict.value.ljust(7), _COLOURS[check.verdict], color=color)
    lines = [f"  {word} {check.weight.value.ljust(7)} {visible(check.title)} [{visible(check.code)}]"]
    lines.append(f"    {visible(check.evidence)}")
    if check.verdict is Verdict.PASSED:
        return lines
    if place and check.verdict is Verdict.FAILED and check.location:
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


def _open(checks: Iterable[Check]) -> list[Check]:
    """The checks that are shown unasked: what failed, and what could not be read."""
    return [check for check in _sorted(checks) if not check.by_eye and check.verdict is not Verdict.PASSED]


def _shown(group: Group, *, everything: bool) -> tuple[list[Check], str]:
    """The checks to show of links of which the same is to be said, and what the others are in words."""
    checks = [check for _, each in group for check in each]
    if everything or not checks:
        return _sorted(checks), "" if checks else "Nothing to check"
    words = _quiet(checks)
    return _open(group[0][1]), f"{words} (--all shows them)" if words else ""


def _quiet(checks: Sequence[Check]) -> str:
    """What passed, and what only a person can look at, counted."""
    by_eye = sum(check.by_eye for check in checks)
    passed = sum(check.verdict is Verdict.PASSED and not check.by_eye for check in checks)
    words = [f"{passed} passed"] if passed else []
    words += [f"{by_eye} for a person to look at"] if by_eye else []
    return ", ".join(words)


def _sorted(checks: Iterable[Check]) -> list[Check]:
    return sorted(checks, key=lambda check: (_ORDER.index(check.verdict), check.by_eye, _WEIGHTS.index(check.weight)))


def _number(report: PreflightReport, verdict: Verdict) -> int:
    return sum(check.verdict is verdict for _, checks in report.links for check in checks)


def _counts(report: PreflightReport) -> str:
    """``2 links: 2 failed (1 blocks a link or breaks a part of it), 17 passed``."""
    checks = [check for _, each in report.links for check in each]
    told = _open(checks)
    failed = sum(check.verdict is Verdict.FAILED for check in told)
    ill = sum(_ill(check) for check in checks)
    weight = f"{ill or 'none'} {'block a link or break' if ill > 1 else 'blocks a link or breaks'} a part of it"
    words = [f"{failed} failed" + (f" ({weight})" if failed else "")]
    words += [f"{len(told) - failed} unknown"] if len(told) > failed else []
    words += [_quiet(checks)] if _quiet(checks) else []
    return f"{number_of(len(report.links), 'link')}: {', '.join(words)}"


def _paint(text: str, colour: str | None, *, color: bool, bold: bool = False) -> str:
    return click.style(text, fg=colour, bold=bold or None) if color else text
