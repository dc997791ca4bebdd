"""Files that pretend to be plans: each is a plan, or one error that says why it is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler import __version__
from reconciler.cli import outcomes
from reconciler.cli.outcomes import read_saved
from reconciler.model.canonical import digest
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.errors import InvalidInput
from reconciler.plan.file import document, render
from reconciler.plan.saved import parse
from tests.builders import change, desired_link, live_link, plan, plan_of

WHOLE = render(plan_of(desired_link("account", "lead"), live_link("account")))


def refusal(text: str) -> Diagnostic:
    with pytest.raises(InvalidInput) as caught:
        parse(text, "plan.json")
    (found,) = caught.value.diagnostics
    assert found.code == "invalid-plan"
    assert len(found.summary) < 500
    return found


def of(**fields: Any) -> str:
    return json.dumps({**json.loads(WHOLE), **fields})


@pytest.mark.parametrize("version", [0, 2, 10**100])
def test_a_plan_of_another_version_says_which_and_what_to_do(version: int) -> None:
    found = refusal(of(formatVersion=version))
    assert f"is of format version {version}"[:200] in found.summary
    assert f"reconciler {__version__} reads 1" in found.summary
    assert "the version of reconciler that made it" in (found.remedy or "")


@pytest.mark.parametrize("version", [True, 1.0, "1", None, [1]])
def test_what_is_no_version_is_no_plan(version: object) -> None:
    assert "is no plan" in refusal(of(formatVersion=version)).summary


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WHOLE.replace('"cloud"', '"commit"', 1), "twice"),
        (WHOLE.replace('"before": null', '"before": NaN', 1), "NaN is no JSON"),
        (WHOLE.replace('"before": null', '"before": -Infinity', 1), "-Infinity is no JSON"),
        ("\ufeff" + WHOLE, "BOM"),
        (WHOLE.replace("{", '{"a":' * 5_000 + "1" + "}" * 5_000, 1), "not whole JSON"),
        ('{"formatVersion": 1, "x": ' + "[" * 100_000, "recursion"),
        (WHOLE + WHOLE, "Extra data"),
        (WHOLE.encode("utf-16-le").decode("latin-1"), "not whole JSON"),
    ],
)
def test_json_that_readers_could_read_in_several_ways_or_not_at_all_is_no_plan(text: str, words: str) -> None:
    assert words in refusal(text).summary


@pytest.mark.parametrize(
    "fields",
    [
        {"cloud": None},
        {"cloud": ["public"]},
        {"seen": []},
        {"seen": {"dev": {}}},
        {"seen": {"dev": {"identity": 1}}},
        {"facts": []},
        {"facts": 7},
        {"changes": {}},
        {"desiredDigest": "x" * 10_000_000},
    ],
)
def test_a_field_of_another_kind_is_no_plan(fields: dict[str, Any]) -> None:
    assert refusal(of(**fields))


@pytest.mark.parametrize("name", ["risk", "status", "fields", "steps", "address"])
@pytest.mark.parametrize("value", [None, 1, {"a": 1}, ["a"], "other", [{"path": 1, "before": 1, "after": 1}], [{}]])
def test_a_change_with_a_field_of_another_kind_is_no_plan_unless_it_is_a_text(name: str, value: object) -> None:
    body: Any = json.loads(WHOLE)
    body["changes"][0][name] = value
    if name == "address" and isinstance(value, str):
        assert parse(json.dumps(body), "plan.json").reviewed[0].address == value
    else:
        assert refusal(json.dumps(body))


def test_lone_surrogates_are_texts_like_others() -> None:
    body: Any = json.loads(WHOLE)
    body["changes"][0]["address"] = "\udcff"
    assert parse(json.dumps(body), "plan.json").reviewed[0].address == "\udcff"


def test_facts_count_only_where_the_fingerprint_is_their_digest() -> None:
    body: Any = json.loads(WHOLE)
    assert list(parse(WHOLE, "plan.json").facts) == ["dev"]
    body["facts"]["dev"]["SynapseLink"] = {}
    assert parse(json.dumps(body), "plan.json").facts == {}
    body["fingerprints"]["dev"] = digest(body["facts"]["dev"])
    assert parse(json.dumps(body), "plan.json").facts == {"dev": {"SynapseLink": {}}}


def test_a_plan_of_an_earlier_version_without_the_newer_fields_is_read() -> None:
    body: Any = json.loads(WHOLE)
    for name in ("seen", "facts", "guards", "assumptions"):
        del body[name]
    for each in body["changes"]:
        del each["declared"]
        each["steps"] = [{"type": step["type"], "description": step["description"]} for step in each["steps"]]
    found = parse(json.dumps(body), "plan.json")
    assert (found.facts, found.identities, len(found.changes)) == ({}, {}, 1)
    assert {step.digest for step in found.reviewed[0].steps} == {None}


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_a_file_with_bytes_exchanged_is_a_plan_or_one_error(data: st.DataObject) -> None:
    content = bytearray(WHOLE.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    text = content.decode("utf-8", "surrogateescape")
    try:
        assert parse(text, "plan.json").cloud
    except InvalidInput:
        assert refusal(text)


@settings(deadline=None, max_examples=100)
@given(st.text() | st.binary().map(lambda content: content.decode("latin-1")))
def test_any_text_is_one_error(text: str) -> None:
    assert refusal(text)


class TestReading:
    def read(self, file: Path, content: bytes) -> str:
        file.write_bytes(content)
        with pytest.raises(InvalidInput) as caught:
            read_saved(file)
        (found,) = caught.value.diagnostics
        assert (found.code, found.location and found.location.file) == ("invalid-plan", str(file))
        return found.summary

    def test_a_file_larger_than_any_plan_is_not_read_whole(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outcomes, "MOST_BYTES", 1 << 20)
        assert self.read(tmp_path / "plan.json", b" " * ((1 << 20) + 1)) == "The plan is larger than 1 MiB"
        (tmp_path / "plan.json").write_bytes(WHOLE.encode() + b" " * 1_000)
        assert read_saved(tmp_path / "plan.json").changes

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le", "utf-32"])
    def test_a_file_in_another_encoding_is_no_plan(self, tmp_path: Path, encoding: str) -> None:
        assert self.read(tmp_path / "plan.json", WHOLE.encode(encoding))

    def test_a_folder_and_nothing_at_all_are_no_plans(self, tmp_path: Path) -> None:
        for path in (tmp_path, tmp_path / "nowhere.json"):
            with pytest.raises(InvalidInput, match="can't be read"):
                read_saved(path)


def test_what_is_only_reported_may_lack_what_a_change_needs() -> None:
    body: Any = json.loads(json.dumps(document(plan(change()))))
    body["changes"] += [{"action": "none"}]
    assert len(parse(json.dumps(body), "plan.json").changes) == 1
