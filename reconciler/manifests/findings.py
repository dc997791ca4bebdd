"""What is wrong in a manifest, before its place in the file is looked up."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.diagnostic import Location, Severity

Path = tuple[str | int, ...]

MOST_FINDINGS = 200
"""Of one file. A file of junk would say a hundred thousand, and nobody reads them."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file by document and path (``spec``, ``tables``, 12), looked up only when a diagnostic shows it.

    ``key`` means the name of the field rather than its value. Of a path that leads nowhere, what exists of it counts.
    """

    file: str
    document: int
    path: Path = ()
    key: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic to be: the same words, with places that may have to be looked up.

    ``quote_source`` asks for a remedy that shows the text at the place in quotes, as it stands in the file.
    ``whole`` findings speak of a file or folder as such: nothing of it is read to show them, since it may be huge, a
    pipe, or none of our business.
    """

    code: str
    summary: str
    place: Place | Location | None = None
    found: str | None = None
    expected: str | None = None
    nearest: str | None = None
    remedy: str | None = None
    related: tuple[Place | Location, ...] = ()
    severity: Severity = Severity.ERROR
    quote_source: bool = False
    whole: bool = False


def too_many(file: str, what: str, number: int, place: Place | Location | None = None) -> Finding:
    """That more is wrong than is shown: in a document, or in a file."""
    return Finding(
        code="too-many-errors",
        summary=f"There are more errors in this {what} than are shown.",
        place=place or Location(file),
        remedy=f"Mend the first {number}, and validate again.",
    )
