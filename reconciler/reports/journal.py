"""What a journal tells, as text: runs newest first, those that continue each other together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from reconciler.model.journal import ChangeTold, RunTold, Who
from reconciler.reports.escape import visible


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
    for change in run.changes:
        lines += _change(change)
    if run.left:
        lines += [f"  {len(run.left.changes)} left to a person. Finish with:", f"    {visible(run.left.command)}"]
    return "\n".join(lines) + "\n"


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
    return lines
