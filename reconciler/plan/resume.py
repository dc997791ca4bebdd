"""A run that stopped, and what of it is still to be done: nothing but what it had set out to do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from reconciler.model.canonical import JsonValue, digest
from reconciler.model.change import RISK_ORDER, Action, Change, FieldChange, Risk
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import Refused
from reconciler.model.journal import ChangeTold, Intended, RunTold
from reconciler.model.outcome import Result
from reconciler.model.phrases import counted, number_of
from reconciler.model.plan import Plan
from reconciler.plan.file import change_digest, step_folder, step_tables
from reconciler.plan.held import Held

# What ended so was not cut short: it is done, or waits for a person or for time.
_AT_REST = frozenset({Result.DONE, Result.BLOCKED, Result.DEFERRED})
# What is left of a write by itself: a profile that was not activated, a shortcut that was not made.
_LEFT = frozenset({"activated", "shortcut"})
_PLAN_ANEW = "Run 'reconciler plan', review it, and apply"


def unfinished_run(runs: Sequence[RunTold]) -> RunTold | None:
    """The newest run that did not end well, of runs from old to new; None where nothing is to be resumed.

    What a later run that ended well has looked at is not taken up again: it would have found what was left of it. Where
    it was refused something (the environment was still locked, say), or narrowed, it left that as it was.
    """
    looked_at: set[str] = set()
    for run in reversed(runs):
        if not _ended_well(run):
            left = {each.partition for each in unfinished(run)} or set(run.fingerprints)
            return run if left - looked_at else None
        looked_at |= {name for name in run.fingerprints if not _left_out(run, name)}
    return None


def unfinished(run: RunTold) -> tuple[Intended, ...]:
    """What a run set out to do and did not, however it ended: what was left to a person, or to time, is not of it."""
    results = {(told.address, told.change): told.result for told in run.changes}
    return tuple(each for each in run.intended or () if results.get((each.address, each.change)) not in _AT_REST)


def continued(run: RunTold, present: Plan) -> Held:
    """Of the present plan what the run set out to do and did not: the same changes, and what remains of those that it
    had begun. What remains may not risk more than what was begun, is no unlinking that was none, comes to nothing else,
    and is written to the same live link.

    Raises Refused where the run was told by a version that did not say what it set out to do, in another cloud, or from
    other manifests.
    """
    _refuse_other(run, present)
    left = unfinished(run)
    digests = {each.change for each in left}
    begun = {told.address for told in run.changes if _is_begun(told)}
    intended = [each for each in left if each.address in begun]
    kept = tuple(change for change in present.pending if change_digest(change) in digests or _remains(change, intended))
    known = {each.change for each in run.intended or ()}
    others = [change for change in present.pending if change not in kept and change_digest(change) not in known]
    unfinished_there = {each.address for each in left}
    changed = [change for change in others if str(change.address) in unfinished_there]
    others = [change for change in others if change not in changed]
    return Held(kept, tuple(map(_changed, changed)), (_others(others),) if others else ())


def _ended_well(run: RunTold) -> bool:
    """Whether nothing was cut short. What was refused before it began was said, with its remedy."""
    if run.ended is None:
        return False
    told = {(each.address, each.change): each for each in run.changes}
    ended = [told.get((each.address, each.change)) for each in run.intended or ()] or list(told.values())
    return all(
        each is not None and (each.result in _AT_REST or (each.result == Result.REFUSED and not _is_begun(each)))
        for each in ended
    )


def _left_out(run: RunTold, partition: str) -> bool:
    narrowed = any(each.of == partition or f"/{partition}/" in each.of for each in run.narrowed)
    return narrowed or any(told.partition == partition and told.result == Result.REFUSED for told in run.changes)


def _is_begun(told: ChangeTold) -> bool:
    """Whether something of a change may have been written: what was only looked at has the digest that it had."""
    return told.result not in _AT_REST and bool(told.done or told.writes or told.result == "begun")


def _remains(change: Change, begun: Iterable[Intended]) -> bool:
    of_it = [each for each in begun if each.address == str(change.address) and each.partition == change.partition]
    if not of_it:
        return False
    most = max((RISK_ORDER.index(Risk(each.risk)) for each in of_it if each.risk in {*Risk}), default=-1)
    unlinks = any(each.action == Action.DELETE for each in of_it)
    if RISK_ORDER.index(change.risk) > most or (change.action is Action.DELETE and not unlinks):
        return False
    known = frozenset().union(*(each.parts for each in of_it))
    # Of what was to be created nobody knew yet where it would be written.
    created = any(each.action == Action.CREATE for each in of_it)
    same_link = created or _links(change) <= known
    return same_link and _tracked(change) <= known and all(_is_part(field, known) for field in change.fields)


def _is_part(field: FieldChange, known: Collection[str]) -> bool:
    left = field.path.rpartition(".")[2] in _LEFT and field.after is True
    # A table that was to be taken out and put back is out.
    after = field.after if field.before is None and isinstance(field.after, Mapping) else {}
    back = any(_part(f"{field.path}.{name}", value) in known for name, value in after.items())
    return field.sign_in or left or back or _part(field.path, field.after) in known


def parts_of(change: Change) -> frozenset[str]:
    """What a change comes to, by short digests: what each field becomes, the live links that are written to, and the
    tables whose change tracking is switched on."""
    fields = {_part(field.path, field.after) for field in change.fields if not field.sign_in}
    return frozenset(fields) | _links(change) | _tracked(change)


def _links(change: Change) -> frozenset[str]:
    return frozenset(_part("folderId", folder) for folder in map(step_folder, change.steps) if folder)


def _tracked(change: Change) -> frozenset[str]:
    return frozenset(_part("changeTracking", table) for step in change.steps for table in step_tables(step))


def _part(name: str, value: JsonValue) -> str:
    """Short, for a line of the journal holds the parts of a whole fleet."""
    return digest([name, value]).removeprefix("sha256:")[:16]


def _refuse_other(run: RunTold, present: Plan) -> None:
    if run.intended is None:
        raise Refused(
            f"Run {run.run} was told by a version that did not say what it set out to do: it can't be resumed. "
            f"{_PLAN_ANEW}: what was done is seen, and what was left half done is healed"
        )
    if run.cloud != present.cloud:
        raise Refused(
            f"Run {run.run} was one in the cloud '{run.cloud}', and this is '{present.cloud}': nothing was resumed. "
            "Name the journal of this cloud with --journal"
        )
    if run.desired_digest != present.desired_digest:
        raise Refused(
            f"The manifests are not those of run {run.run} (then {run.desired_digest[:15]}…, now "
            f"{present.desired_digest[:15]}…): nothing was resumed. {_PLAN_ANEW}; or check out "
            f"{run.commit or 'what that run had'}"
        )


def _changed(change: Change) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "not-of-the-run",
        f"This {change.action} of '{change.address}' is not what the run left to do of it: it is not done",
        location=change.location,
        address=change.address,
        partition=change.partition,
        remedy=f"Something changed there since. {_PLAN_ANEW} without --resume.",
    )


def _others(changes: Sequence[Change]) -> Diagnostic:
    names = counted(sorted({str(change.address) for change in changes}))
    be = "is" if len(changes) == 1 else "are"
    return Diagnostic(
        Severity.INFORMATION,
        "not-of-the-run",
        f"{number_of(len(changes), 'pending change')} {be} not of the run that is resumed, and left alone: {names}",
        remedy=f"{_PLAN_ANEW} without --resume.",
    )
