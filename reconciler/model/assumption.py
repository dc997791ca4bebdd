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
    """One open question: its answers, the one that is assumed, what speaks for it, and what ``reconciler probe`` would
    see it by on a real tenant."""

    id: str
    question: str
    answers: tuple[str, ...]
    evidence: Evidence
    basis: str
    seen_by: str = ""

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
        seen_by="A link not activated yet: tables without a state show put, a document unlike the rows activate.",
    ),
    Assumption(
        id="removed-table-row",
        question="What becomes of the profile entity row of a table that was removed from a link?",
        answers=("deleted", "disabled"),
        evidence="unknown",
        basis="The table has a column 'enabled'; no public reading of a link after a removal exists.",
        seen_by="A row that is not enabled shows disabled; a removed Delta table without a row shows deleted.",
    ),
    Assumption(
        id="activation-time-moves",
        question="Is the activation time of a profile stamped by every activate, or by the first one only?",
        answers=("always", "first"),
        evidence="inferred",
        basis="The service shows ActivationTime beside UpdateTime; every recorded change ends with activate.",
        seen_by="A loaded table that joined after the stamp shows first, one that joined a day before it always.",
    ),
    Assumption(
        id="create-lake-twice",
        question="What does a second POST of lake details for the same storage account do?",
        answers=("same", "another"),
        evidence="unknown",
        basis="Idempotency of the creating calls is not published.",
        seen_by="Two lakes of one account and container show another; nothing shows same.",
    ),
    Assumption(
        id="csv-interval-row",
        question="Does a near-real-time CSV link keep its interval in a schedule row of type Snapshot?",
        answers=("snapshot", "none"),
        evidence="inferred",
        basis="The schedule table holds one row a link for an interval; type 0 is Snapshot, type 1 IncrementalUpdate.",
        seen_by="The schedule rows of links that no signal tells to be Delta, Fabric or incremental.",
    ),
    Assumption(
        id="unlink-route",
        question="Which call unlinks a link to a storage account?",
        answers=("delete-lakedetails", "not-served"),
        evidence="inferred",
        basis="The create is POST lakedetails; the Fabric unlink is a DELETE by folder. No recording of it exists.",
        seen_by="Only a write would show it.",
    ),
    Assumption(
        id="unlink-data-choice",
        question="How does the unlinking call say what becomes of the lake data?",
        answers=("deleteData-query", "always-deleted", "always-kept"),
        evidence="unknown",
        basis="The portal's dialog offered a checkbox, later editions a typed name; no call is published.",
        seen_by="Only a write would show it.",
    ),
    Assumption(
        id="suspend-by-enabled-for-jobs",
        question="Does EnabledForJobs=false in the profile stop the sync, until it is true again?",
        answers=("stops", "ignored"),
        evidence="inferred",
        basis="One author describes the field as the link's on switch; no operation is published.",
        seen_by="A link that was switched off and activated: data two hours later, or none in a day.",
    ),
    Assumption(
        id="suspended-profile-state",
        question="Does the profile row of a suspended link show state 6?",
        answers=("6", "1"),
        evidence="inferred",
        basis="The choice has labels Suspended and Suspending; nothing says who writes them.",
        seen_by="A row in state 6 or 7; state 1 of a link that was switched off and stands still.",
    ),
    Assumption(
        id="create-body-flags",
        question="Does a profile created with EnabledForDeltaLake or EnabledForIncrementalUpdate make such a link?",
        answers=("makes", "ignored"),
        evidence="inferred",
        basis="The fields are those of a profile as read; create bodies of these types are unpublished.",
        seen_by="Only a write would show it.",
    ),
    Assumption(
        id="spark-pool-in-lake-body",
        question="Is the Spark pool of a delta link taken from SparkPoolName of the lake's create body?",
        answers=("taken", "ignored"),
        evidence="unknown",
        basis="Nothing about it is published.",
        seen_by="Only a write would show it.",
    ),
    Assumption(
        id="soft-deleted-links-count",
        question="Do unlinked profiles, whose rows are kept, count toward the ten links of an environment?",
        answers=("no", "yes"),
        evidence="unknown",
        basis="Only the number ten is documented.",
        seen_by="More than ten profiles, some soft-deleted, show no; nothing shows yes.",
    ),
    Assumption(
        id="event-rows",
        question="What is left of a link's rows after a restore, reset, copy or move of its environment?",
        answers=("none", "soft-deleted"),
        evidence="inferred",
        basis="Documentation says that profiles are deleted or not copied; unlinking keeps the row with state 3.",
        seen_by="Soft-deleted rows of another organization, or of all links at one moment; nothing shows none.",
    ),
    Assumption(
        id="sync-state-values",
        question="Are sync states single values, or flags that combine?",
        answers=("single", "flags"),
        evidence="inferred",
        basis="The values are 1, 2, 4, 8, 16, 32, 64; only single ones were read.",
        seen_by="The values of the runtime states: one that is no single value shows flags.",
    ),
    Assumption(
        id="last-modified-moves",
        question="Does LastModified of a profile move with every write?",
        answers=("always", "never"),
        evidence="inferred",
        basis="The field is in every recorded profile; it was not compared across writes.",
        seen_by="LastModified of a profile that was written after it was made: at the write, or at the making.",
    ),
    Assumption(
        id="lake-database-name",
        question="How is the lake database named after the container?",
        answers=("underscores", "hyphens"),
        evidence="inferred",
        basis="Documentation prints hyphens, Microsoft's own templates address it with underscores.",
        seen_by="The database's name beside a container's name with a hyphen.",
    ),
    Assumption(
        id="app-only-service-reads",
        question="Does the Synapse Link service answer reads with an application's token?",
        answers=("no", "yes"),
        evidence="unknown",
        basis="One author got 200 from GET /entities with one, and nothing else was tried.",
        seen_by="The service's answer to the application, where it answers a person.",
    ),
    Assumption(
        id="finops-table-rows",
        question="Which field names a Finance and Operations table in the service's list?",
        answers=("LogicalName", "TableName"),
        evidence="unknown",
        basis="The list was empty in every recording.",
        seen_by="The fields of the rows of /fnoTables.",
    ),
)

BY_ID = {assumption.id: assumption for assumption in ASSUMPTIONS}
