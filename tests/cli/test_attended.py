from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.attended import command, say
from reconciler.cli.options import JOURNAL
from reconciler.model.journal import Left


def options(**given: Any) -> dict[str, Any]:
    usual = {"endpoints": None, "manifests": None, "config": None, "allow_unproven": False, "environments": ()}
    return {**usual, "journal": JOURNAL, **given}


def test_the_command_says_each_option_once() -> None:
    told = command(Path("p.json"), options(allow_unproven=True, environments=("a", "b"), journal=Path("j")))
    assert [told.count(word) for word in ("--allow-unproven", "--journal j", "--environment")] == [1, 1, 2]


@pytest.mark.parametrize(("endpoints", "first"), [(None, "Sign in (az login), and finish"), ("local", "Finish")])
def test_az_login_is_asked_for_where_the_command_goes_by_it(
    endpoints: str | None, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = options(endpoints=endpoints)
    say(Left("p.json", ("x",), command(Path("p.json"), given)), (), given)
    assert capsys.readouterr().out.startswith(f"1 change waits for a person. {first} with:\n  reconciler apply")
