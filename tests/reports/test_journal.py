"""What a journal tells, as people read it."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model.journal import ChangeTold, Left, RunTold, Who
from reconciler.reports.journal import render_run, render_runs

TENANT, USER, APP = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "123")
COMMAND = "reconciler apply --only blocked .reconciler/blocked-5d0c1e0e.json --sign-in azure-cli"
PIPELINE = RunTold(
    run="5d0c1e0e-0000-4000-8000-000000000000",
    started="2026-11-21T06:00:00.000Z",
    tool_version="0.1.0",
    commit="abc1234",
    who=(Who("application", TENANT, "", APP),),
    desired_digest="sha256:" + "d" * 64,
    changes=(
        ChangeTold("SynapseLink/dev/sales-lake", "dev", "sha256:1", "blocked", detail="Nobody is signed in"),
        ChangeTold("SynapseLink/test/sales-lake", "test", "sha256:2", "done", ("Write the profile", "Activate it")),
    ),
    ended="2026-11-21T06:01:00.000Z",
    exit_code=5,
    left=Left(".reconciler/blocked-5d0c1e0e.json", ("sha256:1",), COMMAND),
)
PERSON = RunTold(
    run="7a000000-0000-4000-8000-000000000000",
    started="2026-11-21T08:00:00.000Z",
    who=(Who("user", TENANT, USER, APP),),
    continues=PIPELINE.run,
    changes=(ChangeTold("SynapseLink/dev/sales-lake\x1b[2J", "dev", "sha256:1", "begun", stopped_at="Activate it"),),
)


def test_runs(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_runs([[PIPELINE, PERSON], [RunTold("00000000", "2026-11-20")]]), "journal.txt")


def test_one_run(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_run(PIPELINE) + "\n" + render_run(PERSON), "journal-run.txt")


def test_no_runs() -> None:
    assert render_runs([]) == "Journal: no runs.\n"
