"""Numbers and names as sentences hold them."""

from __future__ import annotations

from reconciler.model.phrases import counted, is_or_are, number_of


def test_the_first_names_are_told_and_the_rest_is_counted() -> None:
    assert counted([]) == ""
    assert counted(["a", "b", "c", "d"]) == "a, b, c, d"
    assert counted(tuple("abcdef")) == "a, b, c, d and 2 more"
    assert counted("abc", most=2) == "a, b and 1 more"


def test_numbers_have_their_nouns() -> None:
    assert [number_of(number, "table") for number in (0, 1, 2)] == ["0 tables", "1 table", "2 tables"]
    assert number_of(2_000, "link") == "2,000 links"


def test_verbs_go_with_their_number() -> None:
    assert [is_or_are(things) for things in ([], ["a"], ["a", "b"])] == ["are", "is", "are"]
