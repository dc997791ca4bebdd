"""reconciler plan."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reconciler.cli.commit import current_commit
from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import DIFFERENT, ERROR, OK, strongest
from reconciler.cli.guarding import guarded
from reconciler.cli.options import OutputPath, format_option, planning_options, unproven_option
from reconciler.cli.session import planned
from reconciler.cli.write import write_file
from reconciler.model.diagnostic import has_errors
from reconciler.plan.file import render
from reconciler.reports.escape import visible
from reconciler.reports.markdown import render_markdown
from reconciler.reports.text import render_plan


@click.command()
@planning_options
@unproven_option
@format_option("text", "json", "markdown")
@click.option("--out", type=OutputPath(), help="Write the plan as JSON, for apply.")
def plan(form: str, out: Path | None, everything: bool, **options: Any) -> int:
    """Show what would be done to make live what the manifests say, and what guards and policies would refuse of it.
    Writes nothing anywhere.

    \b
    Examples:
      reconciler plan
      reconciler plan --environment sales-dev --out plan.json
      reconciler plan --out plan.json --format markdown > plan.md
      reconciler plan --endpoints local

    Exits with 0 where there is nothing to do, 2 where there is (refused or not), 1 where something could not be read or
    is in error.
    """
    with planned(**options) as found:
        made = guarded(found)
        # Megabytes where a whole fleet changes: made for those who take it.
        document = render(made, current_commit(found.manifests)) if out or form == "json" else ""
        if out:
            write_file(out, document)
        match form:
            case "json":
                click.echo(document, nl=False)
            case "markdown":
                click.echo(render_markdown(made))
            case _:
                click.echo(render_plan(made, color=use_color(), everything=everything), nl=False)
                if out:
                    click.echo(f"Saved to {visible(str(out))}. Carry it out with: {_carry_out(out, options)}")
        return strongest((ERROR if has_errors(made.diagnostics) else OK, DIFFERENT if made.pending else OK))


def _carry_out(out: Path, options: Mapping[str, Any]) -> str:
    """The command that applies a saved plan: with the same manifests and configuration, or it would be refused."""
    given = [word for name in ("manifests", "config") if options[name] for word in (f"--{name}", str(options[name]))]
    given += ["--allow-unproven"] if options["allow_unproven"] else []
    return visible(shlex.join(["reconciler", "apply", str(out), *given]))
