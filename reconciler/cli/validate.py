"""reconciler validate."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.edge import use_color
from reconciler.cli.exit_codes import INVALID
from reconciler.cli.options import config_option, format_option


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@config_option
@format_option("text", "json")
@click.pass_context
def validate(context: click.Context, path: Path | None, config: Path | None, form: str) -> None:
    """Check the manifests in PATH, a folder or file. Offline: no service is asked.

    \b
    Examples:
      reconciler validate
      reconciler validate manifests/prod --format json

    Exits with 0 where there is no error, 3 otherwise.
    """
    from reconciler.cli.configuration import read_configuration
    from reconciler.manifests import load
    from reconciler.model.canonical import readable_json, to_json
    from reconciler.reports.diagnostics import render_diagnostics

    configuration = read_configuration(config)
    result = load(path or Path(configuration.manifests), configuration.cloud)
    counts = {
        "files": result.files,
        "documents": result.documents,
        "errors": sum(diagnostic.severity == "error" for diagnostic in result.diagnostics),
        "warnings": sum(diagnostic.severity == "warning" for diagnostic in result.diagnostics),
    }
    if form == "json":
        report = {"formatVersion": 1, "valid": result.state is not None, "summary": counts}
        click.echo(readable_json({**report, "diagnostics": to_json(result.diagnostics)}), nl=False)
    else:
        if result.diagnostics:
            click.echo(render_diagnostics(result.diagnostics, color=use_color()))
        verdict = "Valid" if result.state is not None else "Not valid"
        click.echo(
            f"{verdict}: "
            + ", ".join(f"{count} {name if count != 1 else name[:-1]}" for name, count in counts.items())
            + "."
        )
    if result.state is None:
        context.exit(INVALID)
