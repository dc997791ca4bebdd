"""Whether one document is a manifest: kind, schema, and scalars that can be read in two ways."""

from __future__ import annotations

from typing import Any

from reconciler.manifests.careful import Doubt
from reconciler.manifests.documents import Document
from reconciler.manifests.explain import explain
from reconciler.manifests.findings import Finding, Path, Place
from reconciler.manifests.references import nearest_name
from reconciler.manifests.schemas import MANIFEST_KINDS, accepts, resolve_reference, schema
from reconciler.manifests.wording import field_names, shown


def check_document(document: Document, kinds: tuple[str, ...] = tuple(MANIFEST_KINDS)) -> list[Finding]:
    """What is wrong with a document; empty where it is sound and keeps to the schema of its kind."""
    data = document.data
    if not isinstance(data, dict):
        return [_not_a_mapping(document)] if document.sound else _doubts(document, None)
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        return [_unknown_kind(document, kind, kinds), *_doubts(document, None)]
    if document.sound and accepts(kind, data):
        return []
    ignore = frozenset(doubt.path for doubt in document.doubts)
    findings = _doubts(document, kind) + explain(kind, data, document.file, document.index, ignore)
    if not findings and document.sound:
        findings.append(_unexplained(document, kind))
    return findings


def _not_a_mapping(document: Document) -> Finding:
    found = "a list" if isinstance(document.data, list) else "a single value"
    return Finding(
        code="not-a-mapping",
        summary="The document is no manifest.",
        place=document.location,
        found=found,
        expected="a mapping with apiVersion, kind, metadata and spec",
        remedy="Write one manifest a document, with '---' between two.",
    )


def _unknown_kind(document: Document, kind: Any, kinds: tuple[str, ...]) -> Finding:
    given = "kind" in document.data
    return Finding(
        code="unknown-kind" if given else "missing-field",
        summary=f"There is no kind '{shown(kind)}'." if given else "The document needs the field 'kind'.",
        place=Place(document.file, document.index, ("kind",)),
        found=shown(kind) if given else field_names(document.data),
        expected="one of " + ", ".join(kinds),
        nearest=nearest_name(kind, kinds) if isinstance(kind, str) else None,
        remedy="Correct the kind. Files that are no manifests belong outside the folder." if given else "Add it.",
    )


def _unexplained(document: Document, kind: str) -> Finding:
    return Finding(
        code="invalid-manifest",
        summary=f"This is not a valid {kind}.",
        place=document.location,
        remedy=f"Compare it with: reconciler schema {kind}",
    )


def _doubts(document: Document, kind: str | None) -> list[Finding]:
    return [_ambiguous(doubt, _wanted_types(kind, doubt.path)) for doubt in document.doubts]


def _ambiguous(doubt: Doubt, wanted: frozenset[str]) -> Finding:
    text, spelling = doubt.scalar.text, doubt.scalar.spelling
    quoted = f"'{text}'"
    is_value = spelling is not None and (
        ("boolean" in wanted and spelling in ("true", "false"))
        or (wanted & {"integer", "number"} and spelling not in ("true", "false"))
    )
    spellings = [str(spelling)] if is_value else []
    remedy = f"Write {spelling}." if is_value else f"Write it in quotes: {quoted}."
    if "string" in wanted or not is_value:
        spellings.append(quoted)
    if len(spellings) == 2:
        remedy += f" For text write {quoted}."
    return Finding(
        code="ambiguous-scalar",
        summary=f"Without quotes, {text} is read as {doubt.scalar.looks_like} by some and as text by others.",
        place=doubt.location,
        found=text,
        expected=" or ".join(spellings),
        remedy=remedy,
    )


def _wanted_types(kind: str | None, path: Path) -> frozenset[str]:
    """The JSON types that the schema takes at a path, placeholders apart; empty where it does not say."""
    if kind is None:
        return frozenset()
    root = schema(kind)
    nodes: list[Any] = [root]
    for part in path:
        nodes = [child for node in nodes for child in _children(root, node, part)]
    return frozenset(name for node in nodes for name in _types(root, node))


def _alternatives(root: dict[str, Any], node: Any) -> list[dict[str, Any]]:
    node = resolve_reference(root, node)
    # The second of an anyOf is the placeholder: nobody means one by an unquoted no.
    return _alternatives(root, node["anyOf"][0]) if "anyOf" in node else [node]


def _children(root: dict[str, Any], node: Any, part: str | int) -> list[Any]:
    found = []
    for alternative in _alternatives(root, node):
        if isinstance(part, int):
            found.append(alternative.get("items"))
        else:
            found.append(alternative.get("properties", {}).get(part, alternative.get("additionalProperties")))
    return [child for child in found if isinstance(child, dict)]


def _types(root: dict[str, Any], node: Any) -> list[str]:
    found: list[str] = []
    for alternative in _alternatives(root, node):
        declared = alternative.get("type")
        if declared is None and ("enum" in alternative or "const" in alternative):
            declared = "string"
        found += declared if isinstance(declared, list) else [declared] if declared else []
    return found
