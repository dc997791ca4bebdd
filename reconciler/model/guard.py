"""Guards: what stands between a plan that loses something and its being carried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from types import MappingProxyType


class Loss(StrEnum):
    """What a plan may cost. Stable words, used in reconciler.yaml, in plans and in approvals."""

    TABLES_REMOVED = "tablesRemoved"
    LINKS_UNLINKED = "linksUnlinked"
    ROWS_RELOADED = "rowsReloaded"
    ASSIGNMENTS_REVOKED = "assignmentsRevoked"


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of one loss passes without a word: at most ``count``, and at most ``percent`` of the whole.

    A share says little of a small set (one of three is 33 %): up to ``at_least`` the share is not asked for. None is no
    limit of that sort.
    """

    count: int | None = None
    percent: int | None = None
    at_least: int = 0

    def most(self, of: int | None) -> int | None:
        """The greatest number that passes, of a whole where there is one; None where any number does."""
        share = None if self.percent is None or of is None else max(self.at_least, of * self.percent // 100)
        return min((bound for bound in (self.count, share) if bound is not None), default=None)


DEFAULT_LIMITS: Mapping[Loss, Limit] = MappingProxyType(
    {
        Loss.TABLES_REMOVED: Limit(50, 20, 3),
        Loss.LINKS_UNLINKED: Limit(1, 25, 1),
        Loss.ROWS_RELOADED: Limit(10_000_000),
        Loss.ASSIGNMENTS_REVOKED: Limit(10, 20, 2),
    }
)
"""What holds where reconciler.yaml says nothing."""


@dataclass(frozen=True, slots=True)
class Guards:
    """The limits in force, one for each loss. ``empty_input`` lets manifests without a single link delete links."""

    limits: Mapping[Loss, Limit] = field(default_factory=lambda: dict(DEFAULT_LIMITS))
    empty_input: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to another, the last one excluded."""

    start: datetime
    end: datetime

    def holds(self, now: datetime) -> bool:
        """Whether ``now``, which knows its offset, is inside."""
        return self.start <= now < self.end


@dataclass(frozen=True, slots=True)
class Weekly:
    """From a minute of the week to another by the clock of a place, the last one excluded. Minutes count from Monday,
    0:00; where the end is not after the start, it is in the next week."""

    start: int
    end: int
    zone: tzinfo

    def holds(self, now: datetime) -> bool:
        """Whether ``now``, which knows its offset, is inside."""
        there = now.astimezone(self.zone)
        minute = (there.weekday() * 24 + there.hour) * 60 + there.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which nothing is changed: in environments of these names, in those that carry all these labels, and,
    where neither is said, anywhere. ``words`` tell the time as it is written."""

    name: str
    when: Span | Weekly
    words: str
    reason: str = ""
    environments: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Protected:
    """What must not lose anything: exactly one of an address, an environment's name, labels (all of them, on the
    resource or its environment), or the name of a storage account, which no manifest can take from its link."""

    address: str = ""
    environment: str = ""
    storage_account: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        labels = ", ".join(f"{name}: {value}" for name, value in self.labels.items())
        return self.address or self.environment or self.storage_account or labels


@dataclass(frozen=True, slots=True)
class Policy:
    """A user's check that may veto: a command of words, run in ``folder``, or an entry point ``module:function``.

    ``variables`` are the environment's variables that a command gets besides the harmless ones.
    """

    name: str
    command: tuple[str, ...] = ()
    entry_point: str = ""
    seconds: int = 30
    variables: tuple[str, ...] = ()
    folder: str = "."


@dataclass(frozen=True, slots=True)
class Prune:
    """Consent to end what is live and undeclared: one kind, in environments by name."""

    kind: str
    environments: frozenset[str]


@dataclass(frozen=True, slots=True)
class GuardVerdict:
    """What one guard says of a plan.

    ``guard`` names it (``tablesRemoved``, ``freeze:year-end``, ``policy:naming``). It speaks of ``addresses`` where
    there are any, else of ``partition``, else of the whole run. ``found`` is what it counted, of ``of`` where there is
    a whole, against ``limit`` in words; ``uncounted`` says that there is more, and nobody knows how much. ``approval``
    is the word that lets it pass, None where only the configuration does. ``refused`` says that apply would not go on;
    a verdict that passes is information.
    """

    guard: str
    partition: str
    refused: bool
    summary: str
    found: int = 0
    of: int | None = None
    limit: str = ""
    approval: str | None = None
    remedy: str | None = None
    addresses: tuple[str, ...] = ()
    uncounted: bool = False
