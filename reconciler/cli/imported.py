"""What imports share: files that are only ever added, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import starmap
from pathlib import Path

import click

from reconciler.cli.write import write_file
from reconciler.manifests.compose import INCOMPLETE, Composed, Taken
from reconciler.model.desired import DesiredState
from reconciler.model.errors import Refused
from reconciler.model.phrases import number_of
from reconciler.reports.escape import visible


def manifests_in(folder: Path) -> list[Path]:
    """The files that hold manifests, or could."""
    return sorted(folder.rglob("*.y*ml")) if folder.is_dir() else []


def taken_in(folder: Path, state: DesiredState | None) -> Taken:
    """Names that new manifests of the folder can't have, and its environments."""
    stems = {path.stem for path in manifests_in(folder)}
    if state is None:
        return Taken(stems, stems)
    return Taken(
        links=stems | {link.name for link in state.links},
        lists=stems | {each.name for each in state.lists},
        environments=frozenset(state.environments),
        shared=state.lists,
    )


def write_new(folder: Path, files: Mapping[str, str]) -> None:
    """Writes files that aren't there yet. Refused, before anything is written, where one of them is, or would lie
    outside of the folder. A file that a person is completing stays as it is."""
    inside = folder.resolve()
    for path in files:
        target = folder / path
        if not target.resolve().is_relative_to(inside):
            raise Refused(f"{visible(str(target))} leads out of the folder by a link: nothing is written there")
        if target.exists() and not path.endswith(INCOMPLETE):
            raise Refused(f"{visible(str(target))} exists already, and nothing is overwritten: move it away")
    for path, text in files.items():
        if not (folder / path).exists():
            write_file(folder / path, text)


def tell(folder: Path, composed: Composed) -> None:
    """Says what was written, and what a person has to know of it."""
    environments = sum(path.endswith("/environment.yaml") for path in composed.files)
    wrote = [(environments, "environment"), (len(composed.links), "link"), (composed.tables, "table")]
    if composed.lists:
        wrote.append((len(composed.lists), "shared list"))
    click.echo(f"Wrote {', '.join(starmap(number_of, wrote))} to {visible(str(folder))}.")
    if composed.incomplete:
        click.echo(f"{number_of(len(composed.incomplete), 'link')} to be completed by hand: see the notes.")
    for note in composed.notes:
        click.echo(f"note: {visible(note)}")
