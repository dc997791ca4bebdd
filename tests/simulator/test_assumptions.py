"""Every open question can be switched to each of its answers, and the fidelity page lists them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.model.assumption import ASSUMPTIONS
from reconciler.simulator import running
from reconciler.simulator.world import UnknownNameError
from tests.simulator.local import SEED, Client, client_of
from tests.simulator.test_link_service import LAKE

if TYPE_CHECKING:
    from collections.abc import Iterator

FIDELITY = Path(__file__).resolve().parents[2] / "docs/fidelity.md"


@pytest.fixture
def switched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path, SEED, assume=dict([request.param.split("=")])) as cloud:
        client = client_of(cloud)
        yield client
        client.session.close()


def tables(client: Client, *, enabled_only: bool = False) -> list[str]:
    profile = client.rows("sales", "synapselinkprofiles")[0]["synapselinkprofileid"]
    query = f"?$select=entityname&$filter=_profile_value eq {profile}" + (
        " and enabled eq true" if enabled_only else ""
    )
    return sorted(row["entityname"] for row in client.rows("sales", "synapselinkprofileentities", query))


@pytest.mark.parametrize("switched", ["rows-change-at=put"], indirect=True)
def test_rows_change_at_put(switched: Client) -> None:
    switched.cloud.edit(
        "sales", "saleslake", add_tables=["task"], remove_tables=["lead"], interval=30, leave_inactive=True
    )
    assert tables(switched) == ["account", "contact", "task"]
    row = switched.rows("sales", "synapselinkprofiles")[0]
    assert row["profileupdatedtime"] > row["activationtime"]
    states = [row["entityname"] for row in switched.rows("sales", "synapselinkprofileentitystates")]
    assert "task" not in states
    assert switched.rows("sales", "synapselinkschedules")[0]["recurrenceinterval"] == 30


@pytest.mark.parametrize("switched", ["rows-change-at=activate"], indirect=True)
def test_rows_change_at_activate(switched: Client) -> None:
    before = switched.rows("sales", "synapselinkprofiles")[0]
    switched.cloud.edit(
        "sales", "saleslake", add_tables=["task"], remove_tables=["lead"], interval=30, leave_inactive=True
    )
    assert tables(switched) == ["account", "contact", "lead"]
    assert switched.rows("sales", "synapselinkprofiles")[0] == before
    assert switched.rows("sales", "synapselinkschedules")[0]["recurrenceinterval"] == 60
    switched.cloud.edit("sales", "saleslake")
    assert tables(switched) == ["account", "contact", "task"]
    assert switched.rows("sales", "synapselinkschedules")[0]["recurrenceinterval"] == 30


@pytest.mark.parametrize("switched", ["removed-table-row=deleted"], indirect=True)
def test_removed_table_row_deleted(switched: Client) -> None:
    first = switched.rows("sales", "synapselinkprofileentities", "?$filter=entityname eq 'lead'")[0]
    switched.cloud.edit("sales", "saleslake", remove_tables=["lead"])
    assert tables(switched) == ["account", "contact"]
    switched.cloud.edit("sales", "saleslake", add_tables=["lead"])
    again = switched.rows("sales", "synapselinkprofileentities", "?$filter=entityname eq 'lead'")[0]
    assert again["synapselinkprofileentityid"] != first["synapselinkprofileentityid"]


@pytest.mark.parametrize("switched", ["removed-table-row=disabled"], indirect=True)
@pytest.mark.parametrize("follow", ["put", "activate"])
def test_removed_table_row_disabled(switched: Client, follow: str) -> None:
    switched.cloud.assume("rows-change-at", follow)
    first = switched.rows("sales", "synapselinkprofileentities", "?$filter=entityname eq 'lead'")[0]
    switched.cloud.edit("sales", "saleslake", remove_tables=["lead"])
    assert tables(switched) == ["account", "contact", "lead"]
    assert tables(switched, enabled_only=True) == ["account", "contact"]
    switched.cloud.edit("sales", "saleslake", add_tables=["lead"])
    again = switched.rows("sales", "synapselinkprofileentities", "?$filter=entityname eq 'lead'")[0]
    assert (again["synapselinkprofileentityid"], again["enabled"]) == (first["synapselinkprofileentityid"], True)


@pytest.mark.parametrize("switched", ["activation-time-moves=always", "activation-time-moves=first"], indirect=True)
def test_activation_time(switched: Client) -> None:
    before = switched.rows("sales", "synapselinkprofiles")[0]["activationtime"]
    switched.cloud.edit("sales", "saleslake", interval=30)
    after = switched.rows("sales", "synapselinkprofiles")[0]["activationtime"]
    moves = switched.cloud._world.answer("activation-time-moves") == "always"
    assert (after > before) == moves


@pytest.mark.parametrize("switched", ["create-lake-twice=same", "create-lake-twice=another"], indirect=True)
def test_create_lake_twice(switched: Client) -> None:
    sales = switched.environment("sales")
    ids = {switched.link("POST", sales, "lakedetails", json=LAKE).json()["Id"] for _ in range(2)}
    same = switched.cloud._world.answer("create-lake-twice") == "same"
    assert len(ids) == (1 if same else 2)
    assert len(switched.link("GET", sales, "lakedetails").json()) == 3 + len(ids)


@pytest.mark.parametrize("switched", ["csv-interval-row=snapshot", "csv-interval-row=none"], indirect=True)
def test_csv_interval_row(switched: Client) -> None:
    kinds = sorted(row["type"] for row in switched.rows("sales", "synapselinkschedules"))
    assert kinds == ([0, 0, 1, 1] if switched.cloud._world.answer("csv-interval-row") == "snapshot" else [1, 1])


def test_only_known_questions_and_answers(client: Client) -> None:
    for question, answer in (("rows-change-at", "never"), ("nothing", "put")):
        with pytest.raises(UnknownNameError):
            client.cloud.assume(question, answer)


def test_the_fidelity_page_lists_the_assumptions() -> None:
    text = FIDELITY.read_text("utf-8")
    section = text.partition("## Assumptions\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")
    ]
    expected = [
        [
            f"`{a.id}`",
            a.question,
            ", ".join(f"**{x}**" if x == a.assumed else x for x in a.answers),
            a.evidence,
            a.basis,
        ]
        for a in ASSUMPTIONS
    ]
    assert rows == expected


def test_the_fidelity_page_lists_every_route(client: Client) -> None:
    from reconciler.simulator.dispatch import Dispatch
    from reconciler.simulator.faults import Faults
    from reconciler.simulator.record import Record

    dispatch = Dispatch(client.cloud._world, Faults(), Record(), client.cloud.changes)
    served = dispatch.route_names()
    text = FIDELITY.read_text("utf-8").partition("## Routes\n")[2].partition("\n## ")[0]
    listed = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    sets = {name for name in served if name.startswith(("dataverse.synapse", "dataverse.datalake"))}
    assert listed == served - sets | {
        "dataverse.<entity set>",
        "dataverse.<entity set>.row",
        "dataverse.<entity set>.write",
    }
