"""The fuzz harness: some thousands of cases, all that ever found something, and the proof that it would see a fault."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import click
import pytest
import yaml

from reconciler.simulator.wire import Request
from tests.reliability import fuzz
from tests.reliability.grammar import HOSTILE, changed, damaged, of_schema
from tests.reliability.targets import READING, SOUND, Ground, Target

CASES = 400
KEPT = sorted(file for file in fuzz.CORPUS.glob("*/*"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """One folder of sound documents, and a cloud, for all cases."""
    with fuzz.ground(tmp_path_factory.mktemp("ground")) as found:
        yield found


def test_hundreds_of_cases_end_with_a_word_and_a_code(made: Ground) -> None:
    figures = fuzz.fuzz(0, range(CASES), made)
    assert figures.violations == []
    assert len(figures.cases) == len(made.targets())
    assert sum(figures.cases.values()) == CASES


@pytest.mark.parametrize("file", KEPT, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_once_found_something_finds_nothing(made: Ground, file: Path) -> None:
    (target,) = (each for each in made.targets() if each.name == file.parent.name)
    code, _, wrong = fuzz.verdict(target, file.read_bytes())
    assert wrong is None
    assert code in fuzz.CODES


@pytest.mark.parametrize("words", READING[:2], ids=lambda words: words[0])
def test_answers_over_a_real_connection(
    made: Ground, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same, with HTTP and TLS in between: what comes over the wire is no kinder than what is called."""
    chance, answer = random.Random(words[0]), made.cloud.dispatch.answer

    def twisted(request: Request) -> Any:
        outcome = answer(request)
        if outcome.response and outcome.response.body and chance.random() < 0.15:
            outcome.response.body = damaged(outcome.response.body, chance)
        return outcome

    monkeypatch.setattr(made.cloud.dispatch, "answer", twisted)
    for _ in range(5):
        code = made.call(*words, "--endpoints", made.cloud.endpoints)
        said = capsys.readouterr()
        assert code in fuzz.CODES
        assert "unforeseen" not in said.err
        assert "Traceback" not in said.out + said.err


def a_target(take: Callable[[bytes], int]) -> Target:
    return Target("planted", 1, lambda _chance: b"", take)


def raising(_content: bytes) -> NoReturn:
    raise RecursionError("too deep")


def saying(words: str, code: int) -> Callable[[bytes], int]:
    def take(_content: bytes) -> int:
        click.echo(words)
        return code

    return take


def working(_content: bytes) -> int:
    begun = time.process_time()
    while time.process_time() - begun < 0.03:
        pass
    return 0


@pytest.mark.parametrize(
    ("take", "found"),
    [
        (raising, "raised RecursionError"),
        (saying("Traceback (most recent call last):", 1), "said"),
        (saying("Error: unforeseen KeyError", 1), "said"),
        (saying("", 3), "without a word"),
        (saying("well", 7), "exit code 7"),
        (saying("a\x1b[2J", 0), "control character"),
        (saying("\ud800", 0), "half a character"),
    ],
)
def test_a_fault_would_be_seen(take: Callable[[bytes], int], found: str) -> None:
    assert found in str(fuzz.verdict(a_target(take), b"")[2])
    assert fuzz.verdict(a_target(saying("Not valid.", 3)), b"")[2] is None


def test_a_case_that_takes_too_long_is_measured_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "SECONDS", 0.02)
    taken: list[bytes] = []

    def twice(content: bytes) -> int:
        taken.append(content)
        return working(content)

    assert "s of work" in str(fuzz.verdict(a_target(twice), b"")[2])
    assert len(taken) == 2


def test_a_case_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "HANGS_SECONDS", 0.05)

    def hanging(_content: bytes) -> int:
        while True:
            pass

    assert "did not end" in str(fuzz.verdict(a_target(hanging), b"")[2])


def test_memory_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "MEGABYTES", -1)
    assert "MB more" in str(fuzz.verdict(a_target(lambda _content: 0), b"")[2])


def test_what_finds_something_is_kept(made: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "targets", lambda: (Target("planted", 1, lambda _chance: b"case", raising),))
    figures = fuzz.fuzz(0, [5], made)
    assert figures.violations == [
        "planted: raised RecursionError: too deep\nrepeat: python -m tests.reliability.fuzz --seed 0 --only 5"
    ]
    assert [file.read_bytes() for file in (made.folder.parent / "found/planted").iterdir()] == [b"case"]


def test_cases_are_made_from_sound_ones_and_repeat_by_seed(made: Ground) -> None:
    for target in made.targets():
        cases = [target.make(random.Random(number)) for number in range(20)]
        assert cases == [target.make(random.Random(number)) for number in range(20)]
        assert len(set(cases)) > 10
    whole = list(yaml.safe_load_all(SOUND))
    assert changed(whole, random.Random(1)) != whole
    assert whole == list(yaml.safe_load_all(SOUND))


def test_a_schema_makes_what_keeps_to_it_most_of_the_time() -> None:
    root = {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x"]}, "b": {"type": "integer"}}}
    made = [of_schema(root, root, random.Random(number)) for number in range(200)]
    assert sum(isinstance(each, dict) and each.get("a") == "x" for each in made) > 150
    assert any(json.dumps(value) in json.dumps(made) for value in HOSTILE)
