"""reconciler unlock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from reconciler.apply.blob_lock import BlobLocks
from reconciler.apply.file_lock import FileLocks
from reconciler.apply.locked import holder_words
from reconciler.cli.confirming import somebody_answers
from reconciler.cli.exit_codes import OK, REFUSED
from reconciler.cli.locking import blob_locks, file_locks
from reconciler.cli.options import format_option, live_options, manifests_option
from reconciler.cli.session import cloud_endpoints, configuration_from, known_environments
from reconciler.clients.clients import open_clients
from reconciler.manifests import load
from reconciler.model.canonical import readable_json, to_json
from reconciler.model.errors import InvalidInput
from reconciler.model.lock import LockInfo, LockState
from reconciler.reports.escape import visible

FORMAT_VERSION = 1
_NOBODY = LockInfo("")


@click.command()
@click.argument("environments", metavar="[ENVIRONMENT]...", nargs=-1)
@click.option("--force", is_flag=True, help="End the locks of these environments, whoever has them.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask for the names to be typed.")
@manifests_option
@live_options
@format_option("text", "json")
def unlock(environments: tuple[str, ...], force: bool, yes: bool, form: str, **options: Any) -> int:
    """Show which runs hold the locks of environments, and end locks that were left behind.

    Look first whether that run still goes on: with --force it loses its lock, writes nothing more, and leaves what it
    was at half done for the next apply. A lock that is a file can't be ended so: it ends with its process.

    \b
    Examples:
      reconciler unlock
      reconciler unlock sales --format json
      reconciler unlock sales --force

    Exits with 0 where it showed or ended locks, 1 where the place of locks did not answer, 4 where one is to be ended
    and was not: its name was not typed, or it is a file.
    """
    if force and not environments:
        raise click.UsageError("--force needs the names of the environments whose locks are to be ended.")
    if force and not (yes or somebody_answers()):
        raise click.UsageError("Without a terminal to ask on, --force needs --yes.")
    with _locks(environments, **options) as (locks, names):
        states = {name: locks.state(name) for name in names}
        if form == "json":
            click.echo(_document(states), nl=False)
        else:
            click.echo("\n".join(_line(name, state, locks) for name, state in states.items()) or "No environments.")
        if not force:
            return OK
        return _end(locks, [name for name, state in states.items() if state.held], yes=yes)


@contextmanager
def _locks(
    environments: Sequence[str], manifests: Path | None, config: Path | None, endpoints: str | None, sign_in: str | None
) -> Iterator[tuple[FileLocks | BlobLocks, list[str]]]:
    """The configured locks, and the environments that are meant. Raises InvalidInput for manifests with errors."""
    with cloud_endpoints(endpoints) as found:
        configuration = configuration_from(config, sign_in, found)
        loaded = load(manifests or Path(configuration.manifests), configuration.cloud)
        if loaded.state is None:
            raise InvalidInput(loaded.diagnostics)
        names = known_environments(environments, loaded.state) or sorted(loaded.state.environments)
        if configuration.lock is None:
            yield file_locks(configuration, loaded.state, _NOBODY), names
            return
        with (
            open_clients(configuration, found, prompt=lambda text: click.echo(text, err=True)) as clients,
            blob_locks(configuration, loaded.state, clients, _NOBODY) as locks,
        ):
            yield locks, names


def _end(locks: FileLocks | BlobLocks, held: Sequence[str], *, yes: bool) -> int:
    """Ends locks; the exit code."""
    left = False
    for name in held:
        shown = visible(name)
        if isinstance(locks, FileLocks):
            said = f"The lock of '{shown}' is a file, and its process still has it: end that process, and the lock ends"
            left = True
        elif not yes and not _typed(name):
            said = f"That is not the name: the lock of '{shown}' stays."
            left = True
        elif locks.break_lock(name):
            said = f"The lock of '{shown}' is ended."
        else:
            said = f"The lock of '{shown}' was not held any more."
        click.echo(said, err=True)
    if not held:
        click.echo("Nothing is locked: there is nothing to end.", err=True)
    return REFUSED if left else OK


def _typed(name: str) -> bool:
    return str(click.prompt(f"Type '{visible(name)}' to end its lock", default="", show_default=False)) == name


def _document(states: dict[str, LockState]) -> str:
    locks = [{"environment": name, "held": state.held, "holder": _holder(state)} for name, state in states.items()]
    return readable_json({"formatVersion": FORMAT_VERSION, "locks": locks})


def _holder(state: LockState) -> Any:
    return to_json(state.info) if state.held and state.info else None


def _line(name: str, state: LockState, locks: FileLocks | BlobLocks) -> str:
    if state.held:
        holder = holder_words(state.info) if state.info else "a run that did not say which"
        return f"locked  {visible(name)}  by {visible(holder)}"
    if state.info and isinstance(locks, FileLocks):
        return f"free    {visible(name)}  left by {visible(holder_words(state.info))}, which has ended"
    return f"free    {visible(name)}"
