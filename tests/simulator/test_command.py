"""The commands fill and steer a cloud, whether or not it is being served."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from click.testing import CliRunner

from reconciler.cli.simulator import simulator
from tests.simulator.local import SEED

if TYPE_CHECKING:
    from reconciler.simulator import Cloud
    from tests.simulator.local import Client

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(simulator, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    path = tmp_path / "seed.yaml"
    path.write_text(yaml.safe_dump(SEED))
    return path


@pytest.fixture
def state(tmp_path: Path, seed_file: Path) -> Path:
    run("seed", seed_file, "--state", tmp_path / "state")
    return tmp_path / "state"


def test_a_cloud_at_rest(state: Path, seed_file: Path) -> None:
    assert "--replace" in run("seed", seed_file, "--state", state, code=2)
    assert run("seed", seed_file, "--state", state, "--replace") == "2 environments, 4 links, 8 resources\n"
    first = run("clock", "--state", state)
    assert run("clock", "+2h", "--state", state) > first
    assert "expected +2h" in run("clock", "2h", "--state", state, code=2)
    assert run("clock", "now", "--state", state) >= first
    edited = run(
        "edit",
        "sales",
        "saleslake",
        "--add-table",
        "task",
        "--remove-table",
        "lead",
        "--leave-inactive",
        "--state",
        state,
    )
    assert edited == "Not activated, with 3 tables.\n"
    assert run("edit", "sales", "saleslake", "--interval", "30", "--attachments", "--state", state).startswith("Active")
    assert "no environment 'nothing'" in run("edit", "nothing", "saleslake", "--state", state, code=2)
    assert "no link of 'sales' to 'nolake'" in run("edit", "sales", "nolake", "--state", state, code=2)
    run("edit", "sales", "folderlake", "--unlink", "--state", state)
    assert "rows-change-at=activate" in run("assume", "rows-change-at=activate", "--state", state)
    assert "removed-table-row=deleted" in run("assume", "--state", state)
    assert "expected one of" in run("assume", "rows-change-at=never", "--state", state, code=2)
    assert "expected ID=ANSWER" in run("assume", "rows-change-at", "--state", state, code=2)
    assert "running server" in run("fault", "error", "--state", state, code=2)
    assert run("requests", "--state", state) == ""


def test_bad_seeds_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("environments:\n- name: a\n  region: 3\n")
    told = run("seed", path, "--state", tmp_path / "state", code=2)
    assert f"{path}:3: environments[0].region" in told
    assert not (tmp_path / "state").exists()


def test_a_cloud_that_is_served(client: Client, seed_file: Path) -> None:
    state = client.cloud.directory
    before = client.cloud.clock.now
    run("clock", "+1d", "--state", state)
    assert client.cloud.clock.now - before > 86000
    assert run("edit", "sales", "saleslake", "--add-table", "task", "--state", state).startswith("Active")
    assert len(client.cloud.state.link("sales", "saleslake").tables) == 4
    assert "no link" in run("edit", "sales", "nolake", "--state", state, code=2)
    assert (
        run("fault", "error", "--route", "link.*", "--times", "1", "--status", "500", "--state", state)
        == "error link.* (0 hit so far)\n"
    )
    assert "unknown fault" in run("fault", "nothing", "--state", state, code=2)
    sales = client.environment("sales")
    assert client.link("GET", sales, "lakedetails").status_code == 500
    assert run("fault", "--clear", "--state", state) == ""
    client.link("GET", sales, "nothing")
    counts = run("requests", "--state", state)
    assert re.search(r"1 +error +link\.lakes", counts)
    assert "/nothing" in run("requests", "--unserved", "--state", state)
    run("seed", seed_file, "--replace", "--state", state)
    assert len(client.cloud.state.link("sales", "saleslake").tables) == 3
    assert json.loads(client.cloud.endpoints.read_text())["address"] == client.cloud.address


def test_the_control_host_asks_for_the_key(client: Client) -> None:
    url = "https://simulator.localhost/"
    assert client.session.post(url + "change/clock", json={"advance": 10}).status_code == 401
    key = {"x-simulator-key": client.endpoints["credentials"]["clientSecret"]}
    assert client.session.post(url + "change/nothing", json={}, headers=key).status_code == 400
    assert client.session.post(url + "change/edit", json={}, headers=key).status_code == 400
    assert client.session.post(url + "change/settings", json={"nothing": 1}, headers=key).status_code == 400
    assert client.session.get(url + "nothing", headers=key).status_code == 404
    assert not client.cloud.record


def test_a_directory_that_is_held_without_a_server_says_so(tmp_path: Path, cloud: Cloud) -> None:
    cloud.endpoints.unlink()
    assert "no server has left its address" in run("clock", "--state", cloud.directory, code=2)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_cleanly_on_a_signal(tmp_path: Path, seed_file: Path, number: int) -> None:
    code = "from reconciler.cli.simulator import simulator; simulator()"
    state = tmp_path / "served"
    command = [sys.executable, "-W", "error", "-c", code, "serve", "--state", str(state), "--seed", str(seed_file),
               "--assume", "csv-interval-row=none"]  # fmt: skip
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().removeprefix("Serving on ").strip()
        assert process.stdout.readline() == f"Endpoints: {state / 'endpoints.json'}\n"
        assert json.loads((state / "endpoints.json").read_text())["address"] == address
        assert run("clock", "+1h", "--state", state)
        refused = run("serve", "--state", state, code=1)
        assert "in use" in refused
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_serving_refuses_what_it_cannot_use(tmp_path: Path, cloud: Cloud) -> None:
    state = tmp_path / "another"
    assert "expected one of" in run("serve", "--state", state, "--assume", "rows-change-at=never", code=2)
    port = cloud.address.partition(":")[2]
    assert "Address already in use" in run("serve", "--state", state, "--port", port, code=1)


def test_troubles_and_events(state: Path) -> None:
    def edit(*options: str, code: int = 0) -> str:
        return run("edit", "sales", "saleslake", *options, "--state", state, code=code)

    assert edit("--fail", "ADLS-802", "--fail", "account=CT-809") == "Active, with 3 tables.\n"
    assert edit("--heal", "--stall") == "Active, with 3 tables.\n"
    assert "near: ADLS-802" in edit("--fail", "ADSL-802", code=2)
    assert "near: account" in edit("--fail", "acount=CT-809", code=2)
    assert "near: account" in edit("--add-table", "acount", code=2)
    assert "near: lead" in edit("--remove-table", "leads", code=2)
    assert "--keep-data goes with --unlink" in edit("--keep-data", code=2)
    assert edit("--disabled", "--no-attachments") == "Active, with 3 tables.\n"
    assert edit("--unlink", "--keep-data") == "Unlinked.\n"

    def event(*arguments: str, code: int = 0) -> str:
        return run("event", *arguments, "--state", state, code=code)

    assert event("sales", "admin-mode") == "AdminMode at https://contoso-sales.crm4.dynamics.com, with 2 links.\n"
    assert event("sales", "recover").startswith("Ready at")
    renamed = event("sales", "rename", "--url", "https://contoso-new.crm4.dynamics.com/")
    assert renamed == "Ready at https://contoso-new.crm4.dynamics.com, with 2 links.\n"
    assert event("sales", "copy", "--from", "service").endswith("with 0 links.\n")
    assert "copy takes the environment" in event("sales", "copy", code=2)
    assert "move takes --tenant" in event("sales", "move", "--url", "https://x.crm.dynamics.com", code=2)
    assert "restore takes no option" in event("sales", "restore", "--tenant", "contoso", code=2)
    assert "no tenant 'x'" in event("sales", "move", "--tenant", "x", code=2)
    assert "no environment 'x'" in event("x", "restore", code=2)
    assert "is not one of" in event("sales", "burn", code=2)


def test_columns_are_edited(state: Path) -> None:
    told = run("edit-table", "sales", "account", "--column-type", "birthdate=String", "--state", state)
    assert re.fullmatch(r"\d+ columns\.\n", told)
    assert "expected COLUMN=TYPE" in run(
        "edit-table", "sales", "account", "--column-type", "x", "--state", state, code=2
    )


def test_faults_are_for_routes_that_there_are(client: Client) -> None:
    state = client.cloud.directory
    assert "near: link.profile" in run("fault", "error", "--route", "link.profil", "--state", state, code=2)
    assert run("fault", "error", "--route", "synapse.*", "--state", state) == "error synapse.* (0 hit so far)\n"


@pytest.mark.parametrize(
    "command",
    [["clock"], ["requests"], ["assume"], ["fault"], ["edit", "sales", "saleslake"], ["event", "sales", "restore"]],
)
def test_no_command_but_seed_and_serve_makes_a_cloud(tmp_path: Path, command: list[str]) -> None:
    state = tmp_path / "nothing"
    assert "there is no cloud in" in run(*command, "--state", state, code=2)
    assert not state.exists()
