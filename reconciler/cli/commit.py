"""The commit that a plan is made at, as information."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def current_commit(manifests: Path) -> str | None:
    """The checked-out commit of the repository that holds the manifests; None outside a repository or without git."""
    git = shutil.which("git")
    if git is None or Path(git).resolve().is_relative_to(Path.cwd()):
        return None  # a program of that name in the working folder came with the manifests
    folder = manifests if manifests.is_dir() else manifests.parent
    # Nor is a folder of manifests that looks like a repository taken for one: its configuration could name programs.
    command = [git, "-c", "safe.bareRepository=explicit", "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    commit = found.stdout.strip()
    return commit if _COMMIT.fullmatch(commit) else None
