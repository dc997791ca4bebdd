"""What a probe may say: a type that can hold counts, words of ours and names of fields, and no value of a tenant's.

Redacted by construction: nothing here takes a text that isn't checked against a closed vocabulary, or a name of a field
that can't be a name of somebody's own (letters alone: columns that customers make carry a prefix and ``_``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.live.probe.vocabulary import FIELDS, NUMBERS, WORDS
from reconciler.model.assumption import BY_ID

_FIELD = re.compile("[A-Za-z]{1,64}")


class Verdict(StrEnum):
    """What was seen of an assumption: what is assumed, another answer, both in different places, or nothing."""

    TRUE = "true"
    FALSE = "false"
    MIXED = "mixed"
    UNSEEN = "unseen"


class Why(StrEnum):
    """Why nothing was seen."""

    NEEDS_WRITE = "only a write would show it, and probe makes none"
    NOT_READ = "what would show it could not be read"
    NOTHING_THERE = "nothing that was read bears on it"


class Unread(StrEnum):
    """Why something could not be read."""

    NOT_AUTHORISED = "not authorised"
    NOT_FOUND = "not found"
    NOT_REACHED = "not reached"
    UNINTELLIGIBLE = "answered with another shape than is known"
    NO_SIGN_IN = "nobody signed in"
    NO_HOST = "the service's host is not known"
    OTHER_ENVIRONMENT = "the address is of another environment"
    FAILED = "failed"


class Form(StrEnum):
    """The type of a value, and how long a text is; never the value."""

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    EMPTY = "empty text"
    ID = "id"
    TIME = "time"
    ZONELESS = "time without zone"
    SHORT = "text to 16"
    MEDIUM = "text to 128"
    LONG = "longer text"
    LIST = "list"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of one assumption: ``seen`` counts the environments that showed each answer."""

    id: str
    seen: Mapping[str, int] = field(default_factory=dict)
    why: Why | None = None

    def __post_init__(self) -> None:
        if self.id not in BY_ID or not self.seen.keys() <= set(BY_ID[self.id].answers):
            raise ValueError("an observation speaks of the register's questions and answers alone")

    @property
    def verdict(self) -> Verdict:
        """Whether what is assumed holds, as far as was seen."""
        if not self.seen:
            return Verdict.UNSEEN
        if BY_ID[self.id].assumed not in self.seen:
            return Verdict.FALSE
        return Verdict.TRUE if len(self.seen) == 1 else Verdict.MIXED


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a document: the forms that its values had, and of choices the numbers and known words."""

    name: str
    known: bool
    forms: frozenset[Form]
    numbers: frozenset[int] = frozenset()
    words: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.known and not _FIELD.fullmatch(self.name):
            raise ValueError("a field's name that may be somebody's own")
        if not self.words <= WORDS or not self.numbers <= NUMBERS:
            raise ValueError("a value that is no word or number of a choice")


def printable(name: str) -> bool:
    """Whether the name of an unknown field may be told."""
    return _FIELD.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Section:
    """The fields of one kind of document. ``unnamed`` counts unknown fields whose names are not told; ``unread`` the
    environments where it could not be read, by reason."""

    name: str
    documents: int = 0
    fields: tuple[Field, ...] = ()
    unnamed: int = 0
    unread: Mapping[Unread, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in FIELDS:
            raise ValueError("a section that is not known")
        if any(each.known and each.name not in FIELDS[self.name] for each in self.fields):
            raise ValueError("a field that is not known")

    @property
    def missing(self) -> tuple[str, ...]:
        """Known fields that no document had: nothing without documents."""
        found = {each.name for each in self.fields}
        return tuple(sorted(FIELDS[self.name] - found)) if self.documents else ()


@dataclass(frozen=True, slots=True)
class Report:
    """All that a probe found. ``cloud`` is a name of ours; ``environments`` counts what was asked for."""

    tool_version: str
    cloud: str
    environments: int
    observations: tuple[Observation, ...]
    sections: tuple[Section, ...]
