"""reconciler import --solution: from a solution's customizations.xml, without any cloud."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import click

from reconciler.cli.configuration import read_configuration
from reconciler.cli.exit_codes import OK
from reconciler.cli.imported import manifests_in, taken_in, tell, write_new
from reconciler.manifests import LoadResult, load
from reconciler.manifests.compose import INCOMPLETE, compose_links
from reconciler.manifests.declaring import Declaration, fitting, link_name
from reconciler.manifests.naming import Names
from reconciler.manifests.solution import declare_entry
from reconciler.manifests.solution_file import SolutionEntry, error, read_solution
from reconciler.model.desired import DesiredState
from reconciler.model.diagnostic import Diagnostic, has_errors
from reconciler.model.errors import InvalidInput
from reconciler.reports.escape import visible

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class SolutionSource:
    """A solution's file, and what it does not say: which environment its links belong to, and their container."""

    file: Path
    environment: str
    container: str | None
    config: Path | None


def import_solution(folder: Path, source: SolutionSource, *, lists: bool) -> int:
    """Adds manifests of the links of a solution to a folder, new or not. InvalidInput where the solution, or what
    becomes of it, is wrong; then nothing is written."""
    _check(source)
    entries, problems = read_solution(source.file)
    if problems:
        raise InvalidInput(tuple(problems))
    before = load(folder, read_configuration(source.config).cloud) if manifests_in(folder) else None
    if before and before.state is None:
        raise InvalidInput(before.diagnostics)
    state = before.state if before else None
    taken = taken_in(folder, state)
    declarations = _declarations(entries, source, Names(taken.links))
    new = [each for each in declarations if not _is_declared(each, state)]
    composed = compose_links(new, lists=lists, taken=taken)
    composed.notes.extend(_notes(len(declarations) - len(new), source, new))
    if state is None or source.environment not in state.environments:
        composed.files[f"{source.environment}/environment.yaml{INCOMPLETE}"] = _environment(source.environment)
    if not new:
        click.echo(f"Nothing is missing: manifests declare every link of {visible(str(source.file))}.")
        return OK
    write_new(folder, composed.files)
    tell(folder, composed)
    _tell_next(folder, source, state)
    return OK


def _check(source: SolutionSource) -> None:
    if not source.environment or not _NAME.fullmatch(source.environment):
        raise click.UsageError(
            "--solution needs --environment: the name of the Environment manifest that the links belong to, such as "
            "emea-dev. Solutions don't say it."
        )
    if source.container is not None and fitting("container", source.container) is None:
        raise click.UsageError(
            f"--container {visible(source.container)!r} can't be a container: 3 to 63 lower-case letters, digits and "
            "single hyphens."
        )


def _declarations(entries: list[SolutionEntry], source: SolutionSource, names: Names) -> list[Declaration]:
    found, problems = [], []
    for entry in entries:
        declaration, wrong = declare_entry(entry, "", source.environment, source.container)
        problems += wrong
        account = declaration.link.destination.storage_account
        declaration.link = replace(declaration.link, name=names.free(link_name(source.environment, account)))
        found.append(declaration)
    problems += _duplicates(entries, found)
    if has_errors(problems):
        raise InvalidInput(tuple(problems))
    return found


def _duplicates(entries: list[SolutionEntry], declarations: list[Declaration]) -> list[Diagnostic]:
    accounts = Counter(each.link.destination.storage_account for each in declarations)
    return [
        error(
            entry.location,
            "duplicate-link",
            "The solution holds several links to one storage account.",
            "Take all but one out of the solution, and export it again.",
            found=account.rpartition("/")[2],
            expected="each storage account once",
        )
        for entry, declaration in zip(entries, declarations, strict=True)
        if (account := declaration.link.destination.storage_account) and accounts[account] > 1
    ]


def _is_declared(declaration: Declaration, state: DesiredState | None) -> bool:
    return state is not None and any(link.key == declaration.link.key for link in state.links)


def _notes(known: int, source: SolutionSource, new: list[Declaration]) -> list[str]:
    notes = [f"{known} links of the solution are declared already, and were left alone."] if known else []
    if new and source.container is None:
        notes.append(
            f"Solutions don't hold the container. Add container to spec.values of Environment '{source.environment}' "
            "(validate says so until it is there), or name it in each link."
        )
    return notes


def _environment(name: str) -> str:
    return f"""# No manifest yet: no command reads the file. Fill in what is missing; take .incomplete from its name.
# 'reconciler import' without --solution writes it by itself, from what is live.
apiVersion: reconciler/v1
kind: Environment
metadata:
  name: {name}
spec:
  # Missing: environmentId, url (https://contoso-dev.crm4.dynamics.com) and tenantId.
  values:
    # Missing: container, unless the links name it.
"""


def _tell_next(folder: Path, source: SolutionSource, state: DesiredState | None) -> None:
    if state is None or source.environment not in state.environments:
        name = f"{source.environment}/environment.yaml{INCOMPLETE}"
        click.echo(f"Complete {visible(str(folder / name))}, then run: reconciler validate")
        return
    loaded: LoadResult = load(folder, read_configuration(source.config).cloud)
    remaining = [each for each in loaded.diagnostics if each.code != "undefined-value"]
    if has_errors(remaining):
        raise InvalidInput(tuple(remaining))
    if loaded.state is not None:
        click.echo("The manifests are valid. See what differs from what is live: reconciler plan")
