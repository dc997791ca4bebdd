"""The words that reports share for actions, risks, reasons and counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from reconciler.model.canonical import JsonValue
from reconciler.model.change import Action, Change, FieldChange, ImpactKind, Reason, Risk, Status
from reconciler.model.desired import duration
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.plan import Plan
from reconciler.reports.escape import visible

SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.REPLACE: "!",
    Action.DELETE: "-",
    Action.ADOPT: "=",
    Action.NONE: "?",
}
RISKS = {
    Risk.NONE: "",
    Risk.RELOAD: "loads again",
    Risk.PRIVILEGE: "grants a right",
    Risk.IRREVERSIBLE: "cannot be undone",
    Risk.DATA_LOSS: "loses lake data",
}
_DANGERS = {
    Risk.DATA_LOSS: "with loss of lake data",
    Risk.IRREVERSIBLE: "that cannot be undone",
    Risk.PRIVILEGE: "granting a right",
    Risk.RELOAD: "loading again",
}
_USUAL_SOURCE = ("source", "dataverse")
REASONS = {
    Reason.MISSING: "does not exist",
    Reason.DIFFERENT: "differs from its manifest",
    Reason.NOT_ACTIVATED: "was written and never activated",
    Reason.IMMUTABLE: "differs in what can't be changed in place",
    Reason.TOMBSTONE: "is declared absent",
    Reason.LOST: "existed, and is gone",
    Reason.UNDECLARED: "has tables that no manifest declares",
}
GRAVE_IMPACTS = frozenset({ImpactKind.DATA_DELETED, ImpactKind.SCHEMA_BREAK, ImpactKind.IRREVERSIBLE})
"""Those that belong among the dangers of a plan."""
IMPACT_COLOURS = dict.fromkeys(GRAVE_IMPACTS, "red") | {
    ImpactKind.ROWS_LOADED_AGAIN: "yellow",
    ImpactKind.SYNC_STOPS: "yellow",
}
_ONE_SAYS_ALL = frozenset({"not-carried-out"})
_MOST_NOTES = 8
NO_ENVIRONMENT = "(no environment)"
_DONE = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.REPLACE: "to replace",
    Action.DELETE: "to delete",
    Action.ADOPT: "to adopt",
}


def by_environment(changes: Iterable[Change]) -> list[tuple[str, list[Change]]]:
    """Changes grouped by environment, in the plan's order."""
    return [(name, list(group)) for name, group in groupby(changes, key=lambda change: change.environment)]


def counts(plan: Plan) -> str:
    """``2 to create, 1 to update; 1 blocked``: only what there is."""
    actions = Counter(change.action for change in plan.pending)
    text = ", ".join(f"{actions[action]} {word}" for action, word in _DONE.items() if actions[action])
    states = Counter(change.status for change in plan.pending)
    held = ", ".join(f"{states[status]} {status}" for status in Status if status is not Status.READY and states[status])
    return (text or "nothing to do") + (f"; {held}" if held else "")


def reason_words(change: Change) -> str:
    """Why a change is in the plan."""
    pruned = change.action is Action.DELETE and change.reason is Reason.UNDECLARED
    return "is declared by no manifest" if pruned else REASONS[change.reason]


def action_word(action: Action) -> str:
    """The action, in the imperative: what is not acted on is reported."""
    return "report" if action is Action.NONE else action.value


def field_sign(field: FieldChange, action: Action = Action.UPDATE) -> str:
    """``+`` for what comes, ``-`` for what goes, ``~`` for what changes; ``?`` for what is only reported and stays."""
    if action is Action.NONE:
        return SIGNS[action]
    if field.before is None:
        return "+"
    return "-" if field.after is None else "~"


def value(item: JsonValue) -> str:
    """A field's value in few words, safe to show."""
    match item:
        case str():
            return visible(item)
        case dict():
            return ", ".join(f"{visible(name)} {value(part)}" for name, part in item.items())
        case _:
            return visible(json.dumps(item))


def field_values(field: FieldChange) -> str:
    """What a field was and becomes."""
    if field.before is None:
        return _spoken(field.path, field.after)
    if field.after is None:
        return _spoken(field.path, field.before)
    return f"{_spoken(field.path, field.before)} -> {_spoken(field.path, field.after)}"


def drift_values(field: FieldChange, action: Action) -> str:
    """How a field differs, without saying what would be done about it."""
    if action is Action.NONE:
        return "live, not declared"
    if field.before is None:
        whole = field.path.startswith("tables[") and field.path.endswith("]")
        return "declared, not live" if whole else f"declared {_spoken(field.path, field.after)}, not live"
    if field.after is None:
        return "live, declared absent"
    return f"live {_spoken(field.path, field.before)}, declared {_spoken(field.path, field.after)}"


def dangers(plan: Plan) -> str:
    """Of what apply would do: ``1 with loss of lake data, 2 that cannot be undone``; empty where there is none."""
    risks = Counter(change.risk for change in plan.ready)
    return ", ".join(f"{risks[risk]} {words}" for risk, words in _DANGERS.items() if risks[risk])


def _spoken(path: str, item: JsonValue) -> str:
    """A value as people say it: minutes as in manifests, an Azure resource by its name and resource group, a table
    without what goes without saying."""
    if path == "interval" and isinstance(item, int):
        return duration(item)
    if path == "activated":
        return "active" if item else "written, not active"
    parts = item.split("/") if isinstance(item, str) else []
    if len(parts) == 9 and parts[1] == "subscriptions":
        return visible(f"{parts[8]} (in {parts[4]})")
    if path.startswith("tables[") and isinstance(item, dict):
        return value({name: part for name, part in item.items() if (name, part) != _USUAL_SOURCE})
    return value(item)


def folded(fields: Sequence[FieldChange], most: int) -> tuple[list[FieldChange], str]:
    """The first fields, and words for the rest. What goes is never folded away: it comes first."""
    ranked = sorted(fields, key=lambda field: "-~+".index(field_sign(field)))
    losses = sum(field_sign(field) == "-" for field in ranked)
    shown = max(most, losses)
    rest = len(ranked) - shown
    return ranked[:shown], f"and {rest} more" if rest > 0 else ""


def one_a_place(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Diagnostics with those that one line of a manifest causes in several environments told once, with their number.

    A table in a shared list is one mistake, however many links include the list.
    """
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        alone = () if diagnostic.location and diagnostic.found else (diagnostic.summary,)
        key = (diagnostic.severity, diagnostic.code, diagnostic.location, diagnostic.found, *alone)
        groups.setdefault(key, []).append(diagnostic)
    return [_together(group) for group in groups.values()]


def notes(diagnostics: Iterable[Diagnostic], *, everything: bool = False) -> list[Diagnostic]:
    """The informations. Of those with one code that many links or manifests cause, the first ones, and in the last of
    them how many more there are; all of them with ``everything``."""
    groups: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        if diagnostic.severity is Severity.INFORMATION:
            groups.setdefault(diagnostic.code, []).append(diagnostic)
    told = []
    for code, group in groups.items():
        most = len(group) if everything else 1 if code in _ONE_SAYS_ALL else _MOST_NOTES
        told += group[:most]
        if len(group) > most:
            told[-1] = replace(told[-1], summary=f"{told[-1].summary}, and {len(group) - most} more like it")
    return told


def _together(group: list[Diagnostic]) -> Diagnostic:
    others = len({diagnostic.partition for diagnostic in group}) - 1
    if others < 1:
        return group[0]
    environments = "environment" if others == 1 else "environments"
    return replace(group[0], summary=f"{group[0].summary}, and so it is in {others} more {environments}")
