"""Why a schema refuses data: one finding a mistake, in words.

The quick validator (jsonschema-rs) decides, this one (jsonschema) explains; a property test holds both to one answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from reconciler.manifests.findings import Finding, Path, Place, too_many
from reconciler.manifests.references import nearest_name
from reconciler.manifests.schemas import schema
from reconciler.manifests.wording import Refusal, describe

if TYPE_CHECKING:
    from jsonschema import ValidationError

MAX_FINDINGS = 100
"""Findings that are shown of one document: the rest follow from them, or are found in the next run."""


def explain(kind: str, data: Any, file: str, document: int, ignore: frozenset[Path] = frozenset()) -> list[Finding]:
    """Findings for data that the schema of a kind refuses; empty for data that it accepts.

    ``ignore`` are paths whose values are not to be spoken of: something else was said of them already.
    """
    refusals = _without_consequences(
        list(islice(_refusals(_validator(kind).iter_errors(data), fillable=False), 10 * MAX_FINDINGS))
    )
    findings: list[Finding] = []
    seen: set[tuple[str, Path, str]] = set()
    for refusal in refusals:
        mark = (refusal.code, refusal.path, refusal.missing)
        if refusal.path in ignore or mark in seen:
            continue
        if len(findings) == MAX_FINDINGS:
            findings.append(_and_more(file, document))
            break
        seen.add(mark)
        findings.append(describe(refusal, kind, Place(file, document, refusal.path, refusal.key)))
    return findings


def _without_consequences(refusals: list[Refusal]) -> list[Refusal]:
    """A field that is missing because its name is misspelt beside it is one mistake, not two."""
    misspelt = {
        (refusal.path[:-1], nearest_name(str(refusal.path[-1]), refusal.wanted))
        for refusal in refusals
        if refusal.code == "unknown-field"
    }
    return [refusal for refusal in refusals if (refusal.path, refusal.missing) not in misspelt]


@cache
def _validator(kind: str) -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    explaining: Any = extend  # untyped in the stubs
    return explaining(Draft202012Validator, {"pattern": _pattern})(schema(kind))


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """As JSON Schema means it: ``$`` is the end of the text, where Python's also stands before a last line break."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError("does not match")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"(?<!\\)\$(?=$|\))", r"\\Z", pattern), re.ASCII)


def _refusals(errors: Iterable[Any], *, fillable: bool) -> Iterator[Refusal]:
    for error in errors:
        yield from _refusal(error, fillable=fillable)


def _refusal(error: Any, *, fillable: bool) -> Iterator[Refusal]:
    path = tuple(error.absolute_path)
    if error.validator == "anyOf":
        # Every anyOf of the schemas reads: what is wanted, or a placeholder for it.
        wanted = [child for child in error.context or () if child.relative_schema_path[0] == 0]
        yield from _refusals(wanted, fillable=True)
    elif error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        for name in sorted(set(error.instance) - set(known)):
            yield Refusal("unknown-field", (*path, name), error.instance, known, error.schema, key=True)
    elif error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance:
                yield Refusal("missing-field", path, error.instance, name, error.schema, key=True, missing=name)
    elif "propertyNames" in error.relative_schema_path:
        yield Refusal(
            "invalid-name", (*path, error.instance), error.instance, error.validator_value, error.schema, key=True
        )
    elif error.validator != "oneOf" or isinstance(error.instance, dict):
        # What is no mapping has none of the fields: its type is told, and that is enough.
        code = _code(error)
        yield Refusal(
            code,
            path,
            error.instance,
            error.validator_value,
            error.schema if isinstance(error.schema, dict) else {},
            key=code in ("field-not-allowed", "one-of-fields"),
            fillable=fillable,
            keyword=str(error.validator),
        )


_CODES = {
    "not": "field-not-allowed",
    "type": "wrong-type",
    "enum": "not-one-of",
    "const": "not-one-of",
    "pattern": "wrong-format",
    "oneOf": "one-of-fields",
}


def _code(error: Any) -> str:
    if error.validator == "const" and "then" in error.absolute_schema_path and list(error.path)[-1:] == ["partition"]:
        return "append-only-needs-year"
    return _CODES.get(error.validator, "out-of-range")


def _and_more(file: str, document: int) -> Finding:
    return too_many(file, "document", MAX_FINDINGS, Place(file, document))
