"""Finds and reads the trusted configuration."""

from __future__ import annotations

from pathlib import Path

from reconciler.manifests.configuration import load_configuration
from reconciler.model.configuration import Configuration

DEFAULT = Path("reconciler.yaml")


def read_configuration(config: Path | None) -> Configuration:
    """The configuration of ``--config``, else of reconciler.yaml in the working folder, else the defaults."""
    return load_configuration(config or (DEFAULT if DEFAULT.exists() else None))
