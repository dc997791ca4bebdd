from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.model.assumption import ASSUMPTIONS, BY_ID, Assumption

FIDELITY = Path(__file__).parents[2] / "docs" / "fidelity.md"


@pytest.mark.parametrize("assumption", ASSUMPTIONS, ids=lambda assumption: assumption.id)
def test_every_assumption_is_a_question_with_at_least_two_answers_of_which_the_first_is_assumed(
    assumption: Assumption,
) -> None:
    assert assumption.question.endswith("?")
    assert len(set(assumption.answers)) == len(assumption.answers) >= 2
    assert assumption.assumed == assumption.answers[0]
    assert assumption.basis


def test_ids_are_unique() -> None:
    assert len(BY_ID) == len(ASSUMPTIONS)


@pytest.mark.parametrize("identifier", sorted(BY_ID))
def test_the_register_is_what_the_fidelity_page_shows(identifier: str) -> None:
    assert identifier in FIDELITY.read_text(encoding="utf-8")
