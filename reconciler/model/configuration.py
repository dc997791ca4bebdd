"""reconciler.yaml: the trusted configuration, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reconciler.model.cloud import CLOUDS, Cloud


class SignIn(StrEnum):
    """Where the user's token for writing links comes from. Never a file of the repository."""

    NONE = "none"
    AZURE_CLI = "azureCli"
    AZURE_POWERSHELL = "azurePowerShell"
    DEVICE_CODE = "deviceCode"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a run may do and where: never taken from a pull request's own branch.

    ``concurrency`` bounds the environments that are read or written at once. ``assumptions`` overrides answers of
    the register of assumptions, by id. ``allow_unproven`` lets calls be sent that no public evidence shows: the command
    line alone sets it.
    """

    cloud: Cloud = field(default_factory=lambda: CLOUDS["public"])
    manifests: str = "manifests"
    concurrency: int = 32
    sign_in: SignIn = SignIn.NONE
    assumptions: Mapping[str, str] = field(default_factory=dict)
    allow_unproven: bool = False
