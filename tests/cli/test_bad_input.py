"""Bad input on the command line: one message with a remedy, the documented code, and nothing broken by it."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from reconciler.cli.commit import current_commit
from reconciler.cli.write import write_file
from reconciler.model.errors import ReconcilerError
from reconciler.simulator import Cloud, running
from tests.cli.run import call
from tests.fleet import CLOUD, TENANT, write_manifests

Captured = pytest.CaptureFixture[str]
SALES_URL = "https://contoso-sales.crm4.dynamics.com"


def test_a_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_file(pipe, "a plan")
    reader.join(5)
    assert read == ["a plan"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_is_followed_and_rights_are_those_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_file(tmp_path / "link", "a plan")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "a plan"
    (tmp_path / "other").touch()
    assert (tmp_path / "real").stat().st_mode == (tmp_path / "other").stat().st_mode
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("name", [".", "file/below", "a" * 300, "loop"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ReconcilerError, match=r"can't be written: .*Choose another place"):
        write_file(tmp_path / name, "a plan")


def test_a_hostile_name_of_a_plan_reaches_no_terminal(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "plan", "--out", "a\x1b[31m\nb.json")
    assert said.code == 2
    assert "\x1b" not in said.out + said.err
    assert "Saved to a\\x1b[31m\\x0ab.json." in said.out


@pytest.mark.parametrize(
    "url",
    ["", "contoso.crm4.dynamics.com", "http://contoso.crm4.dynamics.com", "https://[", f"{SALES_URL}/x?y=1", "\x1b"],
)
def test_an_address_that_is_none_is_told_before_anything_is_done(
    cloud: Cloud, folder: Path, capsys: Captured, url: str
) -> None:
    said = call(capsys, "import", "new", "--tenant", TENANT, "--url", url)
    assert (said.code, "is no address such as" in said.err, "\x1b" in said.err) == (3, True, False)
    assert not (folder / "new").exists()
    assert len(cloud.record) == 0


@pytest.mark.parametrize("tenant", ["", "a b", "../x", "contoso\n"])
def test_a_tenant_that_is_no_id_is_told(folder: Path, capsys: Captured, tenant: str) -> None:
    assert call(capsys, "import", "new", "--tenant", tenant).code == 3


def test_an_unknown_tenant_is_one_error(folder: Path, capsys: Captured) -> None:
    said = call(capsys, "import", "new", "--tenant", "99999999-1111-4111-8111-111111111111")
    assert said.code == 1
    assert said.err.startswith("Error: No token for Power Platform administration")
    assert said.err.count("\n") == 1


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with manifests and no cloud."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RECONCILER_ENDPOINTS", raising=False)
    write_manifests(tmp_path / "manifests")
    return tmp_path


def test_an_empty_local_cloud_says_how_to_fill_it(alone: Path, capsys: Captured) -> None:
    said = call(capsys, "plan", "--endpoints", "local")
    assert (said.code, "simulator seed" in said.err, said.out) == (4, True, "")


def test_a_local_cloud_that_is_served_already_says_how_to_reach_it(alone: Path, capsys: Captured) -> None:
    with running(alone / ".reconciler/cloud", seed=CLOUD):
        said = call(capsys, "plan", "--endpoints", "local")
        assert (said.code, ".reconciler/cloud/endpoints.json" in said.err) == (4, True)
    (alone / ".reconciler/cloud/cloud.sqlite").write_bytes(b"no database, but long enough to look at" * 99)
    said = call(capsys, "plan", "--endpoints", "local")
    assert (said.code, "holds no local cloud" in said.err) == (4, True)


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "99999"),
        ("serve", "--port", "-5"),
        ("serve", "--latency-ms", "-1"),
        ("clock", "+99999999999999d"),
        ("clock", "+٣s"),
        ("edit", "sales", "saleslake", "--interval", "99999999999999999999"),
        ("fault", "error", "--request", "("),
        ("fault", "bogus"),
    ],
)
def test_nonsense_for_the_local_cloud_is_usage(cloud: Cloud, capsys: Captured, words: tuple[str, ...]) -> None:
    assert call(capsys, "simulator", words[0], "--state", cloud.directory, *words[1:]).code == 3


def test_a_repository_without_a_commit_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert current_commit(tmp_path) is None
