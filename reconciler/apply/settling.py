"""Waiting for what a service was asked to do, and settling writes whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconciler.model.errors import OutcomeUnknown, ReconcilerError, ServiceError
from reconciler.model.phrases import counted

# Microsoft's own script waits ten seconds after each creating call (docs/sources.md, S2): here the service is
# asked until it shows what was created.
WAITS = (0, 1, 2, 4, 8, 15)

Wait = Callable[[float], None]


def settled(write: Callable[[], object], took_effect: Callable[[], bool]) -> None:
    """Writes once; where the answer is lost, reads whether it took effect. Raises OutcomeUnknown where that does not
    show it, or can't be read either."""
    try:
        write()
    except OutcomeUnknown as lost:
        try:
            if took_effect():
                return
        except ServiceError as error:
            raise OutcomeUnknown(f"{lost}. Whether it took effect could not be read: {error}") from None
        raise


def holds_soon(wait: Wait, holds: Callable[[], bool], waits: Sequence[float] = WAITS) -> bool:
    """Whether something holds now, or after one of these waits in seconds."""
    for seconds in waits:
        if seconds:
            wait(seconds)
        if holds():
            return True
    return False


def until(
    wait: Wait,
    holds: Callable[[], bool],
    otherwise: str,
    detail: list[str] | None = None,
    waits: Sequence[float] = WAITS,
) -> None:
    """Waits until something holds. ReconcilerError with ``otherwise``, and what ``detail`` then holds, where it never
    does."""
    if not holds_soon(wait, holds, waits):
        raise ReconcilerError(otherwise + (f" in {counted(detail)}" if detail else ""))
