"""What does ``reconciler status`` of a fleet cost, against a plan of the same fleet that has nothing to do?

Measured: both commands in turns, each a fresh process from its start to its end, against the local cloud in a process
of its own. Requests and bytes are counted in a pass of their own, which is not timed, and the JSON of those bytes is
parsed bare: what no reader could save.

Exits with 1 where a status does not tell of every table.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fleet_files import Fleet, write_fleet
from processes import RECONCILER, BenchmarkError, Usage, local_cloud, measure, spread
from record_plan import TOKENS, Recorder

from reconciler.cli import reconciler
from reconciler.cli.edge import run

RUN_SECONDS = 600
COMMANDS = ("status", "plan")


def measure_fleet(fleet: Fleet, latency_ms: float, runs: int, folder: Path) -> dict[str, Any]:
    """Generates, serves, asks and checks; the figures are medians."""
    manifests, seed = write_fleet(fleet, folder)
    usages: dict[str, list[Usage]] = {name: [] for name in COMMANDS}
    with local_cloud(folder, seed, latency_ms) as endpoints:
        options = ["--manifests", str(manifests), "--endpoints", str(endpoints)]
        for _ in range(runs):
            for name in COMMANDS:
                usage = measure([*RECONCILER, name, *options], folder, name, RUN_SECONDS)
                if usage.status:
                    errors = (folder / f"{name}.err").read_text(errors="replace")[:2000]
                    raise BenchmarkError(f"{name} ended with {usage.status}:\n{errors}")
                usages[name].append(usage)
        # Last: what it keeps would be counted as the memory of every process that this one starts.
        recorder = _record(fleet, options)
    return _figures(fleet, usages, recorder)


def _record(fleet: Fleet, options: list[str]) -> Recorder:
    """One status with every answer noted. BenchmarkError where a table is missing."""
    recorder, printed = Recorder(), io.StringIO()
    recorder.install()
    with contextlib.redirect_stdout(printed):
        status = run(reconciler, ["status", "--format", "json", *options])
    told = sum(len(link["tables"]) for link in json.loads(printed.getvalue())["links"])
    if status or told != fleet.environments * fleet.tables:
        raise BenchmarkError(f"status ended with {status} and told of {told} tables")
    return recorder


def _figures(fleet: Fleet, usages: Mapping[str, list[Usage]], recorder: Recorder) -> dict[str, Any]:
    began = time.process_time()
    for body in recorder.bodies:
        json.loads(body)
    bare = time.process_time() - began
    asked = {kind: count for kind, count in recorder.requests.items() if kind != TOKENS}
    cpu = {name: spread([usage.cpu for usage in runs]) for name, runs in usages.items()}
    wall = {name: spread([usage.wall for usage in runs]) for name, runs in usages.items()}
    return {
        "environments": fleet.environments,
        "tables": fleet.tables,
        "requests": asked,
        "requestsPerEnvironment": round(sum(asked.values()) / fleet.environments, 2),
        "bytesReceived": recorder.received,
        "bareJsonSeconds": round(bare, 3),
        "wallSeconds": {name: round(found.median, 2) for name, found in wall.items()},
        "wallSecondsRange": [round(wall["status"].low, 2), round(wall["status"].high, 2)],
        "cpuSeconds": {name: round(found.median, 2) for name, found in cpu.items()},
        "cpuSecondsRange": [round(cpu["status"].low, 2), round(cpu["status"].high, 2)],
        "peakMemoryMiB": {name: round(max(usage.peak_mib for usage in runs), 1) for name, runs in usages.items()},
        "cpuPerPlan": round(cpu["status"].median / cpu["plan"].median, 2),
        "cpuPerBareJson": round(cpu["status"].median / bare, 2),
        "runs": len(usages["status"]),
    }


def main() -> int:
    """Measures one fleet and prints what it found, as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--environments", type=int, default=200)
    parser.add_argument("--tables", type=int, default=300, help="Tables of each environment.")
    parser.add_argument("--latency-ms", type=float, default=0, help="Delay of every answer of the local cloud.")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    fleet = Fleet(max(given.environments, 1), max(given.tables, 1))
    try:
        with tempfile.TemporaryDirectory(prefix="status-fleet-") as folder:
            figures = measure_fleet(fleet, given.latency_ms, max(given.runs, 1), Path(folder))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
