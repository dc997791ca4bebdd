"""Signals and pipes, in a process of its own: it ends soon, says so, and leaves nothing half done."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.apply.journal_reading import read_runs
from reconciler.simulator import Cloud

Start = Callable[..., subprocess.Popen[str]]
COMMAND = [sys.executable, "-c", "from reconciler.cli import main; main()"]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts the command line as a shell would."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        started.append(
            subprocess.Popen([*COMMAND, *words], cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def until(holds: Callable[[], object]) -> None:
    for _ in range(1000):
        if holds():
            return
        time.sleep(0.01)
    pytest.fail("it never happened")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_plan_that_waits_for_an_answer_ends_at_once(cloud: Cloud, start: Start, number: int) -> None:
    cloud.faults.add("slow", "bap.environment", delay=6.0)
    process = start("plan")
    until(lambda: cloud.record.count(route="dataverse.batch") >= 2)
    process.send_signal(number)
    began = time.monotonic()
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err.strip()) == (130, "", "Interrupted.")
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_apply_finishes_what_it_began_and_says_so(cloud: Cloud, start: Start, number: int) -> None:
    cloud.faults.add("slow", "link.profile.put", delay=0.5)
    process = start("apply", "--yes")
    assert process.stderr
    until(lambda: "Write the profile" in (process.stderr.readline() if process.stderr else ""))
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert "Interrupted: what was begun is finished" in err
    assert "done     SynapseLink/sales/sales-link" in out
    assert process.returncode in {0, 5}
    link = cloud.state.link("sales", "saleslake")
    assert link.stored == link.running


def test_a_second_interrupt_leaves_at_once(cloud: Cloud, start: Start) -> None:
    cloud.faults.add("slow", "link.profile.put", delay=6.0)
    process = start("apply", "--yes")
    until(lambda: "Write the profile" in (process.stderr.readline() if process.stderr else ""))
    process.send_signal(signal.SIGINT)
    until(lambda: "Interrupted: " in (process.stderr.readline() if process.stderr else ""))
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert time.monotonic() - began < 4
    assert "Left at once. Under way" in err
    assert "  SynapseLink/sales/sales-link: Write the profile" in err
    assert "reconciler apply --resume" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_a_second_signal_left_under_way_is_told_and_resumed(
    cloud: Cloud, start: Start, folder: Path, number: int
) -> None:
    cloud.faults.add("slow", "link.profile.put", delay=6.0, times=1)
    process = start("apply", "--yes")
    until(lambda: "Write the profile" in (process.stderr.readline() if process.stderr else ""))
    until(lambda: cloud.record.count(route="link.profile.activate"))
    process.send_signal(number)
    until(lambda: "Interrupted: " in (process.stderr.readline() if process.stderr else ""))
    process.send_signal(number)
    assert process.wait(20) == 130
    (left,) = read_runs(folder / ".reconciler/journal.jsonl").runs
    sales = next(each for each in left.changes if each.address == "SynapseLink/sales/sales-link")
    assert (left.ended, sales.result) == (None, "begun")
    assert [(write.method, write.status) for write in sales.writes] == [("PUT", None)]
    resumed = start("apply", "--resume", "--yes")
    out, _ = resumed.communicate(timeout=30)
    assert resumed.returncode == 0
    assert f"Resuming run {left.run}" in out
    assert "done     SynapseLink/sales/sales-link" in out
    link = cloud.state.link("sales", "saleslake")
    assert link.stored == link.running


def test_a_reader_that_has_gone_is_no_success(start: Start) -> None:
    process = start("plan")
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    assert process.stderr.read() == ""
    assert process.wait(20) == 141


def test_an_apply_whose_log_nobody_reads_still_finishes_its_link(cloud: Cloud, start: Start) -> None:
    process = start("apply", "--yes")
    assert process.stderr
    process.stderr.close()
    assert process.stdout
    assert "2 done" in process.stdout.read()
    assert process.wait(20) == 0
