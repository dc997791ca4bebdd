"""The name that a person types, or a pipeline passes, before something is unlinked or deleted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import click

from reconciler.model.change import Change, Status
from reconciler.reports.escape import visible

Key = tuple[str, str, str]


def confirmations(changes: Iterable[Change], names: Collection[str], *, ask: bool) -> Callable[[Change], bool]:
    """Whether a change was confirmed: by a name of ``--confirm``, or one that was typed for it alone.

    Without ``ask`` nobody is asked: what was not passed is not confirmed.
    """
    typed: set[Key] = set()
    if ask:
        for change in changes:
            if change.status is Status.READY and change.confirm is not None and change.confirm not in names:
                if _types(change) == change.confirm:
                    typed.add(_key(change))
                else:
                    click.echo("That is not the name: this change will be refused, the others go on.")
    return lambda change: change.confirm in names or _key(change) in typed


def _types(change: Change) -> str:
    click.echo(f"{change.action.value} {visible(str(change.address))}:")
    for step in change.steps:
        click.echo(f"  {visible(step.describe())}")
    text = f"Type '{visible(change.confirm or '')}' to confirm"
    return str(click.prompt(text, default="", show_default=False))


def _key(change: Change) -> Key:
    return (str(change.address), change.action.value, change.confirm or "")
