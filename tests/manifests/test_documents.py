from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifests import careful
from reconciler.manifests.careful import CarefulReading
from reconciler.manifests.documents import Document, DocumentReader
from reconciler.manifests.findings import Finding
from reconciler.manifests.nodes import compose
from reconciler.model.diagnostic import Location

SCALARS = st.one_of(
    st.booleans(), st.integers(-(10**9), 10**9), st.floats(-1e6, 1e6).map(lambda f: round(f, 3)), st.text(max_size=8)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), inner, max_size=4),
    max_leaves=20,
)


def read(text: str | bytes) -> tuple[list[Document], list[Finding]]:
    findings: list[Finding] = []
    content = text if isinstance(text, bytes) else text.encode()
    return list(DocumentReader().read("a.yaml", content, findings)), findings


def data(text: str | bytes) -> Any:
    (document,), findings = read(text)
    assert not findings
    return document.data


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=8), DATA, max_size=4))
def test_reads_what_was_written(value: dict[str, Any]) -> None:
    """Quoted as JSON or dumped by PyYAML: the same data, or a doubt about a scalar that PyYAML left unquoted."""
    text = yaml.safe_dump(value)
    documents, findings = read(text)
    if findings or documents[0].doubts:
        return
    assert documents[0].data == value


@settings(deadline=None)
@given(st.text(alphabet="ab:-{}[],&*!?'\"|>#~012no \n", max_size=60))
def test_quick_and_careful_reading_agree(text: str) -> None:
    """Where the quick reading succeeds, the careful one finds nothing, and reads the same."""
    documents, findings = read(text)
    if findings:
        return
    by_index = {document.index: document for document in documents if document.sound}
    for index, node in enumerate(compose(text.encode())):
        if index in by_index:
            reading = CarefulReading("a.yaml")
            assert reading.read(node) == by_index[index].data
            assert not reading.findings
            assert not reading.doubts


def test_many_documents_and_empty_ones() -> None:
    documents, findings = read("---\na: 1\n---\n---\n# only a remark\n---\nb: 2\n...\n")
    assert [document.data for document in documents] == [{"a": 1}, {"b": 2}]
    assert [document.index for document in documents] == [0, 3]
    assert not findings


def test_a_byte_order_mark_is_no_text() -> None:
    assert data(b"\xef\xbb\xbfa: b") == {"a": "b"}


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n", "\x85", "\u2028"])
def test_line_breaks(newline: str) -> None:
    (document,), findings = read(newline.join(["a: x", "spec:", "  tables:", "  - account", "  - b"]))
    assert not findings
    assert document.tables == [Location("a.yaml", 4, 5), Location("a.yaml", 5, 5)]


def test_aliases() -> None:
    assert data("a: &x [1, 'no']\nb: *x") == {"a": [1, "no"], "b": [1, "no"]}


def test_aliases_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = "\n".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    documents, findings = read(f"a: &a [x]\n{levels}\n")
    assert [finding.code for finding in findings] == ["too-many-aliases"]
    assert [document.sound for document in documents] == [False]
    monkeypatch.setattr(careful, "MAX_ALIASED_NODES", 3)
    assert read("a: &a [1, 2]\nb: *a")[1] == []
    assert [finding.code for finding in read("a: &a [1, 2, 3]\nb: *a")[1]] == ["too-many-aliases"]


def test_documents_before_a_mistake_are_read() -> None:
    documents, findings = read("a: 1\n---\nb: [\n")
    assert [document.data for document in documents] == [{"a": 1}]
    assert [finding.code for finding in findings] == ["yaml-syntax"]


def test_a_placeholder_between_braces_has_to_be_quoted() -> None:
    _, findings = read("a: {b: ${values.c}}\n")
    assert findings[0].remedy is not None
    assert "'${values.name}'" in findings[0].remedy


def test_an_irregular_document_is_read_on() -> None:
    (document,), findings = read("a: !t 1\na: 2\n[b]: 3\n!t c: no\n?\n: 5\nd: 6\n")
    assert document.data == {"a": 1, "c": "no", "d": 6}
    assert [finding.code for finding in findings] == [
        "yaml-tag",
        "duplicate-key",
        "key-not-text",
        "yaml-tag",
        "key-not-text",
    ]
    assert [doubt.path for doubt in document.doubts] == [("c",)]


def test_a_strange_line_in_a_syntax_error() -> None:
    _, findings = read("a: 'x")
    assert findings[0].code == "yaml-syntax"
