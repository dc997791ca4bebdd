"""Limits and times, by table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.configuration import Configuration
from reconciler.model.guard import DEFAULT_LIMITS, Guards, Limit, Loss, Protected, Prune, Span, Weekly

bounds = st.none() | st.integers(0, 200)


def test_every_loss_has_a_limit_that_holds_without_a_word() -> None:
    assert Guards().limits.keys() == set(Loss) == DEFAULT_LIMITS.keys()
    assert all(limit.most(10**9) is not None for limit in DEFAULT_LIMITS.values())


@pytest.mark.parametrize(
    ("limit", "of", "most"),
    [
        # A small set: the share is not asked for up to atLeast, so one of three passes.
        (Limit(50, 20, 3), 3, 3),
        (Limit(50, 20, 3), 4, 3),
        (Limit(50, 20, 3), 15, 3),
        # Then the share holds.
        (Limit(50, 20, 3), 20, 4),
        (Limit(50, 20, 3), 100, 20),
        (Limit(50, 20, 3), 250, 50),
        # And of a large set the number does: a fifth of five thousand is a disaster.
        (Limit(50, 20, 3), 5000, 50),
        (Limit(2, 20, 3), 15, 2),
        (Limit(None, 20, 0), 4, 0),
        (Limit(50, 0, 0), 1000, 0),
        (Limit(0, None, 0), 1000, 0),
        # What has no whole has no share.
        (Limit(50, 20, 3), None, 50),
        (Limit(None, 20, 3), None, None),
        (Limit(), 10, None),
    ],
)
def test_how_much_passes(limit: Limit, of: int | None, most: int | None) -> None:
    assert limit.most(of) == most


@given(bounds, st.none() | st.integers(0, 100), st.integers(0, 10), st.integers(0, 10_000))
def test_a_larger_whole_never_allows_less_and_a_count_always_holds(
    count: int | None, percent: int | None, least: int, of: int
) -> None:
    limit = Limit(count, percent, least)
    fewer, more = limit.most(of), limit.most(of + 1)
    assert (fewer is None) is (more is None)
    assert fewer is None or more is None or fewer <= more
    assert count is None or (fewer is not None and fewer <= count)


NOON = datetime(2026, 12, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "holds"), [(-1, False), (0, True), (23, True), (24, False)])
def test_a_span_holds_its_start_and_not_its_end(hours: int, holds: bool) -> None:
    span = Span(NOON, NOON + timedelta(days=1))
    now = (NOON + timedelta(hours=hours)).astimezone(timezone(timedelta(hours=-9)))
    assert span.holds(now) is holds


def at(day: int, hour: int, minute: int = 0) -> int:
    return (day * 24 + hour) * 60 + minute


WEEKEND = Weekly(at(4, 18), at(0, 6), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        # Berlin is an hour ahead in winter, two in summer.
        ("2026-11-20T16:59:00+00:00", False),
        ("2026-11-20T17:00:00+00:00", True),
        ("2026-11-22T23:59:00+00:00", True),
        ("2026-11-23T04:59:00+00:00", True),
        ("2026-11-23T05:00:00+00:00", False),
        ("2026-07-24T15:59:00+00:00", False),
        ("2026-07-24T16:00:00+00:00", True),
        ("2026-07-22T12:00:00+00:00", False),
    ],
)
def test_a_weekly_time_is_by_the_clock_of_its_place(now: str, holds: bool) -> None:
    assert WEEKEND.holds(datetime.fromisoformat(now)) is holds


@given(st.integers(0, 7 * 24 * 60 - 1), st.integers(0, 7 * 24 * 60 - 1), st.datetimes())
def test_a_weekly_time_and_the_rest_of_the_week_share_every_minute(start: int, end: int, when: datetime) -> None:
    now = when.replace(tzinfo=UTC)
    if start != end:
        assert Weekly(start, end, UTC).holds(now) is not Weekly(end, start, UTC).holds(now)


def test_what_is_protected_is_told_as_it_is_written() -> None:
    assert str(Protected(address="SynapseLink/a/b")) == "SynapseLink/a/b"
    assert str(Protected(environment="a")) == "a"
    assert str(Protected(storage_account="lake")) == "lake"
    assert str(Protected(labels={"stage": "prod", "team": "x"})) == "stage: prod, team: x"


def test_prune_is_by_kind_and_environment() -> None:
    configuration = Configuration(prune=(Prune("SynapseLink", frozenset({"dev"})),))
    assert configuration.prunes("SynapseLink", "dev")
    assert not configuration.prunes("SynapseLink", "prod")
    assert not configuration.prunes("RoleAssignment", "dev")
    assert not Configuration().prunes("SynapseLink", "dev")
