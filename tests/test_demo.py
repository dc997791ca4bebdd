"""The example fleet is valid, agrees with the cloud of the demo, and the demo does what it says."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler.manifests import load
from reconciler.model.cloud import CLOUDS
from reconciler.model.desired import DesiredState
from reconciler.simulator.seeds import Source, check_seed
from reconciler.simulator.tables import built_in

ROOT = Path(__file__).parents[1]
MANIFESTS = ROOT / "manifests"
DEMO = ROOT / "docs/demo"


@cache
def seed() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEMO / "cloud.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def desired() -> DesiredState:
    loaded = load(MANIFESTS, CLOUDS["public"])
    assert loaded.diagnostics == ()
    assert loaded.state is not None
    return loaded.state


def seeded(section: str) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in seed()[section]}


def resource_id(section: str, provider: str, name: str) -> str:
    group = seeded(section)[name]["resourceGroup"]
    subscription = seeded("subscriptions")[seeded("resourceGroups")[group]["subscription"]]["id"]
    return f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{provider}/{name}".lower()


def test_the_fleet_is_three_stages_by_two_regions() -> None:
    labels = [(each.labels["stage"], each.labels["region"]) for each in desired().environments.values()]
    assert sorted(labels) == [(stage, region) for stage in ("dev", "prod", "test") for region in ("amer", "emea")]


def test_every_link_takes_the_lists_of_all_teams() -> None:
    shared = [{table.name for table in each.tables} for each in desired().lists]
    assert len(shared) >= 2
    assert all(names <= {table.name for table in link.tables} for link in desired().links for names in shared)


def test_the_seed_is_valid() -> None:
    check_seed(seed(), Source("cloud.yaml"))


def test_environments_are_those_of_the_seed() -> None:
    tenant = seed()["tenants"][0]["id"]
    assert {(name, each.environment_id, each.url, each.tenant_id) for name, each in desired().environments.items()} == {
        (name, each["id"], each["url"], tenant) for name, each in seeded("environments").items()
    }


def test_destinations_are_those_of_the_seed() -> None:
    accounts = {
        resource_id("storageAccounts", "Microsoft.Storage/storageAccounts", n) for n in seeded("storageAccounts")
    }
    workspaces = {resource_id("workspaces", "Microsoft.Synapse/workspaces", n) for n in seeded("workspaces")}
    containers = {
        (name, f"dataverse-contoso{name.replace('-', '')}-{each['uniqueName']}")
        for name, each in seeded("environments").items()
    }
    for link in desired().links:
        assert link.destination.storage_account in accounts
        assert link.destination.workspace is None or link.destination.workspace in workspaces
        assert (link.environment, link.destination.container) in containers


def test_tables_exist_in_the_seed() -> None:
    own = {entry["name"] for tables in seed()["tableSets"].values() for entry in tables}
    named = {name for link in desired().links for name in (*(t.name for t in link.tables), *link.absent_tables)}
    assert named <= own | set(built_in())


@pytest.mark.skipif(sys.platform == "win32", reason="the demo is a POSIX shell script, which Windows does not run")
def test_the_demo_runs(tmp_path: Path) -> None:
    command = tmp_path / "bin/reconciler"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from reconciler.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    variables = os.environ | {
        "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(scratch),
    }

    done = subprocess.run(
        ["sh", str(DEMO / "demo.sh")],
        env=variables,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Plan: nothing to do.") == 2
    assert "Their first plan is empty." in done.stdout
    assert list(scratch.iterdir()) == []
    pasting = runpy.run_path(str(DEMO / "paste.py"))
    told, shown = pasting["blocks"]((ROOT / "README.md").read_text(encoding="utf-8")), pasting["shown"](done.stdout)
    assert len(told) == 8
    for command, block in told.items():
        assert pasting["timeless"](block) == pasting["timeless"](shown[command]), "README.md is out of date: make tour"
