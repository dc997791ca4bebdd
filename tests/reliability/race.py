"""The race test: two applies at once, and an apply while a person works in the portal.

``python -m tests.reliability.race --runs 200`` closes with a line of figures; a violation is told with the command that
repeats it, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

import click

from reconciler.simulator import Cloud, running
from reconciler.simulator.interruption import Moment, Visit
from tests.reliability.edits import Edit, draw_edit
from tests.reliability.figures import closed
from tests.reliability.fleets import ENVIRONMENTS, Fleet, draw_edited_fleet, draw_fleet
from tests.reliability.judging import violations
from tests.reliability.processes import Order, Running, run
from tests.reliability.waiting import let_time_pass

NAMES = ("one", "two")
# One fleet in so many is raced by two applies, the others by a person.
_TWO_OF = 4
_PATIENCE = 200
MOST_OF_A_FLEET = 25


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: its number, what raced, what is wrong, whether an edit fell where nobody can see it, and the output."""

    number: str
    what: str
    wrong: Sequence[str]
    unseeable: bool = False
    said: str = ""


@dataclass(slots=True)
class Turns:
    """Two processes at once: some writes wait until the other process has come further."""

    cloud: Cloud
    chance: random.Random
    requests: Counter[str] = field(default_factory=Counter)
    ended: set[str] = field(default_factory=set)
    writes: list[tuple[str, str]] = field(default_factory=list)
    """Environment and process of every write, as they took effect."""

    async def __call__(self, visit: Visit) -> None:
        """Holds a request up, or lets it pass."""
        let_time_pass(self.cloud, visit)
        name = visit.request.headers.get("user-agent", "")
        if name not in NAMES or visit.moment is not Moment.BEFORE:
            return
        self.requests[name] += 1
        if visit.writes and self.chance.random() < 0.5:
            await self._let_go_on(next(other for other in NAMES if other != name))
        if visit.writes:
            self.writes.append((_environment(visit), name))

    async def _let_go_on(self, other: str) -> None:
        until = self.requests[other] + self.chance.randint(1, 12)
        for _ in range(_PATIENCE):
            if other in self.ended or self.requests[other] >= until:
                return
            await asyncio.sleep(0.002)

    def intrusions(self) -> list[str]:
        """The environments that one process wrote while the other was at it."""
        found = []
        for environment in sorted({place for place, _ in self.writes}):
            order = [name for name, _ in groupby(who for place, who in self.writes if place == environment)]
            if len(order) > len(NAMES):
                found.append(f"{environment} was written by {', '.join(order)} in turns")
        return found


@dataclass(slots=True)
class Meddling:
    """One edit, just before the n-th request (from 1) of a run takes effect."""

    cloud: Cloud
    edit: Edit | None = None
    at: int = 0
    routes: list[str] = field(default_factory=list)
    dropped: frozenset[str] = frozenset()

    async def __call__(self, visit: Visit) -> None:
        """Counts requests, and edits when its time has come."""
        let_time_pass(self.cloud, visit)
        if visit.moment is not Moment.BEFORE or visit.route.startswith("entra."):
            return
        self.routes.append(visit.route)
        if self.edit and len(self.routes) == self.at:
            self.dropped = self.edit.do(self.cloud)

    @property
    def unseeable(self) -> bool:
        """Whether the edit came after the last reading of the profile before it was written, or activated."""
        after = self.routes[self.at - 1 :]
        return next((route for route in after if route in _OF_PROFILE), "") in _WRITES_PROFILE


_WRITES_PROFILE = ("link.profile.put", "link.profile.activate")
_OF_PROFILE = ("link.profile", *_WRITES_PROFILE)
# With these answers nothing but the lake shows a table that a write took out which nobody activated. Plans say so.
_HIDING = {"rows-change-at": "put", "removed-table-row": "deleted"}
_WARNED = "[unactivated-write]"


def _environment(visit: Visit) -> str:
    address = f"{visit.request.host}{visit.request.path}".lower()
    marks = {name: (key, f"contoso-{name}.", f"lake{name}") for name, key in ENVIRONMENTS.items()}
    return next((name for name, found in marks.items() if any(mark in address for mark in found)), address)


@dataclass(slots=True)
class Race:
    """One fleet in a folder of its own."""

    cloud: Cloud
    fleet: Fleet
    folder: Path
    planted: str = ""

    def two(self, number: str, chance: random.Random) -> Ran:
        """Two applies at once, then one alone."""
        self._begin()
        turns = Turns(self.cloud, chance)
        self.cloud.interrupt(turns)
        waits = ["--lock-timeout", "20s"] if chance.random() < 0.2 else []
        processes = [Running(self._order(name, "apply", *(waits if name == "two" else []))) for name in NAMES]
        codes = []
        for name, process in zip(NAMES, processes, strict=True):
            codes.append(process.ended())
            turns.ended.add(name)
        self.cloud.clock.advance(3600)
        wrong = [
            f"apply {name} ended with {code}" for name, code in zip(NAMES, codes, strict=True) if code not in (0, 4)
        ]
        wrong += turns.intrusions() + self._converged(self.fleet)
        return Ran(number, "two applies", wrong, said=self.said())

    def routes(self) -> list[str]:
        """The routes of the requests that an apply makes which nobody disturbs."""
        self._begin()
        watch = Meddling(self.cloud)
        self._run(watch, "apply")
        return watch.routes

    def edited(self, number: str, edit: Edit, at: int) -> Ran:
        """An apply during which a person does something, then another that nobody disturbs."""
        self._begin()
        watch = Meddling(self.cloud, edit, at)
        code = self._run(watch, "apply")
        wrong = list(edit.wrong(self.cloud, watch.dropped, self.said()))
        what = f"{edit} just before request {at} ({watch.routes[at - 1] if at <= len(watch.routes) else 'none'})"
        if wrong and (watch.unseeable or self._hidden(edit)):
            return Ran(number, what, (), unseeable=True)
        wrong += [f"apply ended with {code}"] if code not in (0, 1, 4, 5) else []
        wrong += [f"it said '{word}'" for word in ("Traceback", "nforeseen") if word in self.said()]
        expected = edit.expected_after(watch.dropped)
        self.cloud.clock.advance(3600)
        if edit.needs_two_runs:
            self._run(Meddling(self.cloud), "apply")
        if expected is not None:
            parts = [replace(part, expected=expected) if part is edit.part else part for part in self.fleet.parts]
            wrong += self._converged(replace(self.fleet, parts=parts))
        return Ran(number, what, wrong, said=self.said())

    def said(self) -> str:
        """What the commands of a run printed."""
        return (self.folder / "output.txt").read_text(encoding="utf-8")

    def _hidden(self, edit: Edit) -> bool:
        hiding = edit.kind == "remove" and edit.inactive and self.fleet.assumptions.items() >= _HIDING.items()
        return hiding and _WARNED in self.said()

    def _converged(self, fleet: Fleet) -> list[str]:
        code = self._run(Meddling(self.cloud), "apply")
        wrong = [f"the apply after it ended with {code}"] if code else []
        wrong += violations(fleet, self.cloud)
        if code := self._run(Meddling(self.cloud), "plan"):
            wrong.append(f"the plan after it is not empty: it ended with {code}")
        return wrong

    def _begin(self) -> None:
        self.fleet.write(self.folder)
        self.fleet.fill(self.cloud)
        (self.folder / "output.txt").write_text("", encoding="utf-8")

    def _run(self, watch: Meddling, word: str) -> int:
        self.cloud.interrupt(watch)
        code = run(self._order("", word))
        self.cloud.interrupt(None)
        return code

    def _order(self, name: str, *words: str) -> Order:
        confirmed = ["--yes", *self.fleet.confirm] if words[0] == "apply" else []
        return Order(
            folder=self.folder,
            endpoints=str(self.cloud.endpoints),
            words=[*words, "--allow-unproven", *confirmed],
            output=self.folder / "output.txt",
            name=name,
            planted=self.planted,
        )


def race(
    cloud: Cloud,
    folder: Path,
    runs: int,
    seed: int,
    *,
    only: str | None = None,
    planted: str = "",
    most: int = MOST_OF_A_FLEET,
) -> Iterator[Ran]:
    """Races until there were so many. ``only`` is the number of one, ``FLEET.RUN``; ``most`` bounds the points
    at which a person steps into one fleet, 0 is all."""
    done, number = 0, int(only.partition(".")[0]) if only else 0
    while done < runs:
        for ran in _of_fleet(cloud, folder / str(number), seed, number, only, planted, most):
            yield ran
            done += 1
            if done == runs:
                return
        if only:
            return
        number += 1


def _of_fleet(
    cloud: Cloud, folder: Path, seed: int, number: int, only: str | None, planted: str, most: int
) -> Iterator[Ran]:
    if number % _TWO_OF == 0:
        for index in range(3):
            own = random.Random(f"{seed}/{number}/{index}")
            if only in (None, f"{number}.{index}"):
                one = Race(cloud, draw_fleet(seed, number), folder / str(index), planted)
                yield one.two(f"{number}.{index}", own)
        return
    one = Race(cloud, draw_edited_fleet(seed, number), folder, planted)
    points = list(range(1, len(one.routes()) + 1))
    random.Random(f"{seed}/{number}/points").shuffle(points)
    for at in points if only else points[: most or None]:
        if only in (None, f"{number}.{at}"):
            chance = random.Random(f"{seed}/{number}/{at}")
            yield one.edited(f"{number}.{at}", draw_edit(chance, one.fleet.parts[0]), at)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; gives its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.race", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="repeat one run: FLEET.RUN")
    parser.add_argument("--most", type=int, default=MOST_OF_A_FLEET, help="runs of one fleet, 0 for every point of it")
    given = parser.parse_args(arguments)
    counts = {"runs": 0, "violations": 0, "unseeable": 0}

    def work() -> None:
        with tempfile.TemporaryDirectory() as name, running(Path(name) / "cloud") as cloud:
            for ran in race(cloud, Path(name), given.runs, given.seed, only=given.only, most=given.most):
                counts["runs"] += 1
                counts["unseeable"] += ran.unseeable
                if ran.wrong:
                    counts["violations"] += 1
                    _tell(ran, given.seed, whole=given.only is not None)

    return closed(counts, work)


def _tell(ran: Ran, seed: int, *, whole: bool) -> None:
    lines = [f"violation: {ran.what}", *(f"  {wrong}" for wrong in ran.wrong)]
    lines.append(f"  repeat: python -m tests.reliability.race --seed {seed} --only {ran.number}")
    if whole:
        lines.append(ran.said)
    click.echo("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
