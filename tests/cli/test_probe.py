"""reconciler probe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.fleet import SERVICE, TENANT

Captured = pytest.CaptureFixture[str]


def test_probe_reads_the_environments_of_the_manifests_and_writes_nothing_anywhere(
    cloud: Cloud, folder: Path, capsys: Captured
) -> None:
    said = call(capsys, "probe")
    assert said.code == 0
    assert said.out.startswith("Probe: 2 environments; ")
    assert cloud.record.writes == []
    assert list(folder.glob("*.md")) == []


def test_a_report_for_an_issue_is_saved_as_markdown_or_json(folder: Path, capsys: Captured) -> None:
    assert call(capsys, "probe", "--out", "report.md").code == 0
    text = Path("report.md").read_text("utf-8")
    assert text.startswith("## What a tenant shows\n")
    assert not any(name in text for name in ("sales", "contoso", TENANT))
    call(capsys, "probe", "--out", "report.json")
    assert json.loads(Path("report.json").read_text("utf-8"))["environments"] == 2


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_other_forms(folder: Path, capsys: Captured, form: str) -> None:
    said = call(capsys, "probe", "--format", form, "--environment", "sales", "--sign-in", "none")
    assert said.code == 0
    assert ('"environments": 1' if form == "json" else "1 environment;") in said.out


def test_a_tenant_can_be_probed_without_manifests(folder: Path, capsys: Captured) -> None:
    assert "Probe: 2 environments" in call(capsys, "probe", "--tenant", TENANT).out
    url = "https://contoso-sales.crm4.dynamics.com/"
    assert "Probe: 1 environment;" in call(capsys, "probe", "--tenant", TENANT, "--url", url).out


def test_an_environment_that_cannot_be_read_is_named_on_the_terminal_alone(
    cloud: Cloud, folder: Path, capsys: Captured
) -> None:
    manifests = Path("manifests/environments.yaml")
    manifests.write_text(manifests.read_text("utf-8").replace(SERVICE, SERVICE.replace("4", "5")), "utf-8")
    said = call(capsys, "probe", "--format", "markdown")
    assert said.code == 0
    assert "environment 'service' could not be read: the address is of another environment" in said.err
    assert "service'" not in said.out
    cloud.faults.add("refused", "dataverse.organization", times=100)
    assert call(capsys, "probe").code == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--url", "https://contoso-sales.crm4.dynamics.com"], 3),
        (["--tenant", "contoso"], 3),
        (["--tenant", TENANT, "--url", "ftp://evil.example"], 3),
        (["--tenant", TENANT, "--url", "https://evil.example"], 4),
        (["--environment", "sale"], 3),
        (["--manifests", "nowhere"], 3),
    ],
)
def test_mistakes_of_use(cloud: Cloud, folder: Path, capsys: Captured, words: list[str], code: int) -> None:
    assert call(capsys, "probe", *words).code == code
