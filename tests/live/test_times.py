"""Times as the services write them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reconciler.live.times import moment


@pytest.mark.parametrize("text", ["2024-05-01T10:00:00Z", "2024-05-01T10:00:00", "2024-05-01T12:00:00+02:00"])
def test_times_are_utc_with_a_zone_or_without(text: str) -> None:
    assert moment(text) == datetime(2024, 5, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", [None, "", "soon", 20240501, True, "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+05:00", {}]
)
def test_what_is_no_time_or_means_never(value: Any) -> None:
    assert moment(value) is None
