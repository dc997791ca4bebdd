from __future__ import annotations

from pathlib import Path

from reconciler.manifests.explain import explain
from reconciler.manifests.findings import Finding, Place
from reconciler.manifests.places import MAX_EXCERPT, locate
from reconciler.manifests.schemas import schema
from reconciler.model.diagnostic import Location


def at(file: Path, *path: str | int, key: bool = False, document: int = 0) -> tuple[int, int]:
    (found,) = locate([Finding("code", "Summary.", Place(str(file), document, path, key))])
    assert found.location is not None
    return (found.location.line, found.location.column)


def test_places(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("x: 1\n---\na:\n  b: [1, {c: 2}]\n")
    assert at(file, "a", "b", 1, "c", document=1) == (4, 14)
    assert at(file, "a", "b", 1, "c", key=True, document=1) == (4, 11)
    assert at(file, "a", "b", key=True, document=1) == (4, 3)
    assert at(file, "a", "nothing", 3, document=1) == (4, 3)
    assert at(file, "a", "b", 7, document=1) == (4, 6)
    assert at(file, document=1) == (3, 1)


def test_a_file_that_changed_or_went_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    assert at(file, "a") == (1, 1)
    file.write_text("a: [")
    assert at(file, "a") == (1, 1)
    (found,) = locate([Finding("code", "Summary.", Location(str(file), 9, 1), related=(Location(str(file), 8, 1),))])
    assert found.excerpt is None


def test_excerpts_are_cut(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a: " + "x" * 5000)
    (found,) = locate([Finding("code", "Summary.", Location(str(file)))])
    assert found.excerpt is not None
    assert len(found.excerpt) == MAX_EXCERPT


def test_a_finding_without_a_place() -> None:
    (found,) = locate([Finding("code", "Summary.")])
    assert found.location is None


def test_data_that_is_accepted_has_nothing_to_explain() -> None:
    assert explain("Environment", schema("Environment")["examples"][0], "a.yaml", 0) == []
