"""Options that commands share, each defined once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]
JOURNAL = Path(".reconciler/journal.jsonl")


class OutputPath(click.Path):
    """A file (or with ``folder`` a folder) to write to. One that a link leads out of the working folder is refused: a
    pull request can put a link where a pipeline writes."""

    def __init__(self, *, folder: bool = False) -> None:
        super().__init__(path_type=Path, file_okay=not folder, dir_okay=folder)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path. A usage error where a link leads it elsewhere."""
        from reconciler.manifests.files import leads_out

        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if leads_out(path):
            self.fail(f"{path} leads out of the working folder by a link: delete the link, or name the place itself.")
        return path


manifests_option = click.option(
    "--manifests",
    "-m",
    type=click.Path(path_type=Path),
    help="Folder or file of manifests.  [default: 'manifests' of the configuration]",
)
config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="RECONCILER_CONFIG",
    help="Trusted configuration.  [default: reconciler.yaml, if there is one]",
)
endpoints_option = click.option(
    "--endpoints",
    metavar="FILE|local",
    envvar="RECONCILER_ENDPOINTS",
    help="Endpoints file of a local cloud, or 'local' to start the one in .reconciler/cloud.",
)
sign_in_option = click.option(
    "--sign-in",
    type=click.Choice(["none", "azure-cli", "azure-powershell", "device-code"]),
    envvar="RECONCILER_SIGN_IN",
    help="Where a person's token for writing links comes from.  [default: signIn of the configuration]",
)
environment_option = click.option(
    "--environment", "-e", "environments", multiple=True, help="Only this environment; may be repeated."
)
unproven_option = click.option(
    "--allow-unproven",
    is_flag=True,
    help="Plan and send calls that no public evidence shows, where they were inferred.",
)
everything_option = click.option("--all", "everything", is_flag=True, help="Fold nothing away.")


def format_option(*formats: str) -> Callable[[Command], Command]:
    """``--format``, text by default."""
    return click.option("--format", "form", type=click.Choice(formats), default="text", show_default=True)


def live_options(command: Command) -> Command:
    """What every command takes that reads live state."""
    for option in reversed((config_option, endpoints_option, sign_in_option)):
        command = option(command)
    return command


def planning_options(command: Command) -> Command:
    """What every command takes that compares manifests with live state."""
    for option in reversed((manifests_option, environment_option, everything_option)):
        command = option(command)
    return live_options(command)
