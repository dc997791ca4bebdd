"""A link under check, what was read for it, and what a rule is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reconciler.model import readings
from reconciler.model.canonical import JsonValue
from reconciler.model.check import Check, Verdict, Weight
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, Environment, SynapseLink, Table
from reconciler.model.evidence import Evidence, Reading
from reconciler.model.live import LiveEnvironment, LiveLink, Snapshot
from reconciler.resources.link_checks import link_address

NOWHERE = "No API that is known shows it: look yourself"


@dataclass(frozen=True, slots=True)
class Case:
    """One declared link, and all that is known of what it rests on. ``current`` is the live link, None at creation."""

    link: SynapseLink
    declared: Environment
    environment: LiveEnvironment
    live: Snapshot
    configuration: Configuration
    current: LiveLink | None
    evidence: Evidence

    @property
    def creating(self) -> bool:
        """Whether the link does not exist yet."""
        return self.current is None

    @property
    def type(self) -> DestinationType:
        """The kind of link that is declared."""
        return self.link.destination.type

    @property
    def account(self) -> str:
        """The storage account's name; empty for none."""
        return (self.link.destination.storage_account or "").rpartition("/")[2]

    @property
    def adding(self) -> tuple[Table, ...]:
        """The declared tables that the link does not have."""
        linked = self.current.tables if self.current else {}
        return tuple(table for table in self.link.tables if table.name not in linked)

    @property
    def managed_identity(self) -> bool | None:
        """Whether an enterprise policy with a managed identity is linked to the environment; None where the admin
        record could not be read. Field names: observed (docs/sources.md)."""
        reading = self.evidence.get(readings.ADMIN)
        if reading is None:
            return None
        identity = at(reading.value, "enterprisePolicies", "identity")
        return isinstance(identity, dict) and at(identity, "linkStatus") in (None, "Linked")

    def value(self, name: str) -> JsonValue:
        """What a reading said; None where it said nothing or there was none."""
        reading = self.evidence.get(name)
        return reading.value if reading else None


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: the verdict, what was said, what should have been. ``weight`` where it is not the rule's,
    ``table`` where a table is at fault, ``remedy`` where the rule's would not help."""

    verdict: Verdict
    said: str
    expected: str | None = None
    weight: Weight | None = None
    table: Table | None = None
    remedy: str | None = None


Judge = Callable[[Case], Found | list[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the reference's prerequisites.

    ``title`` says what must hold. ``when`` tells for which links, as ``applies`` decides it. ``reads`` are the readings
    without which nothing can be judged. ``source`` names API and field. ``mark`` is the evidence for the rule: D
    documented by Microsoft, S shown by its samples, O observed by others, K general knowledge of the platform, I
    inferred. ``by_eye``: no API shows it.
    """

    section: str
    code: str
    title: str
    weight: Weight
    mark: str
    source: str
    consequence: str
    remedy: str
    judge: Judge
    when: str = "every link"
    applies: Callable[[Case], bool] = lambda _case: True
    reads: tuple[str, ...] = ()
    by_eye: bool = False

    def checks(self, case: Case) -> list[Check]:
        """The checks of a link by this rule: none where it does not apply or was not looked for."""
        if not self.applies(case):
            return []
        needed = [case.evidence.readings.get(name) for name in self.reads]
        if None in needed:
            return []
        unread = next((reading for reading in needed if reading and reading.unread is not None), None)
        if unread:
            return [self._check(case, Found(Verdict.UNKNOWN, f"{unread.source}: {unread.unread}"))]
        found = self.judge(case)
        return [self._check(case, each) for each in (found if isinstance(found, list) else [found])]

    def _check(self, case: Case, found: Found) -> Check:
        failed = found.verdict is Verdict.FAILED
        place = found.table.location if found.table and found.table.location else case.link.location
        return Check(
            code=self.code,
            title=self.title,
            weight=found.weight or self.weight,
            verdict=found.verdict,
            address=link_address(case.link),
            evidence=found.said if found.verdict is Verdict.UNKNOWN else f"{self.source}: {found.said}",
            consequence=self.consequence,
            remedy=found.remedy or self.remedy,
            found=found.said if failed else None,
            expected=found.expected if failed else None,
            location=place,
            partition=case.link.environment,
            by_eye=self.by_eye,
        )


def by_eye(_case: Case) -> Found:
    """The judgement of a rule that no API can settle."""
    return Found(Verdict.UNKNOWN, NOWHERE)


def passed(said: str) -> Found:
    """It holds."""
    return Found(Verdict.PASSED, said)


def failed(said: str, expected: str | None = None, **more: Any) -> Found:
    """It does not hold."""
    return Found(Verdict.FAILED, said, expected, **more)


def unsure(said: str) -> Found:
    """It can't be told, though something was read."""
    return Found(Verdict.UNKNOWN, said)


def judged(holds: bool, said: str, expected: str) -> Found:
    """It holds, or it does not."""
    return passed(said) if holds else failed(said, expected)


def at(value: object, *path: str) -> Any:
    """The field of a JSON value at a path; None where there is none, whatever stands there instead."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def rows(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON list; none where it is no list."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def unread(case: Case, name: str) -> Reading | None:
    """A reading that was tried and failed."""
    reading = case.evidence.readings.get(name)
    return reading if reading and reading.unread is not None else None
