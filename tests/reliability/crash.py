"""The crash test: kills apply at any moment, runs it again, and looks at what came of it.

``python -m tests.reliability.crash --kills 500`` closes with a line of figures; a violation is told with the command
that repeats it, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from reconciler.simulator import Cloud, running
from reconciler.simulator.interruption import HungUp, Moment, Visit
from tests.reliability.figures import closed
from tests.reliability.fleets import Fleet, draw_fleet
from tests.reliability.judging import journal_violations, violations
from tests.reliability.processes import KILLED, JournalDeath, Order, Running, run
from tests.reliability.waiting import let_time_pass

MOST_OF_A_FLEET = 20
TWICE = 0.3
JOURNAL = Path(".reconciler/journal.jsonl")
ANY_WRITE = "any write"
_HOUR = 3600


@dataclass(frozen=True, slots=True, order=True)
class RequestDeath:
    """A process is killed at a moment of the n-th request (from 1) of its kind."""

    request: str
    moment: Moment
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.moment} number {self.nth} of {self.request}"


Death = RequestDeath | JournalDeath


@dataclass(slots=True)
class Watch:
    """Sees every request, and kills the process whose it is at the one that was chosen."""

    cloud: Cloud
    death: RequestDeath | None = None
    process: Running | None = None
    gone: bool = False
    seen: Counter[tuple[str, Moment]] = field(default_factory=Counter)
    writes: set[str] = field(default_factory=set)

    async def __call__(self, visit: Visit) -> None:
        """Counts a request, and kills at the chosen one. What apply waits for passes while it asks."""
        let_time_pass(self.cloud, visit)
        if not visit.route or visit.route.startswith("entra."):
            return
        request = f"{visit.request.method} https://{visit.request.host}{visit.request.path}"
        if visit.writes:
            self.writes.add(request)
        names = (ANY_WRITE, request) if visit.writes else (request,)
        for name in names:
            self.seen[name, visit.moment] += 1
        if self.death and any(self._is_due(name, visit.moment) for name in names):
            await self._kill()

    def _is_due(self, name: str, moment: Moment) -> bool:
        return self.death == RequestDeath(name, moment, self.seen[name, moment])

    async def _kill(self) -> None:
        while self.process is None:
            await asyncio.sleep(0.001)
        self.process.kill()
        while not self.gone:
            await asyncio.sleep(0.001)
        raise HungUp


@dataclass(slots=True)
class Crash:
    """One fleet in a folder of its own, killed and healed as often as asked."""

    cloud: Cloud
    fleet: Fleet
    folder: Path
    planted: str = ""
    twice: float = TWICE
    """The share of healing runs that are killed as well."""

    def deaths(self) -> list[Death]:
        """Where its apply can be killed, found by letting it run: at every moment of every write, before every other
        request of the part that writes, and at every line of the journal, which are the boundaries of steps."""
        watch = self._begin("whole")
        self.cloud.interrupt(watch)
        code = run(self._order("whole", "apply"))
        self.cloud.interrupt(None)
        if code != 0:
            raise AssertionError(f"fleet {self.fleet.number} can't be applied: {self.said('whole')}")
        requests: list[Death] = [
            RequestDeath(request, moment, nth)
            for (request, moment), times in watch.seen.items()
            if request != ANY_WRITE
            and (request in watch.writes or (moment is Moment.BEFORE and "/environment/" in request))
            for nth in range(1, times + 1)
        ]
        lines = len((self.folder / "whole" / JOURNAL).read_text(encoding="utf-8").splitlines()) if watch.writes else 0
        told = [JournalDeath(line, how) for line in range(1, lines + 1) for how in ("before", "half", "after")]
        return [*sorted(requests, key=str), *told]

    def kill(self, name: str, death: Death, chance: random.Random, most: int = 2) -> tuple[int, list[str]]:
        """Kills at a point, and often in the healing run as well where ``most`` allows it, then heals; gives the number
        of kills that happened, and what is wrong."""
        self._begin(name)
        kills = self._killed(name, death)
        if not kills:
            return 0, []
        self.cloud.clock.advance(_HOUR)
        if chance.random() < self.twice and most > 1:
            again = RequestDeath(ANY_WRITE, chance.choice(list(Moment)), chance.randint(1, 4))
            kills += self._killed(name, again)
            self.cloud.clock.advance(_HOUR)
        resume = ["--resume"] if chance.random() < 0.5 and self._is_told(name) else []
        code = self._watched(name, "apply", *resume)
        wrong = [f"the healing run {' '.join(resume)} ended with {code}"] if code else []
        wrong += violations(self.fleet, self.cloud)
        wrong += journal_violations(self.folder / name / JOURNAL, kills)
        writes = len(self.cloud.record.writes)
        if code := self._watched(name, "plan"):
            wrong.append(f"the second plan is not empty: it ended with {code}")
        if len(self.cloud.record.writes) != writes:
            wrong.append("plan wrote")
        return kills, wrong

    def said(self, name: str) -> str:
        """What the commands of a run printed."""
        return (self.folder / name / "output.txt").read_text(encoding="utf-8")

    def _begin(self, name: str) -> Watch:
        self.fleet.write(self.folder / name)
        self.fleet.fill(self.cloud)
        return Watch(self.cloud)

    def _killed(self, name: str, death: Death) -> int:
        """Runs apply until it dies as it should; 1 where it did, 0 where it ended before it came there."""
        watch = Watch(self.cloud, death if isinstance(death, RequestDeath) else None)
        self.cloud.interrupt(watch)
        order = self._order(name, "apply", death=death if isinstance(death, JournalDeath) else None)
        watch.process = Running(order)
        code = watch.process.ended()
        watch.gone = True
        self.cloud.interrupt(None)
        return int(code == KILLED)

    def _watched(self, name: str, *words: str) -> int:
        self.cloud.interrupt(Watch(self.cloud))
        code = run(self._order(name, *words))
        self.cloud.interrupt(None)
        return code

    def _order(self, name: str, *words: str, death: JournalDeath | None = None) -> Order:
        folder = self.folder / name
        confirmed = ["--yes", *self.fleet.confirm] if words[0] == "apply" else []
        return Order(
            folder=folder,
            endpoints=str(self.cloud.endpoints),
            words=[*words, "--allow-unproven", *confirmed],
            output=folder / "output.txt",
            planted=self.planted,
            journal_death=death,
        )

    def _is_told(self, name: str) -> bool:
        """Whether the journal tells of a run in a whole line: without one there is nothing to resume."""
        journal = self.folder / name / JOURNAL
        whole = journal.read_text(encoding="utf-8").split("\n")[:-1] if journal.exists() else []
        return any('"runStarted"' in line for line in whole)


@dataclass(frozen=True, slots=True)
class Violation:
    """What went wrong, and what repeats it."""

    number: str
    death: Death
    wrong: Sequence[str]
    said: str


def crash(
    cloud: Cloud,
    folder: Path,
    kills: int,
    seed: int,
    *,
    only: str | None = None,
    planted: str = "",
    most: int = MOST_OF_A_FLEET,
    twice: float = TWICE,
) -> Iterator[tuple[int, Violation | None]]:
    """Kills until so many kills have happened; gives the number of kills and the violation, if any, of each case.

    ``only`` is the number of one case, ``FLEET.CASE``; ``most`` bounds the cases of a fleet, ``twice`` is the share of
    healing runs that are killed as well.
    """
    done, number = 0, int(only.partition(".")[0]) if only else 0
    while done < kills:
        one = Crash(cloud, draw_fleet(seed, number), folder / str(number), planted, twice)
        cases = list(enumerate(one.deaths()))
        random.Random(f"{seed}/{number}/cases").shuffle(cases)
        for index, death in cases if only else cases[: most or None]:
            case = f"{number}.{index}"
            if only in (None, case) and done < kills:
                chance = random.Random(f"{seed}/{case}")
                happened, wrong = one.kill(str(index), death, chance, kills - done)
                done += happened
                said = one.said(str(index)) if wrong else ""
                yield happened, Violation(case, death, wrong, said) if wrong else None
        if only:
            return
        number += 1


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; gives its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="repeat one case: FLEET.CASE")
    parser.add_argument("--most", type=int, default=MOST_OF_A_FLEET, help="kills of one fleet, 0 for every point of it")
    given = parser.parse_args(arguments)
    counts = {"kills": 0, "violations": 0}

    def work() -> None:
        with tempfile.TemporaryDirectory() as name, running(Path(name) / "cloud") as cloud:
            found = crash(cloud, Path(name), given.kills, given.seed, only=given.only, most=given.most)
            for kills, violation in found:
                counts["kills"] += kills
                if violation:
                    counts["violations"] += 1
                    _tell(violation, given.seed, whole=given.only is not None)

    return closed(counts, work)


def _tell(violation: Violation, seed: int, *, whole: bool) -> None:
    lines = [f"violation: killed {violation.death}", *(f"  {wrong}" for wrong in violation.wrong)]
    lines.append(f"  repeat: python -m tests.reliability.crash --seed {seed} --only {violation.number}")
    if whole:
        lines.append(violation.said)
    click.echo("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
