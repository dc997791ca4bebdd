"""The words for what a schema refuses: found, expected, nearest, and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler.manifests.findings import Finding, Path, Place
from reconciler.manifests.references import nearest_name

MAX_SHOWN = 120

_TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "array": "a list",
}

_REMEDIES = {
    "boolean": "Write true or false, without quotes.",
    "array": "Write a list: each entry on a line that begins with '- '.",
    "integer": "Write the number in digits, without quotes.",
    "object": "Write fields below, indented, each with its name and a colon.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal of a schema: ``wanted`` is the keyword's own value, ``schema`` the part that it stands in.

    ``fillable`` says that a placeholder is welcome there too. ``missing`` names the field that is.
    """

    code: str
    path: Path
    instance: Any
    wanted: Any
    schema: dict[str, Any]
    key: bool = False
    fillable: bool = False
    keyword: str = ""
    missing: str = ""


def describe(refusal: Refusal, kind: str, place: Place) -> Finding:
    """The finding for a refusal, in words that don't name JSON Schema."""
    return _DESCRIPTIONS[refusal.code](refusal, kind, place)


def shown(value: Any) -> str:
    """A value as an error shows it: as JSON, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def field_names(mapping: dict[str, Any]) -> str:
    """The first names in a mapping, for saying what was found in it."""
    return ", ".join(shown(name) for name in list(mapping)[:12]) or "an empty mapping"


def _where(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{shown(part)}" if text else shown(part)
    return text or "the document"


def _unknown_field(refusal: Refusal, kind: str, place: Place) -> Finding:
    name = str(refusal.path[-1])
    near = nearest_name(name, refusal.wanted)
    return Finding(
        code="unknown-field",
        summary=f"{kind} has no field '{shown(name)}' in {_where(refusal.path[:-1])}.",
        place=place,
        found=shown(name),
        expected="one of " + ", ".join(refusal.wanted),
        nearest=near,
        remedy="Correct the name." if near else "Delete it, or look where it belongs: reconciler schema " + kind,
    )


def _missing_field(refusal: Refusal, kind: str, place: Place) -> Finding:
    field = refusal.schema.get("properties", {}).get(refusal.missing)
    title = field.get("title", "") if isinstance(field, dict) else ""
    return Finding(
        code="missing-field",
        summary=f"{_where(refusal.path)} needs the field '{refusal.missing}'.",
        place=place,
        found=field_names(refusal.instance),
        expected=f"{refusal.missing}" + (f" ({title})" if title and title != refusal.missing else ""),
        remedy=f"Add it; what it holds is shown by: reconciler schema {kind}",
    )


def _wrong_type(refusal: Refusal, _kind: str, place: Place) -> Finding:
    wanted = refusal.wanted if isinstance(refusal.wanted, list) else [refusal.wanted]
    instance = refusal.instance
    if _is_placeholder(instance) and not refusal.fillable:
        return _no_placeholder(refusal, place)
    expected = refusal.schema.get("$comment") or " or ".join(_TYPES[name] for name in wanted)
    quote = _would_do_in_quotes(refusal, wanted)
    return Finding(
        code="wrong-type",
        summary=f"{_where(refusal.path)} is not {' or '.join(_TYPES[name] for name in wanted)}.",
        place=place,
        found=_found(instance),
        expected=_expected(expected, refusal),
        remedy=_type_remedy(refusal, wanted),
        quote_source=quote,
    )


def _would_do_in_quotes(refusal: Refusal, wanted: list[str]) -> bool:
    if "string" not in wanted or not isinstance(refusal.instance, int | float):
        return False
    pattern = refusal.schema.get("pattern")
    return pattern is None or re.search(pattern, str(refusal.instance), re.ASCII) is not None


def _type_remedy(refusal: Refusal, wanted: list[str]) -> str:
    instance = refusal.instance
    if instance is None:
        return "Write a value, or delete the line."
    if _would_do_in_quotes(refusal, wanted):
        return "Write it in quotes."
    if comment := refusal.schema.get("$comment"):
        return f"Write {comment}."
    return _REMEDIES.get(wanted[0], f"Write {' or '.join(_TYPES[name] for name in wanted)}.")


def _found(instance: Any) -> str:
    match instance:
        case None:
            return "nothing"
        case bool():
            return f"{str(instance).lower()} (true or false)"
        case int() | float():
            return f"{instance} (a number)"
        case str():
            return f"{shown(instance)} (text)" if instance else "empty text"
        case list():
            return f"a list of {len(instance)}"
    return "a mapping" + (
        f" with {', '.join(shown(name) for name in list(instance)[:5])}" if instance else " without fields"
    )


def _expected(words: str, refusal: Refusal) -> str:
    return f"{words}, or a placeholder ${{values.name}}" if refusal.fillable else words


def _is_placeholder(instance: Any) -> bool:
    return isinstance(instance, str) and "${" in instance


def _no_placeholder(refusal: Refusal, place: Place) -> Finding:
    return Finding(
        code="placeholder-not-allowed",
        summary=f"{_where(refusal.path)} is never filled in.",
        place=place,
        found=shown(refusal.instance),
        expected=refusal.schema.get("$comment") or "the value itself",
        remedy="Write the value itself: placeholders stand in settings of links and tables, "
        "never in names, labels or policies.",
    )


def _not_one_of(refusal: Refusal, _kind: str, place: Place) -> Finding:
    options = [shown(option) for option in (refusal.wanted if isinstance(refusal.wanted, list) else [refusal.wanted])]
    if _is_placeholder(refusal.instance):
        return _bad_placeholder(refusal, place) if refusal.fillable else _no_placeholder(refusal, place)
    text = refusal.instance if isinstance(refusal.instance, str) else ""
    expected = options[0] if len(options) == 1 else "one of " + ", ".join(options)
    return Finding(
        code="not-one-of",
        summary=f"{_where(refusal.path)} can't be {shown(refusal.instance)}.",
        place=place,
        found=_found(refusal.instance),
        expected=_expected(expected, refusal),
        nearest=nearest_name(text, options) if text else None,
        remedy=f"Write {expected}.",
    )


def _bad_placeholder(refusal: Refusal, place: Place) -> Finding:
    return Finding(
        code="invalid-placeholder",
        summary="This is no placeholder.",
        place=place,
        found=shown(refusal.instance),
        expected="${values.name}, name being letters, digits and underscores",
        remedy="Write it like that, or write the value itself.",
    )


def _wrong_format(refusal: Refusal, _kind: str, place: Place) -> Finding:
    if _is_placeholder(refusal.instance) and place.path[:2] != ("spec", "values"):
        return _bad_placeholder(refusal, place) if refusal.fillable else _no_placeholder(refusal, place)
    expected = refusal.schema.get("$comment", f"text that matches {refusal.wanted}")
    return Finding(
        code="wrong-format",
        summary=f"{_where(refusal.path)} is not written as it has to be.",
        place=place,
        found=shown(refusal.instance) or "empty text",
        expected=_expected(expected, refusal),
        nearest=_lower_case_name(refusal),
        remedy=f"Write {expected}.",
    )


def _lower_case_name(refusal: Refusal) -> str | None:
    """A name that only has capitals too many, or hyphens and underscores mixed up."""
    text = refusal.instance.lower()
    pattern = refusal.wanted
    if "a-z0-9_" in pattern and "A-Z" not in pattern:
        text = text.replace("-", "_").replace(" ", "_")
    elif "a-z0-9-" in pattern:
        text = text.replace("_", "-").replace(" ", "-")
    else:
        return None
    return text if re.fullmatch(pattern, text, re.ASCII) and text != refusal.instance else None


def _invalid_name(refusal: Refusal, _kind: str, place: Place) -> Finding:
    expected = refusal.schema.get("$comment", "a name of at least one character")
    return Finding(
        code="invalid-name",
        summary=f"'{shown(refusal.instance)}' can't be a name in {_where(refusal.path[:-1])}.",
        place=place,
        found=shown(refusal.instance) or "empty text",
        expected=expected,
        remedy="Rename it.",
    )


def _one_of_fields(refusal: Refusal, _kind: str, place: Place) -> Finding:
    options = [branch["required"][0] for branch in refusal.wanted]
    given = [name for name in options if name in refusal.instance]
    return Finding(
        code="one-of-fields",
        summary=f"{_where(refusal.path)} needs exactly one of {', '.join(options)}.",
        place=place,
        found=", ".join(given) or "none of them",
        expected="exactly one of " + ", ".join(options),
        remedy="Delete all but one." if given else "Add one.",
    )


_NOT_ALLOWED = {
    "data": "Only a link with state: absent has data; delete the line, or write state: absent.",
    "condition": "Only Azure role assignments have conditions; delete the line.",
    "principalType": "It belongs to objectId alone; delete the line.",
    "interval": "A Link to Fabric has no interval; delete the line.",
    "suspend": "A Link to Fabric can't be suspended; delete the line.",
}


def _field_not_allowed(refusal: Refusal, _kind: str, place: Place) -> Finding:
    name = str(refusal.path[-1])
    return Finding(
        code="field-not-allowed",
        summary=f"'{name}' has no meaning here, beside what else {_where(refusal.path[:-1])} says.",
        place=place,
        found=name,
        remedy=_NOT_ALLOWED.get(name, "This type has no such part; delete the line, or correct type."),
    )


def _append_only(refusal: Refusal, _kind: str, place: Place) -> Finding:
    return Finding(
        code="append-only-needs-year",
        summary=f"{_where(refusal.path[:-1])} is append-only and partitioned by month.",
        place=place,
        found="partition: month, with appendOnly: true",
        expected="partition: year",
        remedy="Append-only tables are always partitioned by year: write partition: year, or appendOnly: false.",
    )


_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} character",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entry",
    "minProperties": "at least {} field",
}


def _out_of_range(refusal: Refusal, _kind: str, place: Place) -> Finding:
    expected = _BOUNDS.get(refusal.keyword, "something else: {}").format(refusal.wanted)
    return Finding(
        code="out-of-range",
        summary=f"{_where(refusal.path)} is out of bounds.",
        place=place,
        found=_found(refusal.instance),
        expected=_expected(expected, refusal),
        remedy=f"Write {expected}.",
    )


_DESCRIPTIONS: dict[str, Callable[[Refusal, str, Place], Finding]] = {
    "unknown-field": _unknown_field,
    "missing-field": _missing_field,
    "wrong-type": _wrong_type,
    "not-one-of": _not_one_of,
    "wrong-format": _wrong_format,
    "invalid-name": _invalid_name,
    "one-of-fields": _one_of_fields,
    "field-not-allowed": _field_not_allowed,
    "append-only-needs-year": _append_only,
    "out-of-range": _out_of_range,
}
