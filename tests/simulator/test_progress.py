"""A table's sync advances with the cloud's clock, and with nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulator.test_link_service import profile_of

if TYPE_CHECKING:
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
