"""By whose leave a run goes on, and what it leaves out: what its journal tells of both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.cli.reviewed import Bound, Reviewed
from reconciler.model.change import Change
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.journal import Consent, Narrowed
from reconciler.plan.approval import Approval


def consent(*, yes: bool, reviewed: Reviewed | None, approvals: Iterable[Approval]) -> Consent:
    """By whose leave: a plan that was reviewed goes before ``--yes``, which goes before an answer."""
    by = "yes" if yes else "answer"
    if reviewed and reviewed.bound is not Bound.BLOCKED:
        by = "ceiling" if reviewed.bound is Bound.CEILING else "plan"
    return Consent(by, approvals=tuple(approval.text for approval in approvals))


def narrowed(
    diagnostics: Iterable[Diagnostic], before: Sequence[Change], after: Sequence[Change]
) -> tuple[Narrowed, ...]:
    """What was left out: what a reviewed plan or a resumed run does not hold, and what guards or policies refused."""
    refused = [change for change in before if change not in after]
    return (
        *(Narrowed(each.code, str(each.address or each.partition or ""), each.summary) for each in diagnostics),
        *(Narrowed("guard", str(each.address), f"A guard or policy refused this {each.action}") for each in refused),
    )
