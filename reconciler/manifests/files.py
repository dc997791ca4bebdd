"""Which files hold manifests, and their content: nothing outside the folder, nothing hidden, nothing huge."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from reconciler.manifests.findings import Finding
from reconciler.model.diagnostic import Location, Severity

SUFFIXES = (".yaml", ".yml")
MAX_BYTES = 8 * 1024 * 1024
MOST_BYTES_TOGETHER = 64 * 1024 * 1024
"""A thousand environments of a thousand tables need a quarter of it."""
MOST_FILES = 20_000
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def find_files(root: Path, findings: list[Finding]) -> list[Path]:
    """Manifest files at and below a folder, sorted; or the one file that was named. Paths begin as the root was given.

    Hidden files and folders are passed over. A link to a file is followed while it stays inside the root; links to
    folders are not followed. A root that a link leads out of the working folder is not read: a pull request can put a
    link in the folder's place. What can't be read, or is more than ``MOST_FILES``, is added to the findings.
    """
    if leads_out(root):
        findings.append(_outside(root, f"the working folder, {Path.cwd()}"))
        return []
    if root.is_file():
        return [root]
    if not root.is_dir():
        findings.append(
            Finding(
                code="no-such-path",
                summary="There is no such file or folder.",
                place=Location(str(root)),
                expected="a folder with manifests, or one manifest file",
                remedy="Check the path. A missing folder is never taken for an empty fleet.",
                whole=True,
            )
        )
        return []
    found: list[Path] = []
    real_root = os.path.realpath(root)
    for folder, subfolders, names in os.walk(root, onerror=lambda error: findings.append(_unreadable_folder(error))):
        _report_links(folder, subfolders, findings)
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in names:
            if name.startswith(".") or not name.lower().endswith(SUFFIXES):
                continue
            path = Path(folder, name)
            if path.is_symlink() and not _is_inside(path, real_root):
                findings.append(_outside(path, "the folder"))
            else:
                found.append(path)
        if len(found) > MOST_FILES:
            findings.append(_too_many(root))
            return []
    return sorted(found, key=str)


def leads_out(path: Path) -> bool:
    """Whether links lead a relative path out of the working folder, though by its words it stays inside. Whoever names
    an absolute path, or goes up by ``..``, means it."""
    if path.is_absolute() or ".." in path.parts:
        return False
    return not _is_inside(path, os.path.realpath(Path.cwd()))


def read_file(path: Path, findings: list[Finding]) -> bytes | None:
    """The content, None (and a finding) where it can't be had."""
    try:
        # What was opened is what is looked at and read: the name may come to mean another file meanwhile.
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                remedy = "Delete it, or give it another name."
                findings.append(_unreadable(path, "This is no regular file.", None, remedy))
                return None
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        remedy = "Check that it exists and that this user may read it."
        findings.append(_unreadable(path, "The file can't be read.", error.strerror, remedy))
        return None
    if len(content) > MAX_BYTES:
        findings.append(_too_large(path, max(status.st_size, len(content))))
        return None
    return content


def _unreadable(path: Path, summary: str, found: str | None, remedy: str) -> Finding:
    return Finding("unreadable-file", summary, Location(str(path)), found, remedy=remedy, whole=True)


def _too_large(path: Path, size: int) -> Finding:
    return Finding(
        code="too-large",
        summary="The file is too large for a manifest.",
        place=Location(str(path)),
        found=f"{size:,} bytes",
        expected=f"at most {MAX_BYTES:,} bytes",
        remedy="Split it: manifests may be spread over any number of files.",
        whole=True,
    )


def too_much(root: Path) -> Finding:
    """That the files are more than ``MOST_BYTES_TOGETHER``."""
    return Finding(
        code="too-large",
        summary="The manifests are too large together; the rest was not read.",
        place=Location(str(root)),
        expected=f"at most {MOST_BYTES_TOGETHER:,} bytes in all files",
        remedy="Let links share tables through ExportedTables lists, or reconcile folders one by one.",
        whole=True,
    )


def _is_inside(path: Path, real_root: str) -> bool:
    real = os.path.realpath(path)
    return os.path.commonpath((real, real_root)) == real_root


def _report_links(folder: str, subfolders: list[str], findings: list[Finding]) -> None:
    for name in subfolders:
        path = Path(folder, name)
        if not name.startswith(".") and path.is_symlink():
            findings.append(
                Finding(
                    code="link-to-folder",
                    summary="Links to folders are not followed; what is behind this one was not read.",
                    place=Location(str(path)),
                    remedy="Name the folder itself, or move it here.",
                    severity=Severity.WARNING,
                    whole=True,
                )
            )


def _outside(path: Path, of: str) -> Finding:
    return Finding(
        code="outside-root",
        summary=f"A link leads out of {of}; it was not read.",
        place=Location(str(path)),
        remedy="Put the file or folder itself there.",
        whole=True,
    )


def _too_many(root: Path) -> Finding:
    return Finding(
        code="too-many-files",
        summary="There are too many files of manifests.",
        place=Location(str(root)),
        expected=f"at most {MOST_FILES:,} files; a file holds any number of manifests",
        remedy="Name the folder that holds the manifests, or put several into a file.",
        whole=True,
    )


def _unreadable_folder(error: OSError) -> Finding:
    remedy = "Check that this user may read it."
    return _unreadable(Path(str(error.filename)), "The folder can't be read.", error.strerror, remedy)
