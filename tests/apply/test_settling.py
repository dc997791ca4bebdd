"""A write whose answer was lost: read, and never sent again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.apply.settling import settled
from reconciler.model.errors import NotReached, OutcomeUnknown, Refused


def writes(answer: Exception | None) -> tuple[Callable[[], None], list[str]]:
    sent: list[str] = []

    def write() -> None:
        sent.append("write")
        if answer:
            raise answer

    return write, sent


def test_what_was_answered_is_not_asked_about() -> None:
    write, sent = writes(None)
    settled(write, lambda: pytest.fail("read"))
    assert sent == ["write"]


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_lost_answer_is_settled_by_reading(*, took_effect: bool) -> None:
    write, sent = writes(OutcomeUnknown("No answer"))
    if took_effect:
        settled(write, lambda: True)
    else:
        with pytest.raises(OutcomeUnknown, match=r"^No answer$"):
            settled(write, lambda: False)
    assert sent == ["write"]


def test_where_reading_fails_too_the_outcome_is_unknown_and_both_are_said() -> None:
    write, _ = writes(OutcomeUnknown("No answer"))

    def read() -> bool:
        raise NotReached("Nobody there")

    with pytest.raises(OutcomeUnknown, match=r"No answer\. Whether it took effect could not be read: Nobody there"):
        settled(write, read)


def test_what_reading_shows_to_be_wrong_is_said_as_such() -> None:
    write, _ = writes(OutcomeUnknown("No answer"))

    def read() -> bool:
        raise Refused("Another container")

    with pytest.raises(Refused, match="Another container"):
        settled(write, read)


def test_what_was_refused_is_not_read() -> None:
    write, _ = writes(Refused("No"))
    with pytest.raises(Refused):
        settled(write, lambda: pytest.fail("read"))
