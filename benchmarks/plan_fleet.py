"""What does a cold plan of a fleet cost, against what no planner could save?

Measured: ``reconciler plan``, a fresh process a run, from its start to its end: imports, manifests, TLS, reading,
comparing, printing. It plans a generated fleet against the local cloud in a process of its own, on loopback.

Against: the *unavoidable*, measured in another fresh process of the same session: the CPU of a bare parse of the same
files (``yaml.CSafeLoader``) plus a bare ``json.loads`` of the bytes received. And the *floor* of wall time: that CPU
plus the longest chain of requests that each need an answer of the one before, times the latency of an answer.

Requests and bytes are counted in a pass of their own, which is not timed. Exits with 1 where a plan is not what the
fleet was generated for.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fleet_files import Fleet, write_fleet
from processes import RECONCILER, BenchmarkError, Spread, Usage, local_cloud, measure, spread
from record_plan import ONCE_A_RUN

HERE = Path(__file__).resolve().parent
RUN_SECONDS = 600
CHAIN = (
    "the authority's address, which tokens are asked for at",
    "a token for the environment's Dataverse",
    "its links, by $batch, which name their folders",
    "the link's profile, by its folder",
)
"""The longest chain, by what a request has to know. The admin record and the user's token need no answer of these, so
a reader could ask for them meanwhile; the one of today asks one after the other and pays for it."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one fleet."""

    fleet: Fleet
    latency_ms: float
    runs: list[Usage]
    recorded: dict[str, Any]
    yaml: Spread
    json: Spread

    @property
    def unavoidable(self) -> float:
        """CPU seconds of parsing, manifests and answers."""
        return self.yaml.median + self.json.median

    @property
    def floor(self) -> float:
        """The least wall seconds."""
        return len(CHAIN) * self.latency_ms / 1000 + self.unavoidable

    @property
    def requests(self) -> dict[str, int]:
        """By service, tokens apart."""
        return {kind: count for kind, count in self.recorded["requests"].items() if kind != "tokens"}

    @property
    def per_environment(self) -> float:
        """Requests that grow with the environments."""
        return (sum(self.requests.values()) - self.per_run) / self.fleet.environments

    @property
    def per_run(self) -> int:
        """Requests that a run makes once, however many environments there are."""
        return sum(self.requests.get(kind, 0) for kind in ONCE_A_RUN)


def measure_fleet(fleet: Fleet, latency_ms: float, runs: int, folder: Path) -> Figures:
    """Generates, serves, plans and checks. BenchmarkError where a plan is not what was asked for."""
    manifests, seed = write_fleet(fleet, folder)
    bodies = folder / "bodies"
    with local_cloud(folder, seed, latency_ms) as endpoints:
        options = ["--manifests", str(manifests), "--endpoints", str(endpoints)]
        recorded = _result([sys.executable, str(HERE / "record_plan.py"), str(bodies), *options], folder, "record")
        _check_record(fleet, recorded)
        usages = []
        for _ in range(runs):
            usages.append(measure([*RECONCILER, "plan", *options], folder, "plan", RUN_SECONDS))
            _check_run(fleet, usages[-1], folder)
    command = [sys.executable, str(HERE / "unavoidable.py"), str(manifests), str(bodies)]
    parsed = [_result(command, folder, "unavoidable") for _ in range(runs)]
    yaml, answers = (spread([each[what] for each in parsed]) for what in ("yaml", "json"))
    return Figures(fleet, latency_ms, usages, recorded, yaml, answers)


def _result(command: list[str], folder: Path, name: str) -> dict[str, Any]:
    usage = measure(command, folder, name, RUN_SECONDS)
    if usage.status:
        raise BenchmarkError(f"{name} failed:\n{(folder / f'{name}.err').read_text(errors='replace')}")
    result: dict[str, Any] = json.loads((folder / f"{name}.out").read_text(encoding="utf-8"))
    return result


def _check_record(fleet: Fleet, recorded: dict[str, Any]) -> None:
    """The plan holds the tables that are to be added and nothing else, and every environment was read."""
    problems = list(recorded["diagnostics"])
    changed = fleet.environments if fleet.to_add else 0
    for what, expected in (
        ("status", 2 if fleet.to_add else 0),
        ("environmentsRead", fleet.environments),
        ("changes", changed),
        ("fields", fleet.to_add),
        ("tablesToAdd", fleet.to_add),
    ):
        if recorded[what] != expected:
            problems.append(f"{what} is {recorded[what]}, and {expected} was generated")
    if problems:
        raise BenchmarkError("The plan is not what was asked for:\n" + "\n".join(problems[:10]))


def _check_run(fleet: Fleet, usage: Usage, folder: Path) -> None:
    last = (folder / "plan.out").read_text(encoding="utf-8").splitlines()[-1:]
    read = f"{fleet.environments} environment{'' if fleet.environments == 1 else 's'} read."
    if usage.status != (2 if fleet.to_add else 0) or not last or not last[0].endswith(read):
        errors = (folder / "plan.err").read_text(errors="replace")[:2000]
        raise BenchmarkError(f"A run ended with {usage.status} and {last}:\n{errors}")


def as_json(figures: Figures) -> dict[str, Any]:
    """The object that --json prints; medians, with least and most beside them."""
    wall, cpu, peak = _spreads(figures.runs)
    return {
        "environments": figures.fleet.environments,
        "tables": figures.fleet.tables,
        "requestsPerEnvironment": round(figures.per_environment, 3),
        "wallSeconds": round(wall.median, 3),
        "cpuSeconds": round(cpu.median, 3),
        "peakMemoryMiB": round(peak.high, 1),
        "cpuPerUnavoidable": round(cpu.median / figures.unavoidable, 2),
        "wallPerFloor": round(wall.median / figures.floor, 2),
        "sharedLists": figures.fleet.shared_lists,
        "changedPercent": figures.fleet.changed,
        "latencyMs": figures.latency_ms,
        "runs": len(figures.runs),
        "requestsPerRun": figures.per_run,
        "requests": figures.recorded["requests"],
        "bytesReceived": figures.recorded["received"],
        "tablesToAdd": figures.recorded["tablesToAdd"],
        "wallSecondsRange": [round(wall.low, 3), round(wall.high, 3)],
        "cpuSecondsRange": [round(cpu.low, 3), round(cpu.high, 3)],
        "unavoidableSeconds": {"yaml": round(figures.yaml.median, 3), "json": round(figures.json.median, 3)},
        "floorSeconds": round(figures.floor, 3),
        "chain": list(CHAIN),
        "cores": os.cpu_count(),
    }


def as_text(figures: Figures) -> str:
    """The same for people."""
    fleet, (wall, cpu, peak) = figures.fleet, _spreads(figures.runs)
    by_service = ", ".join(f"{count} {kind}" for kind, count in sorted(figures.requests.items()))
    kind = "in shared lists" if fleet.shared_lists else "each a line of its own"
    lines = [
        ("environments", f"{fleet.environments}"),
        ("tables", f"{fleet.tables} an environment, {kind}; {fleet.to_add} in all to be added"),
        ("latency", f"{figures.latency_ms:g} ms an answer"),
        ("requests", f"{figures.per_environment:.2f} an environment, {figures.per_run} a run ({by_service})"),
        ("  tokens apart", f"{figures.recorded['requests'].get('tokens', 0)}"),
        ("received", f"{figures.recorded['received'] / 1e6:.1f} MB"),
        ("wall", wall.text(" s")),
        ("CPU", cpu.text(" s")),
        ("peak memory", peak.text(" MiB", 0)),
        (
            "unavoidable CPU",
            f"{figures.unavoidable:.2f} s: YAML {figures.yaml.median:.2f}, JSON {figures.json.median:.2f}",
        ),
        ("CPU / unavoidable", f"{cpu.median / figures.unavoidable:.2f}"),
        ("floor", f"{figures.floor:.2f} s: {len(CHAIN)} x {figures.latency_ms:g} ms and the unavoidable CPU"),
        *(("", f"{number}. {what}") for number, what in enumerate(CHAIN, 1)),
        ("wall / floor", f"{wall.median / figures.floor:.2f}"),
    ]
    head = f"Medians of {len(figures.runs)} runs (least to most), {os.cpu_count()} cores\n"
    return head + "".join(f"{name:18} {value}\n" for name, value in lines)


def _spreads(runs: list[Usage]) -> tuple[Spread, Spread, Spread]:
    return spread([run.wall for run in runs]), spread([run.cpu for run in runs]), spread([run.peak_mib for run in runs])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--environments", type=_positive, default=200)
    parser.add_argument("--tables", type=_positive, default=300, help="Tables of each environment.")
    parser.add_argument("--latency-ms", type=float, default=0, help="Delay of every answer of the local cloud.")
    parser.add_argument("--changed", type=float, default=0, metavar="PERCENT", help="Share of tables to be added.")
    parser.add_argument("--shared-lists", action="store_true", help="Tables in ExportedTables that the links include.")
    parser.add_argument("--runs", type=_positive, default=3)
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    found = parser.parse_args()
    if not 0 <= found.changed < 100 or found.latency_ms < 0:
        parser.error("--changed is from 0 to below 100, and --latency-ms is not negative")
    return found


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main() -> int:
    """Measures one fleet and prints what it found."""
    given = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up as on Ctrl-C
    fleet = Fleet(given.environments, given.tables, given.changed, given.shared_lists)
    try:
        with tempfile.TemporaryDirectory(prefix="plan-fleet-") as folder:
            figures = measure_fleet(fleet, given.latency_ms, given.runs, Path(folder))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps(as_json(figures), indent=2) if given.json else as_text(figures), end="\n" if given.json else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
