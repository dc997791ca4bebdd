"""The commit that a plan is made at, as information."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def current_commit(manifests: Path) -> str | None:
    """The checked-out commit of the repository that holds the manifests; None outside a repository or without git."""
    git = shutil.which("git")
    if git is None:
        return None
    folder = manifests if manifests.is_dir() else manifests.parent
    command = [git, "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None
