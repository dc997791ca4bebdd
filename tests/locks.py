"""Locks for tests: a storage account of its own beside the fleet's, and runs that hold leases in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reconciler.apply.blob_lock import BlobLocks
from reconciler.clients.clients import WriteClients
from reconciler.clients.lock_blobs import LockBlobs
from reconciler.model.configuration import Configuration
from reconciler.model.journal import Who
from reconciler.model.lock import LockInfo, lock_name
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, TENANT

ACCOUNT, CONTAINER = "contosolocks", "locks"
SEED: dict[str, Any] = CLOUD | {
    "storageAccounts": [
        *CLOUD["storageAccounts"],
        {"name": ACCOUNT, "resourceGroup": "rg-data", "isHnsEnabled": False, "containers": [CONTAINER]},
    ]
}
CONFIGURATION = f"""apiVersion: reconciler/v1
kind: Configuration
lock: {{type: blob, storageAccount: {ACCOUNT}, container: {CONTAINER}, tenantId: {TENANT}, prefix: fleet/}}
"""
PREFIX = "fleet/"


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def name_of(partition: str) -> str:
    return PREFIX + lock_name("public", ENVIRONMENTS[partition].environment_id)


def a_run(**fields: Any) -> LockInfo:
    who = (Who("application", TENANT, str(uuid4()), str(uuid4())),)
    return LockInfo(**{"run": str(uuid4()), "who": who, "host": "runner-1", "pid": 4711, "commit": "c0ffee", **fields})


@contextmanager
def blobs_of(cloud: Cloud, container: str = CONTAINER, account: str = ACCOUNT) -> Iterator[LockBlobs]:
    """The lock blobs of a local cloud, over real HTTPS."""
    with clients_of(cloud, Configuration()) as clients:
        yield WriteClients.beside(clients).lock_blobs(TENANT, account, container)


@contextmanager
def locks_in(
    blobs: LockBlobs,
    clock: Callable[[], float] | None = None,
    say: Callable[[str], None] = pytest.fail,
    run: LockInfo | None = None,
) -> Iterator[BlobLocks]:
    """One run's locks."""
    timing = {"clock": clock} if clock else {}
    with BlobLocks(blobs, run or a_run(), name_of, lambda: "2026-01-02T03:04:05Z", say, **timing) as locks:
        yield locks


def write_configuration(folder: Path) -> None:
    (folder / "reconciler.yaml").write_text(CONFIGURATION, encoding="utf-8")
