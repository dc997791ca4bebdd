"""Names in manifests that stand for other manifests: found, or said to be unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from reconciler.manifests.findings import Finding, Place
from reconciler.manifests.intake import Manifest
from reconciler.model.phrases import counted


def nearest_name(name: str, names: Iterable[str]) -> str | None:
    """The most similar of the names, None where none is similar."""
    candidates = sorted(set(names))
    folded = {candidate.lower(): candidate for candidate in candidates}
    if name.lower() in folded:
        return folded[name.lower()]
    close = get_close_matches(name.lower()[:200], list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


@dataclass(slots=True)
class References:
    """All manifests by kind and name.

    ``wrong`` are names of documents that were refused: references to them are not unknown, they just lead nowhere yet.
    ``complete`` is False where a file could not be read to its end: then nothing can be said of names that are missing.
    """

    manifests: Mapping[str, Mapping[str, Manifest]]
    wrong: Mapping[str, frozenset[str]]
    complete: bool
    findings: list[Finding] = field(default_factory=list)

    def find(self, kind: str, name: str, place: Place) -> Manifest | None:
        """The manifest of that name; None, and a finding where it is unknown."""
        known = self.manifests.get(kind, {})
        if (manifest := known.get(name)) is not None:
            return manifest
        wrong = self.wrong.get(kind, frozenset())
        if name not in wrong and self.complete:
            names = sorted({*known, *wrong})
            self.findings.append(
                Finding(
                    code="unknown-reference",
                    summary=f"There is no {kind} named '{name}'.",
                    place=place,
                    found=name,
                    expected=f"one of {counted(names, 8)}"
                    if names
                    else f"the name of a {kind} manifest; there is none in this folder",
                    nearest=nearest_name(name, names),
                    remedy=f"Correct the name, or add the {kind} manifest.",
                )
            )
        return None
