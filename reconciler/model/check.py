"""One thing that must hold before a link is created or changed, and how it was found to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.address import Address
from reconciler.model.diagnostic import Location


class Weight(StrEnum):
    """What a failed check does: stop the link, break a feature of it, deserve a warning, or inform."""

    BLOCKS = "blocks"
    BREAKS = "breaks"
    WARNS = "warns"
    INFORMS = "informs"


class Verdict(StrEnum):
    """How a check ended. ``unknown``: what it rests on could not be read with this identity."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one link.

    ``code`` is stable. ``evidence`` names API and field and what they said (or why they said nothing);
    ``consequence`` what happens where it does not hold; ``remedy`` what to do. ``partition`` is the environment.
    ``by_eye``: no API that is known shows it, so that a person has to look.
    """

    code: str
    title: str
    weight: Weight
    verdict: Verdict
    address: Address
    evidence: str
    consequence: str
    remedy: str
    found: str | None = None
    expected: str | None = None
    location: Location | None = None
    partition: str = ""
    by_eye: bool = False
