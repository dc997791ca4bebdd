"""The published form of plans: a versioned JSON document, and what a later run takes from one.

Internal nouns and the document are different things: fields are added to the document within a version, never renamed
or removed. docs/plan-format.md describes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler import __version__
from reconciler.model.canonical import JsonValue, digest, readable_json, to_json
from reconciler.model.change import Action, Change, Status, Step
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.errors import InvalidInput
from reconciler.model.plan import Plan

FORMAT_VERSION = 1
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_RUN = re.compile("[0-9a-f-]{36}")


def document(plan: Plan, commit: str | None = None, run: str | None = None) -> dict[str, JsonValue]:
    """The plan as a JSON document. ``commit`` is information: nothing is ever refused for it. ``run`` is the run of
    apply that left these changes to a person, and is there for such plans alone."""
    return {
        "formatVersion": FORMAT_VERSION,
        "toolVersion": __version__,
        "commit": commit,
        "cloud": plan.cloud,
        "desiredDigest": plan.desired_digest,
        "fingerprints": dict(plan.fingerprints),
        "summary": to_json(plan.summary()),
        "changes": [change_document(change) for change in plan.changes],
        "diagnostics": [diagnostic_document(diagnostic) for diagnostic in plan.diagnostics],
        **({"run": run} if run else {}),
    }


def change_document(change: Change) -> dict[str, JsonValue]:
    """One change, with the digest by which a later run recognises it."""
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
        "digest": change_digest(change),
    }


def _step(step: Step) -> JsonValue:
    found: dict[str, JsonValue] = {"type": step.type, "description": step.describe()}
    by_hand = list(step.instructions())
    return {**found, "instructions": [*by_hand]} if by_hand else found


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


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What apply takes from a plan file: never an address, never a step, only what may be narrowed down to.

    ``changes`` maps the digest of each pending change to its partition; ``blocked`` are the digests of those that the
    identity of that run could not make. ``digest`` is that of the file's text, ``run`` the run that left the plan.
    """

    desired_digest: str
    fingerprints: Mapping[str, str]
    changes: Mapping[str, str]
    blocked: frozenset[str] = frozenset()
    digest: str = ""
    run: str | None = None


def parse(text: str, name: str) -> SavedPlan:
    """Reads a plan document. Raises InvalidInput for anything that no version of this tool wrote whole."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(name, f"The plan is not whole JSON: {error}") from None
    if not isinstance(body, dict) or body.get("formatVersion") != FORMAT_VERSION:
        raise _invalid(name, f"The plan is not of format version {FORMAT_VERSION}")
    try:
        pending = [change for change in body["changes"] if Action(change["action"]) is not Action.NONE]
        return SavedPlan(
            desired_digest=_digest(body["desiredDigest"]),
            fingerprints={_text(key): _digest(value) for key, value in body["fingerprints"].items()},
            changes={_digest(change["digest"]): _text(change["partition"]) for change in pending},
            blocked=frozenset(change["digest"] for change in pending if change["status"] == Status.BLOCKED),
            digest=digest(text),
            run=None if body.get("run") is None else _run(body["run"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(name, f"The plan lacks a field or has one of another type: {error}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


def _digest(value: Any) -> str:
    if not _DIGEST.fullmatch(_text(value)):
        raise ValueError(f"{value!r} is not a digest")
    return str(value)


def _run(value: Any) -> str:
    if not _RUN.fullmatch(_text(value)):
        raise ValueError(f"{value!r} is no id of a run")
    return str(value)


def _place(location: Location | None) -> JsonValue:
    return {"file": location.file, "line": location.line, "column": location.column} if location else None


def _invalid(name: str, summary: str) -> InvalidInput:
    remedy = "Make it again with 'reconciler plan --out FILE' and pass it on unchanged."
    return InvalidInput((Diagnostic(Severity.ERROR, "invalid-plan", summary, location=Location(name), remedy=remedy),))
