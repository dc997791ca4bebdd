"""A reviewed plan as a ceiling: of what is pending now, only what was reviewed, or less of it, is done. Pure.

The manifests may have got other changes since, and the live state may have moved: both make another plan, whose changes
are measured here one by one. What is carried out is always the present change, so a file can allow less than the
manifests ask for and never more.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from reconciler.model.change import RISK_ORDER, Action, Change, FieldChange, Status, Step
from reconciler.model.desired import duration
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.plan import Plan
from reconciler.plan.file import change_digest, step_digest, step_folder, step_tables
from reconciler.plan.held import Held, same_cloud
from reconciler.plan.saved import ReviewedChange, SavedPlan

# A creation, or a replacement, that stopped halfway is finished by an update.
_FINISHED_BY = {
    Action.CREATE: frozenset({Action.CREATE, Action.UPDATE}),
    Action.REPLACE: frozenset({Action.REPLACE, Action.UPDATE}),
}
# Steps that write what fields say: the fields are measured, so another tail of the same write is no other step. All
# other steps (what unlinks, deletes or drops, and what a person does) have to be the very steps that were reviewed.
_MEASURED_BY_FIELDS = frozenset(
    {"enableChangeTracking", "rewriteProfile", "activateProfile", "resynchroniseFabric", "verifyLink"}
)
_WRITING = frozenset({"rewriteProfile", "activateProfile", "resynchroniseFabric", "verifyLink"})
_MEANS_TOO = {"createLink": _WRITING, "createFabricLink": _WRITING}
# What is left of a write that was reviewed, by the step that does it.
_LEFT_OF = {"activated": "activateProfile", "shortcut": "resynchroniseFabric"}
_MOST_TOLD = 20
_LONGEST = 200


def within(reviewed: SavedPlan, present: Plan) -> Held:
    """Takes from the present plan the changes that the reviewed one contains; each other one is refused by name.

    Partitions may have moved: what is pending there is measured like everything else. Reviewed changes of which nothing
    is pending any more are told. Raises Refused for a plan of another cloud.
    """
    same_cloud(reviewed, present)
    by_address: defaultdict[str, list[ReviewedChange]] = defaultdict(list)
    for each in reviewed.reviewed:
        by_address[each.address].append(each)
    kept: list[Change] = []
    refused: list[Diagnostic] = []
    for change in present.pending:
        reason = _other_target(change, reviewed, present) or excess(
            by_address[str(change.address)], change, present.declared.get(change.address)
        )
        if reason is None:
            kept.append(change)
        else:
            refused.append(_refusal(change, reason))
    return Held(tuple(kept), tuple(refused), tuple(_not_needed(reviewed, present)))


def excess(reviewed: Sequence[ReviewedChange], present: Change, declared: str | None) -> str | None:
    """Why a present change is more than the reviewed changes of its address; None where they contain it.

    They contain it where one of them is the same by digest and was ready; or where the manifest still declares the
    same, and nothing in the present change goes beyond what they hold together: its action, risk, fields, and steps.
    """
    alike = [each for each in reviewed if declared is not None and each.declared == declared]
    # What was shown as not to be done, for want of consent, is not reviewed by a consent that another merge brought. To
    # what no manifest declares, no merge brings any.
    same = [each for each in reviewed if each.status is Status.READY or each.declared == declared]
    if change_digest(present) in {each.digest for each in same}:
        return None
    if alike:
        return next(_beyond(alike, present), None)
    if not reviewed:
        return "nothing was to be done about it"
    if declared is None:
        return "it is another change now, and no manifest declares it"
    return "its manifest declares something else now"


def _beyond(reviewed: Sequence[ReviewedChange], present: Change) -> Iterator[str]:
    if not any(present.action in _FINISHED_BY.get(each.action, {each.action}) for each in reviewed):
        actions = " or ".join(sorted({each.action for each in reviewed}))
        yield f"it was to be {actions}, and is {present.action} now"
    most = max((each.risk for each in reviewed), key=RISK_ORDER.index)
    if RISK_ORDER.index(present.risk) > RISK_ORDER.index(most):
        yield f"its risk was {most}, and is {present.risk} now"
    for field in present.fields:
        # What a sign-in alone shows is asserted by each write of the link, whoever planned it.
        if not field.sign_in and not any(_field_in(field, each) for each in reviewed):
            yield f"{field.path[:_LONGEST]} was not {_aim(field)}"
    for step in present.steps:
        if not _step_in(step, reviewed):
            yield f"this step was not in it: {step.describe()[:_LONGEST]}"


def _aim(field: FieldChange) -> str:
    if field.before is None or field.after is None:
        return "to be added" if field.before is None else "to be removed"
    before, after = (_value(field.path, each)[:_LONGEST] for each in (field.before, field.after))
    return f"to change from {before} to {after}"


def _value(path: str, value: object) -> str:
    if path == "interval" and isinstance(value, int):
        return duration(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _field_in(field: FieldChange, reviewed: ReviewedChange) -> bool:
    # Of what was to be created, a part may be there by now, with values that nobody chose.
    created = reviewed.action is Action.CREATE and FieldChange(field.path, None, field.after) in reviewed.fields
    writes = _LEFT_OF.get(field.path.rpartition(".")[2])
    left = field.before is False and field.after is True and any(step.type == writes for step in reviewed.steps)
    back = reviewed.action is Action.REPLACE and _table_comes_back(field, reviewed.fields)
    return field in reviewed.fields or created or left or back


def _table_comes_back(field: FieldChange, reviewed: Sequence[FieldChange]) -> bool:
    """Whether a table that was to be taken out and put back is out, and comes with the settings that were reviewed."""
    prefix = f"{field.path}."
    settings = {each.path.removeprefix(prefix): each.after for each in reviewed if each.path.startswith(prefix)}
    after = field.after
    return (
        field.before is None
        and bool(settings)
        and isinstance(after, Mapping)
        and all(after.get(name) == value for name, value in settings.items())
    )


def _step_in(step: Step, reviewed: Sequence[ReviewedChange]) -> bool:
    steps = [each for change in reviewed for each in change.steps]
    if step_digest(step) in {each.digest for each in steps}:
        return True
    types = {each.type for each in steps}
    types |= {kind for each in types for kind in _MEANS_TOO.get(each, ())}
    # Tables of a later wave have no steps while they wait.
    if any(change.status is Status.DEFERRED for change in reviewed):
        types |= _WRITING
    folder, folders = step_folder(step), {each.folder for each in steps if each.folder is not None}
    same_link = folder is None or not folders or folder in folders
    # No field tells whose tracking is switched on, and it stays so for good.
    same_tables = {*step_tables(step)} <= {name for each in steps for name in each.tables}
    return step.type in _MEASURED_BY_FIELDS and step.type in types and same_link and same_tables


def _other_target(change: Change, reviewed: SavedPlan, present: Plan) -> str | None:
    """A change of the same words in what is another environment now, or in one that the reviewed plan did not see."""
    seen = present.seen.get(change.partition)
    known = reviewed.identities.get(change.partition)
    if known is None:
        return f"the plan tells nothing of '{change.partition}'"
    if seen is None or seen.identity != known:
        return f"'{change.partition}' is another environment than it was"
    return None


def _refusal(change: Change, reason: str) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "not-reviewed",
        f"The reviewed plan does not hold this {change.action} of '{change.address}': it is not done",
        location=change.location,
        address=change.address,
        partition=change.partition,
        found=reason,
        remedy="Plan again, with the version of reconciler that applies, and review it.",
    )


def _not_needed(reviewed: SavedPlan, present: Plan) -> Iterator[Diagnostic]:
    """Texts of the file are cut short here and escaped where they are shown."""
    pending = {str(change.address) for change in present.pending}
    gone = sorted(
        {
            each.address
            for each in reviewed.reviewed
            if each.address not in pending and each.partition in present.fingerprints
        }
    )
    for address in gone[:_MOST_TOLD]:
        yield _no_longer(f"'{address[:_LONGEST]}' was to change in the reviewed plan: nothing of it is pending now")
    if len(gone) > _MOST_TOLD:
        yield _no_longer(
            f"{len(gone) - _MOST_TOLD} more were to change in the reviewed plan: nothing of them is pending now"
        )


def _no_longer(summary: str) -> Diagnostic:
    return Diagnostic(Severity.INFORMATION, "no-longer-needed", summary)
