"""What a journal tells, as text: runs newest first, those that continue each other together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from reconciler.model.journal import ChangeTold, RunTold, Who
from reconciler.model.outcome import Write
from reconciler.reports.escape import visible

SETTLED_LATER = "Whether it took effect is read by the next run, which does what is missing and sends nothing blindly"
_MOST_NAMES = 10
_UNTOLD = "its answer was not told"
_CONSENTS = {
    "answer": "an answer at a terminal",
    "yes": "--yes",
    "plan": "a reviewed plan",
    "ceiling": "a reviewed plan as a ceiling",
}


def render_runs(groups: Sequence[Sequence[RunTold]]) -> str:
    """A line a run, those that continue one below it."""
    if not groups:
        return "Journal: no runs.\n"
    lines: list[str] = []
    for first, *others in groups:
        lines.append(_line(first))
        lines += [f"  continued by {_line(run)}" for run in others]
    return "\n".join(lines) + "\n"


def render_run(run: RunTold) -> str:
    """One run in full: who, from what, what became of each change, and what was left."""
    lines = [_line(run)]
    lines += [f"  {_identity(who)}" for who in run.who]
    facts = {"commit": run.commit, "plan": run.plan_digest, "manifests": run.desired_digest, "continues": run.continues}
    lines += [f"  {name} {visible(text)}" for name, text in facts.items() if text]
    lines += _terms(run)
    for change in run.changes:
        lines += _change(change)
    if run.left:
        lines += [f"  {len(run.left.changes)} left to a person. Finish with:", f"    {visible(run.left.command)}"]
    return "\n".join(lines) + "\n"


def render_stopped(run: RunTold) -> str:
    """A run that is to be resumed: whose it was, what it did, what nobody knows, and what it did not get to."""
    ended = "and did not say its end" if run.ended is None else f"and ended at {visible(run.ended)}"
    lines = [f"Resuming run {visible(run.run)}, which began at {visible(run.started)} {ended}"]
    lines += [f"  {_identity(who)}" for who in run.who]
    lines += [f"  commit {visible(run.commit)}"] if run.commit else []
    lines += _names("done", [each.address for each in run.changes if each.result == "done"])
    for change in run.changes:
        if change.result in {"begun", "unknown"}:
            lines += _change(change)
    cut = [each.address for each in run.changes if each.result in {"failed", "skipped", "refused"}]
    return "\n".join([*lines, *_names("not done", cut), *_names("not begun", _not_begun(run))]) + "\n"


def write_words(write: Write, silence: str = "no answer came") -> str:
    """A request that wrote, with the ids by which both sides find it."""
    answer = silence if write.status is None else f"answered {write.status}"
    ids = f"id {write.id}" + (f", the service's {write.request_id}" if write.request_id else "")
    return visible(f"{write.method} {write.url} at {write.time}, {answer} ({ids})")


def answered(write: Write) -> bool:
    """Whether a service said what became of a write: a failure of its own says nothing."""
    return write.status is not None and write.status < 500


def _names(what: str, names: Sequence[str]) -> list[str]:
    shown = [f"  {what}: {visible(name)}" for name in names[:_MOST_NAMES]]
    rest = len(names) - _MOST_NAMES
    return [*shown, f"  {what}: {rest} more"] if rest > 0 else shown


def _terms(run: RunTold) -> list[str]:
    """By whose leave it went on, and what bounded it."""
    lines = []
    if run.consent:
        given = [_CONSENTS.get(run.consent.by, run.consent.by)]
        given += [f"the name '{name}'" for name in run.consent.names]
        given += [f"the approval '{word}'" for word in run.consent.approvals]
        lines.append(f"  let go on by {visible(', '.join(given))}")
    for guard in run.guards:
        said = "refused" if guard.refused else "passed"
        lines.append(f"  guard {visible(guard.guard)}{_of(guard.partition)} {said}: {visible(guard.summary)}")
    lines += [f"  left out{_of(each.of)} [{visible(each.code)}]: {visible(each.summary)}" for each in run.narrowed]
    lines += [f"  locked {visible(lock.partition)}: {visible(lock.where)}" for lock in run.locks]
    return [*lines, *_names("not begun", _not_begun(run))]


def _not_begun(run: RunTold) -> list[str]:
    told = {(each.address, each.change) for each in run.changes}
    return [each.address for each in run.intended or () if (each.address, each.change) not in told]


def _of(thing: str) -> str:
    return f" of {visible(thing)}" if thing else ""


def _line(run: RunTold) -> str:
    end = "did not end" if run.exit_code is None else f"exit code {run.exit_code}"
    left = f"; {len(run.left.changes)} left to a person" if run.left else ""
    return f"{visible(run.started)}  {visible(run.run)}  {_counts(run.changes)}; {end}{left}"


def _counts(changes: Iterable[ChangeTold]) -> str:
    results = Counter(change.result for change in changes)
    return ", ".join(f"{number} {visible(result)}" for result, number in sorted(results.items())) or "no changes"


def _identity(who: Who) -> str:
    application = f" by application {who.application_id}" if who.kind == "user" else ""
    return f"as {visible(who.kind)} {visible(who.object_id or who.application_id)}{visible(application)}"


def _change(change: ChangeTold) -> list[str]:
    lines = [f"  {visible(change.result)}: {visible(change.address)}"]
    lines += [f"      did: {visible(step)}" for step in change.done]
    if change.stopped_at:
        lines.append(f"      {'in' if change.result == 'begun' else 'stopped at'}: {visible(change.stopped_at)}")
    if change.detail:
        lines.append(f"      {visible(change.detail)}")
    # Of a change that ended each answer is told; of one that did not, only what was sent.
    silence = _UNTOLD if change.result == "begun" else "no answer came"
    verb = "sent" if change.result == "begun" else "wrote"
    lines += [f"      {verb}: {write_words(write, silence)}" for write in change.writes]
    return lines
