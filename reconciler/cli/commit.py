"""The commit that a plan is made at, as information."""

from __future__ import annotations

import shutil
import subprocess


def current_commit() -> str | None:
    """The checked-out commit of the working folder; None outside a repository or without git."""
    git = shutil.which("git")
    if git is None:
        return None
    found = subprocess.run([git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False, timeout=10)
    return found.stdout.strip() or None
