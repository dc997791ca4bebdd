"""What does importing a full environment cost, against reading it alone?

Measured: ten links over 2,000 tables, imported in this process from a local cloud in a process of its own: reading,
composing (lists of common tables included), writing, loading what was written, planning it. Against: the reading
alone, of the same run. One run before does not count: it pays for imports, tokens and connections.

Exits with 1 where the first plan is not empty.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from linked_environment import LINKS, TABLES, TENANT, linked_environment
from processes import BenchmarkError, local_cloud, spread
from record_plan import TOKENS, Recorder

from reconciler.clients.clients import ReadClients, open_clients
from reconciler.clients.endpoints import read_endpoints
from reconciler.live.discover import discover
from reconciler.live.snapshot import read_environments
from reconciler.manifests import load
from reconciler.manifests.compose import Composed, compose
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.live import Snapshot
from reconciler.plan.build import build_plan

_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
PHASES = ("read", "compose", "write", "load", "plan")


@dataclass(slots=True)
class Run:
    """Wall and CPU seconds by phase, and what was written."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times a block."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name], self.cpu[name] = time.perf_counter() - wall, time.process_time() - cpu


def import_once(clients: ReadClients, configuration: Configuration, folder: Path, *, lists: bool) -> Run:
    """One import, as the command does it. BenchmarkError where its plan is not empty."""
    run = Run()
    with run.phase("read"):
        environments = discover(clients, TENANT, ())
        live = read_environments(clients, environments, configuration)
    with run.phase("compose"):
        composed = compose([(each, live[each.name]) for each in environments], lists=lists)
    with run.phase("write"):
        _write(folder, composed)
    with run.phase("load"):
        state = load(folder, CLOUDS["public"]).state
    if state is None:
        raise BenchmarkError("What was written is not valid")
    with run.phase("plan"):
        plan = build_plan(state, Snapshot(live), configuration)
    if plan.changes:
        raise BenchmarkError(f"The first plan is not empty: {len(plan.changes)} changes")
    run.written = {
        "links": len(composed.links),
        "linkedTables": composed.tables,
        "lists": len(composed.lists),
        "files": len(composed.files),
        "lines": sum(text.count("\n") for text in composed.files.values()),
    }
    return run


def _write(folder: Path, composed: Composed) -> None:
    for path, text in composed.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def measure_import(runs: int, *, lists: bool) -> dict[str, Any]:
    """The figures, medians."""
    recorder = Recorder()
    recorder.install()
    configuration = Configuration(sign_in=SignIn.DEVICE_CODE)
    found: list[Run] = []
    with tempfile.TemporaryDirectory(prefix="import-") as name:
        folder = Path(name)
        seed = folder / "seed.yaml"
        seed.write_text(json.dumps(linked_environment()), encoding="utf-8")
        with (
            local_cloud(folder, seed, 0) as endpoints,
            open_clients(configuration, read_endpoints(endpoints), prompt=print) as clients,
        ):
            for number in range(runs + 1):
                recorder.requests.clear()
                recorder.received = 0
                run = import_once(clients, configuration, folder / f"out-{number}", lists=lists)
                if number:
                    found.append(run)
    return _figures(found, recorder)


def _figures(runs: list[Run], recorder: Recorder) -> dict[str, Any]:
    def median(of: Callable[[Run], float]) -> float:
        return round(spread([of(run) for run in runs]).median, 3)

    reading, whole = median(lambda run: run.wall["read"]), median(lambda run: sum(run.wall.values()))
    reading_cpu, whole_cpu = median(lambda run: run.cpu["read"]), median(lambda run: sum(run.cpu.values()))
    return {
        "tables": TABLES,
        **runs[-1].written,
        "requests": {kind: count for kind, count in recorder.requests.items() if kind != TOKENS},
        "bytesReceived": recorder.received,
        "wallSeconds": {phase: round(spread([run.wall[phase] for run in runs]).median, 3) for phase in PHASES},
        "importWallSeconds": whole,
        "importCpuSeconds": whole_cpu,
        "wallPerReading": round(whole / reading, 2),
        "cpuPerReading": round(whole_cpu / reading_cpu, 2),
        "peakMemoryMiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / (1 << 20), 1),
        "runs": len(runs),
    }


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=f"Import of one environment of {LINKS} links and {TABLES} tables.")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-lists", action="store_true", help="Every table in its link.")
    given = parser.parse_args()
    try:
        figures = measure_import(max(given.runs, 1), lists=not given.no_lists)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
