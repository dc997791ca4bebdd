"""Findings to diagnostics: each place is looked up in its file, and the source line is shown."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from reconciler.manifests.documents import BYTE_ORDER_MARK, LINE_BREAK
from reconciler.manifests.files import read_file
from reconciler.manifests.findings import Finding, Path, Place
from reconciler.manifests.nodes import TooDeep, compose
from reconciler.model.diagnostic import Diagnostic, Location

MAX_EXCERPT = 240


def locate(findings: Iterable[Finding]) -> list[Diagnostic]:
    """Diagnostics with line, column and source line. A file is read again at most once, and one at a time is held."""
    pending = list(findings)
    by_file: dict[str, list[Place | Location]] = {}
    for finding in pending:
        for place in () if finding.whole else (finding.place, *finding.related):
            if place is not None:
                by_file.setdefault(place.file, []).append(place)
    found: dict[Place | Location, _Found] = {}
    for file, places in by_file.items():
        source = _Source.read(file)
        found.update((place, source.find(place)) for place in places)
    return [_diagnostic(finding, found) for finding in pending]


def with_excerpts(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics of a plan, those that speak of a table with its source line, where its file still has that line."""
    sources: dict[str, _Source] = {}
    shown = []
    for diagnostic in diagnostics:
        place, excerpt = diagnostic.location, diagnostic.excerpt
        if place and diagnostic.related and excerpt is None:
            if place.file not in sources:
                sources[place.file] = _Source.read(place.file)
            excerpt = sources[place.file].find(place).excerpt
        shown.append(replace(diagnostic, excerpt=excerpt))
    return tuple(shown)


@dataclass(frozen=True, slots=True)
class _Found:
    location: Location | None
    excerpt: str | None
    text: str | None


def _diagnostic(finding: Finding, found: dict[Place | Location, _Found]) -> Diagnostic:
    place = _found(finding, found)
    remedy = finding.remedy
    if finding.quote_source and place.text is not None:
        remedy = f"Write it in quotes: '{place.text}'."
    return Diagnostic(
        severity=finding.severity,
        code=finding.code,
        summary=finding.summary,
        location=place.location,
        found=finding.found,
        expected=finding.expected,
        nearest=finding.nearest,
        remedy=remedy,
        excerpt=place.excerpt,
        related=tuple(sorted({where for item in finding.related if (where := found[item].location) is not None})),
    )


def _found(finding: Finding, found: dict[Place | Location, _Found]) -> _Found:
    if finding.whole or finding.place is None:
        return _Found(Location(finding.place.file) if finding.place else None, None, None)
    return found[finding.place]


@dataclass(slots=True)
class _Source:
    """A file, read again: its lines and the nodes of its documents."""

    file: str
    lines: list[str] = field(default_factory=list)
    documents: list[Node] = field(default_factory=list)

    @classmethod
    def read(cls, file: str) -> _Source:
        content = read_file(FilePath(file), [])
        if content is None:
            return cls(file)
        content = content.removeprefix(BYTE_ORDER_MARK)
        source = cls(file, LINE_BREAK.split(content.decode(errors="replace")))
        # What can't be composed was reported with its place; the documents before it are there.
        with suppress(yaml.YAMLError, TooDeep):
            source.documents.extend(compose(content))
        return source

    def find(self, place: Place | Location) -> _Found:
        if isinstance(place, Location):
            return _Found(place, self._line(place.line), None)
        if place.document >= len(self.documents):
            return _Found(Location(self.file), self._line(1), None)
        node = _descend(self.documents[place.document], place.path, key=place.key)
        location = Location(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
        return _Found(location, self._line(location.line), node.value if isinstance(node, ScalarNode) else None)

    def _line(self, number: int) -> str | None:
        line = self.lines[number - 1] if number <= len(self.lines) else ""
        return line[:MAX_EXCERPT] or None


def _descend(root: Node, path: Path, *, key: bool) -> Node:
    """The node at a path, or at as much of it as there is."""
    node = shown = root
    for part in path:
        step = _step(node, part)
        if step is None:
            break
        key_node, node = step
        shown = key_node if key else node
    return shown


def _step(node: Node, part: str | int) -> tuple[Node, Node] | None:
    if isinstance(node, MappingNode):
        return next(((key, value) for key, value in node.value if key.value == part), None)
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None
