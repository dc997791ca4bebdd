"""$batch: what is sent, and what is made of answers good and bad."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.clients.batch import BOUNDARY, decode, encode

TYPE = 'multipart/mixed; boundary="b"'


def answer(*parts: tuple[int, bytes], newline: bytes = b"\r\n") -> bytes:
    """A batch answer as Dataverse sends it."""
    lines = b""
    for status, body in parts:
        lines += newline.join(
            [b"--b", b"Content-Type: application/http", b"", b"HTTP/1.1 %d X" % status, b"A: b", b"", body, b""]
        )
    return lines + b"--b--" + newline


def test_each_path_becomes_a_part_that_gets_it() -> None:
    body = encode(["/one", "/two?x=1"], "Accept: application/json\r\n").decode()
    assert body.count(f"--{BOUNDARY}\r\n") == 2
    assert "GET /one HTTP/1.1\r\nAccept: application/json\r\n\r\n" in body
    assert body.endswith(f"--{BOUNDARY}--\r\n")


@given(st.lists(st.tuples(st.integers(100, 599), st.binary().filter(lambda body: b"--b" not in body)), min_size=1))
def test_answers_come_apart_in_order(parts: list[tuple[int, bytes]]) -> None:
    assert decode(TYPE, answer(*parts)) == parts


@pytest.mark.parametrize(
    "content_type",
    ["multipart/mixed; boundary=b", 'multipart/mixed;boundary="b";charset=utf-8', 'multipart/mixed; BOUNDARY="b"'],
)
def test_a_boundary_is_found_however_it_is_written(content_type: str) -> None:
    assert decode(content_type, answer((200, b"{}"))) == [(200, b"{}")]


def test_bare_line_feeds_are_read_too() -> None:
    assert decode(TYPE, answer((200, b"{}"), newline=b"\n"))[0][0] == 200


@given(st.binary())
def test_nonsense_is_a_value_error_and_nothing_else(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decode(TYPE, content)


@given(st.integers(0, 80))
def test_an_answer_that_is_cut_off_is_noticed(length: int) -> None:
    whole = answer((200, b'{"value": []}'), (200, b"{}"))
    with pytest.raises(ValueError, match=r".+"):
        decode(TYPE, whole[:length])


def test_an_answer_without_a_boundary_is_noticed() -> None:
    with pytest.raises(ValueError, match="no boundary"):
        decode("text/html", b"<html>")
