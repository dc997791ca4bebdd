"""``${values.name}`` in links and in the lists that they include: filled in, typed, from the link's environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from reconciler.manifests.explain import explain
from reconciler.manifests.findings import Finding, Path, Place
from reconciler.manifests.intake import PLACEHOLDER_MARK, Manifest, texts
from reconciler.manifests.references import nearest_name
from reconciler.manifests.schemas import API_VERSION, accepts
from reconciler.model.desired import Scalar

_PLACEHOLDER = re.compile(r"\$\{values\.([A-Za-z][A-Za-z0-9_]{0,62})\}", re.ASCII)
_FILLED_FIELDS = {"ExportedTables": ("tables", "tableDefaults")}


@dataclass(frozen=True, slots=True)
class Filled:
    """A spec without placeholders, or None where it could not be filled in; the findings say why."""

    spec: Mapping[str, Any] | None
    findings: tuple[Finding, ...]


def fill(manifest: Manifest, environment: Manifest) -> Filled:
    """The spec of a link or list with the values of an environment, checked against the schema once more.

    Values are scalars without placeholders of their own: nothing is filled in twice, and no structure can be added.
    """
    spec = _part_that_is_filled(manifest)
    values: Mapping[str, Scalar] = environment.spec.get("values", {})
    uses = {path: text for path, text in texts(spec, ("spec",)) if PLACEHOLDER_MARK in text}
    findings = [
        finding for path, text in sorted(uses.items(), key=str) for finding in _check(manifest, environment, path, text)
    ]
    if findings:
        return Filled(None, tuple(findings))
    filled = _substitute(spec, values)
    document = {"apiVersion": API_VERSION, "kind": manifest.kind, "metadata": {"name": manifest.name}, "spec": filled}
    if accepts(manifest.kind, document):
        return Filled(filled, ())
    explained = explain(manifest.kind, document, manifest.file, manifest.index)
    return Filled(None, tuple(_with_source(finding, uses, environment) for finding in explained))


def _part_that_is_filled(manifest: Manifest) -> Mapping[str, Any]:
    fields = _FILLED_FIELDS.get(manifest.kind)
    return manifest.spec if fields is None else {key: manifest.spec[key] for key in fields if key in manifest.spec}


def _check(manifest: Manifest, environment: Manifest, path: Path, text: str) -> list[Finding]:
    values = environment.spec.get("values", {})
    if PLACEHOLDER_MARK in _PLACEHOLDER.sub("", text):
        return [
            Finding(
                code="invalid-placeholder",
                summary="This is no placeholder.",
                place=manifest.place(*path),
                found=text,
                expected="${values.name}, name being letters, digits and underscores",
                remedy="Write it like that, or leave out the dollar sign.",
            )
        ]
    return [
        Finding(
            code="undefined-value",
            summary=f"Environment '{environment.name}' has no value named '{name}'.",
            place=manifest.place(*path),
            found="${values." + name + "}",
            expected=("one of " + ", ".join(sorted(values)))
            if values
            else "spec.values of the environment, which has none",
            nearest=nearest_name(name, values),
            remedy=f"Correct the name, or add it to spec.values of Environment '{environment.name}'.",
            related=(environment.place("spec", "values", key=True),),
        )
        for name in _PLACEHOLDER.findall(text)
        if name not in values
    ]


def _substitute(item: Any, values: Mapping[str, Scalar]) -> Any:
    if isinstance(item, dict):
        return {key: _substitute(child, values) for key, child in item.items()}
    if isinstance(item, list):
        return [_substitute(child, values) for child in item]
    if not isinstance(item, str) or PLACEHOLDER_MARK not in item:
        return item
    if whole := _PLACEHOLDER.fullmatch(item):
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda match: _text(values[match[1]]), item)


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _with_source(finding: Finding, uses: Mapping[Path, str], environment: Manifest) -> Finding:
    place = finding.place
    text = uses.get(place.path) if isinstance(place, Place) else None
    if text is None:
        return finding
    names = sorted(set(_PLACEHOLDER.findall(text)))
    return replace(
        finding,
        summary=f"{finding.summary.removesuffix('.')}, filled in from Environment '{environment.name}' for {text}.",
        remedy="Correct the value in the environment, or the place that it is used in.",
        related=tuple(environment.place("spec", "values", name) for name in names),
        quote_source=False,
    )
