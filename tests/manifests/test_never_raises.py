"""Whatever a file holds, loading gives diagnostics: never an exception, never a state beside an error."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.manifests import LoadResult
from reconciler.model.diagnostic import Severity
from reconciler.reports.diagnostics import render_diagnostics
from tests.manifests.texts import documents, environment, link, loaded, tables

SOUND = documents(environment(values="{a: 1}"), link(rest="  include: [team]\n  interval: ${values.a}h\n"), tables())


def check(*contents: str | bytes) -> LoadResult:
    with tempfile.TemporaryDirectory() as folder:
        result = loaded(Path(folder), *contents)
    errors = [diagnostic for diagnostic in result.diagnostics if diagnostic.severity is Severity.ERROR]
    assert (result.state is None) == bool(errors)
    text = render_diagnostics(result.diagnostics)
    assert not any(ord(char) < 32 and char != "\n" for char in text)
    assert "\x7f" not in text
    text.encode()
    return result


@settings(deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    check(text.encode(errors="surrogatepass"))


@settings(deadline=None)
@given(st.binary())
def test_any_bytes(content: bytes) -> None:
    check(content)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(SOUND) - 1), st.integers(0, 40), st.text(alphabet="\t\n\r\0{}[]:-&*!|>'\"#$ ~no1é", max_size=6)
)
def test_a_damaged_manifest(at: int, length: int, replacement: str) -> None:
    check(SOUND[:at] + replacement + SOUND[at + length :])


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_lines_in_another_order(rng: random.Random) -> None:
    lines = SOUND.splitlines(keepends=True)
    rng.shuffle(lines)
    check("".join(lines))


HOSTILE = {
    "deep lists": b"[" * 100_000,
    "deep mappings": b"{a: " * 50_000,
    "deep blocks": b"- " * 100_000,
    "deep keys": b"? " * 100_000,
    "many errors": b"apiVersion: reconciler/v1\nkind: ExportedTables\nmetadata: {name: a}\nspec:\n  tables:\n"
    + b"  - 1\n" * 60_000,
    "aliases": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (n, n, b",".join([b"*%c" % (n - 1)] * 9)) for n in range(98, 112)),
    "aliases of a schema": b"apiVersion: reconciler/v1\nkind: ExportedTables\nmetadata: {name: a}\nspec: {tables: &a ["
    + b"{name: b}," * 3000
    + b"], tableDefaults: *a}",
    "huge scalar": b"a: " + b"x" * 2_000_000,
    "huge key": b"x" * 2_000_000 + b": a",
    "huge number": b"a: " + b"9" * 1_000_000,
    "huge number like": b"apiVersion: " + b"1_" * 100_000,
    "many keys": b"".join(b"k%d: 1\n" % n for n in range(20_000)),
    "nul": b"a: \0",
    "surrogate": b"a: \xed\xa0\x80",
    "surrogate escape": b'a: "\\ud800"',
    "carriage returns": SOUND.replace("\n", "\r\n").encode(),
    "directive": b"%YAML 9.9\n---\na: b",
    "terminal": b'kind: "\\e[2J\\e]0;title\\a"',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name: str) -> None:
    before = time.process_time()
    result = check(HOSTILE[name])
    assert time.process_time() - before < 5
    if name != "carriage returns":
        assert result.state is None


def test_sound_with_carriage_returns() -> None:
    result = check(SOUND.replace("\n", "\r\n"))
    assert result.state is not None
    assert not result.diagnostics
