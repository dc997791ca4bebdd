"""What is wrong, where, and what to do about it: values that are collected and shown together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.address import Address


class Severity(StrEnum):
    """How much a diagnostic weighs: an error stops what it speaks of, a warning and an information do not."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


_WEIGHT = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFORMATION: 2}


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: path as given to the command, line and column counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    ``code`` is stable and may be matched by scripts; texts may change. ``summary`` says what is wrong in one sentence,
    ``found`` and ``expected`` the two sides, ``nearest`` the most similar valid name, ``remedy`` what to do.
    ``excerpt`` is the source line at ``location``; ``related`` are further places that take part.
    ``partition`` names what the finding is confined to.
    """

    severity: Severity
    code: str
    summary: str
    location: Location | None = None
    address: Address | None = None
    partition: str = ""
    found: str | None = None
    expected: str | None = None
    nearest: str | None = None
    remedy: str | None = None
    excerpt: str | None = None
    related: tuple[Location, ...] = ()

    def sort_key(self) -> tuple[str, int, int, str, int, str, str]:
        """Orders by place, then by what is spoken of, then by weight: the same whatever order files were read in."""
        place = self.location or Location("", 0, 0)
        address = str(self.address) if self.address else ""
        return (place.file, place.line, place.column, address, _WEIGHT[self.severity], self.code, self.summary)


def sorted_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, in the order of ``Diagnostic.sort_key``."""
    return tuple(sorted(set(diagnostics), key=Diagnostic.sort_key))


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them is an error."""
    return any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
