"""One canonical JSON and one digest: what is compared by hash anywhere is hashed here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]


def to_json(value: Any) -> JsonValue:
    """The JSON form of a noun: dataclasses become objects in camelCase, enums their values, sets sorted lists.

    Fields whose metadata says ``{"json": False}`` (places in files) are left out. Raises TypeError for any other type.
    """
    match value:
        case Enum():
            return str(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case list() | tuple():
            return [to_json(item) for item in value]
        case Set():
            return sorted((to_json(item) for item in value), key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            camel_case(field.name): to_json(getattr(value, field.name))
            for field in fields(value)
            if field.metadata.get("json", True)
        }
    raise TypeError(f"{type(value).__name__} has no JSON form")


def camel_case(name: str) -> str:
    """``append_only`` as ``appendOnly``."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no white space: equal nouns give equal text in every process."""
    return json.dumps(to_json(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, as ``sha256:`` and 64 hexadecimal digits, for any text."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()
