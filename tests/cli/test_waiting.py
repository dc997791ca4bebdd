"""apply --wait: what it prints, and what apply exits with."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.health_wait import Waited
from reconciler.cli import waiting
from reconciler.clients.clients import WriteClients
from reconciler.model.change import Status
from reconciler.model.configuration import Configuration
from reconciler.model.outcome import Outcome, Result
from reconciler.simulator import Cloud
from tests.builders import change, desired_state, snapshot
from tests.cli.run import call
from tests.reports.health_showcase import SUSPENDED

Captured = pytest.CaptureFixture[str]
CONTEXT = Context(cast("WriteClients", None), desired_state(), snapshot(), Configuration())


@pytest.fixture(autouse=True)
def passing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The local cloud's clock moves, and nothing sleeps."""
    monkeypatch.setattr(waiting, "sleep", cloud.clock.advance)
    monkeypatch.setattr(waiting, "monotonic", lambda: cloud.clock.now)


def test_apply_waits_until_all_is_loaded(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--yes", "--wait", "1h")
    assert said.code == 0
    assert "healthy  SynapseLink/sales/sales-link: after" in said.out
    assert "healthy  SynapseLink/service/service-link: after" in said.out
    assert "sales/sales-link: progressing, 3 of 4 tables active" in said.err


def test_a_bound_that_was_too_short_is_5(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--yes", "--wait", "30s")
    assert said.code == 5
    assert "waiting  SynapseLink/sales/sales-link: not after" in said.out


def test_without_wait_nothing_is_waited_for(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--yes")
    assert (said.code, "healthy" in said.out) == (0, False)


def test_with_nothing_to_do_there_is_nothing_to_wait_for(folder: Path, capsys: Captured) -> None:
    call(capsys, "apply", "--yes")
    said = call(capsys, "apply", "--yes", "--wait", "1h")
    assert (said.code, "healthy" in said.out) == (0, False)


def test_a_failed_change_keeps_its_code(folder: Path, cloud: Cloud, capsys: Captured) -> None:
    cloud.faults.add("error", route="link.profile.put", status=500, rate=1.0)
    said = call(capsys, "apply", "--yes", "--environment", "sales", "--wait", "1h")
    assert said.code == 1
    assert "waiting" not in said.out


@pytest.mark.parametrize("text", ["", "soon", "0m", "40d", "60", "-1m", "1e3m"])
def test_a_duration_that_is_none_is_3(folder: Path, capsys: Captured, text: str) -> None:
    said = call(capsys, "apply", "--yes", "--wait", text)
    assert said.code == 3
    assert "such as 90s, 30m or 2h" in said.err


def test_a_terminal_shows_it_in_place(folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "on_terminal", lambda: True)
    said = call(capsys, "apply", "--yes", "--wait", "1h")
    assert said.code == 0
    assert "healthy  SynapseLink/sales/sales-link" in said.out


BY_HAND = change(status=Status.UNPROVEN)
CASES = [
    (Waited(BY_HAND.address, settled=True, seconds=600), 0, "healthy  SynapseLink/dev/dev-link: after 10 min"),
    (
        Waited(BY_HAND.address, by_hand=True, seconds=600),
        5,
        "waiting  SynapseLink/dev/dev-link: nobody made the change in the maker portal within 10 min",
    ),
    (
        Waited(BY_HAND.address, seconds=600),
        5,
        "waiting  SynapseLink/dev/dev-link: not after 10 min: SynapseLink/dev/dev-link: not seen",
    ),
    (
        Waited(BY_HAND.address, settled=True, health=SUSPENDED, seconds=5),
        0,
        "healthy  SynapseLink/dev/dev-link: suspended as declared, after less than a minute",
    ),
]


@pytest.mark.parametrize(("waited", "code", "line"), CASES)
def test_what_a_person_did_meanwhile_is_done_and_what_nobody_did_is_5(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, waited: Waited, code: int, line: str
) -> None:
    def found(*given: Any) -> tuple[Waited, ...]:
        given[-1]([waited])
        return (waited,)

    monkeypatch.setattr(waiting, "wait_for_health", found)
    outcomes = [Outcome(BY_HAND.address, "dev", Result.BLOCKED)]
    assert waiting.wait_after([BY_HAND], outcomes, CONTEXT, 600, 5) == code
    assert capsys.readouterr().out == line + "\n"


def test_an_apply_that_was_interrupted_does_not_wait(capsys: Captured) -> None:
    outcomes = [Outcome(BY_HAND.address, "dev", Result.SKIPPED)]
    assert waiting.wait_after([BY_HAND], outcomes, CONTEXT, 600, 5) == 5
    assert capsys.readouterr().out == ""
