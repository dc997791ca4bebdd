"""A working folder with the fleet's manifests, pointed at a local cloud."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.fleet import write_manifests


@pytest.fixture
def folder(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The working folder of a command."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(cloud.endpoints))
    write_manifests(tmp_path / "manifests")
    return tmp_path
