from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.journal import Who
from reconciler.model.lock import LockInfo, info_text, lock_name, read_info

WHO = Who("user", "t", "o", "a")
words = st.text(max_size=200)


def test_a_lock_is_named_after_what_is_written() -> None:
    environment = "AAAA1111-2222-4333-8444-555555555555"
    assert (
        lock_name("public", environment) == lock_name("public", environment.lower()) == f"public-{environment.lower()}"
    )
    assert lock_name("gcc", environment) != lock_name("public", environment)


@given(
    st.builds(
        LockInfo,
        run=words.filter(bool),
        since=words,
        who=st.lists(st.builds(Who, words, words, words, words), max_size=8).map(tuple),
        commit=st.none() | words.filter(bool),
        host=words,
        pid=st.integers(0, (1 << 31) - 1),
    )
)
def test_what_is_told_is_read_again_and_fits_a_header(info: LockInfo) -> None:
    text = info_text(info)
    assert text.isascii()
    assert text.isprintable()
    assert read_info(text) == info


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_other_text_is_nobody(text: str) -> None:
    assert read_info(text) is None


def test_nothing_deep_or_odd_is_taken() -> None:
    assert read_info("[" * 100_000) is None
    assert read_info('{"run": ""}') is None
    odd = {"run": "r" * 999, "since": 3, "who": [1, {"kind": "user", "tenantId": "t"}], "commit": "", "pid": -1}
    assert read_info(json.dumps(odd)) == LockInfo("r" * 200, who=(Who("user", "t", "", ""),))
    assert read_info('{"run": "r", "who": "me", "pid": true}') == LockInfo("r")
    assert read_info(info_text(LockInfo("r", who=(WHO,) * 9))) == LockInfo("r", who=(WHO,) * 8)
