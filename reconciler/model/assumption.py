"""What the services have never been seen to do, as values: the register behind docs/fidelity.md.

Each assumption is one question about a remote service that public evidence leaves open. The local cloud takes every
answer as a switch, the tests run under each, and the reconciler relies on ``assumed`` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["inferred", "unknown"]


@dataclass(frozen=True, slots=True)
class Assumption:
    """One open question: its answers, the one that is assumed, and what speaks for it."""

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: Evidence
    basis: str

    @property
    def assumed(self) -> str:
        """The answer that holds unless a switch says otherwise: always the first."""
        return self.answers[0]


ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption(
        id="rows-change-at",
        question="When do the Dataverse rows of a link follow a write of its profile?",
        answers=("put", "activate"),
        evidence="unknown",
        basis="Recorded portal traffic shows no effect on the sync before activate; the rows were not read between.",
    ),
    Assumption(
        id="removed-table-row",
        question="What becomes of the profile entity row of a table that was removed from a link?",
        answers=("deleted", "disabled"),
        evidence="unknown",
        basis="The table has a column 'enabled'; no public reading of a link after a removal exists.",
    ),
    Assumption(
        id="activation-time-moves",
        question="Is the activation time of a profile stamped by every activate, or by the first one only?",
        answers=("always", "first"),
        evidence="inferred",
        basis="The service shows ActivationTime beside UpdateTime; every recorded change ends with activate.",
    ),
    Assumption(
        id="create-lake-twice",
        question="What does a second POST of lake details for the same storage account do?",
        answers=("same", "another"),
        evidence="unknown",
        basis="Idempotency of the creating calls is not published.",
    ),
    Assumption(
        id="csv-interval-row",
        question="Does a near-real-time CSV link keep its interval in a schedule row of type Snapshot?",
        answers=("snapshot", "none"),
        evidence="inferred",
        basis="The schedule table holds one row a link for an interval; type 0 is Snapshot, type 1 IncrementalUpdate.",
    ),
)

BY_ID = {assumption.id: assumption for assumption in ASSUMPTIONS}
