"""The locks of a command: where the configuration keeps them, and what a run tells of itself there."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from reconciler.apply.file_lock import FileLocks
from reconciler.apply.lock_wait import Waiting
from reconciler.cli.commit import current_commit
from reconciler.cli.durations import duration_option
from reconciler.cli.session import Planned
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.model.change import Change
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, account_name
from reconciler.model.errors import Refused
from reconciler.model.lock import LockInfo, lock_name
from reconciler.reports.escape import visible

if TYPE_CHECKING:
    from reconciler.apply.blob_lock import BlobLocks

LOCKS = Path(".reconciler/locks")

lock_timeout_option = duration_option(
    "--lock-timeout", help="Wait for locks of other runs, at most so long each: 90s, 10m.  [default: do not wait]"
)


@dataclass(frozen=True, slots=True)
class RunLocks:
    """The locks of one run, its id, and in words where they are."""

    locks: Waiting
    run: str
    where: str


@contextmanager
def run_locks(found: Planned, changes: Sequence[Change], timeout: int | None) -> Iterator[RunLocks]:
    """The locks that changes are carried out under. Nothing is looked up or locked yet. Raises Refused where they would
    be kept in an account that a link exports to."""
    info = LockInfo(
        str(uuid4()),
        who=found.clients.identities.who(),
        commit=current_commit(found.manifests) if changes else None,
        host=socket.gethostname(),
        pid=os.getpid(),
    )
    with ExitStack() as stack:
        lease = found.configuration.lock
        if lease and changes:
            blobs = stack.enter_context(blob_locks(found.configuration, found.desired, found.clients, info))
            where = f"container {lease.container} of {lease.storage_account}"
            yield RunLocks(Waiting(blobs, timeout or 0, _say), info.run, where)
        else:
            files = file_locks(found.configuration, found.desired, info)
            yield RunLocks(Waiting(files, timeout or 0, _say), info.run, str(LOCKS))


def file_locks(configuration: Configuration, desired: DesiredState, run: LockInfo) -> FileLocks:
    """Locks in the folder that the command runs in."""
    return FileLocks(LOCKS, run, _names(configuration, desired), _now)


def blob_locks(configuration: Configuration, desired: DesiredState, clients: ReadClients, run: LockInfo) -> BlobLocks:
    """Locks in the configured container. Raises Refused as ``run_locks`` does."""
    from reconciler.apply.blob_lock import BlobLocks

    lease = configuration.lock
    assert lease is not None  # noqa: S101 - for the type checker: callers looked
    _not_a_lake(lease.storage_account, desired)
    blobs = WriteClients.beside(clients).lock_blobs(lease.tenant_id, lease.storage_account, lease.container)
    return BlobLocks(blobs, run, _names(configuration, desired, lease.prefix), _now, _say)


def _names(configuration: Configuration, desired: DesiredState, prefix: str = "") -> Callable[[str], str]:
    environments = desired.environments
    return lambda name: prefix + lock_name(configuration.cloud.name, environments[name].environment_id)


def _not_a_lake(account: str, desired: DesiredState) -> None:
    for link in desired.links:
        if account_name(link.destination.storage_account) == account:
            raise Refused(
                f"The locks are to be kept in storage account '{account}', which link '{link.name}' exports to: rules "
                "for the lake's network and the age of its files would apply to them. Name another account under "
                "lock.storageAccount in reconciler.yaml"
            )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _say(text: str) -> None:
    click.echo(f"note: {visible(text)}", err=True)
