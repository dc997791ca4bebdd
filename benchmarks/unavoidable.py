"""Run by plan_fleet.py: what no planner can save, in a process that does nothing else.

A bare ``yaml.CSafeLoader`` parse of every manifest file, and a bare ``json.loads`` of every body that was received.
Prints one JSON object with the CPU seconds of each; starting Python, imports and reading of files are not counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import yaml


def parse_manifests(folder: Path) -> float:
    """CPU seconds of parsing all files below a folder."""
    texts = [path.read_bytes() for path in sorted(folder.rglob("*.yaml"))]
    began = time.process_time()
    for text in texts:
        for _document in yaml.load_all(text, Loader=yaml.CSafeLoader):
            pass
    return time.process_time() - began


def parse_bodies(file: Path) -> float:
    """CPU seconds of parsing all bodies that record_plan.py wrote."""
    bodies = []
    with file.open("rb") as lines:
        while length := lines.readline():
            bodies.append(lines.read(int(length)))
            lines.readline()
    began = time.process_time()
    for body in bodies:
        json.loads(body)
    return time.process_time() - began


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"yaml": parse_manifests(Path(sys.argv[1])), "json": parse_bodies(Path(sys.argv[2]))}))
