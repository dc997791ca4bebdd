"""Approvals: what a word lets pass, and no more."""

from __future__ import annotations

import pytest

from reconciler.model.guard import GuardVerdict
from reconciler.plan.approval import approve, read_approval


def loss(partition: str, found: int, *, refused: bool = True, uncounted: bool = False) -> GuardVerdict:
    return GuardVerdict("tablesRemoved", partition, refused, "s", found, approval="word", uncounted=uncounted)


FREEZE = GuardVerdict("freeze:year-end", "", refused=True, summary="s", approval="freeze:year-end")
PROTECTED = GuardVerdict("protected", "", refused=True, summary="s")


def refused(verdicts: list[GuardVerdict], *words: str) -> list[str]:
    """The partitions, or guards, that are refused still."""
    judged, _ = approve(verdicts, map(read_approval, words))
    return [verdict.partition or verdict.guard for verdict in judged if verdict.refused]


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("tablesRemoved:dev=9", ["prod", "tablesRemoved"]),
        ("tablesRemoved:dev=10", ["prod", "tablesRemoved"]),
        ("tablesRemoved:dev=8", ["dev", "prod", "tablesRemoved"]),
        ("tablesRemoved:other=99", ["dev", "prod", "tablesRemoved"]),
        ("linksUnlinked=99", ["dev", "prod", "tablesRemoved"]),
        # For the run: of all environments together.
        ("tablesRemoved=20", []),
        ("tablesRemoved=19", ["dev", "prod", "tablesRemoved"]),
        ("tablesRemoved=unknown", []),
    ],
)
def test_a_loss_is_approved_up_to_a_number(word: str, left: list[str]) -> None:
    assert refused([loss("dev", 9), loss("prod", 11), loss("", 20)], word) == left


def test_an_approval_for_the_run_counts_environments_that_pass_by_themselves() -> None:
    assert refused([loss("dev", 9), loss("prod", 11, refused=False)], "tablesRemoved=19") == ["dev"]


def test_an_unknown_number_is_approved_by_that_word_alone() -> None:
    unknown = [loss("dev", 9, uncounted=True)]
    assert refused(unknown, "tablesRemoved:dev=1000") == ["dev"]
    assert refused(unknown, "tablesRemoved=1000") == ["dev"]
    assert refused(unknown, "tablesRemoved:dev=unknown") == []


def test_a_loss_of_no_partition_is_approved_by_its_own_number() -> None:
    assert refused([loss("", 9)], "tablesRemoved=8") == ["tablesRemoved"]
    assert refused([loss("", 9)], "tablesRemoved=9") == []


def test_a_freeze_is_approved_by_name_and_protection_by_nothing() -> None:
    assert refused([FREEZE, PROTECTED], "freeze:year-end") == ["protected"]
    assert refused([FREEZE, PROTECTED], "freeze:weekend", "freeze:protected") == ["freeze:year-end", "protected"]


def test_approvals_that_nothing_asks_for_are_given_back() -> None:
    words = ["freeze:year-end", "freeze:weekend", "tablesRemoved:dev=1", "linksUnlinked=2"]
    _, unasked = approve([FREEZE, loss("dev", 9), loss("prod", 1, refused=False)], map(read_approval, words))
    assert unasked == ("freeze:weekend", "linksUnlinked=2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tablesRemoved",
        "tablesRemoved=",
        "tablesRemoved=many",
        "tablesRemoved=-1",
        "tablesRemoved=\u0661",
        "tablesRemoved=" + "9" * 5000,
        "tables=3",
        "freeze:",
        "protected=1",
        "=1",
    ],
)
def test_other_words_are_no_approvals(text: str) -> None:
    with pytest.raises(ValueError, match=r"approves nothing|says no number"):
        read_approval(text)
