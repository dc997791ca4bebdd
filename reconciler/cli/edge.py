"""The outermost edge: every failure becomes one message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from io import StringIO

import click

from reconciler.cli.exit_codes import ERROR, INVALID
from reconciler.model.errors import InvalidInput, ReconcilerError

INTERRUPTED = 130
BROKEN_PIPE = 141


def run(command: click.Command, arguments: list[str] | None = None) -> int:
    """Runs a command; gives its exit code. Prints errors on stderr."""
    try:
        result = command.main(args=arguments, prog_name="reconciler", standalone_mode=False)
    except click.ClickException as error:
        shown = StringIO()
        error.show(file=shown)
        click.echo(_visible_lines(shown.getvalue()), err=True, nl=False)
        return INVALID if isinstance(error, click.UsageError) else ERROR
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except SystemExit:
        # Only click does that, for a pipe whose reader has gone (head, less): nothing more can be said.
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the one place where any error becomes a message and a code
        return _explain(error)
    return result if isinstance(result, int) else 0


def use_color(*, err: bool = False) -> bool:
    """Whether to colour what goes to stdout (or stderr): a terminal, and NO_COLOR not set."""
    stream = sys.stderr if err else sys.stdout
    return stream.isatty() and not os.environ.get("NO_COLOR")


def _visible_lines(text: str) -> str:
    """Lines of a text that may hold words from outside, such as the names of files."""
    from reconciler.model.redaction import without_secrets
    from reconciler.reports.escape import visible

    return "\n".join(visible(line) for line in without_secrets(text).split("\n"))


def _explain(error: Exception) -> int:
    from reconciler.clients.redaction import redact
    from reconciler.reports.diagnostics import render_diagnostics
    from reconciler.reports.escape import visible

    match error:
        case InvalidInput():
            click.echo(render_diagnostics(error.diagnostics, color=use_color(err=True)), err=True, nl=False)
            return error.exit_code
        case ReconcilerError():
            click.echo(f"Error: {visible(str(error))}", err=True)
            return error.exit_code
        case OSError():
            click.echo(f"Error: {visible(str(error.filename or 'a file'))}: {error.strerror or error}", err=True)
        case _:
            click.echo(f"Error: unforeseen {type(error).__name__}: {visible(redact(str(error)))}", err=True)
            if os.environ.get("RECONCILER_DEBUG"):
                click.echo(_visible_lines("".join(traceback.format_exception(error))), err=True)
            else:
                click.echo("This is a fault of reconciler. Run again with RECONCILER_DEBUG=1 and report it.", err=True)
    return ERROR
