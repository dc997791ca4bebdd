"""``python -m tests.reliability.faults``: applies random fleets while three calls in ten go wrong, and judges the end.

Repeat one with ``--seed S --only K``. Ends with 1 where something was violated.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import click
from azure.core.pipeline.transport import RequestsTransport

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.clients.budgets import Clock
from reconciler.clients.clients import WriteClients, open_clients
from reconciler.clients.endpoints import read_endpoints
from reconciler.model.assumption import BY_ID
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.outcome import Outcome, Result
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud, running
from tests.reliability.estates import Estate, estate
from tests.reliability.figures import closed, closing_line
from tests.reliability.oracle import differs, of_end, of_record, of_state
from tests.reliability.storm import Storm, writing_routes
from tests.run import read

STORMY_RUNS = 8
CALM_RUNS = 3
SWITCHES = ("rows-change-at", "removed-table-row", "create-lake-twice")
CONFIGURATION = Configuration(concurrency=1, sign_in=SignIn.DEVICE_CODE)
"""One thing after the other, so that a seed repeats what it found; the other harnesses run side by side."""


@dataclass
class Told:
    """What came of one fleet."""

    violations: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    applies: int = 0
    calls: int = 0
    writes: int = 0
    faulted_writes: int = 0
    done_in_storm: bool = False


@contextmanager
def local_cloud(folder: Path) -> Iterator[Cloud]:
    """A cloud whose clock is moved by every wait of a client, and is what their budgets go by: nothing sleeps."""
    with (
        running(folder) as cloud,
        mock.patch.object(RequestsTransport, "sleep", lambda _self, seconds: cloud.clock.advance(seconds)),
        mock.patch.multiple(
            Clock,
            now=lambda _self: cloud.clock.now,
            utc=lambda _self: cloud.clock.now,
            wait_until=lambda _self, moment: cloud.clock.advance(max(0.0, moment - cloud.clock.now)),
        ),
        mock.patch("reconciler.live.snapshot.threads", return_value=nullcontext(_Inline())),
    ):
        yield cloud


class _Inline(Executor):
    """Does at once, in this thread, what it is given to do."""

    def submit(self, call: Any, /, *words: Any, **named: Any) -> Future[Any]:
        """What came of a call."""
        future: Future[Any] = Future()
        future.set_result(call(*words, **named))
        return future


def attack(cloud: Cloud, seed: int, number: int, rate: float = 0.3) -> Told:
    """Applies one random fleet again and again, at first under faults, and gives what was violated."""
    chance = random.Random(f"{seed}/{number}")
    fleet, storm = estate(chance), Storm(chance.getrandbits(32), rate)
    _prepare(cloud, fleet, storm, chance)
    told = Told(faults=storm.drawn)
    runs: list[int] = []
    for turn in range(STORMY_RUNS + CALM_RUNS):
        if turn == STORMY_RUNS:
            storm.end()
            cloud.clock.advance(7200)
        elif turn < STORMY_RUNS and turn % 2:
            storm.rage()
        elif turn < STORMY_RUNS:
            storm.gather(writing_routes(cloud.dispatch))
        runs.append(len(cloud.record))
        told.applies += 1
        if _apply(cloud, fleet, told) and turn >= 1:
            told.done_in_storm = turn < STORMY_RUNS
            break
        told.violations += of_state(cloud, fleet)
        if told.violations:
            break
        cloud.clock.advance(chance.choice((30, 300, 900)))
    else:
        told.violations.append(f"no end after {STORMY_RUNS} runs under faults and {CALM_RUNS} without")
    told.calls = storm.calls
    told.writes = len(cloud.record.writes)
    told.faulted_writes = sum(entry.fault is not None for entry in cloud.record.writes)
    hosts = {each.environment_id: name for name, each in fleet.desired.environments.items()}
    hosts |= {each.url.removeprefix("https://"): name for name, each in fleet.desired.environments.items()}
    told.violations += [*of_end(cloud, fleet), *of_state(cloud, fleet), *of_record(list(cloud.record), runs, hosts)]
    return told


def _prepare(cloud: Cloud, fleet: Estate, storm: Storm, chance: random.Random) -> None:
    """The fleet's cloud: half of its accounts too new for the index, the answers of open questions drawn, and tokens
    that end at some call of an early run."""
    cloud.dispatch._faults = storm
    cloud.seed(fleet.seed, replace=True)
    for switch in SWITCHES:
        cloud.assume(switch, chance.choice(BY_ID[switch].answers))
    cloud.configure(index_lag_seconds=chance.choice((0, 120, 600)), user_token_seconds=3600)
    for resource in [
        each for each in cloud._world.resources.values() if each.type == "microsoft.storage/storageaccounts"
    ]:
        if chance.random() < 0.5:
            cloud.remove_resource(resource.id)
            cloud.put_resource(resource.body)
    cloud.record.clear()
    ends = chance.randint(5, 80)
    storm.before_each = lambda call: cloud.clock.advance(7200) if call == ends else None


def _apply(cloud: Cloud, fleet: Estate, told: Told) -> bool:
    """One run. Whether it found everything readable and nothing to do."""
    with open_clients(CONFIGURATION, read_endpoints(Path(cloud.endpoints)), prompt=lambda _text: None) as clients:
        written = len(cloud.record.writes)
        live = read(clients, fleet.desired, CONFIGURATION)
        plan = build_plan(fleet.desired, live, CONFIGURATION)
        if len(cloud.record.writes) != written:
            told.violations.append("planning wrote")
        context = Context(WriteClients.beside(clients), fleet.desired, live, CONFIGURATION, wait=cloud.clock.advance)
        outcomes = apply_changes(plan.pending, context)
    told.violations += _wrong_words(cloud, fleet, outcomes)
    unread = [each for each in live.environments.values() if each.unreadable or each.link_writes_missing]
    return not plan.pending and not unread


def _wrong_words(cloud: Cloud, fleet: Estate, outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    """What outcomes say that is not so."""
    targets = {f"{target.account}-link": target for target in fleet.targets}
    for outcome in outcomes:
        if outcome.detail and outcome.detail.startswith("Unforeseen"):
            yield f"{outcome.address}: {outcome.detail}"
        if outcome.result is Result.DONE:
            target = targets[outcome.address.name]
            link = next((each for each in cloud.state.links if each.account == target.account), None)
            wrong = differs(link, target) if link else "there is no link"
            if wrong:
                yield f"{outcome.address} was called done, and {wrong}"


@dataclass
class Figures:
    """What came of many fleets."""

    counts: dict[str, int] = field(default_factory=lambda: {"runs": 0, "violations": 0})
    faults: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)


def attack_many(seed: int, numbers: range, rate: float, say: Callable[[str], None], figures: Figures) -> None:
    """Attacks with these numbers of a seed, and counts; says each violation and how to repeat it."""
    with tempfile.TemporaryDirectory() as folder, local_cloud(Path(folder)) as cloud:
        for number in numbers:
            told = attack(cloud, seed, number, rate)
            figures.counts["runs"] += 1
            figures.faults += told.faults
            figures.others.update(
                applies=told.applies,
                calls=told.calls,
                writes=told.writes,
                faulted_writes=told.faulted_writes,
                converged_under_faults=told.done_in_storm,
            )
            figures.counts["violations"] += bool(told.violations)
            for violation in dict.fromkeys(told.violations):
                say(f"violation: {violation}")
            if told.violations:
                say(f"repeat: python -m tests.reliability.faults --seed {seed} --only {number} --rate {rate:g}")


def main() -> int:
    """Parses the words, attacks, and says the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="how many fleets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="this fleet of the seed alone")
    parser.add_argument("--rate", type=float, default=0.3, help="the share of calls that go wrong")
    words = parser.parse_args()
    numbers = range(words.runs) if words.only is None else range(words.only, words.only + 1)
    figures = Figures()

    def work() -> None:
        try:
            attack_many(words.seed, numbers, words.rate, click.echo, figures)
        finally:
            for kind, count in sorted(figures.faults.items()):
                click.echo(f"  {count:6}  {kind}")
            others = {name.replace("_", " "): count for name, count in figures.others.items()}
            click.echo(closing_line(others | {"faults": figures.faults.total()}))

    return closed(figures.counts, work)


if __name__ == "__main__":
    sys.exit(main())
