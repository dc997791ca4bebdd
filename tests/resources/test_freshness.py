"""When a write is late, and what a single quiet table says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from reconciler.model.health import Freshness
from reconciler.resources.freshness import (
    expected_interval,
    judged,
    late_after,
    seconds_since,
    stale_after,
    table_freshness,
)
from tests.builders import live_link
from tests.resources.runtimes import NOW, before, converted, runtime, service


def test_the_bounds_grow_with_the_interval() -> None:
    assert (late_after(15), late_after(60)) == (45 * 60, 135 * 60)
    assert (stale_after(15), stale_after(60), stale_after(1440)) == (86400, 86400, 6 * 86400)


@pytest.mark.parametrize(
    ("lag", "freshness"),
    [(None, "unknown"), (0, "fresh"), (8100, "fresh"), (8101, "late"), (86400, "late"), (86401, "stale")],
)
def test_a_lag_is_judged_against_an_hour(lag: int | None, freshness: str) -> None:
    assert judged(lag, 60) == freshness


def test_a_time_in_the_future_is_now() -> None:
    assert seconds_since(before(hours=-2), NOW) == 0


@pytest.mark.parametrize(
    ("link", "of_table", "interval"), [(30, None, 30), (None, None, 60), (0, None, 60), (30, 5, 5), (None, 1440, 1440)]
)
def test_the_interval_is_the_tables_then_the_links_then_an_hour(
    link: int | None, of_table: int | None, interval: int
) -> None:
    table = runtime(service=service(interval=of_table))
    assert expected_interval(live_link(interval=link), table) == interval
    assert expected_interval(live_link(interval=30)) == 30
    assert expected_interval(live_link(interval=30), runtime()) == 30


def of(synced: datetime | None = None, **fields: Any) -> Freshness:
    synced = synced or before(hours=30)
    return table_freshness(runtime(synced=synced, **fields), synced, NOW, 60)


def test_a_table_never_written_is_unknown() -> None:
    assert table_freshness(runtime(), None, NOW, 60) is Freshness.UNKNOWN


def test_a_table_just_written_is_fresh_whatever_the_counts_say() -> None:
    assert of(before(minutes=3), source_rows=900, source_counted=NOW) is Freshness.FRESH


def test_no_new_data_is_no_sync_so_an_old_table_is_quiet() -> None:
    assert of(source_counted=before(hours=30)) is Freshness.QUIET


@pytest.mark.parametrize("lake", [0, 99, 101, 10**6])
def test_counts_that_differ_are_no_sign_by_themselves(lake: int) -> None:
    assert of(lake_rows=lake, source_counted=before(hours=31)) is Freshness.QUIET
    assert of(lake_rows=lake, source_counted=None) is Freshness.QUIET


def test_rows_counted_after_the_last_write_that_the_lake_has_not_are_late_and_then_stale() -> None:
    behind = {"source_rows": 120, "lake_rows": 100, "lake_counted": before(minutes=1)}
    assert of(source_counted=before(hours=5), **behind) is Freshness.LATE
    assert of(source_counted=before(hours=26), **behind) is Freshness.STALE
    assert of(source_counted=before(minutes=9), **behind) is Freshness.FRESH
    assert of(source_counted=before(hours=5), **{**behind, "source_rows": 100}) is Freshness.QUIET
    assert of(source_counted=before(hours=5), **{**behind, "source_rows": None}) is Freshness.QUIET
    assert of(source_counted=before(hours=5), **{**behind, "lake_rows": None}) is Freshness.QUIET


@pytest.mark.parametrize("counted", [None, before(hours=40)])
def test_a_count_of_the_lake_older_than_the_write_proves_nothing(counted: datetime | None) -> None:
    assert of(source_counted=before(hours=5), source_rows=120, lake_counted=counted) is Freshness.QUIET


def test_for_delta_the_converted_rows_count() -> None:
    late = {"source_counted": before(hours=5), "source_rows": 120, "lake_rows": 500, "lake_counted": None}
    assert of(**late, conversion=converted(rows=100)) is Freshness.LATE
    assert of(**late, conversion=converted(rows=120)) is Freshness.QUIET
