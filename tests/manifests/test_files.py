from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconciler.manifests import load
from reconciler.manifests.files import find_files, read_file
from reconciler.manifests.findings import Finding
from reconciler.model.cloud import CLOUDS
from tests.manifests.texts import environment


def found(root: Path) -> tuple[list[str], list[str]]:
    findings: list[Finding] = []
    return [str(path.relative_to(root)) for path in find_files(root, findings)], [finding.code for finding in findings]


def write(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(environment())


def test_any_layout_sorted(tmp_path: Path) -> None:
    write(tmp_path, "b.yaml", "a/z.yml", "a/b/c.YAML", "c.txt", "d.json", ".hidden.yaml", ".git/e.yaml")
    assert found(tmp_path) == (["a/b/c.YAML", "a/z.yml", "b.yaml"], [])


def test_one_file_of_any_name(tmp_path: Path) -> None:
    write(tmp_path, "fleet.txt")
    assert find_files(tmp_path / "fleet.txt", []) == [tmp_path / "fleet.txt"]


def test_links_stay_inside(tmp_path: Path) -> None:
    write(tmp_path, "outside.yaml", "root/..data/a.yaml", "root/sub/b.yaml")
    root = tmp_path / "root"
    (root / "a.yaml").symlink_to("..data/a.yaml")
    (root / "bad.yaml").symlink_to("../outside.yaml")
    (root / "folder").symlink_to("sub")
    (root / "gone.yaml").symlink_to("nothing.yaml")
    assert found(root) == (["a.yaml", "gone.yaml", "sub/b.yaml"], ["link-to-folder", "outside-root"])


def test_what_can_not_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    findings: list[Finding] = []
    assert read_file(tmp_path / "pipe.yaml", findings) is None
    assert read_file(tmp_path / "gone.yaml", findings) is None
    assert [finding.code for finding in findings] == ["unreadable-file", "unreadable-file"]


def test_a_folder_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    write(tmp_path, "a.yaml")
    monkeypatch.setattr(os, "scandir", refuse)
    assert found(tmp_path) == ([], ["unreadable-file"])


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda root: None, "no-such-path"),
        (lambda root: root.mkdir(), "no-manifests"),
        (lambda root: write(root, "a.txt"), "no-manifests"),
        (lambda root: (root.mkdir(), (root / "a.yaml").write_text("---\n---\n")), "no-manifests"),
    ],
)
def test_nothing_is_never_an_empty_fleet(tmp_path: Path, prepare: object, code: str) -> None:
    root = tmp_path / "fleet"
    prepare(root)
    result = load(root, CLOUDS["public"])
    assert result.state is None
    assert code in [diagnostic.code for diagnostic in result.diagnostics]


def test_paths_are_shown_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "fleet/a.yaml")
    monkeypatch.chdir(tmp_path)
    state = load(Path("fleet"), CLOUDS["public"]).state
    assert state is not None
    assert str(state.environments["prod"].location) == "fleet/a.yaml:1:1"


def test_nothing_is_shown_of_files_that_are_not_read(tmp_path: Path) -> None:
    """A link in a pull request must not print what it leads to, and a pipe must not be waited for."""
    secret = tmp_path / "secret.txt"
    secret.write_text("do not show this")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.yaml").symlink_to("../secret.txt")
    os.mkfifo(root / "pipe.yaml")
    result = load(root, CLOUDS["public"])
    assert [diagnostic.code for diagnostic in result.diagnostics] == ["outside-root", "unreadable-file"]
    assert [diagnostic.excerpt for diagnostic in result.diagnostics] == [None, None]
