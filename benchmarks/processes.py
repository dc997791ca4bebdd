"""Processes of a benchmark: what one costs, and the local cloud beside it. All are ended with the benchmark."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECONCILER = (sys.executable, "-c", "from reconciler.cli import main; main()")
"""The command line as its console script starts it, from this checkout, installed or not."""
_MEBIBYTE = 1 << 20
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
_START_SECONDS = 120


class BenchmarkError(Exception):
    """Something did not go as it must for the figures to mean anything."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process used from its start to its end: CPU of user and system, and memory at its peak."""

    status: int
    wall: float
    cpu: float
    peak_mib: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Several measurements of one thing."""

    median: float
    low: float
    high: float

    def text(self, unit: str = "", digits: int = 2) -> str:
        """Median and range, for people."""
        return f"{self.median:,.{digits}f}{unit}  ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def spread(values: Sequence[float]) -> Spread:
    """Median, least and most."""
    return Spread(statistics.median(values), min(values), max(values))


def environment() -> dict[str, str]:
    """The environment of every process: this checkout first, no setting of the user's, no colours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECONCILER_")}
    return kept | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def measure(command: Sequence[str], folder: Path, name: str, seconds: float) -> Usage:
    """Runs a command in a folder to its end; its output goes to ``name.out`` and ``name.err`` there.

    BenchmarkError where it takes longer than ``seconds``.
    """
    with (folder / f"{name}.out").open("wb") as out, (folder / f"{name}.err").open("wb") as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment(), stdout=out, stderr=err)
        try:
            usage = _await(process, began + seconds)
        except BaseException:
            process.kill()
            process.wait()
            raise
    if usage is None:
        raise BenchmarkError(f"{name} took more than {seconds:.0f} s")
    return usage


def _await(process: subprocess.Popen[bytes], deadline: float) -> Usage | None:
    """Waits by polling: only wait4 tells what one process used, and it knows no timeout."""
    began = time.perf_counter()
    while True:
        identifier, status, used = os.wait4(process.pid, os.WNOHANG)
        now = time.perf_counter()
        if identifier:
            process.returncode = os.waitstatus_to_exitcode(status)
            peak = used.ru_maxrss * _MAXRSS_UNIT / _MEBIBYTE
            return Usage(process.returncode, now - began, used.ru_utime + used.ru_stime, peak)
        if now > deadline:
            process.kill()
            process.wait()
            return None
        time.sleep(0.002)


@contextmanager
def local_cloud(folder: Path, seed: Path, latency_ms: float) -> Iterator[Path]:
    """A local cloud in a process of its own; gives its endpoints file once it serves."""
    state = folder / "cloud"
    command = [*RECONCILER, "simulator", "serve", "--state", str(state), "--seed", str(seed)]
    with (folder / "cloud.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--latency-ms", str(latency_ms)],
            cwd=folder,
            env=environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches this process alone, which then ends the cloud
        )
        try:
            _await_serving(process, folder / "cloud.log")
            yield state / "endpoints.json"
        finally:
            _end(process)


def _await_serving(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while b"Serving on" not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchmarkError(f"The local cloud did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
