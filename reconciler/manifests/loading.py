"""A folder of manifests to the desired state, with everything that is wrong with it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.manifests.checking import check_document
from reconciler.manifests.documents import STOPPING, DocumentReader
from reconciler.manifests.files import MOST_BYTES_TOGETHER, find_files, read_file, too_much
from reconciler.manifests.findings import MOST_FINDINGS, Finding, too_many
from reconciler.manifests.intake import PLACEHOLDER_MARK, Manifest, take_in
from reconciler.manifests.places import locate
from reconciler.manifests.resolving import resolve
from reconciler.manifests.schemas import MANIFEST_KINDS
from reconciler.model.cloud import Cloud
from reconciler.model.desired import DesiredState
from reconciler.model.diagnostic import Diagnostic, Location, Severity, has_errors, sorted_diagnostics


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a folder holds. ``state`` is None exactly where there are errors; warnings leave it be.

    An empty state comes out of no folder whatever: without manifests there is an error.
    """

    state: DesiredState | None
    diagnostics: tuple[Diagnostic, ...]
    files: int
    documents: int


@dataclass(slots=True)
class _Run:
    findings: list[Finding] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    wrong: dict[str, set[str]] = field(default_factory=dict)
    complete: bool = True
    documents: int = 0
    bytes: int = 0


def load(root: Path, cloud: Cloud) -> LoadResult:
    """Reads, validates and resolves the manifests at and below ``root`` (or the one file). Never raises for bad input.

    Diagnostics are sorted by place and hold every mistake that could be told. Paths begin with ``root`` as given.
    """
    run = _Run()
    with without_cycle_collection():
        files = find_files(root, run.findings)
        reader = DocumentReader()
        for path in files:
            _read(path, reader, run)
            if run.bytes > MOST_BYTES_TOGETHER:
                run.findings.append(too_much(root))
                run.complete = False
                break
        if not run.documents and not _holds_errors(run.findings):
            run.findings.append(_no_manifests(root))
        wrong = {kind: frozenset(names) for kind, names in run.wrong.items()}
        state, findings = resolve(run.manifests, wrong, cloud, complete=run.complete)
    diagnostics = sorted_diagnostics(locate(dict.fromkeys([*run.findings, *findings])))
    return LoadResult(None if has_errors(diagnostics) else state, diagnostics, len(files), run.documents)


def _holds_errors(findings: list[Finding]) -> bool:
    return any(finding.severity is Severity.ERROR for finding in findings)


def _read(path: Path, reader: DocumentReader, run: _Run) -> None:
    content = read_file(path, run.findings)
    if content is None:
        run.complete = False
        return
    run.bytes += len(content)
    before, documents = len(run.findings), run.documents
    may_be_fillable = PLACEHOLDER_MARK.encode() in content
    unread: list[Finding] = []
    for document in reader.read(str(path), content, unread):
        run.documents += 1
        refusals = check_document(document)
        run.findings += refusals
        if document.sound and not refusals:
            run.manifests.append(take_in(document, may_be_fillable=may_be_fillable))
        else:
            _remember_name(document.data, run)
        if len(run.findings) - before + len(unread) > MOST_FINDINGS:
            unread.append(too_many(str(path), "file", MOST_FINDINGS))
            run.complete = False
            break
    run.findings += unread
    run.complete &= STOPPING.isdisjoint(finding.code for finding in unread)
    if len(run.findings) == before and run.documents == documents:
        run.findings.append(_empty(path))


def _remember_name(data: object, run: _Run) -> None:
    """Names of refused documents are known: a reference to one is no mistake of its own."""
    if isinstance(data, dict) and isinstance(metadata := data.get("metadata"), dict):
        kind, name = data.get("kind"), metadata.get("name")
        if isinstance(kind, str) and kind in MANIFEST_KINDS and isinstance(name, str):
            run.wrong.setdefault(kind, set()).add(name)
            return
    run.complete = False


def _empty(path: Path) -> Finding:
    return Finding(
        code="empty-file",
        whole=True,
        summary="The file holds no manifest.",
        place=Location(str(path)),
        remedy="Write one, or delete the file.",
        severity=Severity.WARNING,
    )


def _no_manifests(root: Path) -> Finding:
    return Finding(
        code="no-manifests",
        whole=True,
        summary="There is no manifest here.",
        place=Location(str(root)),
        expected="files that end in .yaml or .yml, with at least one manifest",
        remedy="Check the path. An empty folder is never taken for an empty fleet.",
    )


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """No cyclic garbage arises here, and looking for it among millions of young objects costs a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
