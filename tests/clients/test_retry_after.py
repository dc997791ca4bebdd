"""For how long does an answer ask to be left alone? Every form that services, proxies and mistakes give it."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.clients.retry_after import LONGEST_ASKED_SECONDS, as_utc, asked_wait

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"retry-after": " 2.5 "}, 2.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "1e9"}, None),
        ({"Retry-After": "9" * 400}, LONGEST_ASKED_SECONDS),
        ({"Retry-After": "5, 30"}, 30),
        ({"Retry-After": "5, soon"}, 5),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"x-ms-retry-after-ms": "250"}, 0.25),
        ({"Retry-After": "1", "x-ms-retry-after-ms": "4000"}, 4),
        ({"Retry-After": formatdate(NOW + 90, usegmt=True)}, 90),
        ({"Retry-After": formatdate(NOW - 90, usegmt=True)}, 0),
        ({"Retry-After": formatdate(NOW + 90, usegmt=True), "Date": formatdate(NOW + 60, usegmt=True)}, 30),
        ({"Retry-After": formatdate(NOW + 90, usegmt=True), "Date": "yesterday"}, 90),
        ({"Retry-After": "Wed, 99 Nonsense 2026 07:28:00 GMT"}, None),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"}, LONGEST_ASKED_SECONDS),
    ],
)
def test_what_headers_ask_for(headers: dict[str, str], wait: float | None) -> None:
    assert asked_wait(headers, NOW) == wait


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_text_raises_or_waits_for_less_than_nothing(after: str, milliseconds: str, date: str) -> None:
    wait = asked_wait({"Retry-After": after, "retry-after-ms": milliseconds, "Date": date}, NOW)
    assert wait is None or 0 <= wait <= LONGEST_ASKED_SECONDS


def test_a_moment_is_told_in_utc() -> None:
    assert as_utc(NOW) == "2027-01-15 08:00:00 UTC"
