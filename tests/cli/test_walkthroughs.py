"""Each walkthrough does what its page says: its commands run in order, and print each line of output that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from reconciler.simulator import running

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/walkthroughs").glob("*.md"))
COMMANDS = ("reconciler ", "cat ", "cp ", "export ", "sed ")
NOT_HERE = ("reconciler simulator serve", "export RECONCILER_ENDPOINTS")


def blocks(page: Path) -> tuple[list[str], list[str]]:
    """Commands and lines of output, in the order of the page."""
    commands, lines = [], []
    for block in re.findall(r"^```\n(.*?)^```$", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL):
        if block.startswith(COMMANDS):
            commands.append("\n".join(line for line in block.splitlines() if not line.startswith(NOT_HERE)))
        else:
            lines += block.splitlines()
    return commands, lines


def seed_of(page: Path) -> Path:
    """The seed that the page serves."""
    found = re.search(r"simulator serve --seed (\S+)", page.read_text(encoding="utf-8"))
    assert found
    return ROOT / found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_the_walkthrough_runs_as_it_stands(page: Path, tmp_path: Path) -> None:
    commands, lines = blocks(page)
    assert len(commands) > 4
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    program = "from reconciler.cli import main; main()"
    (tmp_path / "reconciler").write_text(f"#!/bin/sh\nexec {sys.executable} -c '{program}' \"$@\"\n")
    (tmp_path / "reconciler").chmod(0o755)
    with running(tmp_path / ".reconciler/cloud", seed=yaml.safe_load(seed_of(page).read_text("utf-8"))) as cloud:
        done = subprocess.run(
            ["bash", "-c", "\n".join(commands)],
            cwd=tmp_path,
            env={
                **os.environ,
                "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "RECONCILER_ENDPOINTS": str(cloud.endpoints),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    printed = (done.stdout + done.stderr).splitlines()
    assert [line for line in lines if line not in printed] == [], done.stdout + done.stderr
    if page.stem == "from-solution-xml":
        assert (tmp_path / "customizations.xml").read_text() == (page.parent / "customizations.xml").read_text()
