"""``apply --ceiling``: what is planned now, as far as it was reviewed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import Said, call
from tests.fleet import write_manifests


@pytest.fixture
def reviewed(capsys: pytest.CaptureFixture[str], folder: Path) -> Path:
    """A saved plan of the fleet, in the working folder."""
    assert call(capsys, "plan", "--out", "plan.json").code == 2
    return folder / "plan.json"


def ceiling(capsys: pytest.CaptureFixture[str], file: Path, *words: object) -> Said:
    return call(capsys, "apply", "--ceiling", file, *words)


def edit(file: Path, **fields: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def tables(cloud: Cloud) -> set[str]:
    return set(cloud.state.link("sales", "saleslake").running.tables)


def test_what_was_reviewed_is_done_without_being_asked(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path
) -> None:
    said = ceiling(capsys, reviewed)
    assert (said.code, "[" in said.err) == (0, False)
    assert "Apply: 2 done" in said.out
    assert call(capsys, "plan").code == 0


def test_a_change_that_came_with_another_merge_is_refused_by_name_and_the_others_go_on(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path
) -> None:
    write_manifests(reviewed.parent / "manifests", tables="[account, contact, lead, invoice]")
    said = ceiling(capsys, reviewed)
    assert said.code == 4
    assert "does not hold this update of 'SynapseLink/sales/sales-link'" in said.err
    assert "its manifest declares something else now" in said.err
    assert "[not-reviewed]" in said.err
    assert tables(cloud) == {"account", "contact", "task"}
    assert cloud.state.link("service", "servicelake").active


def test_a_merge_elsewhere_keeps_nothing_from_being_done(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path
) -> None:
    links = reviewed.parent / "manifests" / "links.yaml"
    links.write_text(links.read_text().replace("interval: 1h", "interval: 2h"))
    said = ceiling(capsys, reviewed)
    assert (said.code, said.err.count("[not-reviewed]")) == (4, 1)
    assert "of 'SynapseLink/service/service-link'" in said.err
    assert tables(cloud) == {"account", "contact", "lead", "task"}


def test_an_environment_that_moved_so_that_less_is_to_be_done_goes_on(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path
) -> None:
    cloud.edit("sales", "saleslake", interval=30)
    said = ceiling(capsys, reviewed)
    assert (said.code, "[" in said.err) == (0, False)
    assert call(capsys, "plan").code == 0


def test_an_environment_that_moved_so_that_more_is_to_be_done_is_refused(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path
) -> None:
    cloud.edit("sales", "saleslake", interval=15)
    said = ceiling(capsys, reviewed)
    assert said.code == 4
    assert "interval was not to change from" in said.err
    assert cloud.state.link("sales", "saleslake").running.interval == 15


def test_where_all_is_refused_nothing_says_that_there_was_nothing_to_do(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path
) -> None:
    call(capsys, "apply", "--yes")
    cloud.edit("sales", "saleslake", interval=15)
    said = ceiling(capsys, reviewed)
    assert (said.code, said.out) == (4, "Apply: nothing was done. The errors say what was refused.\n")


@pytest.mark.parametrize("kind", ["refused", "reset-after"])
@pytest.mark.parametrize(
    "route",
    ["link.lake.create", "link.profile.create", "link.profile.put", "link.profile.activate", "dataverse.publish"],
)
def test_what_stopped_halfway_is_finished_under_the_same_ceiling(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path, route: str, kind: Any
) -> None:
    fault = cloud.faults.add(kind, route)
    ceiling(capsys, reviewed)
    assert fault.hits
    cloud.faults.clear()
    said = ceiling(capsys, reviewed)
    assert (said.code, "[not-reviewed]" in said.err) == (0, False)
    assert call(capsys, "plan").code == 0


def test_what_is_no_longer_needed_is_told(cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path) -> None:
    assert call(capsys, "apply", reviewed).code == 0
    said = ceiling(capsys, reviewed)
    assert said.code == 0
    assert said.err.count("[no-longer-needed]") == 2
    assert "SynapseLink/sales/sales-link" in said.err


def test_a_plan_of_nothing_lets_nothing_be_done(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path
) -> None:
    edit(reviewed, changes=[])
    assert ceiling(capsys, reviewed).code == 4
    assert cloud.record.writes == []


def test_a_plan_of_another_cloud_is_refused(cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path) -> None:
    edit(reviewed, cloud="gcc")
    for words in (("--ceiling", reviewed), (reviewed,)):
        said = call(capsys, "apply", *words)
        assert (said.code, "made for the cloud 'gcc', and this is 'public'" in said.err) == (4, True)
    assert cloud.record.writes == []


def test_words_that_exclude_each_other_are_a_usage_error(capsys: pytest.CaptureFixture[str], reviewed: Path) -> None:
    both = call(capsys, "apply", reviewed, "--ceiling", reviewed)
    assert (both.code, "not both" in both.err) == (3, True)
    only = call(capsys, "apply", "--only", "blocked", "--ceiling", reviewed)
    assert (only.code, "not by --ceiling" in only.err) == (3, True)


def test_a_damaged_ceiling_is_invalid_input(cloud: Cloud, capsys: pytest.CaptureFixture[str], reviewed: Path) -> None:
    reviewed.write_text(reviewed.read_text()[:-10])
    said = ceiling(capsys, reviewed)
    assert (said.code, "[invalid-plan]" in said.err) == (3, True)
    assert cloud.record.writes == []


def test_what_waits_for_a_person_after_another_merge_is_left_in_a_plan_of_its_own(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    assert call(capsys, "plan", "--sign-in", "none", "--out", "plan.json").code == 2
    environments = folder / "manifests" / "environments.yaml"
    environments.write_text(environments.read_text().replace("{name: sales}", "{name: sales, labels: {stage: prod}}"))
    said = ceiling(capsys, folder / "plan.json", "--sign-in", "none")
    assert said.code == 5
    assert "--only blocked .reconciler/blocked-" in said.out
    assert call(capsys, "apply", "--only", "blocked", "--yes").code == 0
    assert call(capsys, "plan").code == 0
