"""Words from outside stay words: whatever services and manifests say, no command lets it act on a terminal, the log of
a pipeline or a forge, and none shows or writes a secret."""

from __future__ import annotations

import json
import logging
import random
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from reconciler.cli import reconciler
from reconciler.cli.edge import run
from reconciler.clients import channel
from reconciler.simulator import Cloud
from tests.cli.run import Said
from tests.fleet import TENANT, write_manifests

SECRET = "Zq9hunterZq9"
HOSTILE = [
    "\x1b[2J\x1b]0;x\x07",
    "\n::set-output name=a::b",
    "::add-mask::x",
    "##vso[task.setvariable variable=a]b",
    "\r##[group]x",
    "\u202egnp.exe\u200b",
    "<img src=x onerror=x>",
    "</details>|`@org/team #1",
    "\x00\x9b31m",
    f"Bearer {SECRET}",
    f"https://x.example/?sig={SECRET}",
    f'{{"client_secret": "{SECRET}"}}',
    f"eyJhbGciOiJub25lIn0.eyJhIjoxfQ.{SECRET}",
]
COMMANDS = [
    ("plan", "--all"),
    ("plan", "--format", "markdown"),
    ("plan", "--format", "json", "--out", "plan.json"),
    ("drift",),
    ("drift", "--format", "markdown"),
    ("status", "--all", "--undeclared", "--data"),
    ("status", "--format", "markdown", "--data"),
    ("status", "--format", "json", "--undeclared", "--data"),
    ("preflight", "--all"),
    ("preflight", "--format", "markdown"),
    ("preflight", "--format", "json"),
    ("probe", "--out", "probe.md"),
    ("probe", "--format", "json"),
    ("import", "found", "--tenant", TENANT),
    ("apply", "--yes"),
    ("journal",),
    ("journal", "--format", "json"),
]
ROUNDS = 2


class Liar:
    """Puts hostile words into some texts of every answer: at their end, or in their place."""

    def __init__(self, seed: int, *, everywhere: bool) -> None:
        self.random = random.Random(seed)
        self.often = 0.5 if everywhere else 0.03

    def loads(self, content: bytes) -> Any:
        return self._spoilt(json.loads(content))

    def _spoilt(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._spoilt(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._spoilt(item) for item in value]
        if isinstance(value, str) and self.random.random() < self.often:
            words = self.random.choice(HOSTILE)
            return words if self.random.random() < 0.3 else f"{value} {words}"
        return value


@pytest.fixture
def folder(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The working folder of a command; every package logs all that it has to say."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(cloud.endpoints))
    monkeypatch.setenv("RECONCILER_DEBUG", "1")
    write_manifests(tmp_path / "manifests")
    before = {name: logging.getLogger(name).level for name in ("azure", "msal", "urllib3", "httpx")}
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield tmp_path
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def said_by(capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    capsys.readouterr()
    code = run(reconciler, list(words))
    captured = capsys.readouterr()
    return Said(code, captured.out, captured.err)


def harmless(text: str) -> None:
    """Holds for all that is printed, of every command and form."""
    acting = {char for char in text if char not in " \n" and unicodedata.category(char)[0] in "CZ"}
    assert acting == set()
    assert not re.search(r"^\s*::|##", re.sub(r"^#{2,4} ", "", text, flags=re.MULTILINE), flags=re.MULTILINE)
    secretless(text)


def secretless(text: str) -> None:
    assert "Zq9" not in text


def without_markup(text: str) -> None:
    """Holds for Markdown: code apart, no markup but that of the reports themselves."""
    own = re.sub(r"</?(?:details|summary|code)(?: open)?>", "", text)
    rest = re.sub(r"\\.|`[^`\n]*`", "", own)
    assert not re.search(r"[<>@]|#\d", rest)


@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_services_say_acts_on_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, seed: int, everywhere: bool
) -> None:
    liar = Liar(seed, everywhere=everywhere)
    monkeypatch.setattr(channel, "json", SimpleNamespace(loads=liar.loads, dumps=json.dumps))
    for words in COMMANDS:
        said = said_by(capsys, *words)
        assert "Traceback" not in said.err, (words, said.err)
        for text in (said.out, said.err):
            harmless(text)
        if "markdown" in words:
            without_markup(said.out)
        if "json" in words and said.out.startswith(("{", "[")):
            json.loads(said.out)
    written = [
        path for place in (".", ".reconciler", "found/**") for path in folder.glob(f"{place}/*") if path.is_file()
    ]
    assert {"plan.json", "probe.md"} <= {path.name for path in written}
    for path in written:
        text = path.read_text(encoding="utf-8")
        secretless(text)
        assert "##vso[" not in text
        assert "##[" not in text


@pytest.mark.parametrize("words", HOSTILE)
def test_what_a_service_says_of_an_error_acts_on_nothing(
    cloud: Cloud, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    plain = words
    error = {"error": {"code": plain, "message": f"No. {plain}", "details": [{"message": plain}]}}
    whole = channel.Answer

    def spoilt(service: str, request: str, status: int, headers: Any, content: bytes) -> channel.Answer:
        if status >= 400:
            headers, content = {"x-ms-request-id": plain, "Retry-After": plain}, json.dumps(error).encode()
        return whole(service, request, status, headers, content)

    monkeypatch.setattr(channel, "Answer", spoilt)
    cloud.faults.add("refused", "dataverse.*", times=500)
    cloud.faults.add("error", "arm.*", times=500)
    for command in (
        ("plan",),
        ("plan", "--format", "markdown"),
        ("status",),
        ("preflight",),
        ("probe",),
        ("apply", "-y"),
    ):
        said = said_by(capsys, *command)
        assert said.code != 0
        harmless(said.out + said.err)


@pytest.mark.parametrize("words", HOSTILE)
def test_what_manifests_and_their_names_say_acts_on_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    quoted = json.dumps(words)
    comment = "".join(char for char in words if char.isprintable())
    (folder / "manifests" / "hostile.yaml").write_text(
        f"apiVersion: reconciler/v1\nkind: {quoted}\nmetadata: {{name: {quoted}}}\n"
        f"---\napiVersion: reconciler/v1\nkind: SynapseLink\nmetadata: {{name: a, labels: {{{quoted}: {quoted}}}}}\n"
        f"spec: {{environment: {quoted}, tables: [{quoted}, {{name: {quoted}, {quoted}: 1}}], interval: {quoted}}}\n"
        f"# {comment}\n",
        encoding="utf-8",
    )
    name = words.replace("/", "_").replace("\x00", "")
    (folder / "manifests" / f"{name}.yaml").write_text("a: [\n", encoding="utf-8")
    for command in (
        ("validate",),
        ("validate", "--format", "json"),
        ("plan",),
        ("validate", name),
        ("plan", "-e", words),
    ):
        said = said_by(capsys, *command)
        assert said.code == 3
        harmless(said.out + said.err)


def test_a_trace_shows_no_secret_and_acts_on_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command()
    def failing() -> None:
        raise ZeroDivisionError(f"client_secret={SECRET}\x1b[2J") from ValueError("\n".join(HOSTILE))

    monkeypatch.setenv("RECONCILER_DEBUG", "1")
    assert run(failing, []) == 1
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    harmless(shown)
