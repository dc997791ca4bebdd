"""The state of a table: the portal's words, and the traps of the fields that they come from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.canonical import to_json
from reconciler.model.desired import DestinationType
from reconciler.model.health import Freshness, TableHealth, TableState
from reconciler.model.runtime import Conversion, ServiceState, TableRuntime
from reconciler.resources.table_health import choices, last_synced, removed_table, spoken, stalled, table_health
from tests.builders import live_link
from tests.resources.runtimes import NOW, before, converted, loading, runtime, service


def health(table: TableRuntime, **link: Any) -> TableHealth:
    return table_health(table, live_link(table.name, **link), NOW)


def state(**fields: Any) -> TableState:
    return health(runtime(**fields)).state


def test_sync_state_in_progress_is_healthy() -> None:
    found = health(runtime(sync_state=2))
    assert (found.state, found.healthy, found.freshness) == (TableState.ACTIVE, True, Freshness.FRESH)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sync_state": 4}, TableState.ACTIVE),
        ({"sync_state": 64}, TableState.POST_PROCESSING),
        ({"sync_state": 16}, TableState.INITIAL_SYNC),
        ({"sync_state": 1}, TableState.UNKNOWN),
        ({"sync_state": None}, TableState.UNKNOWN),
        ({"sync_state": 8}, TableState.FAILED),
        ({"initial_sync_state": 8}, TableState.FAILED),
        ({"metadata_state": 16}, TableState.FAILED),
        ({"sync_state": 32}, TableState.PAUSED),
        ({"initial_sync_state": 32}, TableState.PAUSED),
        ({"initial_sync_state": 1, "sync_state": 1}, TableState.NOT_STARTED),
        ({"initial_sync_state": 2}, TableState.INITIAL_SYNC),
        ({"initial_sync_state": 1, "sync_state": 16}, TableState.INITIAL_SYNC),
        ({"initial_sync_state": 64}, TableState.POST_PROCESSING),
        ({"initial_sync_state": 0, "sync_state": 0}, TableState.UNKNOWN),
        ({"initial_sync_state": None, "sync_state": None}, TableState.UNKNOWN),
        ({"started": False, "initial_sync_state": None, "sync_state": None}, TableState.NOT_STARTED),
    ],
)
def test_the_choices_of_the_row_in_the_portals_words(fields: dict[str, Any], expected: TableState) -> None:
    assert state(**fields) is expected


def test_the_first_load_is_over_when_it_is_completed_and_has_a_time() -> None:
    assert state(initial_sync_state=4, load_completed=None) is TableState.POST_PROCESSING
    assert state(initial_sync_state=4) is TableState.ACTIVE


@pytest.mark.parametrize(
    ("value", "flags"),
    [(2, {2}), (64, {64}), (66, {2, 64}), (12, {4, 8}), (127, {1, 2, 4, 8, 16, 32, 64})],
)
def test_sync_states_may_be_flags(value: int, flags: set[int]) -> None:
    assert choices(value) == flags


@pytest.mark.parametrize("value", [None, 0, -1, 128, 130, 2**40])
def test_values_that_no_state_has_are_none(value: int | None) -> None:
    assert choices(value) == frozenset()


def test_combined_flags_are_read_by_the_worst_of_them() -> None:
    assert state(sync_state=2 | 8) is TableState.FAILED
    assert state(sync_state=2 | 32) is TableState.PAUSED
    assert state(sync_state=2 | 64) is TableState.POST_PROCESSING
    assert state(initial_sync_state=1 | 2, load_completed=None) is TableState.INITIAL_SYNC


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("InitialSyncNotStarted", TableState.NOT_STARTED),
        ("InitialSyncInProgress", TableState.INITIAL_SYNC),
        ("InitialSyncPostProcessing", TableState.POST_PROCESSING),
        ("InProgress", TableState.ACTIVE),
        ("inprogress", TableState.ACTIVE),
    ],
)
def test_the_services_current_state_is_the_truth(word: str, expected: TableState) -> None:
    assert state(service=service(current_state=word)) is expected
    assert health(loading(service=service(current_state=word))).state is expected


@pytest.mark.parametrize("word", ["", "NotStarted", "SomethingNew"])
def test_a_word_that_the_service_is_not_known_to_say_leaves_it_to_the_rows(word: str) -> None:
    assert state(service=service(current_state=word)) is TableState.ACTIVE


def test_a_failure_of_the_rows_is_not_outweighed_by_the_services_word() -> None:
    assert state(sync_state=8, service=service()) is TableState.FAILED


def test_an_error_of_the_service_fails_the_table_and_is_told() -> None:
    found = health(runtime(service=service(code="SPARK-807", message="pool 'sp1' not found", details="at 10:00")))
    assert (found.state, found.healthy) == (TableState.FAILED, False)
    assert found.error
    assert (found.error.code, found.error.message, found.error.details) == (
        "SPARK-807",
        "pool 'sp1' not found",
        "at 10:00",
    )
    assert state(service=service(message="odd")) is TableState.FAILED


def test_an_error_at_which_the_service_pauses_is_a_pause() -> None:
    found = health(runtime(service=service(code="ADLS-802", message="No access")))
    assert (found.state, found.healthy) == (TableState.PAUSED, False)
    assert found.error


def test_a_failed_row_without_the_service_says_where_the_reason_is_to_be_found() -> None:
    found = health(runtime(sync_state=8))
    assert found.error
    assert found.error.code == ""
    assert "--sign-in" in found.error.remedy


def test_for_delta_active_means_converted() -> None:
    assert state(conversion=converted()) is TableState.ACTIVE
    assert state(conversion=converted(), service=service()) is TableState.ACTIVE
    assert state(conversion=converted(last_sync_state=4)) is TableState.ACTIVE
    for waits in (Conversion(), converted(table_state=0), converted(table_state=4)):
        assert state(conversion=waits) is TableState.POST_PROCESSING
        assert state(conversion=waits, service=service()) is TableState.POST_PROCESSING
    for failed in (converted(table_state=2), converted(last_sync_state=2)):
        assert state(conversion=failed) is TableState.FAILED


def test_an_empty_table_is_never_converted_and_waits_for_nothing() -> None:
    assert state(conversion=Conversion(0), source_rows=0) is TableState.ACTIVE
    assert state(conversion=Conversion(0), source_rows=None) is TableState.POST_PROCESSING


def test_what_is_paused_is_not_failed_because_its_metadata_could_not_be_made() -> None:
    assert state(sync_state=32, metadata_state=16) is TableState.PAUSED


def test_for_delta_the_count_is_the_converted_one_and_so_is_the_time() -> None:
    found = health(runtime(conversion=converted(rows=98)), destination_type=DestinationType.DELTA)
    assert (found.delta_rows, found.source_rows, found.lag) == (98, 100, 9 * 60)
    assert last_synced(runtime(conversion=Conversion())) is None


def test_the_newest_of_both_services_times_counts_else() -> None:
    assert last_synced(runtime(service=service())) == before(minutes=4)
    assert last_synced(runtime(service=service(synced=None))) == before(minutes=5)
    assert last_synced(runtime(synced=None)) is None


def test_lake_counts_are_shown_and_never_compared_for_equality() -> None:
    for lake in (0, 99, 5000):
        found = health(runtime(lake_rows=lake))
        assert (found.healthy, found.lake_rows) == (True, lake)


def test_the_services_counts_are_shown_where_it_has_them() -> None:
    found = health(runtime(service=service(source_rows=7, lake_rows=0)))
    assert (found.source_rows, found.lake_rows) == (7, 0)


def test_a_removed_table_is_not_a_failed_one() -> None:
    found = removed_table("task", live_link())
    assert (found.state, found.healthy, found.error) == (TableState.REMOVED, None, None)


def test_a_loading_table_is_neither_healthy_nor_ill_and_not_late() -> None:
    found = health(loading())
    assert (found.healthy, found.freshness, found.last_synced) == (None, Freshness.UNKNOWN, None)


def test_a_table_that_lacks_rows_is_ill() -> None:
    late = runtime(synced=before(hours=9), source_rows=200, source_counted=before(hours=6))
    found = health(late)
    assert (found.state, found.freshness, found.healthy) == (TableState.ACTIVE, Freshness.LATE, False)


def test_a_suspended_link_makes_its_tables_neither_late_nor_ill() -> None:
    assert health(runtime(synced=before(days=9)), suspended=True).freshness is Freshness.UNKNOWN
    assert health(runtime(sync_state=32), suspended=True).healthy is None
    assert health(runtime(sync_state=32)).healthy is False


def test_a_load_that_has_not_moved_for_a_day_stands_still() -> None:
    old = {"added": before(days=3), "lake_counted": before(hours=25)}

    def stands(table: TableRuntime) -> bool:
        return stalled(table, health(table), NOW)

    assert stands(loading(**old))
    assert not stands(loading(**{**old, "lake_counted": before(hours=2)}))
    assert not stands(loading(added=None, lake_counted=None))
    assert not stands(runtime(**old))


def test_times_are_told_in_utc() -> None:
    assert spoken(before(minutes=30)) == "2026-03-01T11:30:00Z"
    assert spoken(None) is None


@given(
    st.builds(
        TableRuntime,
        name=st.text(),
        sync_state=st.none() | st.integers(),
        initial_sync_state=st.none() | st.integers(0, 127),
        metadata_state=st.none() | st.integers(),
        load_completed=st.none() | st.just(NOW),
        synced=st.none() | st.just(before(days=3)),
        conversion=st.none() | st.builds(Conversion, st.none() | st.integers(0, 5)),
        service=st.none() | st.builds(ServiceState, current_state=st.text()),
    )
)
def test_any_runtime_has_a_state_and_a_json_form(table: TableRuntime) -> None:
    found = health(table)
    assert found.state in TableState
    assert to_json(found)
