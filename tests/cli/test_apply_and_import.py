"""reconciler apply."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import call

Captured = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """Standard input of a person who types."""

    def isatty(self) -> bool:
        return True


def test_apply_does_not_go_on_unasked_without_a_terminal(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    said = call(capsys, "apply")
    assert (said.code, "--yes" in said.err) == (3, True)
    assert cloud.record.writes == []


@pytest.mark.parametrize(("typed", "code", "writes"), [("y\n", 0, True), ("n\n", 130, False), ("\n", 130, False)])
def test_apply_asks_at_a_terminal(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, writes: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert call(capsys, "apply").code == code
    assert bool(cloud.record.writes) is writes


def test_apply_says_each_step_and_how_each_change_ended(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--yes")
    assert said.code == 0
    assert "SynapseLink/sales/sales-link: Activate the profile" in said.err
    assert "Apply: 2 done." in said.out
    assert "Apply: nothing to do." in call(capsys, "apply", "--yes").out


def test_a_change_that_fails_is_told_with_what_was_done_before(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    cloud.faults.add("refused", "link.profile.activate", times=1)
    said = call(capsys, "apply", "--yes")
    assert said.code == 5
    assert "did: " in said.out
    assert "stopped at: Activate the profile" in said.out
    assert call(capsys, "apply", "--yes").code == 0
