"""A plan as Markdown, for a pull request or a job summary."""

from __future__ import annotations

from reconciler.model.change import RISK_ORDER, Action, Change, ImpactKind, Risk, Status, worst
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.phrases import number_of
from reconciler.model.plan import Plan
from reconciler.reports.escape import code, html_code, markdown
from reconciler.reports.guards import guards_markdown
from reconciler.reports.words import (
    GRAVE_IMPACTS,
    NO_ENVIRONMENT,
    RISKS,
    SIGNS,
    action_word,
    by_environment,
    counts,
    drift_values,
    field_sign,
    field_values,
    notes,
    one_a_place,
    reason_words,
)

_BROKEN = "export is broken"
_SYMBOLS = {Severity.ERROR: "**error**", Severity.WARNING: "warning", Severity.INFORMATION: "note"}


def render_markdown(plan: Plan) -> str:
    """Counts, a table by environment, dangers first, then details folded by environment, then diagnostics."""
    lines = [f"## Plan: {counts(plan)}", ""]
    if plan.changes:
        lines += ["| environment | changes | worst risk | not ready |", "|---|---|---|---|"]
        lines += [_row(name, changes) for name, changes in by_environment(plan.changes)]
        lines.append("")
    risky = sorted(
        (change for change in plan.pending if _dangerous(change)),
        key=lambda change: -RISK_ORDER.index(change.risk),
    )
    if risky:
        lines += ["### Dangers", ""]
        for change in risky:
            lines += [f"- **{RISKS[change.risk] or _BROKEN}**: {code(str(change.address))}{_losses(change)}"]
            lines += [f"  - {markdown(impact.summary)}" for impact in change.impacts if impact.kind in GRAVE_IMPACTS]
        lines.append("")
    lines += guards_markdown(plan.guards)
    for name, changes in by_environment(plan.changes):
        lines += [f"<details><summary>{html_code(name or NO_ENVIRONMENT)}</summary>", ""]
        for change in changes:
            lines += [*_change(change), ""]
        lines += ["</details>", ""]
    lines += _diagnostics(plan)
    return "\n".join(lines)


def render_drift_markdown(plan: Plan) -> str:
    """What differs, counted and by environment, then diagnostics: nothing of what would be done about it."""
    drifted = plan.drifted
    findings = number_of(len(drifted), "finding")
    lines = [f"## Drift: {findings}" if drifted else "## No drift", ""]
    for name, changes in by_environment(drifted):
        lines += [f"<details open><summary>{html_code(name or NO_ENVIRONMENT)}</summary>", ""]
        for change in changes:
            lines.append(f"**{code(str(change.address))}** {reason_words(change)}")
            if change.action is not Action.CREATE:
                lines += ["", "| field | |", "|---|---|"]
                lines += [f"| {code(f.path)} | {code(drift_values(f, change.action))} |" for f in change.fields]
            lines.append("")
        lines += ["</details>", ""]
    lines += _diagnostics(plan)
    return "\n".join(lines)


def _row(name: str, changes: list[Change]) -> str:
    pending = [change for change in changes if change.action is not Action.NONE]
    waiting = sum(change.status is not Status.READY for change in pending)
    risk = RISKS[worst([change.risk for change in pending])] or "none"
    return f"| {code(name or NO_ENVIRONMENT)} | {len(pending)} | {risk} | {waiting or ''} |"


def _dangerous(change: Change) -> bool:
    broken = any(impact.kind is ImpactKind.SCHEMA_BREAK for impact in change.impacts)
    return broken or change.risk in {Risk.DATA_LOSS, Risk.IRREVERSIBLE}


def _losses(change: Change) -> str:
    replaced = change.action is Action.REPLACE
    gone = ", ".join(code(field.path) for field in change.fields if replaced or field.after is None)
    status = "" if change.status is Status.READY else f" ({change.status})"
    return status + (f": {gone}" if gone else "")


def _change(change: Change) -> list[str]:
    title = f"{SIGNS[change.action]} {action_word(change.action)} {code(str(change.address))}"
    lines = [f"**{title}** {reason_words(change)}"]
    if change.missing:
        status = "" if change.status is Status.READY else f"{change.status}: "
        lines += ["", f"{status}{markdown(change.missing)}"]
    if change.impacts:
        lines += ["", "What it means:", "", *(f"- {markdown(impact.summary)}" for impact in change.impacts)]
    by_hand = [line for step in change.steps for line in step.instructions()]
    if by_hand and change.status is Status.UNPROVEN:
        lines += ["", "By hand:", "", *(f"{number}. {markdown(line)}" for number, line in enumerate(by_hand, 1))]
    if change.confirm is not None and change.status is Status.READY:
        lines += ["", f"Asks for the name {code(change.confirm)}: typed, or passed by `--confirm`."]
    if change.fields:
        lines += ["", "| | field | value |", "|---|---|---|"]
        lines += [
            f"| {field_sign(f, change.action)} | {code(f.path)} | {code(field_values(f))} |" for f in change.fields
        ]
    return lines


def _diagnostics(plan: Plan) -> list[str]:
    weighty = [diagnostic for diagnostic in plan.diagnostics if diagnostic.severity is not Severity.INFORMATION]
    told = [*one_a_place(weighty), *notes(plan.diagnostics)]
    return ["### Diagnostics", "", *(_diagnostic(diagnostic) for diagnostic in told), ""] if told else []


def _diagnostic(diagnostic: Diagnostic) -> str:
    place = f" {code(str(diagnostic.location))}" if diagnostic.location else ""
    sides = (("found", diagnostic.found), ("expected", diagnostic.expected), ("did you mean", diagnostic.nearest))
    seen = ", ".join(f"{word} {code(text)}" for word, text in sides if text is not None)
    remedy = (f" ({seen})" if seen else "") + (f" {markdown(diagnostic.remedy)}" if diagnostic.remedy else "")
    sentence = diagnostic.summary.removesuffix(".") + "."
    return f"- {_SYMBOLS[diagnostic.severity]} {code(diagnostic.code)}{place} {markdown(sentence)}{remedy}"
