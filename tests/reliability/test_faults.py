"""The fault harness: a dozen fleets of it, and the proof that it would see what it looks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from reconciler.apply.settling import settled
from reconciler.model.errors import OutcomeUnknown
from reconciler.resources.link_profile import Document, edited
from reconciler.resources.link_steps import RewriteProfile
from reconciler.simulator import Cloud
from reconciler.simulator.record import Entry
from reconciler.simulator.wire import Request
from tests.reliability import faults
from tests.reliability.oracle import of_record
from tests.reliability.storm import KINDS, Storm, writing_routes

HOST = "athenawebservice.test"


@pytest.fixture(scope="module")
def sky(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """One local cloud for all fleets."""
    with faults.local_cloud(tmp_path_factory.mktemp("sky")) as cloud:
        yield cloud


@pytest.mark.parametrize("number", range(4))
def test_a_fleet_converges_though_three_calls_in_ten_go_wrong(sky: Cloud, number: int) -> None:
    told = faults.attack(sky, 1, number)
    assert told.violations == []
    assert told.faults.total()


def test_a_blind_replay_would_be_seen(sky: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plants the fault that all this is about: a write is sent again because its answer was lost."""

    def replaying(write: Callable[[], object], took_effect: Callable[[], bool]) -> None:
        for _ in range(5):
            try:
                write()
            except OutcomeUnknown:
                continue
            return
        settled(write, took_effect)

    monkeypatch.setattr("reconciler.apply.synapse_link.settled", replaying)
    assert any("without a look in between" in word for word in faults.attack(sky, 2, 8, 0.5).violations)


def test_a_table_left_out_would_be_seen(sky: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plants the service's trap: a document that is sent without what the manifests don't name."""

    def careless(document: Document, step: RewriteProfile) -> Document:
        sent = edited(document, step)
        return {**sent, "Entities": sent["Entities"][:1]}

    monkeypatch.setattr("reconciler.apply.synapse_link.edited", careless)
    assert any("which nobody planned" in word for word in faults.attack(sky, 2, 8, 0.0).violations)


def test_a_violation_says_how_to_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "attack", lambda *_words: faults.Told(violations=["planted"]))
    said: list[str] = []
    figures = faults.Figures()
    faults.attack_many(7, range(3, 4), 0.3, said.append, figures)
    assert figures.counts == {"runs": 1, "violations": 1}
    assert said == ["violation: planted", "repeat: python -m tests.reliability.faults --seed 7 --only 3 --rate 0.3"]


def test_every_kind_of_fault_is_drawn() -> None:
    storm, request = Storm(1, 0.6), Request("PUT", HOST, PUT, "", {"user-agent": "a client"}, b"")
    storm.rage()
    for _ in range(300):
        storm.pick("link.profile.put", request)
    assert set(storm.drawn) == set(KINDS)


def test_a_storm_is_the_same_for_a_seed(sky: Cloud) -> None:
    assert faults.attack(sky, 1, 3).faults == faults.attack(sky, 1, 3).faults


def test_it_knows_what_writes(sky: Cloud) -> None:
    assert {"link.profile.put", "link.lake.create", "dataverse.publish"} <= writing_routes(sky.dispatch)
    assert "dataverse.batch" not in writing_routes(sky.dispatch)


def entry(
    method: str, path: str, status: int, fault: str | None = None, route: str = "link.profile.put", **fields: bool
) -> Entry:
    return Entry(method, HOST, path, route, status, fault, "user", None, **{"write": method != "GET", **fields})


PUT = "/environment/1/lakeprofile/2"


@pytest.mark.parametrize(
    ("between", "found"),
    [
        ([], 1),
        ([entry("GET", PUT, 200)], 0),
        ([entry("GET", PUT, 503, "error")], 1),
        ([entry("GET", PUT, 200, "nonsense")], 1),
        ([entry("GET", "/environment/9/lakeprofile/2", 200)], 1),
    ],
)
def test_what_counts_as_a_look(between: list[Entry], found: int) -> None:
    entries = [entry("PUT", PUT, 0, "reset-after"), *between, entry("PUT", PUT, 200)]
    hosts = {"/environment/1/": "one", "/environment/9/": "nine"}
    assert len(list(of_record(entries, [0], hosts))) == found


def test_what_is_not_served_and_what_is_refused_again_is_found() -> None:
    refused = [entry("PUT", PUT, 403, "refused")] * 4
    assert list(of_record(refused[:2], [0], {}))
    assert not list(of_record(refused[:2], [0, 1], {}))
    shared = [entry("POST", "/register", 403, "refused", route="link.register")] * 3
    assert list(of_record(shared, [0], {}))
    assert not list(of_record(shared[:2], [0], {}))
    assert not list(of_record([entry("PUT", PUT, 404), entry("PUT", PUT, 200)], [0], {}))
    assert not list(of_record([entry("PUT", PUT, 429, "throttle"), entry("PUT", PUT, 200)], [0], {}))
    assert "not served" in next(of_record([entry("GET", "/x", 404, unserved=True)], [0], {}))
