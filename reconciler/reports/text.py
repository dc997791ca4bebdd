"""A plan, drift and outcomes as plain text for a terminal, with colours on request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import click

from reconciler.model.change import Action, Change, FieldChange, Risk, Status
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.outcome import Outcome, Result
from reconciler.model.phrases import number_of
from reconciler.model.plan import Plan
from reconciler.reports.diagnostics import render_diagnostics
from reconciler.reports.escape import visible
from reconciler.reports.guards import render_guards
from reconciler.reports.journal import SETTLED_LATER, answered, write_words
from reconciler.reports.words import (
    IMPACT_COLOURS,
    NO_ENVIRONMENT,
    RISKS,
    SIGNS,
    action_word,
    by_environment,
    counts,
    dangers,
    drift_values,
    field_sign,
    field_values,
    folded,
    notes,
    one_a_place,
    reason_words,
)

_FOLD = 8
_OUTCOME_COLOURS = {Result.DONE: "green", Result.DEFERRED: "cyan"}
_COLOURS = {"+": "green", "-": "red", "~": "yellow", "!": "red", "?": "cyan", "=": "cyan"}


class _Painter:
    """Paints where colours are wanted, and leaves text alone where not."""

    def __init__(self, *, color: bool) -> None:
        self._color = color

    def __call__(self, text: str, colour: str | None = None, *, bold: bool = False, dim: bool = False) -> str:
        return click.style(text, fg=colour, bold=bold or None, dim=dim or None) if self._color else text


def render_plan(plan: Plan, *, color: bool = False, everything: bool = False) -> str:
    """The plan by environment: what, why, how risky, field by field, then what is to be said, then the counts.

    Long lists of fields are folded unless ``everything``; what loses data never is.
    """
    paint = _Painter(color=color)
    parts = [_environment(name, changes, paint, everything) for name, changes in by_environment(plan.changes)]
    parts += _diagnostics(plan.diagnostics, color, everything)
    parts += filter(None, [render_guards(plan.guards, color=color)])
    danger = dangers(plan)
    parts.append(
        paint(f"Plan: {counts(plan)}.", bold=True)
        + (paint(f" Of these: {danger}.", "red", bold=True) if danger else "")
        + f" {_environments(plan)} read{_unread(plan)}.\n"
    )
    return "\n".join(parts)


def render_drift(plan: Plan, *, color: bool = False, everything: bool = False) -> str:
    """What live differs from the manifests in: the plan's comparison, as a report."""
    paint = _Painter(color=color)
    drifted = plan.drifted
    parts = [_drifted(name, changes, paint, everything) for name, changes in by_environment(drifted)]
    parts += _diagnostics(plan.diagnostics, color, everything)
    number = number_of(len(drifted), "finding")
    where = len({change.environment for change in drifted if change.environment})
    verdict = f"Drift: {number} in {where} of {_environments(plan)}." if drifted else "No drift."
    unread = f" {_environments(plan)} read{_unread(plan)}." if _unread(plan) else ""
    parts.append(paint(verdict, bold=True) + unread + "\n")
    return "\n".join(parts)


def render_outcomes(outcomes: Sequence[Outcome], *, color: bool = False, refused: bool = False) -> str:
    """What was done, what was not and why, what is unknown; then the counts. ``refused``: something never began, which
    errors have said."""
    paint = _Painter(color=color)
    lines = []
    for outcome in outcomes:
        colour = _OUTCOME_COLOURS.get(outcome.result, "red")
        lines.append(f"{paint(outcome.result.value.ljust(8), colour)} {visible(str(outcome.address))}")
        if outcome.result is not Result.DONE:
            lines += [f"  did: {visible(step)}" for step in outcome.done]
            if outcome.stopped_at:
                lines.append(f"  stopped at: {visible(outcome.stopped_at)}")
            lines += [f"  {visible(outcome.detail)}"] if outcome.detail else []
        if outcome.result is Result.UNKNOWN:
            lines += [f"  sent: {write_words(write)}" for write in outcome.writes if not answered(write)]
            lines.append(f"  {SETTLED_LATER}")
    tally = Counter(outcome.result for outcome in outcomes)
    text = ", ".join(f"{tally[result]} {result}" for result in Result if tally[result])
    verdict = f"Apply: {text or ('nothing was done' if refused else 'nothing to do')}."
    lines.append(paint(verdict, bold=True) + (" The errors say what was refused." if refused else ""))
    return "\n".join(lines) + "\n"


def _environments(plan: Plan) -> str:
    return number_of(len(plan.fingerprints), "environment")


def _unread(plan: Plan) -> str:
    """What could not be read is not planned: no verdict may sound as if it were."""
    missing = sum(
        d.severity is Severity.ERROR and d.partition not in {"", *plan.fingerprints} for d in plan.diagnostics
    )
    return f", {missing} not (see the errors)" if missing else ""


def _environment(name: str, changes: list[Change], paint: _Painter, everything: bool) -> str:
    lines = [paint(visible(name or NO_ENVIRONMENT), bold=True)]
    for change in changes:
        lines += _change(change, paint, everything)
    return "\n".join(lines) + "\n"


def _drifted(name: str, changes: list[Change], paint: _Painter, everything: bool) -> str:
    lines = [paint(visible(name or NO_ENVIRONMENT), bold=True)]
    for change in changes:
        head = f"  {change.address.kind} {visible(change.address.name)}: {reason_words(change)}"
        lines.append(head + _place(change, paint))
        if change.action is Action.CREATE:
            continue
        lines += _fields(change, paint, everything, partial(drift_values, action=change.action))
    return "\n".join(lines) + "\n"


def _change(change: Change, paint: _Painter, everything: bool) -> list[str]:
    sign = SIGNS[change.action]
    risk = RISKS[change.risk]
    title = f"{sign} {action_word(change.action)} {change.address.kind} {visible(change.address.name)}"
    head = f"  {paint(title, _COLOURS[sign])}: {reason_words(change)}"
    if risk:
        head += paint(f"  [{risk}]", "red" if change.risk is Risk.DATA_LOSS else "yellow", bold=True)
    lines = [head + _place(change, paint), *_fields(change, paint, everything, field_values)]
    if change.status is not Status.READY:
        lines.append(f"      {paint(change.status.value, 'magenta', bold=True)}: {visible(change.missing or '')}")
    elif change.missing:
        lines.append(f"      {visible(change.missing)}")
    lines += [f"      {paint('means', IMPACT_COLOURS.get(i.kind))}: {visible(i.summary)}" for i in change.impacts]
    if change.steps and change.status in {Status.READY, Status.UNPROVEN}:
        for number, step in enumerate(change.steps, 1):
            lines.append(paint(f"      {number}. {visible(step.describe())}", dim=True))
            lines += [f"         - {visible(line)}" for line in step.instructions()]
    if change.confirm is not None and change.status is Status.READY:
        lines.append(f"      {paint('asks', 'red', bold=True)}: the name '{visible(change.confirm)}' has to be typed")
    return lines


def _place(change: Change, paint: _Painter) -> str:
    return paint(f"  ({visible(str(change.location))})", dim=True) if change.location else ""


def _fields(change: Change, paint: _Painter, everything: bool, words: Callable[[FieldChange], str]) -> list[str]:
    shown, rest = folded(change.fields, len(change.fields) if everything else _FOLD)
    width = max((len(visible(field.path)) for field in shown), default=0)
    lines = []
    for field in shown:
        mark = field_sign(field, change.action)
        lines.append(f"      {paint(mark, _COLOURS[mark])} {visible(field.path).ljust(width)}  {words(field)}".rstrip())
    return [*lines, paint(f"        {rest}", dim=True)] if rest else lines


def _diagnostics(diagnostics: Sequence[Diagnostic], color: bool, everything: bool) -> list[str]:
    """Errors and warnings in full; informations one line each, since they ask nothing of anybody."""
    weighty = one_a_place([d for d in diagnostics if d.severity is not Severity.INFORMATION])
    light = notes(diagnostics, everything=everything)
    parts = [render_diagnostics(weighty, color=color)] if weighty else []
    if light:
        parts.append("".join(f"note: {visible(d.summary)} [{d.code}]\n" for d in light))
    return parts
