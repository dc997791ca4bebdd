"""Lists of shared tables: few, named after who shares them, and never in conflict."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.factoring import FEWEST_TABLES, MOST_LISTS, shared_lists
from reconciler.manifests.naming import Names, slug
from reconciler.model.desired import Destination, DestinationType, Partition, SynapseLink, Table
from reconciler.model.diagnostic import Location

tables = st.builds(
    Table,
    st.sampled_from("abcdefghij"),
    append_only=st.booleans(),
    partition=st.sampled_from([None, Partition.YEAR]),
)


def link(name: str, *names: str | Table) -> SynapseLink:
    found = tuple(Table(each) if isinstance(each, str) else each for each in names)
    return SynapseLink(name, "dev", Destination(DestinationType.CSV), Location("x"), tables=found)


def test_tables_of_all_links_are_the_common_ones() -> None:
    (found,) = shared_lists([link("one", "a", "b", "c", "d"), link("two", "c", "b", "a")], Names())
    assert (found.name, found.links) == ("common-tables", ("one", "two"))
    assert [table.name for table in found.tables] == ["a", "b", "c"]


def test_tables_of_some_links_are_numbered_by_what_they_spare() -> None:
    found = shared_lists([link("one", *"abcde"), link("two", *"abcdexyz"), link("three", *"xyz")], Names())
    assert [(each.name, each.links) for each in found] == [
        ("shared-tables-1", ("one", "two")),
        ("shared-tables-2", ("three", "two")),
    ]


def test_tables_with_other_settings_are_not_shared() -> None:
    other = Table("c", append_only=True)
    assert shared_lists([link("one", "a", "b", "c"), link("two", "a", "b", other)], Names()) == ()


def test_one_link_and_few_tables_make_no_list() -> None:
    assert shared_lists([link("one", *"abc")], Names()) == ()
    assert shared_lists([link("one", *"ab"), link("two", *"ab")], Names()) == ()
    assert shared_lists([], Names()) == ()


def test_taken_names_are_left_alone() -> None:
    (found,) = shared_lists([link("one", *"abc"), link("two", *"abc")], Names(["common-tables"]))
    assert found.name == "common-tables-2"


@given(
    st.lists(st.lists(tables, max_size=10, unique_by=lambda table: table.name), max_size=8),
)
def test_lists_are_few_and_say_what_their_links_say(sets: list[list[Table]]) -> None:
    links = [link(f"link-{number}", *found) for number, found in enumerate(sets)]
    found = shared_lists(links, Names())
    assert len(found) <= MOST_LISTS
    assert shared_lists(list(reversed(links)), Names()) == found
    assert len({each.name for each in found}) == len(found)
    for each in found:
        assert len(each.links) >= 2
        assert len(each.tables) >= FEWEST_TABLES
    for each in links:
        listed = [table for shared in found if each.name in shared.links for table in shared.tables]
        assert len({table.name for table in listed}) == len(listed)
        assert set(listed) <= set(each.tables)


@given(st.lists(st.sampled_from(["a", "a-2", "b", "x" * 63]), max_size=12))
def test_free_names_are_free_and_short(wanted: list[str]) -> None:
    names = Names()
    given_out = [names.free(name) for name in wanted]
    assert len(set(given_out)) == len(given_out)
    assert all(0 < len(name) <= 63 for name in given_out)


@given(st.text())
def test_a_slug_is_a_valid_name(text: str) -> None:
    found = slug(text)
    assert found == slug(found)
    assert found.replace("-", "").isalnum()
    assert found.isascii()
