"""What does starting the command line cost, against importing click alone?

Measured: ``reconciler --help``, and ``reconciler validate`` of the repository's own manifests; each a fresh process,
from its start to its end. Against: ``python -c "import click"``. The three take turns, so that a busy moment of the
machine falls on all of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from processes import RECONCILER, ROOT, BenchmarkError, Spread, Usage, measure, spread

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "import click": (sys.executable, "-c", "import click"),
    "reconciler --help": (*RECONCILER, "--help"),
    "reconciler validate": (*RECONCILER, "validate", str(ROOT / "manifests")),
}
RUN_SECONDS = 60


def measure_all(runs: int, folder: Path) -> dict[str, list[Usage]]:
    """Usages of each command. One round before, for compiled modules and the file cache, does not count."""
    usages: dict[str, list[Usage]] = {name: [] for name in COMMANDS}
    for number in range(runs + 1):
        for name, command in COMMANDS.items():
            usage = measure(command, folder, "run", RUN_SECONDS)
            if usage.status:
                raise BenchmarkError(f"{name} ended with {usage.status}:\n{(folder / 'run.err').read_text()}")
            if number:
                usages[name].append(usage)
    return usages


def as_json(usages: Mapping[str, list[Usage]]) -> dict[str, Any]:
    """Milliseconds of wall and CPU, and how many times those of importing click: medians."""
    base = _spread(usages["import click"])
    return {
        name: {
            "wallMs": round(found.median * 1000, 1),
            "wallMsRange": [round(found.low * 1000, 1), round(found.high * 1000, 1)],
            "cpuMs": round(spread([usage.cpu for usage in runs]).median * 1000, 1),
            "perImportClick": round(found.median / base.median, 2),
        }
        for name, runs in usages.items()
        for found in (_spread(runs),)
    }


def _spread(runs: list[Usage]) -> Spread:
    return spread([usage.wall for usage in runs])


def main() -> int:
    """Measures, and prints what it found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="startup-") as folder:
            found = as_json(measure_all(max(1, given.runs), Path(folder)))
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if given.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, figures in found.items():
        low, high = figures["wallMsRange"]
        print(
            f"{name:20} wall {figures['wallMs']:7.1f} ms ({low:.1f} to {high:.1f})  CPU {figures['cpuMs']:7.1f} ms  "
            f"{figures['perImportClick']:.2f} x import click"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
