"""The command line: one file a command. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import importlib
import os
import signal
import sys

import click

from reconciler import __version__

# Names, modules and one-line helps: so that --help imports no command.
_COMMANDS: dict[str, tuple[str, str]] = {
    "validate": ("reconciler.cli.validate:validate", "Check manifests, offline."),
    "preflight": ("reconciler.cli.preflight:preflight", "Check what links rest on, before anything is changed."),
    "plan": ("reconciler.cli.plan:plan", "Show what would be done to make live what the manifests say."),
    "apply": ("reconciler.cli.apply:apply", "Make live what the manifests say."),
    "unlock": ("reconciler.cli.unlock:unlock", "Show who holds the locks of environments, and end a lock left behind."),
    "drift": ("reconciler.cli.drift:drift", "Report where live differs from the manifests."),
    "status": ("reconciler.cli.status:status", "Report how links and tables are."),
    "import": ("reconciler.cli.import_manifests:import_manifests", "Write manifests of what exists."),
    "export": ("reconciler.cli.export:export", "Write declared links in a solution's form."),
    "journal": ("reconciler.cli.journal:journal", "Show what apply did, run by run."),
    "probe": ("reconciler.cli.probe:probe", "See which assumptions about the services hold, by reading."),
    "schema": ("reconciler.cli.schema:schema", "Print the JSON Schema of manifests."),
    "simulator": ("reconciler.cli.simulator:simulator", "Run a local cloud to try everything on."),
}


class _Commands(click.Group):
    """Loads a command's module when the command is run, or its own help asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="reconciler")
def reconciler() -> None:
    """Declarative GitOps for Azure Synapse Link for Dataverse.

    Manifests say which links and exported tables should exist; plan shows the difference to what is live, apply makes
    it so, drift reports what changed outside.

    Exit codes: 0 nothing to do, or done; 1 error; 2 changes, drift or ill health; 3 invalid input or usage; 4 refused;
    5 ended partly done or blocked.
    """


def main() -> None:
    """Runs the command line and exits with the code that the documentation promises."""
    from reconciler.cli.edge import BROKEN_PIPE, INTERRUPTED, run

    # A runner that cancels a job sends SIGTERM: it ends like Ctrl-C, so that what was begun is finished and told.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = run(reconciler)
    if code in {BROKEN_PIPE, INTERRUPTED}:
        # Threads may still wait for answers that nobody needs any more; an ordinary exit would wait for them.
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
