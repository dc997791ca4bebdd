"""What a policy's answer means: JSON or Python values of a user's program become a verdict. Pure.

Whatever is not a clear yes refuses.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.guard import GuardVerdict, Policy
from reconciler.plan.saved import object_of_pairs

_MOST_REASONS = 20
_LONGEST = 300


def answer_of(text: str) -> object:
    """The value that a policy printed. Raises ValueError for anything but one JSON document without doubled keys."""
    try:
        return json.loads(text, object_pairs_hook=object_of_pairs)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def verdict_of(policy: Policy, answer: object, addresses: Iterable[str]) -> GuardVerdict:
    """The verdict that an answer means. ``addresses`` are those of the changes that were asked about.

    A veto refuses the changes whose addresses its reasons name; the whole run, where one reason names none or another,
    or where no reason is given.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("allow"), bool):
        return failed(policy, "its answer has no 'allow' that is true or false")
    reasons = answer.get("reasons", [])
    if not isinstance(reasons, (list, tuple)) or not all(map(_is_reason, reasons)):
        return failed(policy, "its 'reasons' are no list of {address, reason}")
    named = {reason.get("address") or "" for reason in reasons}
    told = [_told(reason) for reason in reasons[:_MOST_REASONS]]
    more = f"; and {len(reasons) - _MOST_REASONS} more" if len(reasons) > _MOST_REASONS else ""
    words = "; ".join(told) + more
    if answer["allow"]:
        return _verdict(policy, f"Policy '{policy.name}' allows it" + (f": {words}" if words else ""), refused=False)
    known = named <= set(addresses)
    return _verdict(
        policy,
        f"Policy '{policy.name}' refuses: {words or 'it gives no reason'}",
        refused=True,
        addresses=tuple(sorted(named)) if known else (),
        remedy="Change what the policy refuses, or the policy.",
    )


def failed(policy: Policy, why: str) -> GuardVerdict:
    """The refusal by a policy that gave no usable answer: what can't be asked has not agreed."""
    return _verdict(
        policy,
        f"Policy '{policy.name}' gave no verdict: {why}",
        refused=True,
        remedy="Mend the policy: without its answer nothing is done (docs/guards.md).",
    )


def _verdict(
    policy: Policy, summary: str, *, refused: bool, addresses: tuple[str, ...] = (), remedy: str | None = None
) -> GuardVerdict:
    return GuardVerdict(f"policy:{policy.name}", "", refused, summary, remedy=remedy, addresses=addresses)


def _is_reason(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("reason"), str)
        and isinstance(value.get("address", ""), (str, type(None)))
    )


def _told(reason: Mapping[str, Any]) -> str:
    words = reason["reason"] if len(reason["reason"]) <= _LONGEST else reason["reason"][: _LONGEST - 1] + "…"
    return f"{reason['address'][:_LONGEST]}: {words}" if reason.get("address") else words
