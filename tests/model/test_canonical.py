from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from random import Random
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.canonical import camel_case, canonical_json, digest, json_line, readable_json, to_json
from reconciler.model.desired import Table
from reconciler.model.diagnostic import Location
from tests.builders import desired_link


class Colour(StrEnum):
    RED = "red"


class Number(Enum):
    ONE = 1


@dataclass(frozen=True)
class Noun:
    append_only: bool
    place_of_it: str = field(default="file.yaml", metadata={"json": False})


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def test_nouns_become_objects_in_camel_case_without_their_places() -> None:
    assert to_json(Noun(append_only=True)) == {"appendOnly": True}


def test_enums_become_their_values_as_text() -> None:
    assert to_json([Colour.RED, Number.ONE]) == ["red", "1"]


def test_sets_become_sorted_lists() -> None:
    assert to_json(frozenset({"b", "a", "c"})) == ["a", "b", "c"]


def test_mappings_of_any_kind_are_objects_as_dictionaries_are() -> None:
    assert canonical_json(MappingProxyType({"b": (1,), "a": Colour.RED})) == '{"a":"red","b":[1]}'


def test_mappings_keep_their_entries_under_text_keys() -> None:
    assert to_json({1: (1, 2), "b": None}) == {"1": [1, 2], "b": None}


@pytest.mark.parametrize("thing", [object(), b"bytes", Noun, 1j])
def test_what_has_no_json_form_is_an_error_and_never_guessed(thing: object) -> None:
    with pytest.raises(TypeError, match="has no JSON form"):
        to_json(thing)


def test_names_of_one_word_stay() -> None:
    assert (camel_case("name"), camel_case("record_count_per_block")) == ("name", "recordCountPerBlock")


def test_canonical_json_is_sorted_and_has_no_white_space() -> None:
    assert canonical_json({"b": [1, 2], "a": "é"}) == '{"a":"é","b":[1,2]}'


def test_a_digest_names_its_algorithm() -> None:
    scheme, _, hexadecimal = digest("").partition(":")
    assert scheme == "sha256"
    assert len(hexadecimal) == 64
    assert set(hexadecimal) <= set(string.hexdigits.lower())


def test_half_of_a_surrogate_pair_has_a_digest_too() -> None:
    assert digest("\ud83d") != digest("\ude00")


def test_the_place_of_a_noun_does_not_count() -> None:
    assert digest(Table("account", location=Location("a.yaml"))) == digest(
        Table("account", location=Location("b.yaml", 9))
    )
    assert digest(desired_link("account")) == digest(desired_link("account", location=Location("elsewhere.yaml")))


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(), values, max_size=6), st.randoms(use_true_random=False))
def test_equal_nouns_have_one_text_whatever_the_order_of_their_entries(noun: dict[str, object], random: Random) -> None:
    keys = list(noun)
    random.shuffle(keys)
    assert canonical_json({key: noun[key] for key in keys}) == canonical_json(noun)


@settings(deadline=None, max_examples=60)
@given(values)
def test_canonical_json_says_the_value_again_when_parsed(value: object) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@settings(deadline=None, max_examples=60)
@given(values, values)
def test_values_of_different_text_have_different_digests(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) == (canonical_json(one) == canonical_json(other))


@given(values)
def test_readable_json_is_the_value_and_nothing_that_acts_on_a_terminal(value: object) -> None:
    text = readable_json(value)
    assert json.loads(text) == value
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("char", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2028", "\ud800", "\U000e0001"])
def test_readable_json_escapes_what_would_act_or_hide(char: str) -> None:
    text = readable_json([f"ünï {char}"])
    assert (char in text, "ünï" in text, json.loads(text)) == (False, True, [f"ünï {char}"])


@pytest.mark.parametrize("text", ["##vso[task.setvariable]x", "a ##[group]", "###", "#\ufe0f#[group]"])
def test_readable_json_says_nothing_that_the_runner_of_a_pipeline_acts_on(text: str) -> None:
    written = readable_json({"name": text})
    assert not re.search(r"#[^\x00-\x7f]*#", written)
    assert json.loads(written) == {"name": text}


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_of_one_line_is_the_value_in_characters_that_do_nothing(value: object) -> None:
    written = json_line(value)
    assert re.fullmatch("[ -~]*", written)
    assert "##" not in written
    assert json.loads(written) == value


@pytest.mark.parametrize("form", [readable_json, json_line])
def test_json_that_is_shown_holds_no_secret(form: Callable[[object], str]) -> None:
    said = {"a": 'of "https://x/?sig=hunter2", he said', "b": "Bearer abc.def.ghi", "hunter": "a long text without any"}
    written = form(said)
    assert json.loads(written) == {
        "a": 'of "https://x/?sig=<redacted>", he said',
        "b": "Bearer <redacted>",
        "hunter": "a long text without any",
    }
