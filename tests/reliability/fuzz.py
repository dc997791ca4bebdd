"""``python -m tests.reliability.fuzz``: gives commands what nobody should write, and answers nobody should give.

A case is wrong where it ends in a traceback, in an unforeseen error, without a word, after more than a second of work
(measured twice), or with more memory than a bound. Repeat one with ``--seed S --only TARGET:NUMBER``.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import io
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from unittest import mock

import click

from reconciler.simulator import running
from tests.reliability.figures import closed
from tests.reliability.targets import Ground, Target

SECONDS = 1.0
HANGS_SECONDS = 30
MEGABYTES = 256
"""More than this no case may add to the most that its process ever held."""
CODES = frozenset(range(6))
PART = 2500
"""So many cases a process takes at a time."""
CORPUS = Path(__file__).parent / "corpus"


class Hung(BaseException):
    """A case that does not end: nothing of ours catches it."""


@dataclass
class Figures:
    """What came of many cases."""

    cases: dict[str, int] = field(default_factory=dict)
    slowest: dict[str, tuple[float, int]] = field(default_factory=dict)
    codes: dict[int, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def __add__(self, other: Figures) -> Figures:
        """Both together."""
        names = sorted({*self.cases, *other.cases})
        none = (0.0, 0)
        return Figures(
            {name: self.cases.get(name, 0) + other.cases.get(name, 0) for name in names},
            {name: max(self.slowest.get(name, none), other.slowest.get(name, none)) for name in names},
            {code: self.codes.get(code, 0) + other.codes.get(code, 0) for code in {*self.codes, *other.codes}},
            self.violations + other.violations,
        )


def verdict(target: Target, content: bytes) -> tuple[int, float, str | None]:
    """The exit code of a case, the seconds of work that it took, and what is wrong with it, if anything."""
    code, seconds, wrong = _once(target, content)
    if wrong is None and seconds > SECONDS:
        again = _once(target, content)[1]
        wrong = f"took {min(seconds, again):.1f} s of work" if again > SECONDS else None
    return code, seconds, wrong


def _once(target: Target, content: bytes) -> tuple[int, float, str | None]:
    said, held = io.StringIO(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    code, wrong = -1, None
    try:
        # A terminal gets escape sequences as they are written; click leaves them out of what is none.
        terminal = mock.patch("click.utils.should_strip_ansi", return_value=False)
        with redirect_stdout(said), redirect_stderr(said), terminal, _limited():
            code = target.take(content)
    except KeyboardInterrupt:
        raise
    except Hung:
        wrong = f"did not end in {HANGS_SECONDS} s"
    except BaseException as error:  # noqa: BLE001 - whatever comes out here was to be caught at the edge
        wrong = f"raised {type(error).__name__}: {str(error)[:200]}"
    seconds = time.process_time() - begun
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held) / 1024
    if more > MEGABYTES:
        wrong = wrong or f"took {more:.0f} MB more"
    return code, seconds, wrong or _wrong_words(code, said.getvalue())


def _wrong_words(code: int, text: str) -> str | None:
    if code not in CODES:
        return f"ended with exit code {code}: {text[-200:]!r}"
    if "Traceback" in text or "unforeseen" in text.lower():
        return f"said {text[-300:]!r}"
    if code not in (0, 2) and not text.strip():
        return f"ended with exit code {code} and without a word"
    if any((ord(char) < 32 and char not in "\n\r\t") or 0x7F <= ord(char) < 0xA0 for char in text):
        return "printed a control character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "printed half a character"
    return None


@contextmanager
def _limited() -> Iterator[None]:
    """Ends what hangs."""

    def hang(_number: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, hang)
    signal.setitimer(signal.ITIMER_REAL, HANGS_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def ground(folder: Path) -> Iterator[Ground]:
    """A working folder with sound documents, and a local cloud beside it."""
    before = Path.cwd()
    (folder / "work").mkdir(parents=True)
    os.chdir(folder / "work")
    quiet = io.StringIO()
    try:
        with running(folder / "cloud") as cloud:
            with redirect_stdout(quiet), redirect_stderr(quiet):
                made = Ground(folder / "work", cloud)
            yield made
    finally:
        os.chdir(before)


def fuzz(seed: int, numbers: Sequence[int], made: Ground, only: str | None = None) -> Figures:
    """Tries the cases with these numbers. What finds something is kept, and said with how to repeat it."""
    figures = Figures()
    targets = made.targets()
    deck = [target for target in targets for _ in range(target.weight)]
    for number in numbers:
        chance = random.Random(f"{seed}/{number}")
        target = chance.choice(deck)
        if only and target.name != only:
            continue
        content = target.make(chance)
        code, seconds, wrong = verdict(target, content)
        figures += Figures({target.name: 1}, {target.name: (round(seconds, 2), number)}, {code: 1})
        if wrong:
            kept = f"{hashlib.sha256(content).hexdigest()[:12]}"
            (made.folder.parent / "found" / target.name).mkdir(parents=True, exist_ok=True)
            (made.folder.parent / "found" / target.name / kept).write_bytes(content)
            words = f"python -m tests.reliability.fuzz --seed {seed} --only {number}"
            figures.violations.append(f"{target.name}: {wrong}\nrepeat: {words}")
        if number % 500 == 0:
            gc.collect()
    return figures


@dataclass(frozen=True)
class Share:
    """Some cases for one process: their numbers, a folder to work in, and one to keep what finds something."""

    seed: int
    numbers: Sequence[int]
    folder: Path
    keep: Path

    def tried(self) -> Figures:
        """What came of them."""
        with ground(self.folder) as made:
            figures = fuzz(self.seed, self.numbers, made)
        for file in (self.folder / "found").glob("*/*"):
            (self.keep / file.parent.name).mkdir(parents=True, exist_ok=True)
            (self.keep / file.parent.name / file.name).write_bytes(file.read_bytes())
        shutil.rmtree(self.folder)
        return figures


def _begin() -> None:
    """Bounds the memory of a process; the one that began it is who ends it."""
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, resource.getrlimit(resource.RLIMIT_AS)[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _tell(figures: Figures, seconds: float) -> None:
    for name, count in figures.cases.items():
        slowest, number = figures.slowest[name]
        click.echo(f"  {count:7}  {name}, the slowest in {slowest:.2f} s (case {number})")
    codes = ", ".join(f"{code}: {count}" for code, count in sorted(figures.codes.items()))
    click.echo(f"exit codes: {codes}; {seconds:.0f} s")


def main() -> int:
    """Parses the words, fuzzes in two processes, and says the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="how many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="this case of the seed alone")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", default=str(CORPUS), help="where what finds something is kept")
    words = parser.parse_args()
    numbers = range(words.cases) if words.only is None else range(words.only, words.only + 1)
    counts, figures, begun = {"cases": 0, "violations": 0}, Figures(), time.monotonic()

    def take(more: Figures) -> None:
        nonlocal figures
        figures += more
        counts.update(cases=sum(figures.cases.values()), violations=len(figures.violations))
        for violation in more.violations:
            click.echo(f"violation: {violation}")

    def work() -> None:
        spawn = get_context("spawn")
        try:
            with tempfile.TemporaryDirectory() as folder, spawn.Pool(words.processes, _begin) as pool:
                shares = [
                    Share(words.seed, numbers[first : first + PART], Path(folder) / str(first), Path(words.keep))
                    for first in range(0, len(numbers), PART)
                ]
                for more in pool.imap_unordered(Share.tried, shares):
                    take(more)
        finally:
            _tell(figures, time.monotonic() - begun)

    return closed(counts, work)


if __name__ == "__main__":
    sys.exit(main())
