"""The JSON Schemas: where they are, what they hold, and the quick answer whether data keeps to them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

API_VERSION = "reconciler/v1"

MANIFEST_KINDS = {
    "Environment": "environment",
    "SynapseLink": "synapse-link",
    "ExportedTables": "exported-tables",
    "RoleAssignment": "role-assignment",
    "LineageSource": "lineage-source",
}
"""Kinds of manifests, and the names of their schema files."""

CONFIGURATION = "Configuration"
_FILES = {**MANIFEST_KINDS, CONFIGURATION: "configuration"}
KINDS = tuple(_FILES)
PLAN = "plan"
"""The document that plans are written as: no manifest, and its schema is open to added fields."""


def _folder() -> Traversable:
    # A wheel carries the schemas inside the package; a checkout has them beside it.
    packaged = files("reconciler") / "schemas"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "schemas"


def schema_text(kind: str | None = None) -> str:
    """The schema of a kind (or of ``PLAN``) as it is shipped, or the one of all manifests. Raises KeyError for an
    unknown kind."""
    name = "manifest" if kind is None else {**_FILES, PLAN: PLAN}[kind]
    return (_folder() / f"{name}.schema.json").read_text(encoding="utf-8")


@cache
def schema(kind: str) -> dict[str, Any]:
    """The schema of a kind as data. Not to be changed."""
    parsed: dict[str, Any] = json.loads(schema_text(kind))
    return parsed


@cache
def _validator(kind: str) -> Draft202012Validator:
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator(schema(kind))


def accepts(kind: str, data: object) -> bool:
    """Whether data, as it was read from YAML, keeps to the schema of the kind: quickly, and without a reason."""
    return _validator(kind).is_valid(data)


def resolve_reference(root: dict[str, Any], node: Any) -> Any:
    """The schema that a ``$ref`` into the same file leads to; the node itself where it is none."""
    while isinstance(node, dict) and "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def bundle() -> dict[str, Any]:
    """One schema for manifests of all kinds, self-contained: what ``schemas/manifest.schema.json`` holds.

    Definitions that kinds share are taken once; each kind becomes a definition, chosen by ``kind`` alone.
    """
    definitions: dict[str, Any] = {}
    for kind in MANIFEST_KINDS:
        own = {key: value for key, value in schema(kind).items() if not key.startswith("$")}
        for name, definition in schema(kind)["$defs"].items():
            if definitions.setdefault(name, definition) != definition:
                raise ValueError(f"two schemas define {name!r} differently")
        definitions[kind] = own
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:reconciler:v1:manifest",
        "title": "Manifest",
        "description": "A manifest of any kind.",
        "type": "object",
        "properties": {
            "apiVersion": {"title": "API version", "description": "Version of the format.", "const": API_VERSION},
            "kind": {"title": "Kind", "description": "What the manifest describes.", "enum": list(MANIFEST_KINDS)},
        },
        "required": ["apiVersion", "kind"],
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/{kind}"},
            }
            for kind in MANIFEST_KINDS
        ],
        "$defs": dict(sorted(definitions.items())),
    }
