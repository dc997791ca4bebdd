"""Two applies at once, an apply against a person in the portal, and the proof that the harness would see a fault."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.simulator import Cloud, running
from tests.reliability.edits import Edit
from tests.reliability.fleets import one_link
from tests.reliability.race import Race, race

SEED = 1


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One local cloud for all fleets."""
    with running(tmp_path_factory.mktemp("race") / "cloud") as found:
        yield found


def test_nobody_is_overwritten_in_silence_and_two_applies_never_write_one_partition(
    cloud: Cloud, tmp_path: Path
) -> None:
    assert [ran for ran in race(cloud, tmp_path, 8, SEED, most=5) if ran.wrong] == []


@pytest.mark.parametrize("route", ["link.profile.put", "link.profile.activate"])
def test_what_falls_between_the_last_reading_and_a_write_is_counted_and_not_excused_elsewhere(
    cloud: Cloud, tmp_path: Path, route: str
) -> None:
    """Just before the write nobody can see it; just before the reading ahead of that, apply sees it and stops."""
    fleet = one_link("updated", random.Random(SEED), assumptions={"rows-change-at": "put"})
    one = Race(cloud, fleet, tmp_path)
    edit = {
        "link.profile.put": Edit("add", fleet.parts[0], "incident"),
        "link.profile.activate": Edit(
            "remove", fleet.parts[0], (fleet.parts[0].live or {})["tables"][0], inactive=True
        ),
    }[route]
    at = one.routes().index(route) + 1
    late, early = one.edited("0", edit, at), one.edited("0", edit, at - 1)
    assert (late.unseeable, late.wrong) == (True, ())
    assert (early.unseeable, list(early.wrong)) == (False, [])


def test_two_applies_without_locks_would_be_seen(cloud: Cloud, tmp_path: Path) -> None:
    """Whether two come in turns is up to the machine as well: until it happens, but not for ever."""
    found: list[str] = []
    for number in range(1, 9):
        chance = random.Random(number)
        one = Race(cloud, one_link("created", chance), tmp_path / str(number), planted="takes no locks")
        found += one.two("0", chance).wrong
        if any("in turns" in wrong for wrong in found):
            break
    assert any("in turns" in wrong for wrong in found), found


def test_a_profile_that_is_sent_back_as_it_was_long_ago_would_be_seen(cloud: Cloud, tmp_path: Path) -> None:
    one = Race(cloud, one_link("updated", random.Random(SEED)), tmp_path, planted="reads no second time")
    edit = Edit("add", one.fleet.parts[0], "incident")
    last_reading = one.routes().index("link.profile.put")
    assert "incident is gone again" in one.edited("0", edit, last_reading).wrong
