"""What a journal tells, as people read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.model.journal import (
    ChangeTold,
    Consent,
    GuardTold,
    Intended,
    Left,
    LockTold,
    Narrowed,
    RunTold,
    Who,
)
from reconciler.model.outcome import Write
from reconciler.reports.journal import render_run, render_runs, render_stopped

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


SENT = Write("id-2", "POST", "https://service/lakeprofile/1/activate", "2026-11-21T06:00:01.000Z")
PUT = Write("id-1", "PUT", "https://service/lakeprofile/1", "2026-11-21T06:00:00.000Z", 200, "theirs-1")
STOPPED = replace(
    PIPELINE,
    consent=Consent("ceiling", ("contosolake",), ("tablesRemoved=2",)),
    intended=tuple(
        Intended(f"SynapseLink/{name}/sales-lake", name, f"sha256:{number}", "update", "none")
        for number, name in enumerate(("dev", "test", "prod", *(f"env-{count:02}" for count in range(12))), 1)
    ),
    guards=(
        GuardTold("tablesRemoved", "dev", refused=False, summary="2 of 9 tables, and 3 may go"),
        GuardTold("freeze:year-end", "", refused=True, summary="Nothing is changed\x1b[2J before 2 January"),
    ),
    narrowed=(Narrowed("not-reviewed", "SynapseLink/dev/other", "It was not reviewed"),),
    locks=(LockTold("dev", "files in .reconciler/locks"),),
    changes=(
        ChangeTold("SynapseLink/dev/sales-lake", "dev", "sha256:1", "done", ("Write the profile",), writes=(PUT,)),
        ChangeTold(
            "SynapseLink/test/sales-lake", "test", "sha256:2", "begun", stopped_at="Activate", writes=(PUT, SENT)
        ),
        ChangeTold("SynapseLink/prod/sales-lake", "prod", "sha256:3", "failed", (), "Write", "It said no"),
    ),
    ended=None,
    exit_code=None,
    left=None,
)


def test_a_run_with_all_that_an_audit_asks_for(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_run(STOPPED), "journal-audit.txt")


def test_a_run_that_is_to_be_resumed(assert_golden: Callable[[str, str], None]) -> None:
    ended = replace(STOPPED, ended="2026-11-21T06:01:00.000Z", who=(), commit=None)
    assert_golden(render_stopped(STOPPED) + "\n" + render_stopped(ended), "journal-stopped.txt")


def test_runs(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_runs([[PIPELINE, PERSON], [RunTold("00000000", "2026-11-20")]]), "journal.txt")


def test_one_run(assert_golden: Callable[[str, str], None]) -> None:
    assert_golden(render_run(PIPELINE) + "\n" + render_run(PERSON), "journal-run.txt")


def test_no_runs() -> None:
    assert render_runs([]) == "Journal: no runs.\n"
