"""A table's sync advances with the cloud's clock, and with nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator import running
from tests.simulator.local import SEED, client_of
from tests.simulator.test_link_service import profile_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client


def state(client: Client, table: str) -> tuple[str, int, int]:
    document = profile_of(client, client.environment("sales"))
    found = next(entry for entry in document["Entities"] if entry["Type"] == table)
    row = client.rows("sales", "synapselinkprofileentitystates", f"?$filter=entityname eq '{table}'")[0]
    assert row["lakerecordcount"] == found["DestinationCount"]
    return found["CurrentState"], row["initialsyncstate"], found["DestinationCount"]


def test_the_sequence(client: Client) -> None:
    client.cloud.edit("sales", "saleslake", add_tables=["task"])
    assert state(client, "task") == ("InitialSyncNotStarted", 1, 0)
    client.cloud.clock.advance(61)
    assert state(client, "task") == ("InitialSyncInProgress", 2, 0)
    client.cloud.clock.advance(120)
    assert state(client, "task") == ("InitialSyncInProgress", 2, 60000)
    client.cloud.clock.advance(330)
    assert state(client, "task") == ("InitialSyncPostProcessing", 64, 190000)
    client.cloud.clock.advance(120)
    assert state(client, "task") == ("InProgress", 4, 190000)


def test_freshness_moves_by_the_interval(client: Client) -> None:
    def synced() -> str:
        row = client.rows("sales", "synapselinkprofileentitystates", "?$filter=entityname eq 'lead'")[0]
        return row["lastsynceddatatime"]

    first = synced()
    client.cloud.clock.advance(3601)
    assert synced() > first


def test_a_switched_off_link_stands_still_and_goes_on(client: Client) -> None:
    client.cloud.edit("sales", "saleslake", add_tables=["task"])
    client.cloud.clock.advance(100)
    client.cloud.edit("sales", "saleslake", enabled=False)
    client.cloud.clock.advance(86400)
    assert state(client, "task")[0] == "InitialSyncInProgress"
    client.cloud.edit("sales", "saleslake", enabled=True)
    assert state(client, "task")[0] == "InitialSyncInProgress"
    client.cloud.clock.advance(3600)
    assert state(client, "task")[0] == "InProgress"


def test_what_is_appended_is_counted_beside_what_is_there(client: Client) -> None:
    def counts(table: str) -> tuple[int, int]:
        query = f"?$filter=entityname eq '{table}' and lakerecordcount ne null"
        row = client.rows("sales", "synapselinkprofileentitystates", query)[0]
        return row["crmrecordcount"], row["lakerecordcount"]

    rows, before = counts("contact")
    assert rows < before
    client.cloud.clock.advance(3600)
    assert counts("contact")[1] > before
    assert counts("lead")[0] == counts("lead")[1]


def delta(client: Client, table: str) -> tuple[int, str | None, int]:
    row = client.rows("sales", "synapselinkexternaltablestates", f"?$filter=entityname eq '{table}'")[0]
    return row["tablestate"], row["lastsynchronizedon"], row["recordcount"]


def test_a_delta_table_follows_what_was_exported(client: Client) -> None:
    client.cloud.edit("sales", "deltalake", add_tables=["task"])
    seen = [delta(client, "task")]
    for seconds in (61, 559, 130):
        client.cloud.clock.advance(seconds)
        seen.append(delta(client, "task"))
    assert [state for state, _, _ in seen] == [0, 4, 4, 1]
    assert (seen[2][1:], seen[3][2]) == ((None, 0), 190000)
    first = seen[3][1]
    assert first is not None
    client.cloud.clock.advance(15 * 60 - 20)
    assert delta(client, "task")[1] == first
    client.cloud.clock.advance(140)
    assert str(delta(client, "task")[1]) > first


def test_a_conversion_that_was_is_not_forgotten_by_a_halt(client: Client) -> None:
    before = delta(client, "account")
    client.cloud.edit("sales", "deltalake", enabled=False)
    client.cloud.clock.advance(86400)
    assert delta(client, "account") == before
    client.cloud.edit("sales", "deltalake", enabled=True)
    assert delta(client, "account") == before
    client.cloud.clock.advance(125)
    assert str(delta(client, "account")[1]) > str(before[1])


def test_nothing_is_converted_or_written_where_nothing_changes(tmp_path: Path) -> None:
    tables = [{"name": "new_quiet", "quiet": True}, {"name": "new_empty", "rows": 0}]
    environment = SEED["environments"][0] | {"tables": tables}
    link = SEED["links"][1] | {"tables": ["new_quiet", "new_empty"]}
    with running(tmp_path, SEED | {"environments": [environment], "links": [link]}) as cloud:
        client = client_of(cloud)
        assert [delta(client, name)[0] for name in ("new_quiet", "new_empty")] == [1, 0]
        before = client.rows("sales", "synapselinkprofileentitystates"), delta(client, "new_quiet")
        cloud.clock.advance(10 * 86400)
        assert (client.rows("sales", "synapselinkprofileentitystates"), delta(client, "new_quiet")) == before
        client.session.close()


def test_values_before_anything_was_synchronised(client: Client) -> None:
    client.cloud.edit("sales", "saleslake", add_tables=["task"])
    row = client.rows("sales", "synapselinkprofileentitystates", "?$filter=entityname eq 'task'")[0]
    assert (row["minsynceddataversion"], row["lastsynceddatatime"]) == (-9223372036854775808, None)
    client.cloud.clock.advance(3600)
    row = client.rows("sales", "synapselinkprofileentitystates", "?$filter=entityname eq 'task'")[0]
    assert row["minsynceddataversion"] > 0
