"""The words that reports share for actions, risks, reasons and counts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from reconciler.model.canonical import JsonValue
from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status
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
REASONS = {
    Reason.MISSING: "does not exist",
    Reason.DIFFERENT: "differs from its manifest",
    Reason.NOT_ACTIVATED: "was written and never activated",
    Reason.IMMUTABLE: "differs in what can't be changed in place",
    Reason.TOMBSTONE: "is declared absent",
    Reason.UNDECLARED: "has tables that no manifest declares",
}
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
        return value(field.after)
    if field.after is None:
        return value(field.before)
    return f"{value(field.before)} -> {value(field.after)}"


def folded(fields: Sequence[FieldChange], most: int) -> tuple[list[FieldChange], str]:
    """The first fields, and words for the rest. What goes is never folded away: it comes first."""
    ranked = sorted(fields, key=lambda field: "-~+".index(field_sign(field)))
    losses = sum(field_sign(field) == "-" for field in ranked)
    shown = max(most, losses)
    rest = len(ranked) - shown
    return ranked[:shown], f"and {rest} more" if rest > 0 else ""
