"""What starting a command costs: nothing heavy is imported before it is needed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("azure", "msgraph", "requests", "deepdiff", "rich", "uvicorn", "trustme", "jsonschema", "yaml")
CLOUD = ("azure", "msgraph", "requests", "uvicorn", "trustme", "deepdiff")
REPOSITORY = Path(__file__).parents[2]


def imported(*words: str) -> set[str]:
    """Top-level packages that a command imports, in a process of its own."""
    program = (
        "import sys\nfrom reconciler.cli import reconciler\nfrom reconciler.cli.edge import run\n"
        f"run(reconciler, {list(words)!r})\n"
        "print('\\n'.join(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return set(done.stderr.split())


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    assert not imported(*words) & set(HEAVY)


@pytest.mark.parametrize(
    "words",
    [
        ("validate", "manifests"),
        ("schema",),
        ("schema", "SynapseLink"),
        ("journal", "--help"),
        ("import", "--help"),
        ("export", "--help"),
        ("simulator", "clock", "--help"),
        ("plan", "--nope"),
    ],
)
def test_offline_commands_import_no_cloud_package(words: tuple[str, ...]) -> None:
    found = imported(*words)
    assert not found & (set(CLOUD) if words[0] != "plan" else {"msgraph", "deepdiff", "uvicorn", "trustme"})


def test_planning_imports_neither_graph_nor_a_server() -> None:
    program = "import sys, reconciler.cli.plan; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in done.stdout.split()}
    assert not modules & {"msgraph", "uvicorn", "trustme", "deepdiff", "jsonschema"}
