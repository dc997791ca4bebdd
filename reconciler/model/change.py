"""A difference between desired and live, and what would be done about it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from reconciler.model.address import Address
from reconciler.model.canonical import JsonValue
from reconciler.model.diagnostic import Location


class Action(StrEnum):
    """What happens to the resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    NONE = "none"


class Risk(StrEnum):
    """The worst that the change does; ordered by ``RISK_ORDER``."""

    NONE = "none"
    RELOAD = "reload"
    PRIVILEGE = "privilege"
    IRREVERSIBLE = "irreversible"
    DATA_LOSS = "dataLoss"


RISK_ORDER = tuple(Risk)


class Status(StrEnum):
    """Whether apply would carry the change out."""

    READY = "ready"
    BLOCKED = "blocked"
    UNPROVEN = "unproven"
    DEFERRED = "deferred"


class Reason(StrEnum):
    """Why a change is in the plan. Stable: texts around it may change, these words do not."""

    MISSING = "missing"
    DIFFERENT = "different"
    NOT_ACTIVATED = "notActivated"
    IMMUTABLE = "immutable"
    TOMBSTONE = "tombstone"
    UNDECLARED = "undeclared"
    LOST = "lost"


class ImpactKind(StrEnum):
    """What a change means for those who read the lake. Stable words, like reasons."""

    ROWS_LOADED_AGAIN = "rowsLoadedAgain"
    FIRST_LOAD = "firstLoad"
    DELTA_PAUSES = "deltaPauses"
    DATA_DELETED = "dataDeleted"
    IRREVERSIBLE = "irreversible"
    COLUMNS_MISSING = "columnsMissing"
    INTERSECT_NOT_EXPORTED = "intersectNotExported"
    BASE_TABLE_NOT_EXPORTED = "baseTableNotExported"
    SCHEMA_BREAK = "schemaBreak"
    SYNC_STOPS = "syncStops"


@dataclass(frozen=True, slots=True)
class Impact:
    """One consequence of a change. ``rows`` counts live rows where it is known, None where it is not.

    Impacts rest on counts and metadata that move by themselves, so they are in no digest and no fingerprint.
    """

    kind: ImpactKind
    summary: str
    tables: tuple[str, ...] = ()
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a resource: ``path`` as in manifests (``interval``, ``tables[contact].partition``).

    ``sign_in`` says that only a sign-in shows that it differs: who plans without one asserts it unseen.
    """

    path: str
    before: JsonValue
    after: JsonValue
    sign_in: bool = field(default=False, compare=False, metadata={"json": False})


@dataclass(frozen=True, slots=True)
class Step(ABC):
    """One thing that apply does and explain tells. Each kind has a closed union of these.

    ``type`` names the step in plan files.
    """

    type: ClassVar[str]

    @abstractmethod
    def describe(self) -> str:
        """The step in one line, in the imperative."""

    def instructions(self) -> tuple[str, ...]:
        """What a person does for it, one thing a line; empty for what apply does by itself."""
        return ()


@dataclass(frozen=True, slots=True)
class Change:
    """One resource's difference, its steps in order, and whether they may be taken.

    ``missing`` says what keeps a change that is not ready, with the remedy: the words for the user.
    ``steps`` are empty where nothing would be done (an undeclared table that is only reported).
    ``confirm`` is the name that a person types, or a pipeline passes, before the change is made; None for no question.
    ``needs`` are the addresses whose changes must be done before this one begins; where one of them fails, this is not
    begun. Order within one address is that of the plan.
    """

    address: Address
    action: Action
    risk: Risk
    reason: Reason
    status: Status
    partition: str
    fields: tuple[FieldChange, ...] = ()
    steps: tuple[Step, ...] = ()
    missing: str | None = None
    impacts: tuple[Impact, ...] = field(default=(), compare=False, metadata={"json": False})
    confirm: str | None = None
    needs: tuple[Address, ...] = field(default=(), compare=False, metadata={"json": False})
    location: Location | None = field(default=None, compare=False, metadata={"json": False})

    @property
    def environment(self) -> str:
        """The environment that the change touches; may be empty."""
        return self.address.environment


def worst(risks: list[Risk]) -> Risk:
    """The greatest risk of several, ``none`` for no risks."""
    return max(risks, key=RISK_ORDER.index, default=Risk.NONE)
