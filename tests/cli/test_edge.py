"""The outermost edge: any error becomes one message and the code that the documentation promises."""

from __future__ import annotations

import click
import pytest

from reconciler.cli.edge import run
from reconciler.cli.exit_codes import strongest
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.errors import InvalidInput, NotReached, ReconcilerError, Refused

Captured = pytest.CaptureFixture[str]


def failing(error: BaseException) -> click.Command:
    @click.command()
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (click.UsageError("which?"), 3, "which?"),
        (click.ClickException("no"), 1, "no"),
        (InvalidInput((Diagnostic(Severity.ERROR, "some-code", "Bad line"),)), 3, "Bad line"),
        (Refused("too much"), 4, "too much"),
        (NotReached("far away"), 1, "far away"),
        (ReconcilerError("\x1b[31mred\x1b[0m"), 1, "\\x1b[31mred"),
        (FileNotFoundError(2, "No such file", "a/b"), 1, "a/b"),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (click.Abort(), 130, "Interrupted"),
        (ZeroDivisionError("secret client_secret=hunter2"), 1, "client_secret=<redacted>"),
    ],
)
def test_an_error_is_one_message_and_a_code(capsys: Captured, error: BaseException, code: int, said: str) -> None:
    assert run(failing(error), []) == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_an_unforeseen_error_shows_its_trace_when_asked(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_DEBUG", "1")
    assert run(failing(ZeroDivisionError("x")), []) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("codes", "strong"), [([], 0), ([0, 2], 2), ([2, 5], 5), ([5, 1, 2], 1), ([1, 4], 4), ([4, 3, 1], 3), ([0], 0)]
)
def test_where_several_codes_hold_the_documented_order_decides(codes: list[int], strong: int) -> None:
    assert strongest(codes) == strong
