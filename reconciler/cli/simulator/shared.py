"""What do the commands of the local cloud share?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

STATE = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=".reconciler/cloud",
    show_default=True,
    help="Directory that holds the cloud.",
)
ASSUME = "ID=ANSWER"


class InvalidError(click.UsageError):
    """Input that the local cloud can't use."""


def change(state: Path, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Make a change to the cloud of a state directory, served or not; InvalidError where it can't be made."""
    from reconciler.simulator.access import change as make
    from reconciler.simulator.changes import ChangeError

    try:
        return make(state, name, body)
    except ChangeError as error:
        raise InvalidError(str(error)) from error


def pairs(values: tuple[str, ...], form: str = ASSUME) -> dict[str, str]:
    """Values of the form NAME=VALUE by name; InvalidError where one has another."""
    found = dict(value.partition("=")[::2] for value in values)
    if not all(found.values()):
        message = f"expected {form}, found {' '.join(values)}"
        raise InvalidError(message)
    return found
