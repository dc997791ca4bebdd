"""What apply reads from a saved plan, and what its outcomes mean for the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reconciler.cli.exit_codes import ERROR, OK, PARTLY, REFUSED, strongest
from reconciler.model.outcome import Outcome, Result
from reconciler.plan.saved import MOST_BYTES, SavedPlan, invalid_plan, parse

_CODES = {
    Result.DONE: OK,
    Result.FAILED: ERROR,
    Result.UNKNOWN: ERROR,
    Result.REFUSED: REFUSED,
    Result.SKIPPED: PARTLY,
    Result.BLOCKED: PARTLY,
    # A later run takes it up by itself: nobody has to do anything about it.
    Result.DEFERRED: OK,
}


def read_saved(path: Path) -> SavedPlan:
    """Reads a plan file. Raises InvalidInput where it can't be read, is larger than any plan, or is no plan."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise invalid_plan(str(path), f"The plan is larger than {MOST_BYTES >> 20} MiB")
        text = content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise invalid_plan(str(path), f"The plan can't be read: {reason}") from None
    return parse(text, str(path))


def exit_code(outcomes: Sequence[Outcome], *, refused: bool) -> int:
    """4 where anything was refused, 1 where nothing but failures came of it, 5 where some is done and some is not."""
    codes = {_CODES[outcome.result] for outcome in outcomes}
    if ERROR in codes and any(outcome.result is Result.DONE for outcome in outcomes):
        codes = (codes - {ERROR}) | {PARTLY}
    return strongest(codes | ({REFUSED} if refused else set()))
