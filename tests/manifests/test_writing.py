"""YAML with comments: what is written is what is read back, and a comment is only ever a comment."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests.documents import DocumentReader
from reconciler.manifests.writing import manifest_text

texts = st.text(max_size=40) | st.sampled_from(
    [
        "no",
        "1e3",
        "0x1",
        "a: b",
        "a #b",
        "- a",
        "x:",
        "12:30",
        "2001-01-01",
        "https://contoso.crm4.dynamics.com",
        "a b",
        " ",
        "##[group]a ###",
    ]
)
scalars = texts | st.booleans() | st.integers(min_value=-(10**9), max_value=10**9)
names = st.from_regex(r"[a-z][a-zA-Z]{1,8}", fullmatch=True).filter(
    lambda name: name not in {"no", "on", "yes", "off", "null", "true", "false"}
)
entries = texts | st.dictionaries(names, scalars, min_size=1, max_size=3)
values = scalars | st.lists(entries, max_size=4) | st.dictionaries(names, scalars, max_size=3)


def read_back(text: str) -> Any:
    findings: list[Any] = []
    (document,) = DocumentReader().read("x.yaml", text.encode("utf-8"), findings)
    assert findings == []
    assert document.sound
    return document.data


@given(st.dictionaries(names, values, min_size=1, max_size=4), texts)
def test_what_is_written_is_what_is_read(data: dict[str, Any], comment: str) -> None:
    comments: dict[Any, list[str]] = {(): [comment], **{(key,): [comment] for key in data}, (None,): [comment]}
    text = manifest_text(data, comments)
    assert yaml.safe_load(text) == yaml.safe_load(manifest_text(data))
    assert read_back(text) == data


def test_comments_stand_above_what_they_explain() -> None:
    data = {"spec": {"tables": ["account", {"name": "lead", "appendOnly": True}], "destination": {"type": "csv"}}}
    comments = {
        (): ["Of the whole."],
        ("spec", "tables", "account"): ["Of account."],
        ("spec", "tables", "lead"): ["Of lead."],
        ("spec", "destination", None): ["Missing: container."],
    }
    assert manifest_text(data, comments) == (
        "# Of the whole.\n"
        "spec:\n"
        "  tables:\n"
        "  # Of account.\n"
        "  - account\n"
        "  # Of lead.\n"
        "  - name: lead\n"
        "    appendOnly: true\n"
        "  destination:\n"
        "    type: csv\n"
        "    # Missing: container.\n"
    )


def test_long_comments_are_wrapped_and_empty_ones_are_lines() -> None:
    text = manifest_text({"kind": "x"}, {("kind",): ["word " * 60, ""]})
    lines = text.splitlines()
    assert all(line.startswith("#") and len(line) <= 120 for line in lines[:-1])
    assert lines[-2] == "#"


def test_no_text_begins_a_command_to_the_runner_that_shows_the_file() -> None:
    data = {"a": "##[group]a", "b": ["##vso[x]b ###", "a\r##[group]"]}
    text = manifest_text(data, {("a",): ["##[group]x", "a ###vso[x]b"]})
    assert "##" not in text
    assert read_back(text) == data


@pytest.mark.parametrize("hostile", ["a\nb: c", "a\r- b", "a\u2028b", "a\x85b", "a\x00b", "\ud800", "\u202e"])
def test_a_comment_stays_a_comment(hostile: str) -> None:
    text = manifest_text({"kind": "x"}, {("kind",): [hostile]})
    assert len(text.splitlines()) == 2
    assert read_back(text) == {"kind": "x"}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("${values.container}", "${values.container}"),
        ("it's", "'it''s'"),
        ([], "[]"),
        ({}, "{}"),
        ("", "''"),
        ("é", '"\\xE9"'),
    ],
)
def test_spelling(value: Any, written: str) -> None:
    assert manifest_text({"x": value}) == f"x: {written}\n"
