"""Words that let a guard's refusal pass: each for one guard, and for no more than it says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reconciler.model.guard import GuardVerdict, Loss

_LOSSES = frozenset(Loss)
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Approval:
    """One word of ``--approve``: ``freeze:NAME``, ``LOSS=NUMBER`` or ``LOSS:ENVIRONMENT=NUMBER``.

    ``most`` is the number, None for a freeze and for ``unknown``, which approves any.
    """

    text: str
    guard: str
    partition: str = ""
    most: int | None = None


def read_approval(text: str) -> Approval:
    """The approval that a text says. Raises ValueError, with what is wrong, for any other text."""
    if text.startswith("freeze:") and text != "freeze:":
        return Approval(text, text)
    scope, equals, number = text.rpartition("=")
    guard, _, partition = scope.partition(":")
    if not equals or guard not in _LOSSES:
        known = ", ".join(Loss)
        raise ValueError(
            f"'{text}' approves nothing: write freeze:NAME, LOSS=NUMBER or LOSS:ENVIRONMENT=NUMBER, "
            f"where LOSS is one of {known}"
        )
    if number == _UNKNOWN:
        return Approval(text, guard, partition)
    if not (number.isascii() and number.isdecimal()) or len(number) > 15:
        raise ValueError(f"'{text}' says no number: write how many are approved, as the refusal does")
    return Approval(text, guard, partition, int(number))


def approve(
    verdicts: Sequence[GuardVerdict], approvals: Iterable[Approval]
) -> tuple[tuple[GuardVerdict, ...], tuple[str, ...]]:
    """The verdicts, with those that were approved passing; and the approvals that no refusal asks for.

    A loss is approved for an environment, or for the run: then for all environments of it together. A number that is
    less than what was found approves nothing.
    """
    given = tuple(approvals)
    asked = {approval.text for approval in given for verdict in verdicts if _is_about(approval, verdict)}
    judged = tuple(
        replace(verdict, refused=False)
        if verdict.refused and any(_approves(approval, verdict, verdicts) for approval in given)
        else verdict
        for verdict in verdicts
    )
    return judged, tuple(approval.text for approval in given if approval.text not in asked)


def _is_about(approval: Approval, verdict: GuardVerdict) -> bool:
    return (
        verdict.refused
        and verdict.approval is not None
        and approval.guard == verdict.guard
        and approval.partition in {"", verdict.partition}
    )


def _approves(approval: Approval, verdict: GuardVerdict, verdicts: Iterable[GuardVerdict]) -> bool:
    if not _is_about(approval, verdict):
        return False
    if approval.most is None:
        return True
    everywhere = [each for each in verdicts if each.guard == verdict.guard and each.partition]
    together = everywhere if everywhere and not approval.partition else [verdict]
    return sum(each.found for each in together) <= approval.most and not any(each.uncounted for each in together)
