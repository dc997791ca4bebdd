"""reconciler.yaml: the trusted configuration, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.cloud import CLOUDS, Cloud
from reconciler.model.guard import Freeze, Guards, Policy, Protected, Prune
from reconciler.model.limits import Limits


class SignIn(StrEnum):
    """Where the user's token for writing links comes from. Never a file of the repository."""

    NONE = "none"
    AZURE_CLI = "azureCli"
    AZURE_POWERSHELL = "azurePowerShell"
    DEVICE_CODE = "deviceCode"


@dataclass(frozen=True, slots=True)
class BlobLease:
    """Locks are leases of blobs in a container that exists; ``prefix`` begins their names."""

    storage_account: str
    container: str
    tenant_id: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a run may do and where: never taken from a pull request's own branch.

    ``concurrency`` bounds the environments that are read or written at once. ``assumptions`` overrides answers of
    the register of assumptions, by id. ``allow_unproven`` lets calls be sent that no public evidence shows: the command
    line alone sets it. ``guards``, ``freezes``, ``protected`` and ``policies`` stand before apply, ``prune`` is consent
    to end what is undeclared, ``namespace`` is the repository's own for names that mark what it made. ``lock`` is where
    locks are kept, None for files of the folder that a command runs in.
    """

    cloud: Cloud = field(default_factory=lambda: CLOUDS["public"])
    manifests: str = "manifests"
    concurrency: int = 32
    sign_in: SignIn = SignIn.NONE
    assumptions: Mapping[str, str] = field(default_factory=dict)
    allow_unproven: bool = False
    guards: Guards = field(default_factory=Guards)
    freezes: tuple[Freeze, ...] = ()
    protected: tuple[Protected, ...] = ()
    policies: tuple[Policy, ...] = ()
    prune: tuple[Prune, ...] = ()
    namespace: str | None = None
    limits: Limits = field(default_factory=Limits)
    lock: BlobLease | None = None

    def prunes(self, kind: str, environment: str) -> bool:
        """Whether undeclared resources of a kind may be ended in an environment."""
        return any(each.kind == kind and environment in each.environments for each in self.prune)
