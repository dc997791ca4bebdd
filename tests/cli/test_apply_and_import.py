"""reconciler apply and import."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml

from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.fleet import CLOUD, TENANT

Captured = pytest.CaptureFixture[str]


class Terminal(io.StringIO):
    """Standard input of a person who types."""

    def isatty(self) -> bool:
        return True


def test_apply_does_not_go_on_unasked_without_a_terminal(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    said = call(capsys, "apply")
    assert (said.code, "--yes" in said.err) == (3, True)
    assert cloud.record.writes == []


@pytest.mark.parametrize(("typed", "code", "writes"), [("y\n", 0, True), ("n\n", 130, False), ("\n", 130, False)])
def test_apply_asks_at_a_terminal(
    cloud: Cloud, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, typed: str, code: int, writes: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert call(capsys, "apply").code == code
    assert bool(cloud.record.writes) is writes


def test_apply_says_each_step_and_how_each_change_ended(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "apply", "--yes")
    assert said.code == 0
    assert "SynapseLink/sales/sales-link: Activate the profile" in said.err
    assert "Apply: 2 done." in said.out
    assert "Apply: nothing to do." in call(capsys, "apply", "--yes").out


def test_a_change_that_fails_is_told_with_what_was_done_before(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    cloud.faults.add("refused", "link.profile.activate", times=1)
    said = call(capsys, "apply", "--yes")
    assert said.code == 5
    assert "did: " in said.out
    assert "stopped at: Activate the profile" in said.out
    assert call(capsys, "apply", "--yes").code == 0


def test_import_writes_manifests_whose_first_plan_is_empty(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    call(capsys, "apply", "--yes")
    cloud.edit("sales", "saleslake", interval=45, attachments=True)
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert said.code == 0
    assert "Wrote 2 environments, 2 links, 6 tables to out." in said.out
    assert "Their first plan is empty." in said.out
    assert call(capsys, "plan", "--manifests", "out").out == "Plan: nothing to do. 2 environments read.\n"
    assert call(capsys, "drift", "--manifests", "out").code == 0
    link = yaml.safe_load((folder / "out/contoso-sales/contoso-sales-saleslake.yaml").read_text())
    assert link["spec"]["interval"] == "45m"
    assert link["spec"]["attachments"] is True


def test_import_keeps_settings_of_single_tables(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    tables = [
        "account",
        {"name": "contact", "appendOnly": True, "partition": "Year"},
        {"name": "lead", "partition": "Year"},
        {"name": "task", "block": 500},
    ]
    cloud.seed({**CLOUD, "links": [{**CLOUD["links"][0], "tables": tables}]}, replace=True)
    assert call(capsys, "import", "out", "--tenant", TENANT).code == 0
    assert call(capsys, "drift", "--manifests", "out").code == 0


def test_import_overwrites_nothing(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "import", "manifests", "--tenant", TENANT)
    assert (said.code, "nothing is overwritten" in said.err) == (4, True)


def test_import_by_address_takes_that_environment_alone(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "import", "out", "--tenant", TENANT, "--url", "https://contoso-sales.crm4.dynamics.com/")
    assert said.code == 0
    assert [path.name for path in (folder / "out").iterdir()] == ["contoso-sales"]


def test_import_refuses_an_address_outside_the_cloud(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "import", "out", "--tenant", TENANT, "--url", "https://evil.example")
    assert said.code == 4
    assert not (folder / "out").exists()


def test_import_says_what_it_leaves_out(cloud: Cloud, folder: Path, capsys: Captured) -> None:
    delta = {"environment": "service", "account": "servicelake", "type": "delta", "workspace": "ws-service"}
    cloud.seed({**CLOUD, "links": [*CLOUD["links"], {**delta, "sparkPool": "p", "tables": ["account"]}]}, replace=True)
    said = call(capsys, "import", "out", "--tenant", TENANT)
    assert said.code == 0
    assert "declare it by hand" in said.out
