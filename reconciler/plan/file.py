"""The published form of plans: a versioned JSON document. What a later run takes from one: saved.py.

Internal nouns and the document are different things: fields are added to the document within a version, never renamed
or removed. docs/plan-format.md describes it, and schemas/plan.schema.json.
"""

from __future__ import annotations

from reconciler import __version__
from reconciler.model.canonical import JsonValue, digest, readable_json, to_json
from reconciler.model.change import Change, Step
from reconciler.model.diagnostic import Diagnostic, Location
from reconciler.model.plan import Plan, Seen
from reconciler.resources.link_steps import EnableChangeTracking

FORMAT_VERSION = 1


def document(plan: Plan, commit: str | None = None, run: str | None = None) -> dict[str, JsonValue]:
    """The plan as a JSON document. ``commit`` is information: nothing is ever refused for it. ``run`` is the run of
    apply that left these changes to a person, and is there for such plans alone."""
    touched = {change.partition for change in plan.pending}
    return {
        "formatVersion": FORMAT_VERSION,
        "toolVersion": __version__,
        "commit": commit,
        "cloud": plan.cloud,
        "desiredDigest": plan.desired_digest,
        "assumptions": dict(plan.assumptions),
        "fingerprints": dict(plan.fingerprints),
        "seen": {name: _seen(seen) for name, seen in plan.seen.items()},
        "summary": to_json(plan.summary()),
        "guards": [to_json(verdict) for verdict in plan.guards],
        "changes": [change_document(change, plan.declared.get(change.address)) for change in plan.changes],
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in plan.diagnostics],
        "facts": {name: facts for name, facts in plan.facts.items() if name in touched},
        **({"run": run} if run else {}),
    }


def change_document(change: Change, declared: str | None = None) -> dict[str, JsonValue]:
    """One change, with the digest by which a later run recognises it. ``declared`` is the digest of what its manifest
    declares."""
    return {
        "address": str(change.address),
        "kind": change.address.kind,
        "name": change.address.name,
        "environment": change.environment,
        "partition": change.partition,
        "action": change.action.value,
        "risk": change.risk.value,
        "reason": change.reason.value,
        "status": change.status.value,
        "missing": change.missing,
        "fields": [{"path": field.path, "before": field.before, "after": field.after} for field in change.fields],
        "steps": [_step(step) for step in change.steps],
        "confirm": change.confirm,
        "impacts": [
            {"kind": each.kind.value, "summary": each.summary, "tables": list(each.tables), "rows": each.rows}
            for each in change.impacts
        ],
        "location": _place(change.location),
        "declared": declared,
        "digest": change_digest(change),
    }


def _seen(seen: Seen) -> JsonValue:
    return {
        "identity": seen.identity,
        "byRows": list(seen.by_rows),
        "writesMissing": seen.writes_missing,
        "unreadable": seen.unreadable,
    }


def _step(step: Step) -> JsonValue:
    found: dict[str, JsonValue] = {"type": step.type, "description": step.describe()}
    by_hand = list(step.instructions())
    if by_hand:
        found["instructions"] = [*by_hand]
    folder, tables = step_folder(step), step_tables(step)
    found |= {**({"folderId": folder} if folder else {}), **({"tables": [*tables]} if tables else {})}
    return {**found, "digest": step_digest(step)}


def step_folder(step: Step) -> str | None:
    """The folder of the live link that a step writes to; None for a step that names none."""
    found: str | None = getattr(step, "folder_id", None)
    return found


def step_tables(step: Step) -> tuple[str, ...]:
    """The tables whose change tracking a step switches on, for good: no field names them."""
    return step.tables if isinstance(step, EnableChangeTracking) else ()


def step_digest(step: Step) -> str:
    """All that a step does, by digest."""
    return digest([step.type, to_json(step)])


def change_digest(change: Change) -> str:
    """What a change does, by digest: address, action, fields and steps; not whether it may, nor its place in a file.

    A field that only a sign-in shows is in the steps, which assert it: the digest is the same for whoever plans.
    """
    steps = [[step.type, to_json(step)] for step in change.steps]
    fields = [field for field in change.fields if not field.sign_in]
    return digest([str(change.address), change.action, change.risk, fields, steps])


def diagnostic_document(diagnostic: Diagnostic) -> dict[str, JsonValue]:
    """One diagnostic; what it lacks is null."""
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "summary": diagnostic.summary,
        "address": str(diagnostic.address) if diagnostic.address else None,
        "partition": diagnostic.partition or None,
        "location": _place(diagnostic.location),
        "found": diagnostic.found,
        "expected": diagnostic.expected,
        "nearest": diagnostic.nearest,
        "remedy": diagnostic.remedy,
        "related": [_place(place) for place in diagnostic.related],
    }


def render(plan: Plan, commit: str | None = None, run: str | None = None) -> str:
    """The document as text: keys in the order of docs/plan-format.md, one line feed at the end."""
    return readable_json(document(plan, commit, run))


def _place(location: Location | None) -> JsonValue:
    return {"file": location.file, "line": location.line, "column": location.column} if location else None
