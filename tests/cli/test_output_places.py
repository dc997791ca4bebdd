"""What a command writes, it writes where it was told: a link in the branch leads it nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.fleet import TENANT, write_manifests

COMMANDS = [
    ("plan", "--out", "out"),
    ("probe", "--out", "out"),
    ("apply", "--yes", "--journal", "out"),
    ("journal", "--journal", "out"),
    ("export", "sales-link", "--solution", "--out", "out"),
    ("import", "folder", "--tenant", TENANT),
]


@pytest.fixture
def work(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    work = tmp_path / "work"
    write_manifests(work / "manifests")
    monkeypatch.chdir(work)
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(cloud.endpoints))
    (tmp_path / "private").mkdir()
    return work


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize("nested", [False, True])
def test_a_link_that_leads_out_is_refused_before_anything_is_done(
    work: Path, cloud: Cloud, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], nested: bool
) -> None:
    if nested:
        (work / "sub").symlink_to("../private")
        words = tuple(f"sub/{word}" if word in {"out", "folder"} else word for word in words)
    else:
        (work / "out").symlink_to("../private/file")
        (work / "folder").symlink_to("../private")
    said = call(capsys, *words)
    assert said.code == 3
    assert "leads out of the working folder" in said.err
    assert list((work.parent / "private").iterdir()) == []
    assert len(cloud.record) == 0


def test_links_that_stay_and_places_that_are_meant_are_written(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "kept").mkdir()
    (work / "out").symlink_to("kept/plan.json")
    (work.parent / "elsewhere").symlink_to("private")
    for out in ("out", "../elsewhere/plan.json", str(work.parent / "elsewhere" / "absolute.json")):
        assert call(capsys, "plan", "--out", out).code == 2
    assert (work / "kept" / "plan.json").is_file()
    assert {path.name for path in (work.parent / "private").iterdir()} == {"plan.json", "absolute.json"}
