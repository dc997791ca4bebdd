"""The name that a person types, or a pipeline passes, before something is unlinked or deleted."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable

import click

from reconciler.model.change import Change, Status
from reconciler.reports.escape import visible

Key = tuple[str, str, str]


def confirmations(changes: Iterable[Change], names: Collection[str], *, ask: bool) -> Callable[[Change], bool]:
    """Whether a change was confirmed: by a name of ``--confirm``, or one that was typed for it alone.

    A name that several changes ask for confirms none of them: each then needs its own, ENVIRONMENT/LINK/NAME. Names
    that no change asks for are told. Without ``ask`` nobody is asked: what was not passed is not confirmed.
    """
    asking = [change for change in changes if change.status is Status.READY and change.confirm is not None]
    asked_for = Counter(change.confirm for change in asking)
    passed = {
        _key(change)
        for change in asking
        if _in_full(change) in names or (change.confirm in names and asked_for[change.confirm] == 1)
    }
    known = {change.confirm for change in asking} | {_in_full(change) for change in asking}
    for name in sorted(set(names) - known):
        click.echo(f"Nothing asks for the name '{visible(name)}' that --confirm gives.", err=True)
    typed: set[Key] = set()
    if ask:
        for change in asking:
            if _key(change) not in passed:
                if _types(change) == change.confirm:
                    typed.add(_key(change))
                else:
                    click.echo("That is not the name: this change will be refused, the others go on.")
    return lambda change: _key(change) in passed or _key(change) in typed


def somebody_answers() -> bool:
    """Whether a person sits at standard input, which may be closed."""
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:
        return False


def _in_full(change: Change) -> str:
    return f"{change.address.environment}/{change.address.name}/{change.confirm}"


def _types(change: Change) -> str:
    click.echo(f"{change.action.value} {visible(str(change.address))}:")
    for step in change.steps:
        click.echo(f"  {visible(step.describe())}")
    text = f"Type '{visible(change.confirm or '')}' to confirm"
    return str(click.prompt(text, default="", show_default=False))


def _key(change: Change) -> Key:
    return (str(change.address), change.action.value, change.confirm or "")
