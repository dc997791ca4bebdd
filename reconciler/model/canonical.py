"""One canonical JSON and one digest: what is compared by hash anywhere is hashed here."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from reconciler.model.redaction import without_secrets

# What json leaves as it is, and a terminal or the runner of a pipeline (##[command], ##vso[command]) would act on.
_NOT_PLAIN = re.compile(r"[^\n\x20-\x7e]|#(?=[^\x00-\x7f]*#)")
_SHORTEST_SECRET = 12
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


def to_json(value: Any) -> JsonValue:
    """The JSON form of a noun: dataclasses become objects in camelCase, enums their values, sets sorted lists.

    Fields whose metadata says ``{"json": False}`` (places in files) are left out. Raises TypeError for any other type.
    """
    form: JsonValue = json.loads(json.dumps(value, default=_form, ensure_ascii=False))
    return form


def _form(value: Any) -> Any:
    """What json's encoder, which is much faster than a walk in Python, can't write itself: one level of a noun."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(map(to_json, value), key=str)
    return {name: getattr(value, field) for field, name in _fields(value.__class__)}


@cache
def _fields(noun: type) -> tuple[tuple[str, str], ...]:
    """The fields of a class that count, each with its name in JSON."""
    if not is_dataclass(noun):
        raise TypeError(f"{noun.__name__} has no JSON form")
    return tuple((field.name, camel_case(field.name)) for field in fields(noun) if field.metadata.get("json", True))


def camel_case(name: str) -> str:
    """``append_only`` as ``appendOnly``."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no white space: equal nouns give equal text in every process."""
    return json.dumps(value, default=_form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def readable_json(value: Any) -> str:
    """Indented JSON for programs and people, with one line feed at the end. Letters of all scripts stay as they are;
    what a terminal or the runner of a pipeline would act on, or what hides something, is written as an escape: its
    value is the same. Secrets alone are taken out."""
    text = json.dumps(value, default=_form, indent=2, ensure_ascii=False) + "\n"
    return _NOT_PLAIN.sub(_escaped, _TEXT.sub(_redacted, text))


def json_line(value: Any) -> str:
    """JSON on one line of ASCII, as safe to show as ``readable_json``, without an end of line."""
    text = json.dumps(value, default=_form)
    return _NOT_PLAIN.sub(_escaped, _TEXT.sub(_redacted, text))


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if char == "#":
        return "\\u0023"
    return char if char.isprintable() else json.dumps(char)[1:-1]


def _redacted(found: re.Match[str]) -> str:
    return found[0] if len(found[0]) < _SHORTEST_SECRET else _without_secrets(found[0])


@lru_cache(maxsize=4096)  # names of fields come again and again
def _without_secrets(written: str) -> str:
    if "\\" not in written and without_secrets(written) == written:
        return written
    read = json.loads(written)
    shown = without_secrets(read)
    return written if shown == read else json.dumps(shown, ensure_ascii=written.isascii())


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, as ``sha256:`` and 64 hexadecimal digits, for any text."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()
