"""Promise 8: requests grow with environments, not with tables."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.live.discover import discover
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.desired import DesiredState, Destination, DestinationType, SynapseLink, Table
from reconciler.simulator import Cloud, fleet_seed
from tests.cli.run import call
from tests.conftest import clients_of
from tests.fleet import CLOUD, TENANT, place, storage, write_manifests
from tests.run import plan

Start = Callable[..., AbstractContextManager[Cloud]]


def requests(
    start_cloud: Start, configuration: Configuration, environments: int, tables: int
) -> tuple[Counter[str], Cloud]:
    """Requests of one plan by route, tokens apart."""
    with start_cloud(fleet_seed(environments, tables)) as cloud, clients_of(cloud, configuration) as clients:
        tenant = next(iter(cloud._world.tenants.values())).id
        found = discover(clients, tenant, [])
        names = [f"sample_entity_{number:04d}" for number in range(1, tables + 1)]
        desired = DesiredState(
            {each.name: each for each in found},
            tuple(
                SynapseLink(
                    f"{each.name}-link",
                    each.name,
                    Destination(DestinationType.CSV, storage(f"lake{each.name.removeprefix('env-')}x1")),
                    place(),
                    tables=tuple(Table(name) for name in names),
                )
                for each in found
            ),
        )
        cloud.record.clear()
        assert plan(clients, desired, configuration).pending == ()
        assert cloud.record.unserved == []
        return Counter(entry.route for entry in cloud.record if not entry.route.startswith("entra.")), cloud


@pytest.mark.parametrize(("sign_in", "most"), [(SignIn.NONE, 1), (SignIn.DEVICE_CODE, 3)])
def test_a_plan_costs_a_bounded_number_of_requests_an_environment(
    start_cloud: Start, configuration: Configuration, sign_in: SignIn, most: int
) -> None:
    counted, _ = requests(start_cloud, replace(configuration, sign_in=sign_in), environments=6, tables=20)
    assert sum(counted.values()) <= 6 * most + 1, counted


@pytest.mark.parametrize("tables", [3, 300])
def test_what_a_changed_link_rests_on_costs_a_bounded_number_of_requests(
    start_cloud: Start, configuration: Configuration, tables: int
) -> None:
    with start_cloud(fleet_seed(4, tables)) as cloud, clients_of(cloud, configuration) as clients:
        tenant = next(iter(cloud._world.tenants.values())).id
        found = sorted(discover(clients, tenant, []), key=lambda each: each.name)
        links = tuple(
            SynapseLink(
                f"{each.name}-link",
                each.name,
                Destination(DestinationType.CSV, storage(f"lake{each.name.removeprefix('env-')}x1")),
                place(),
                tables=(Table("account"),),
            )
            for each in found
        )
        cloud.record.clear()
        plan(clients, DesiredState({each.name: each for each in found}, links), configuration)
        counted = Counter(entry.route for entry in cloud.record if not entry.route.startswith("entra."))
    assert counted["graph.principals"] == 1
    assert counted["arm.graph"] == 2
    assert sum(counted.values()) <= 4 * 16, counted


def test_tables_cost_no_request(start_cloud: Start, configuration: Configuration) -> None:
    few, _ = requests(start_cloud, configuration, environments=2, tables=3)
    many, _ = requests(start_cloud, configuration, environments=2, tables=300)
    assert few == many


def test_rows_beyond_a_page_are_followed_page_by_page(start_cloud: Start, configuration: Configuration) -> None:
    counted, _ = requests(start_cloud, replace(configuration, sign_in=SignIn.NONE), environments=1, tables=5_100)
    assert counted["dataverse.batch"] == 1
    assert sum(counted.values()) <= 5, counted


@pytest.mark.parametrize("words", [("status", "--data", "--undeclared"), ("probe",), ("preflight",), ("import", "out")])
def test_what_the_reading_commands_ask_does_not_grow_with_tables(
    start_cloud: Start,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    counted = []
    for tables in (3, 100):
        names = [f"contoso_t{number}" for number in range(tables)]
        environments = [each | ({"tables": names} if each["name"] == "sales" else {}) for each in CLOUD["environments"]]
        links = [CLOUD["links"][0] | {"tables": names}]
        write_manifests(tmp_path / "manifests", f"[{', '.join(names)}]")
        with start_cloud(CLOUD | {"environments": environments, "links": links}) as cloud:
            given = (f"out{tables}", "--tenant", TENANT) if words[0] == "import" else words[1:]
            assert call(capsys, words[0], *given, "--endpoints", cloud.endpoints).code in {0, 2}
            # Two threads that sign in at one moment both ask where: that has nothing to do with tables.
            asked = [entry.route for entry in cloud.record if not entry.inner]
            counted.append(Counter(route for route in asked if route != "entra.configuration"))
            assert cloud.record.unserved == []
        shutil.rmtree(tmp_path / "cloud")
    assert counted[0] == counted[1]
