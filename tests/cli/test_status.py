"""reconciler status: what it prints, what it exits with, and the watch mode."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.cli import watching
from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.fleet import ENVIRONMENTS, storage

Captured = pytest.CaptureFixture[str]
TOMBSTONE = f"""apiVersion: reconciler/v1
kind: SynapseLink
metadata: {{name: service-link}}
spec:
  environment: service
  destination: {{type: csv, storageAccount: {storage("servicelake")}, container: dataverse-service}}
  state: absent
  data: keep
"""


@pytest.fixture
def healthy(folder: Path) -> Path:
    """A folder whose one link is live."""
    links = (folder / "manifests/links.yaml").read_text(encoding="utf-8")
    (folder / "manifests/links.yaml").write_text(links.partition("\n---\n")[0], encoding="utf-8")
    return folder


@pytest.fixture
def passing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Watching that does not sleep: the local cloud's clock moves instead."""

    def sleep(seconds: float) -> None:
        cloud.clock.advance(seconds)

    monkeypatch.setattr(watching, "sleep", sleep)
    monkeypatch.setattr(watching, "monotonic", lambda: cloud.clock.now)
    return sleep


def test_healthy_links_are_a_line_each_and_0(healthy: Path, capsys: Captured) -> None:
    said = call(capsys, "status")
    assert said.code == 0
    assert "sales-link  healthy      3 tables active" in said.out
    assert "account" not in said.out
    assert "Status: 1 healthy." in said.out


def test_all_shows_every_table_with_its_counts(healthy: Path, capsys: Captured) -> None:
    assert "in Dataverse" in call(capsys, "status", "--all").out


def test_a_declared_link_that_is_not_live_is_2(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "status")
    assert said.code == 2
    assert "It is declared, and does not exist" in said.out


def test_a_tombstoned_link_that_is_gone_is_0(healthy: Path, capsys: Captured) -> None:
    (healthy / "manifests/gone.yaml").write_text(TOMBSTONE, encoding="utf-8")
    assert call(capsys, "status").code == 0


def test_a_failed_table_is_2_with_its_code_and_what_to_do(healthy: Path, cloud: Cloud, capsys: Captured) -> None:
    cloud.fail("sales", "saleslake", "task=SYN-805")
    said = call(capsys, "status")
    assert said.code == 2
    assert "SYN-805: The Synapse workspace can't be reached" in said.out
    assert "Allow Azure services" in said.out


def test_loading_is_no_ill_health(healthy: Path, cloud: Cloud, capsys: Captured) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    said = call(capsys, "status")
    assert (said.code, "progressing" in said.out) == (0, True)


def test_what_cannot_be_read_is_1(healthy: Path, cloud: Cloud, capsys: Captured) -> None:
    cloud.faults.add("refused", route="dataverse.*", rate=1.0)
    said = call(capsys, "status")
    assert said.code == 1
    assert "could not be read" in said.out
    assert json.loads(call(capsys, "status", "--format", "json").out)["unreadable"]


def test_json_and_markdown_are_whole(folder: Path, capsys: Captured) -> None:
    document = json.loads(call(capsys, "status", "--format", "json").out)
    assert [(link["declared"], link["health"]) for link in document["links"]] == [
        ("sales-link", "healthy"),
        ("service-link", "unhealthy"),
    ]
    assert document["summary"]["healthy"] == 1
    only = json.loads(call(capsys, "status", "--format", "json", "--unhealthy").out)
    assert [link["declared"] for link in only["links"]] == ["service-link"]
    said = call(capsys, "status", "--format", "markdown")
    assert said.out.startswith("## Status: 1 healthy, 1 unhealthy")
    assert said.code == 2


def test_undeclared_links_are_counted_and_shown_on_request(folder: Path, capsys: Captured) -> None:
    (folder / "manifests/links.yaml").unlink()
    counted = call(capsys, "status")
    assert (counted.code, "1 link that no manifest declares is not shown" in counted.out) == (0, True)
    assert "(saleslake)" in call(capsys, "status", "--undeclared").out
    assert "(saleslake)" in call(capsys, "status", "--undeclared", "--link", "saleslake").out


def test_one_link_or_environment_on_request(folder: Path, cloud: Cloud, capsys: Captured) -> None:
    assert call(capsys, "status", "--link", "sales-link").code == 0
    assert {entry.host for entry in cloud.record if entry.route == "dataverse.batch"} == {ENVIRONMENTS["sales"].url[8:]}
    assert call(capsys, "status", "-e", "service").code == 2
    assert "sales-link" not in call(capsys, "status", "-e", "service").out


@pytest.mark.parametrize(
    "words",
    [
        ("--link", "nope"),
        ("--environment", "nope"),
        ("--watch", "0s"),
        ("--watch", "soon"),
        ("--watch", "31d"),
        ("--timeout", "5m"),
        ("--watch", "--format", "json"),
        ("--until-healthy", "--format", "markdown"),
    ],
)
def test_wrong_usage_is_3_and_says_what_is_right(folder: Path, capsys: Captured, words: tuple[str, ...]) -> None:
    said = call(capsys, "status", *words)
    assert said.code == 3
    assert "Error:" in said.err


def test_manifests_with_errors_are_3(folder: Path, capsys: Captured) -> None:
    (folder / "manifests/links.yaml").write_text("kind: Nonsense\n", encoding="utf-8")
    assert call(capsys, "status").code == 3


def test_watching_prints_a_line_for_each_change_until_healthy(
    healthy: Path, cloud: Cloud, passing: object, capsys: Captured
) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    said = call(capsys, "status", "--until-healthy", "--watch", "20s")
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split(" ")[1:3] for line in (lines[0], lines[-1])] == [
        ["sales/sales-link:", "progressing,"],
        ["sales/sales-link:", "healthy,"],
    ]
    assert len(lines) == 2


def test_watching_ends_at_its_bound_with_the_last_code(healthy: Path, passing: object, capsys: Captured) -> None:
    said = call(capsys, "status", "--watch", "--timeout", "10m")
    assert (said.code, len(said.out.splitlines())) == (0, 1)


def test_what_still_loads_at_the_bound_is_not_healthy(
    healthy: Path, cloud: Cloud, passing: object, capsys: Captured
) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    assert call(capsys, "status", "--until-healthy", "--timeout", "1m").code == 2
    assert call(capsys, "status", "--watch", "--timeout", "1s").code == 0


def test_a_watch_sees_an_error_come_and_go(
    healthy: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    acts = iter((lambda: cloud.fail("sales", "saleslake", "task=SYN-805"), lambda: cloud.heal("sales", "saleslake")))

    def sleep(seconds: float) -> None:
        act = next(acts, None)
        if act is None:
            raise KeyboardInterrupt
        act()

    monkeypatch.setattr(watching, "sleep", sleep)
    said = call(capsys, "status", "--watch")
    words = [line.split(" ")[2].rstrip(",") for line in said.out.splitlines()]
    assert (said.code, words) == (0, ["healthy", "degraded", "healthy"])


def test_an_environment_that_becomes_unreadable_is_told_on_the_way(
    healthy: Path, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def sleep(seconds: float) -> None:
        if list(cloud.faults):
            raise KeyboardInterrupt
        cloud.faults.add("refused", route="dataverse.*", rate=1.0)

    monkeypatch.setattr(watching, "sleep", sleep)
    said = call(capsys, "status", "--watch")
    assert said.code == 1
    assert "could not be read" in said.err


def test_ctrl_c_before_the_first_look_is_an_interruption(
    healthy: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def stop(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reconciler.cli.status.read_runtimes", stop)
    assert call(capsys, "status", "--watch").code == 130


def test_on_a_terminal_it_is_a_table_and_no_color_is_heeded(
    healthy: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr("reconciler.cli.status.on_terminal", lambda: True)
    said = call(capsys, "status")
    assert "environment" in said.out
    assert "\x1b[32m" not in said.out
    assert said.code == 0


def test_on_a_terminal_watching_draws_in_place(
    healthy: Path, passing: object, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.cli.watching.on_terminal", lambda: True)
    said = call(capsys, "status", "--watch", "--timeout", "2m")
    assert "sales-link" in said.out
    assert said.code == 0
