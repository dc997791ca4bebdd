"""How a harness closes: with one line of figures, whoever ends it."""

from __future__ import annotations

import os
import signal

import pytest

from tests.reliability.figures import INTERRUPTED, closed


@pytest.mark.parametrize(("violations", "code"), [(0, 0), (2, 1)])
def test_a_violation_is_told_by_the_exit_code(capsys: pytest.CaptureFixture[str], violations: int, code: int) -> None:
    counts = {"kills": 0, "violations": 0}
    assert closed(counts, lambda: counts.update(kills=500, violations=violations)) == code
    assert capsys.readouterr().out == f"kills: 500, violations: {violations}\n"


@pytest.mark.parametrize(("violations", "code"), [(0, INTERRUPTED), (1, 1)])
def test_one_that_is_ended_early_says_what_was_done(
    capsys: pytest.CaptureFixture[str], violations: int, code: int
) -> None:
    counts = {"runs": 3, "violations": violations}
    before = signal.getsignal(signal.SIGTERM)
    assert closed(counts, lambda: os.kill(os.getpid(), signal.SIGTERM)) == code
    assert signal.getsignal(signal.SIGTERM) is before
    assert capsys.readouterr().out.endswith(f"\nruns: 3, violations: {violations}\n")
