"""Runs the command line in this process, as a shell would: words in, exit code and what was printed out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reconciler.cli import reconciler
from reconciler.cli.edge import run


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *words: object) -> Said:
    """Runs ``reconciler`` with these words. A traceback in what it prints is a failure of every test."""
    capsys.readouterr()
    code = run(reconciler, [str(word) for word in words])
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "unforeseen" not in said.err
    return Said(code, said.out, said.err)
