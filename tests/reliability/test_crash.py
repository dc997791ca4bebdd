"""Fifty kills of real processes, and the proof that the harness would see what it looks for."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.simulator import Cloud, running
from reconciler.simulator.interruption import Moment
from tests.reliability.crash import ANY_WRITE, Crash, Death, RequestDeath, crash
from tests.reliability.fleets import KINDS, draw_fleet, one_link
from tests.reliability.processes import JournalDeath

SEED = 1


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One local cloud for all fleets."""
    with running(tmp_path_factory.mktemp("crash") / "cloud") as found:
        yield found


def test_apply_killed_at_any_moment_is_healed_by_the_next_run(cloud: Cloud, tmp_path: Path) -> None:
    told = list(crash(cloud, tmp_path, 50, SEED, most=8, twice=0.8))
    assert [violation for _, violation in told if violation] == []
    assert sum(kills for kills, _ in told) == 50


def test_the_same_seed_draws_the_same_fleet() -> None:
    first, again = draw_fleet(7, 3), draw_fleet(7, 3)
    assert first.seed == again.seed
    assert [part.manifest for part in first.parts] == [part.manifest for part in again.parts]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_link_can_be_applied_and_killed(cloud: Cloud, tmp_path: Path, kind: str) -> None:
    one = Crash(cloud, one_link(kind, random.Random(SEED)), tmp_path)
    writes = [death for death in one.deaths() if isinstance(death, JournalDeath)]
    assert bool(writes) is (kind != "undeclared")


class TestPlantedFaults:
    """A harness that finds nothing proves nothing: each of these has to be found."""

    @pytest.mark.parametrize(
        ("planted", "kind", "death", "said"),
        [
            ("creates blindly", "created", RequestDeath(ANY_WRITE, Moment.AFTER, 2), "links of it are live"),
            (
                "writes only what is declared",
                "updated",
                JournalDeath(1, "after"),
                "was dropped, which nobody asked for",
            ),
            ("takes written for activated", "updated", RequestDeath(ANY_WRITE, Moment.BEFORE, 2), "does not run"),
            ("leaves half lines", "updated", JournalDeath(2, "half"), "two lines in one"),
        ],
    )
    def test_are_found(self, cloud: Cloud, tmp_path: Path, planted: str, kind: str, death: Death, said: str) -> None:
        chance = random.Random(SEED)
        fleet = one_link(kind, chance, assumptions={"create-lake-twice": "another"})
        sound, faulty = Crash(cloud, fleet, tmp_path / "sound"), Crash(cloud, fleet, tmp_path / "faulty", planted)
        _, wrong = sound.kill("0", death, random.Random(SEED))
        assert wrong == []
        kills, wrong = faulty.kill("0", death, random.Random(SEED))
        assert kills
        assert any(said in each for each in wrong), wrong
