from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests.scalars import Ambiguous, AmbiguousScalar, PlainKeys, PlainScalars, read_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("account", "account"),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-12", -12),
        ("125", 125),
        ("1.5", 1.5),
        ("-0.25", -0.25),
        ("", None),
        ("v1", "v1"),
        ("1.2.3", "1.2.3"),
        ("15m", "15m"),
        ("tRuE", "tRuE"),
        ("nothing", "nothing"),
        ("y", "y"),
        ("n", "n"),
        ("0f1d3c5b-7a92-4e86-b1d4-5c6e7f8091a2", "0f1d3c5b-7a92-4e86-b1d4-5c6e7f8091a2"),
        ("/a:b", "/a:b"),
        ("10.0.0.1", "10.0.0.1"),
        ("1a", "1a"),
        ("-", "-"),
        (".", "."),
        ("٣", "٣"),
    ],
)
def test_plain(text: str, value: object) -> None:
    read = read_plain(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("no", "false"),
        ("No", "false"),
        ("NO", "false"),
        ("off", "false"),
        ("yes", "true"),
        ("on", "true"),
        ("ON", "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("<<", None),
        ("=", None),
        ("010", None),
        ("0o17", None),
        ("0x1F", None),
        ("0b10", None),
        ("1_000", "1000"),
        ("1e3", "1000"),
        ("1E+2", "100"),
        ("+5", "5"),
        ("1.5e3", None),
        ("1e-3", None),
        (".5", None),
        ("5.", None),
        (".inf", None),
        ("-.inf", None),
        (".nan", None),
        ("12:30", None),
        ("1:2:3.5", None),
        ("2024-01-31", None),
        ("2024-1-1 12:00:00", None),
        ("2024-01-31T10:00:00Z", None),
        ("1234567890123456", None),
    ],
)
def test_ambiguous(text: str, spelling: str | None) -> None:
    read = read_plain(text)
    assert isinstance(read, Ambiguous)
    assert (read.text, read.spelling) == (text, spelling)
    with pytest.raises(AmbiguousScalar):
        PlainScalars()[text]


@settings(deadline=None)
@given(st.text(alphabet="0123456789+-._:eExXoObTtZz ~=<>nulfasyor", max_size=12))
def test_a_number_or_boolean_is_what_json_reads(text: str) -> None:
    """What is read as no text at all, JSON (and so every YAML 1.2 reader) reads the same."""
    value = read_plain(text)
    if isinstance(value, bool | int | float):
        assert json.loads(text) == value


def test_equal_texts_are_one_object() -> None:
    scalars = PlainScalars()
    one, two = "".join(["acc", "ount"]), "".join(["acco", "unt"])
    assert one is not two
    assert scalars[one] is scalars[two]


def test_memory_has_a_bound() -> None:
    scalars, keys = PlainScalars(), PlainKeys()
    scalars.limit = keys.limit = 2
    for table in (scalars, keys):
        assert [table[name] for name in ("a", "b", "c", "d")] == ["a", "b", "c", "d"]
        assert len(table) == 2
    assert PlainScalars()["x" * 300] == "x" * 300


def test_a_key_is_text() -> None:
    with pytest.raises(AmbiguousScalar):
        PlainKeys()["12"]
