"""reconciler unlock, and what apply says of locks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.apply.file_lock import FileLocks
from reconciler.cli import locking, unlock
from reconciler.model.errors import LockLost
from reconciler.model.lock import LockInfo, lock_name
from reconciler.simulator import Cloud, running
from tests.cli.run import call
from tests.fleet import ENVIRONMENTS
from tests.locks import ACCOUNT, CONFIGURATION, SEED, Clock, a_run, blobs_of, locks_in, write_configuration

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with running(tmp_path / "cloud", seed=SEED) as found:
        yield found


@pytest.fixture
def files(folder: Path) -> FileLocks:
    """Another run's locks in the working folder."""
    run = LockInfo("other-run", host="runner-1", pid=4711)
    names = {name: lock_name("public", each.environment_id) for name, each in ENVIRONMENTS.items()}
    return FileLocks(folder / locking.LOCKS, run, names.__getitem__, lambda: "2026-01-02T03:04:05Z")


def test_nobody_holds_anything(folder: Path, capsys: Capsys) -> None:
    said = call(capsys, "unlock")
    assert (said.code, said.out.splitlines()) == (0, ["free    sales", "free    service"])
    assert not (folder / locking.LOCKS).exists()


def test_who_holds_a_file(files: FileLocks, capsys: Capsys) -> None:
    with files.hold("sales"):
        said = call(capsys, "unlock")
        assert said.out.splitlines() == [
            "locked  sales  by run other-run, since 2026-01-02T03:04:05Z, on runner-1 (process 4711)",
            "free    service",
        ]
        forced = call(capsys, "unlock", "sales", "--force", "--yes")
    assert forced.code == 4
    assert "its process still has it: end that process" in forced.err
    free = call(capsys, "unlock", "sales", "--force", "--yes")
    assert (free.code, free.err.strip()) == (0, "Nothing is locked: there is nothing to end.")


def test_a_process_that_was_killed_has_left_words_alone(files: FileLocks, capsys: Capsys) -> None:
    with files.hold("sales"):
        words = files._path("sales").read_text()
    files._path("sales").write_text(words)
    said = call(capsys, "unlock", "sales")
    assert said.out.startswith("free    sales  left by run other-run")
    assert said.out.rstrip().endswith("which has ended")


def test_who_holds_a_lease_as_json(cloud: Cloud, folder: Path, capsys: Capsys) -> None:
    write_configuration(folder)
    run = a_run()
    with blobs_of(cloud) as blobs, locks_in(blobs, run=run) as locks, locks.hold("sales"):
        said = call(capsys, "unlock", "--format", "json")
    document = json.loads(said.out)
    assert (said.code, document["formatVersion"]) == (0, 1)
    sales, service = document["locks"]
    assert (sales["environment"], sales["held"], sales["holder"]["run"]) == ("sales", True, run.run)
    assert sales["holder"]["pid"] == 4711
    assert service == {"environment": "service", "held": False, "holder": None}
    assert [entry.route for entry in cloud.record.writes if entry.route.startswith("link")] == []


def test_a_lease_is_ended_by_its_name(
    cloud: Cloud, folder: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody sits at a terminal of a test: that somebody does, and what is typed, is put in their place."""
    write_configuration(folder)
    typed = iter(["sale", "sales"])
    monkeypatch.setattr(unlock, "somebody_answers", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *_words, **_options: next(typed))
    clock = Clock()
    with blobs_of(cloud) as blobs, locks_in(blobs, clock) as locks, locks.hold("sales") as held:
        wrong = call(capsys, "unlock", "sales", "--force")
        assert (wrong.code, locks.state("sales").held) == (4, True)
        assert "the lock of 'sales' stays" in wrong.err
        right = call(capsys, "unlock", "sales", "--force")
        assert (right.code, locks.state("sales").held) == (0, False)
        assert "The lock of 'sales' is ended" in right.err
        clock.advance(6)
        with pytest.raises(LockLost):
            held.check()


def test_a_lease_is_ended_without_a_question(cloud: Cloud, folder: Path, capsys: Capsys) -> None:
    write_configuration(folder)
    with blobs_of(cloud) as blobs, locks_in(blobs) as locks, locks.hold("sales"):
        assert call(capsys, "unlock", "sales", "service", "--force", "--yes").code == 0
        assert not locks.state("sales").held
        assert call(capsys, "apply", "--yes").code == 0


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--force", "--yes"], "--force needs the names"),
        (["sales", "--force"], "--force needs --yes"),
        (["sale"], "Did you mean 'sales'?"),
    ],
)
def test_what_it_must_be_told(
    folder: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch, words: list[str], error: str
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    said = call(capsys, "unlock", *words)
    assert said.code == 3
    assert error in said.err


def test_wrong_manifests_are_said(folder: Path, capsys: Capsys) -> None:
    (folder / "manifests/links.yaml").write_text("kind: Nothing\n")
    assert call(capsys, "unlock").code == 3


def test_a_lock_service_that_refuses_is_an_error(cloud: Cloud, folder: Path, capsys: Capsys) -> None:
    write_configuration(folder)
    cloud.faults.add("refused", "blob.*", times=None)
    said = call(capsys, "unlock")
    assert said.code == 1
    assert "Storage Blob Data Contributor" in said.err


def test_apply_writes_nothing_without_its_lock(cloud: Cloud, folder: Path, capsys: Capsys) -> None:
    write_configuration(folder)
    cloud.faults.add("refused", "blob.*", times=None)
    said = call(capsys, "apply", "--yes")
    assert said.code == 1
    assert "Storage Blob Data Contributor" in said.out
    assert [entry for entry in cloud.record.writes if not entry.route.startswith("blob.")] == []


def test_apply_says_who_has_an_environment_and_does_the_others(cloud: Cloud, folder: Path, capsys: Capsys) -> None:
    write_configuration(folder)
    run = a_run()
    with blobs_of(cloud) as blobs, locks_in(blobs, run=run) as locks, locks.hold("sales"):
        said = call(capsys, "apply", "--yes")
        assert said.code == 4
        assert f"'sales' is locked by run {run.run}" in " ".join(said.out.split())
        assert not locks.state("service").held
    link = cloud.state.link("service", "servicelake")
    assert link.stored == link.running
    assert call(capsys, "apply", "--yes").code == 0


def test_locks_are_not_kept_in_a_lake(cloud: Cloud, folder: Path, capsys: Capsys) -> None:
    (folder / "reconciler.yaml").write_text(CONFIGURATION.replace(ACCOUNT, "saleslake"))
    for words in (["apply", "--yes"], ["unlock"]):
        said = call(capsys, *words)
        assert said.code == 4
        assert "link 'sales-link' exports to" in said.err
    assert cloud.record.writes == []


def test_commands_that_read_lock_nothing_and_apply_what_it_writes(cloud: Cloud, folder: Path, capsys: Capsys) -> None:
    write_configuration(folder)
    for words in (["plan"], ["drift"], ["status"], ["preflight"], ["validate"]):
        call(capsys, *words)
    assert call(capsys, "apply", "--yes", "--environment", "sales").code == 0
    assert call(capsys, "apply", "--yes", "--environment", "sales").code == 0
    locked = [entry.path for entry in cloud.record if entry.route == "blob.lease.acquire" and entry.status == 201]
    (path,) = locked
    assert ENVIRONMENTS["sales"].environment_id in path
    assert path.startswith("/locks/fleet/public-")
    assert cloud.record.count(route="blob.lease.release") == 1
