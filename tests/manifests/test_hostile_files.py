"""Files of a pull request: nothing outside the folder is read, and nothing small takes long."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from reconciler.manifests import files as manifest_files
from reconciler.manifests import load, loading
from reconciler.manifests.files import MAX_BYTES, find_files, read_file
from reconciler.manifests.findings import MOST_FINDINGS, Finding
from reconciler.manifests.places import with_excerpts
from reconciler.model.cloud import CLOUDS
from reconciler.reports.diagnostics import render_diagnostics
from tests.manifests.texts import environment, loaded

SIZE = 100_000
TABLES = "apiVersion: reconciler/v1\nkind: ExportedTables\nmetadata: {name: a}\nspec:\n  tables:\n"
LINK = "apiVersion: reconciler/v1\nkind: SynapseLink\nmetadata: {name: a}\nspec:\n  environment: a\n"


def filled(unit: str, head: str = "", tail: str = "") -> str:
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


SMALL = {
    "digits that are no number": "a: " + "1" * SIZE + "x",
    "digits and underscores": "a: " + "1_" * (SIZE // 2) + "x",
    "digits, a point, digits": "a: " + "1" * (SIZE // 2) + "." + "1" * (SIZE // 2) + "x",
    "base 60": "a: " + "1:" * (SIZE // 2) + "x",
    "documents": filled("a\n---\n"),
    "documents without a kind": filled("a: b\n---\n"),
    "documents of a kind": filled("kind: SynapseLink\n---\n"),
    "environments": filled("kind: Environment\napiVersion: reconciler/v1\nmetadata: {name: a}\nspec: {}\n---\n"),
    "entries of a wrong type": filled("  - 1\n", TABLES),
    "entries of a wrong form": filled("  - {x: 1}\n", TABLES),
    "one entry again and again": filled("  - a\n", TABLES),
    "one absent table again and again": filled("  - a\n", LINK + "  absentTables:\n"),
    "absent tables": LINK + "  absentTables:\n" + "".join(f"  - b{number}\n" for number in range(9_000)),
    "doubtful entries": filled("  - no\n", TABLES),
    "one field again and again": filled("a: 1\n"),
    "names that are numbers": "".join(f"{number}: a\n" for number in range(12_000)),
    "tags": filled("- !x a\n"),
    "aliases": filled("- *a\n", "- &a b\n"),
    "anchors": filled("- &a a\n"),
    "brackets": filled("{a: [b, "),
    "quotes": filled("'"),
    "escapes": '"' + "\\x41" * 24_000 + '"',
    "line separators": filled("\u2028a: b"),
    "placeholders": filled("${values.a}", LINK + "  destination: {type: csv, container: '", "'}"),
    "a path that goes on": filled("/a", LINK + "  destination: {type: csv, storageAccount: '/subscriptions", "'}"),
    "lists that do not exist": LINK + "  include:\n" + "".join(f"  - b{number}\n" for number in range(9_000)),
    "a long kind": "apiVersion: reconciler/v1\nkind: " + "Synapse" * 14_000,
    "a long name": filled("a-", "apiVersion: reconciler/v1\nkind: ExportedTables\nmetadata: {name: ", "}"),
    "a long table": TABLES + "  - " + "a" * SIZE + "!",
    "utf-16": "a: b" * 10,
}


@pytest.mark.parametrize("name", SMALL)
def test_a_small_file_is_read_and_told_soon(tmp_path: Path, name: str) -> None:
    content = SMALL[name].encode("utf-16" if name == "utf-16" else "utf-8")
    before = time.process_time()
    result = loaded(tmp_path, content)
    told = render_diagnostics(with_excerpts(result.diagnostics))
    # Of the processor's time: a case takes a tenth of a second, and minutes if something is quadratic.
    assert time.process_time() - before < 30
    assert result.state is None
    assert told


@pytest.mark.parametrize("name", ["documents", "one field again and again", "doubtful entries", "tags"])
def test_what_is_told_of_one_file_is_bounded(tmp_path: Path, name: str) -> None:
    result = loaded(tmp_path, SMALL[name])
    assert len(result.diagnostics) <= 2 * MOST_FINDINGS
    assert "too-many-errors" in {diagnostic.code for diagnostic in result.diagnostics}


def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, and beside it a file that is nobody's business."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "secret.yaml").write_text("password: hunter2-hunter2: x\n", encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.mark.parametrize("target", ["../private", "../private/secret.yaml", "linked/private"])
def test_a_link_in_the_place_of_the_folder_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    work = outside(tmp_path, monkeypatch)
    (work / "linked").symlink_to("..")
    (work / "manifests").symlink_to(target)
    for root in (Path("manifests"), Path("./manifests"), Path("linked/private")):
        result = load(root, CLOUDS["public"])
        assert [diagnostic.code for diagnostic in result.diagnostics] == ["outside-root"]
        assert "hunter2" not in render_diagnostics(with_excerpts(result.diagnostics))


def test_a_link_that_stays_and_a_place_that_is_meant_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = outside(tmp_path, monkeypatch)
    (work / "fleet").mkdir()
    (work / "fleet" / "a.yaml").write_text(environment(), encoding="utf-8")
    (work / "manifests").symlink_to("fleet")
    (tmp_path / "elsewhere").symlink_to(work / "fleet")
    for root in (Path("manifests"), Path("../elsewhere"), tmp_path / "elsewhere", Path()):
        assert load(root, CLOUDS["public"]).state is not None


def test_too_many_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_files, "MOST_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.yaml").write_text(environment(), encoding="utf-8")
    findings: list[Finding] = []
    assert find_files(tmp_path, findings) == []
    assert [finding.code for finding in findings] == ["too-many-files"]


def test_what_is_read_of_all_files_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        (tmp_path / name).write_text("a: b\n" * 10, encoding="utf-8")
    monkeypatch.setattr(loading, "MOST_BYTES_TOGETHER", 60)
    told = load(tmp_path, CLOUDS["public"]).diagnostics
    assert ("too-large", str(tmp_path)) in {(each.code, each.location.file) for each in told if each.location}
    assert str(tmp_path / "c.yaml") not in {each.location.file for each in told if each.location}


def test_a_file_that_grows_while_it_is_read_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 2))
    small = os.stat_result((0o100644, *[0] * 9))
    monkeypatch.setattr(os, "fstat", lambda _descriptor: small)
    findings: list[Finding] = []
    assert read_file(path, findings) is None
    assert [finding.code for finding in findings] == ["too-large"]


def test_a_name_that_comes_to_mean_another_file_is_looked_at_where_it_leads(tmp_path: Path) -> None:
    """Neither a pipe nor a device is waited for, whatever stood there when the folder was listed."""
    os.mkfifo(tmp_path / "pipe")
    for target in ("pipe", "/dev/zero"):
        path = tmp_path / "a.yaml"
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        findings: list[Finding] = []
        assert read_file(path, findings) is None
        assert [finding.code for finding in findings] == ["unreadable-file"]


CONFUSING = ["\u0430ccount", "account\u202e", "acc\u200bount", "\uff41ccount", "account\u0000"]


@pytest.mark.parametrize("name", CONFUSING)
def test_names_that_look_like_others_are_no_names(tmp_path: Path, name: str) -> None:
    for text in (TABLES + f"  - {name}\n", TABLES.replace("name: a", f"name: {name}") + "  - account\n"):
        result = loaded(tmp_path, text)
        assert result.state is None
        shown = render_diagnostics(with_excerpts(result.diagnostics))
        assert not any(char in shown for char in "\u202e\u200b\u0000")


def test_names_that_differ_by_case_alone_are_one_table(tmp_path: Path) -> None:
    assert loaded(tmp_path, TABLES + "  - account\n  - Account\n").state is None


@pytest.mark.parametrize("group", ["..", ".", "rg.", "rg/../../x"])
def test_no_resource_id_climbs_out_of_its_place(tmp_path: Path, group: str) -> None:
    account = f"/subscriptions/{'2' * 8}-2222-4222-8222-{'2' * 12}/resourceGroups/{group}/providers/Microsoft.Storage"
    text = LINK + f"  destination: {{type: csv, container: abc, storageAccount: {account}/storageAccounts/lake1}}\n"
    result = loaded(tmp_path, text + "  tables: [account]\n")
    assert "wrong-format" in {diagnostic.code for diagnostic in result.diagnostics}
