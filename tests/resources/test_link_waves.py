from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.desired import Table
from reconciler.resources.link_waves import Wave, deferred, next_wave
from tests.builders import desired_link, desired_tables, live_link

TABLES = desired_tables("account", "contact", "lead")


def test_without_a_bound_all_come_at_once_though_others_load() -> None:
    live = live_link("task", loading=frozenset({"task"}))
    assert next_wave(desired_link(), TABLES, live) == Wave(TABLES)


def test_a_table_that_is_no_longer_linked_is_not_waited_for() -> None:
    live = live_link("task", loading=frozenset({"gone"}))
    assert next_wave(desired_link(add_at_most=5), TABLES, live) == Wave(TABLES)


def test_nothing_to_add_waits_for_nothing() -> None:
    live = live_link("task", loading=frozenset({"task"}))
    wave = next_wave(desired_link(add_at_most=1), (), live)
    assert deferred(desired_link(add_at_most=1), wave) == ()


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.integers(1, 9))
def test_waves_lose_no_table_and_keep_their_bound(names: list[str], most: int) -> None:
    left, added = tuple(Table(name) for name in names), []
    while left:
        wave = next_wave(desired_link(add_at_most=most), left)
        assert len(wave.now) <= most
        added += [table.name for table in wave.now]
        assert bool(deferred(desired_link(add_at_most=most), wave)) is bool(wave.later)
        left = wave.later
    assert added == sorted(names)
