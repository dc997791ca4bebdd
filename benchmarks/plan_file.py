"""How large is the file of a plan, and what does it cost to make, write and read it? In memory: nothing is read.

Fleets of 200 environments with one link of 300 tables each, of which none, ten or all lack one declared table.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Destination, DestinationType, Environment, SynapseLink, Table
from reconciler.model.desired import TableSource as Source
from reconciler.model.diagnostic import Location
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable, Snapshot, TableDefinition
from reconciler.plan.build import build_plan
from reconciler.plan.file import render
from reconciler.plan.saved import parse

ENVIRONMENTS, TABLES = 200, 300
PLACE = Location("manifests/fleet.yaml")
GROUP = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-data/providers"
NEW = "sample_entity_new"
Result = TypeVar("Result")


def main() -> None:
    """Prints a line a fleet."""
    for changed in (0, ENVIRONMENTS // 20, ENVIRONMENTS):
        desired, live = _fleet(changed)
        plan, building = _timed(partial(build_plan, desired, live, Configuration()))
        text, writing = _timed(partial(render, plan))
        saved, reading = _timed(partial(parse, text, "plan.json"))
        if len(saved.changes) != changed:
            sys.exit(f"{len(saved.changes)} changes where {changed} were made")
        print(
            f"{changed} of {ENVIRONMENTS} change: {len(text.encode()) / 1e6:.2f} MB, CPU s: "
            f"build {building:.2f}, write {writing:.2f}, read {reading:.2f}"
        )


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    begun = time.process_time()
    return work(), time.process_time() - begun


def _fleet(changed: int) -> tuple[DesiredState, Snapshot]:
    names = [f"sample_entity_{number:04d}" for number in range(TABLES)]
    linked = {
        name: LiveTable(name, Source.DATAVERSE, append_only=False, partition="month", record_count_per_block=125)
        for name in names
    }
    definitions = {NEW: TableDefinition(NEW, True, True, "Standard", is_intersect=False)}
    desired: dict[str, Environment] = {}
    live: dict[str, LiveEnvironment] = {}
    links: list[SynapseLink] = []
    for number in range(ENVIRONMENTS):
        name = f"env-{number:03d}"
        account = f"{GROUP}/microsoft.storage/storageaccounts/lake{number:03d}"
        tables = [*names, NEW] if number < changed else names
        desired[name] = Environment(name, f"id-{name}", f"https://{name}.crm4.dynamics.com", "tenant", PLACE)
        destination = Destination(DestinationType.CSV, account, "container")
        links.append(SynapseLink(f"{name}-link", name, destination, PLACE, tables=tuple(map(Table, tables))))
        found = LiveLink(
            environment=name,
            profile_id=f"profile-{number}",
            folder_id=f"folder-{number}",
            name=f"lake{number:03d}",
            destination_type=DestinationType.CSV,
            storage_account=account,
            container="container",
            workspace=None,
            interval=60,
            attachments=False,
            files=False,
            profile_state=1,
            activated=True,
            tables=linked,
        )
        live[name] = LiveEnvironment(name, links=(found,), definitions=definitions)
    return DesiredState(desired, tuple(links)), Snapshot(live)


if __name__ == "__main__":
    main()
