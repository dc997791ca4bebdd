"""Links and tables fail as a person sets it, show it as the real ones would, and go on when they are healed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from reconciler.simulator import running
from reconciler.simulator.troubles import CODES, OF_TABLES, UnusableTroubleError
from tests.simulator.local import SEED, client_of
from tests.simulator.test_link_service import activate, profile_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.simulator.local import Client


def state(client: Client, table: str = "account", account: str = "saleslake") -> dict[str, Any]:
    folder = client.cloud.state.link("sales", account).profile_id
    query = f"?$filter=entityname eq '{table}' and _profile_value eq {folder}"
    return client.rows("sales", "synapselinkprofileentitystates", query)[0]


def profile_state(client: Client) -> int:
    return client.rows("sales", "synapselinkprofiles")[0]["profilestate"]


def errors(client: Client, account: str = "saleslake") -> dict[str, str]:
    document = profile_of(client, client.environment("sales"), account)
    return {entry["Type"]: entry["ErrorDetails"]["Code"] for entry in document["Entities"]}


def test_a_table_fails_alone(client: Client, sales: dict[str, str]) -> None:
    before = state(client)["lastsynceddatatime"]
    client.cloud.fail("sales", "saleslake", "account=CT-809")
    client.cloud.clock.advance(7200)
    assert errors(client) == {"account": "CT-809", "contact": "", "lead": ""}
    found = state(client)
    assert (found["syncstate"], found["initialsyncstate"], found["metadatastate"]) == (8, 4, 8)
    assert (found["lastsynceddatatime"], profile_state(client)) == (before, 1)
    assert state(client, "lead")["lastsynceddatatime"] > before
    activate(client, sales, profile_of(client, sales))
    assert errors(client)["account"] == "CT-809"
    client.cloud.heal("sales", "saleslake")
    client.cloud.clock.advance(3601)
    assert (errors(client)["account"], state(client)["syncstate"]) == ("", 2)
    assert state(client)["lastsynceddatatime"] > before


def test_a_table_fails_before_its_first_load_is_done(client: Client) -> None:
    client.cloud.edit("sales", "deltalake", add_tables=["task"])
    client.cloud.fail("sales", "deltalake", "task=CT-810")
    found = state(client, "task", "deltalake")
    assert (found["syncstate"], found["initialsyncstate"], found["metadatastate"]) == (8, 8, 16)
    rows = client.rows("sales", "synapselinkexternaltablestates", "?$filter=entityname eq 'task'")
    assert (rows[0]["tablestate"], rows[0]["lastsynchronizedon"]) == (2, None)
    client.cloud.heal("sales", "deltalake")
    client.cloud.clock.advance(7200)
    assert state(client, "task", "deltalake")["initialsyncstate"] == 4


@pytest.mark.parametrize("code", [code for code in CODES if code not in OF_TABLES])
def test_a_link_fails_as_a_whole(client: Client, code: str) -> None:
    before = state(client)["lastsynceddatatime"]
    client.cloud.fail("sales", "saleslake", code)
    client.cloud.clock.advance(7200)
    assert set(errors(client).values()) == {code}
    pauses = code in ("MSI-801", "ADLS-802", "DV-804")
    assert (profile_state(client), state(client)["syncstate"]) == (2, 32 if pauses else 8)
    assert state(client)["lastsynceddatatime"] == before
    assert client.cloud.state.link("sales", "saleslake").error == code
    client.cloud.heal("sales", "saleslake")
    client.cloud.clock.advance(3601)
    assert (profile_state(client), state(client)["syncstate"]) == (1, 2)
    assert state(client)["lastsynceddatatime"] > before


def test_a_stalled_link_says_nothing(client: Client) -> None:
    before = state(client)
    client.cloud.stall("sales", "saleslake")
    client.cloud.clock.advance(10 * 86400)
    assert state(client) == before
    assert (profile_state(client), set(errors(client).values())) == (1, {""})
    client.cloud.heal("sales", "saleslake")
    client.cloud.clock.advance(3601)
    assert state(client)["lastsynceddatatime"] > before["lastsynceddatatime"]


def test_reasons_to_stand_still_add_up(client: Client) -> None:
    before = state(client)["lastsynceddatatime"]
    client.cloud.edit("sales", "saleslake", enabled=False)
    client.cloud.fail("sales", "saleslake", "ADLS-802", "lead=FnO-813")
    client.cloud.edit("sales", "saleslake", enabled=True, add_tables=["task"])
    client.cloud.clock.advance(7200)
    assert (state(client)["lastsynceddatatime"], state(client, "task")["initialsyncstate"]) == (before, 1)
    client.cloud.heal("sales", "saleslake")
    client.cloud.clock.advance(7200)
    assert state(client)["lastsynceddatatime"] > before
    assert state(client, "task")["initialsyncstate"] == 4


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("ADLS-801", "ADLS-802"),
        ("adls-802", "ADLS-802"),
        ("acount=CT-809", "account"),
        ("CT-809", "TABLE=CT-809"),
        ("account=", "no code ''"),
        ("", "no code ''"),
    ],
)
def test_unusable_troubles_change_nothing(client: Client, trouble: str, told: str) -> None:
    with pytest.raises(UnusableTroubleError, match=told):
        client.cloud.fail("sales", "saleslake", "ADLS-802", trouble)
    assert profile_state(client) == 1


def test_what_a_person_set_is_kept(tmp_path: Path) -> None:
    with running(tmp_path, SEED) as cloud:
        cloud.fail("sales", "saleslake", "ADLS-802")
        cloud.fail("sales", "saleslake", "account=CT-809")
    with running(tmp_path) as cloud:
        client = client_of(cloud)
        assert errors(client) == {"account": "CT-809", "contact": "ADLS-802", "lead": "ADLS-802"}
        client.session.close()


@pytest.mark.parametrize(
    ("answer", "values"), [("single", [(2, 4), (64, 64), (8, 4)]), ("flags", [(6, 4), (68, 68), (14, 4)])]
)
def test_sync_states_may_be_flags(tmp_path: Path, answer: str, values: list[tuple[int, int]]) -> None:
    with running(tmp_path, SEED, assume={"sync-state-values": answer}) as cloud:
        client = client_of(cloud)
        cloud.edit("sales", "saleslake", add_tables=["task"])
        cloud.clock.advance(540)
        found = [state(client), state(client, "task")]
        cloud.fail("sales", "saleslake", "account=CT-809")
        found.append(state(client))
        assert [(row["syncstate"], row["initialsyncstate"]) for row in found] == values
        client.session.close()
