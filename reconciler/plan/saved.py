"""What a later run takes from a plan file. The file is not trusted: it may narrow what happens, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from reconciler import __version__
from reconciler.model.canonical import JsonValue, digest
from reconciler.model.change import Action, FieldChange, Risk, Status
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.errors import InvalidInput
from reconciler.plan.file import FORMAT_VERSION

MOST_BYTES = 256 * 1024 * 1024
"""The size of the largest plan file that is read."""
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_RUN = re.compile("[0-9a-f-]{36}")
_LONGEST_FAULT = 200


@dataclass(frozen=True, slots=True)
class ReviewedStep:
    """A step as a file tells it: its type, the folder of the live link that it names, its digest, and the tables whose
    change tracking it switches on."""

    type: str
    folder: str | None = None
    digest: str | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewedChange:
    """A pending change as a file tells it: words to compare with, never anything to carry out.

    ``declared`` is the digest of what the manifest declared then, None in files that do not tell.
    """

    address: str
    partition: str
    action: Action
    risk: Risk
    status: Status
    fields: tuple[FieldChange, ...]
    steps: tuple[ReviewedStep, ...]
    digest: str
    declared: str | None = None


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What apply takes from a plan file: never an address, never a step, only what may be narrowed down to.

    ``changes`` maps the digest of each pending change to its partition; ``blocked`` are the digests of those that the
    identity of that run could not make. ``reviewed`` are the same changes with what a ceiling compares, and
    ``identities`` what each partition was. ``facts`` are there for those partitions alone whose fingerprint is their
    digest. ``digest`` is that of the file's text, ``run`` the run that left the plan.
    """

    cloud: str
    desired_digest: str
    fingerprints: Mapping[str, str]
    changes: Mapping[str, str]
    blocked: frozenset[str] = frozenset()
    digest: str = ""
    run: str | None = None
    reviewed: tuple[ReviewedChange, ...] = ()
    identities: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


def parse(text: str, name: str) -> SavedPlan:
    """Reads a plan document. Raises InvalidInput for anything that no version of this tool wrote whole."""
    try:
        body = json.loads(text, object_pairs_hook=object_of_pairs, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise invalid_plan(name, f"The plan is not whole JSON: {_fault(error)}") from None
    _check_version(body, name)
    try:
        return _saved(body, digest(text))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise invalid_plan(name, f"The plan lacks a field or has one of another type: {_fault(error)}") from None


def _check_version(body: Any, name: str) -> None:
    version = body.get("formatVersion") if isinstance(body, dict) else None
    if isinstance(version, bool) or not isinstance(version, int):
        raise invalid_plan(name, f"The file is no plan: it has no formatVersion {FORMAT_VERSION}")
    if version != FORMAT_VERSION:
        raise invalid_plan(
            name,
            f"The plan is of format version {_fault(version)}, and reconciler {__version__} reads {FORMAT_VERSION}",
            "Apply it with the version of reconciler that made it, or plan again with 'reconciler plan --out FILE'.",
        )


def _saved(body: Any, text_digest: str) -> SavedPlan:
    reviewed = [_change(change) for change in _list(body["changes"]) if _action(change) is not Action.NONE]
    prints = {_text(key): _digest(value) for key, value in body["fingerprints"].items()}
    return SavedPlan(
        cloud=_text(body["cloud"]),
        desired_digest=_digest(body["desiredDigest"]),
        fingerprints=prints,
        changes={change.digest: change.partition for change in reviewed},
        blocked=frozenset(change.digest for change in reviewed if change.status is Status.BLOCKED),
        digest=text_digest,
        run=None if body.get("run") is None else _run(body["run"]),
        reviewed=tuple(reviewed),
        identities={_text(name): _text(seen["identity"]) for name, seen in body.get("seen", {}).items()},
        facts={name: facts for name, facts in body.get("facts", {}).items() if digest(facts) == prints.get(name)},
    )


def _change(body: Any) -> ReviewedChange:
    return ReviewedChange(
        address=_text(body["address"]),
        partition=_text(body["partition"]),
        action=_action(body),
        risk=Risk(body["risk"]),
        status=Status(body["status"]),
        fields=tuple(FieldChange(_text(each["path"]), each["before"], each["after"]) for each in _list(body["fields"])),
        steps=tuple(_step(each) for each in _list(body["steps"])),
        digest=_digest(body["digest"]),
        declared=None if body.get("declared") is None else _digest(body["declared"]),
    )


def _step(body: Any) -> ReviewedStep:
    folder, step_digest = body.get("folderId"), body.get("digest")
    return ReviewedStep(
        _text(body["type"]),
        None if folder is None else _text(folder),
        None if step_digest is None else _digest(step_digest),
        tuple(map(_text, _list(body.get("tables", [])))),
    )


def _action(body: Any) -> Action:
    return Action(body["action"])


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


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


def object_of_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object whose keys are each there once: of two, readers differ on which one counts. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice in one object")
    return found


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _fault(error: object) -> str:
    text = str(error)
    return text if len(text) <= _LONGEST_FAULT else text[: _LONGEST_FAULT - 1] + "…"


def invalid_plan(
    name: str, summary: str, remedy: str = "Make it again with 'reconciler plan --out FILE' and pass it on unchanged."
) -> InvalidInput:
    """The error of a file that is no plan."""
    return InvalidInput((Diagnostic(Severity.ERROR, "invalid-plan", summary, location=Location(name), remedy=remedy),))
