"""reconciler drift."""

from __future__ import annotations

from typing import Any

import click

from reconciler.cli.commit import current_commit
from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import DIFFERENT, ERROR, OK, strongest
from reconciler.cli.options import format_option, planning_options, unproven_option
from reconciler.cli.session import planned
from reconciler.model.diagnostic import has_errors
from reconciler.plan.file import render
from reconciler.reports.markdown import render_drift_markdown
from reconciler.reports.text import render_drift


@click.command()
@planning_options
@unproven_option
@format_option("text", "json", "markdown")
def drift(form: str, everything: bool, **options: Any) -> int:
    """Report where live differs from the manifests, undeclared tables of declared links included. Writes nothing.

    \b
    Examples:
      reconciler drift
      reconciler drift --format json > drift.json

    Exits with 0 where nothing differs, 2 where something does, 1 where something could not be read.
    """
    with planned(**options) as found:
        match form:
            case "json":
                click.echo(render(found.plan, current_commit(found.manifests)), nl=False)
            case "markdown":
                click.echo(render_drift_markdown(found.plan))
            case _:
                click.echo(render_drift(found.plan, color=use_color(), everything=everything), nl=False)
        return strongest((ERROR if has_errors(found.plan.diagnostics) else OK, DIFFERENT if found.plan.drifted else OK))
