"""reconciler export."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import click

from reconciler.cli.configuration import read_configuration
from reconciler.cli.exit_codes import OK
from reconciler.cli.options import OutputPath, config_option, manifests_option
from reconciler.cli.write import write_file
from reconciler.manifests import load
from reconciler.manifests.references import nearest_name
from reconciler.manifests.solution import solution_xml, unsaid, unsayable
from reconciler.model.desired import DesiredState, SynapseLink
from reconciler.model.errors import InvalidInput, Refused
from reconciler.model.phrases import number_of
from reconciler.reports.escape import visible


@click.command()
@click.argument("links", metavar="LINK...", nargs=-1, required=True)
@click.option("--solution", is_flag=True, required=True, help="As customizations.xml of a solution.")
@click.option("--out", type=OutputPath(), help="Where to.  [default: standard output]")
@click.option("--id", "identifier", type=click.UUID, help="Id of the link in the solution, in place of a derived one.")
@click.option("--overwrite", is_flag=True, help="Replace the file of --out, if there is one.")
@manifests_option
@config_option
def export(links: tuple[str, ...], identifier: UUID | None, out: Path | None, overwrite: bool, **options: Any) -> int:
    """Write declared links in another form, offline: that of a solution's customizations.xml, for what still reads it.

    LINK is the name of a SynapseLink manifest. A solution can say csv links alone; what of a link is not in it is
    said in notes. The id of a link follows from its environment and storage account, unless --id says another.

    \b
    Examples:
      reconciler export --solution emea-dev-contosoemeadev --out customizations.xml
      reconciler export --solution emea-dev-contosoemeadev --id 653ae937-c02f-ed11-9db1-0022482dfdbf

    Exits with 0 where it was written, 4 where a link can't be said in that form.
    """
    if identifier and len(links) > 1:
        raise click.UsageError("--id goes with one link.")
    if out and out.exists() and out.is_file() and not overwrite:
        raise Refused(
            f"{visible(str(out))} exists already: choose another file, or add --overwrite to replace it whole"
        )
    configuration = read_configuration(options["config"])
    loaded = load(options["manifests"] or Path(configuration.manifests), configuration.cloud)
    if loaded.state is None:
        raise InvalidInput(loaded.diagnostics)
    chosen = [_link(name, loaded.state) for name in dict.fromkeys(links)]
    own = str(identifier) if identifier else None
    text = solution_xml(
        [(link, loaded.state.environments[link.environment], own) for link in chosen], configuration.cloud
    )
    if out:
        write_file(out, text)
        click.echo(f"Wrote {number_of(len(chosen), 'link')} to {visible(str(out))}.")
    else:
        click.echo(text, nl=False)
    for link in chosen:
        for note in unsaid(link):
            click.echo(f"note: {visible(link.name)}: {visible(note)}", err=True)
    return OK


def _link(name: str, state: DesiredState) -> SynapseLink:
    link = next((each for each in state.links if each.name == name), None)
    if link is None:
        nearest = nearest_name(name, [each.name for each in state.links])
        hint = f" Did you mean '{nearest}'?" if nearest else ""
        raise click.UsageError(f"No manifest declares a link '{visible(name)}'.{hint}")
    reasons = unsayable(link)
    if reasons:
        raise Refused(f"Link '{visible(name)}' can't be a solution's: {'; '.join(reasons)}")
    return link
