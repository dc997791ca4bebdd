from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.cli.commit import current_commit


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, "-C", str(folder), *words], check=True, capture_output=True)


def test_the_commit_is_the_checked_out_one(tmp_path: Path) -> None:
    git(tmp_path, "init")
    assert current_commit(tmp_path) is None
    git(tmp_path, "commit", "--allow-empty", "-m", "a")
    (tmp_path / "manifests").mkdir()
    commit = current_commit(tmp_path / "manifests")
    assert commit is not None
    assert len(commit) == 40


def test_a_folder_of_manifests_that_looks_like_a_repository_is_none(tmp_path: Path) -> None:
    """Its configuration came with the manifests, and could name programs."""
    git(tmp_path, "init", "--bare", "manifests")
    git(tmp_path, "init", "other")
    git(tmp_path / "other", "commit", "--allow-empty", "-m", "a")
    git(tmp_path / "other", "push", str(tmp_path / "manifests"), "HEAD:refs/heads/a")
    (tmp_path / "manifests" / "HEAD").write_text("ref: refs/heads/a\n", encoding="utf-8")
    assert current_commit(tmp_path / "manifests") is None


def test_a_program_of_the_working_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "git"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\necho {'a' * 40}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _name: "./git")
    assert current_commit(tmp_path) is None
    assert not (tmp_path / "ran").exists()


def test_what_git_says_is_a_commit_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = subprocess.CompletedProcess[str]([], 0, "\x1b[2J::set-output name=a::b\n", "")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: said)
    assert current_commit(tmp_path) is None
