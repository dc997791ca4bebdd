"""The content of a file to its documents: data, and where the entries of ``spec.tables`` stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.reader import ReaderError

from reconciler.manifests.careful import CarefulReading, Doubt
from reconciler.manifests.findings import Finding
from reconciler.manifests.nodes import MAX_DEPTH, TooDeep, compose
from reconciler.manifests.scalars import AmbiguousScalar, PlainKeys, PlainScalars
from reconciler.model.diagnostic import Location

# As libyaml counts them: text after any of these is on the next line.
LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
STOPPING = frozenset({"not-utf8", "control-character", "too-deep", "yaml-syntax", "tab-indentation"})
"""Codes of findings after which a file is not read on: names may stand in the rest."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Document:
    """One document of a file.

    ``tables`` are the places of the entries of ``spec.tables``; nothing else of the nodes is kept.
    ``sound`` is False where the document has been found wrong already.
    """

    file: str
    index: int
    data: Any
    location: Location
    tables: Sequence[Location] = ()
    doubts: Sequence[Doubt] = ()
    sound: bool = True


class DocumentReader:
    """Reads files of one run, remembering the scalars that it has met."""

    def __init__(self) -> None:
        self._scalars = PlainScalars()
        self._keys = PlainKeys()

    def read(self, file: str, content: bytes, findings: list[Finding]) -> Iterator[Document]:
        """The documents up to the first mistake in YAML itself, which is added to the findings. Never raises."""
        content = content.removeprefix(BYTE_ORDER_MARK)
        if (undecodable := _undecodable(file, content)) is not None:
            findings.append(undecodable)
            return
        # Anchors and tags need more care than the quick reading takes. Both are rare; in text they only cost time.
        careful = b"&" in content or b"!" in content
        try:
            for index, node in enumerate(compose(content)):
                if isinstance(node, ScalarNode) and not node.value and not node.style:
                    continue
                yield self._document(file, index, node, findings, careful=careful)
        except TooDeep as error:
            findings.append(_too_deep(file, error))
        except yaml.YAMLError as error:
            findings.append(_syntax(file, content, error))

    def _document(self, file: str, index: int, node: Node, findings: list[Finding], *, careful: bool) -> Document:
        document = Document(
            file,
            index,
            None,
            Location(file, node.start_mark.line + 1, node.start_mark.column + 1),
            _table_places(file, node),
        )
        if not careful:
            try:
                document.data = self._value(node)
            except (AmbiguousScalar, _Irregular):
                pass
            else:
                return document
        reading = CarefulReading(file)
        document.data = reading.read(node)
        document.doubts = reading.doubts
        document.sound = not reading.findings and not reading.doubts
        findings += reading.findings
        return document

    def _value(self, node: Node) -> Any:
        """The quick reading: raises for whatever is not plainly right, which is then read carefully."""
        if node.__class__ is ScalarNode:
            return node.value if node.style else self._scalars[node.value]
        if node.__class__ is SequenceNode:
            return [self._value(item) for item in node.value]
        scalars, keys, result = self._scalars, self._keys, {}
        for key, value in node.value:
            if key.__class__ is not ScalarNode:
                raise _Irregular
            name = key.value if key.style else keys[key.value]
            if value.__class__ is ScalarNode:
                result[name] = value.value if value.style else scalars[value.value]
            else:
                result[name] = self._value(value)
        if len(result) != len(node.value):
            raise _Irregular
        return result


class _Irregular(Exception):
    """Duplicate keys, or keys that are no scalars."""


def _table_places(file: str, node: Node) -> Sequence[Location]:
    tables = _field(_field(node, "spec"), "tables")
    if not isinstance(tables, SequenceNode):
        return ()
    return [Location(file, mark.line + 1, mark.column + 1) for mark in [item.start_mark for item in tables.value]]


def _field(node: Node | None, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _undecodable(file: str, content: bytes) -> Finding | None:
    try:
        content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        return Finding(
            code="not-utf8",
            summary="The file is not UTF-8.",
            place=_location_after(file, before),
            found="UTF-16" if wide else f"the byte 0x{content[error.start]:02x}",
            expected="UTF-8",
            remedy="Save the file as UTF-8. Nothing of it was read.",
        )
    return None


def _too_deep(file: str, error: TooDeep) -> Finding:
    return Finding(
        code="too-deep",
        summary="The document is nested too deeply.",
        place=Location(file, error.line, error.column),
        expected=f"at most {MAX_DEPTH} levels",
        remedy="Manifests need few levels: look for brackets that are not closed. The rest of the file was not read.",
    )


def _syntax(file: str, content: bytes, error: yaml.YAMLError) -> Finding:
    if isinstance(error, ReaderError):
        before = content[: int(error.position)].decode(errors="replace")
        return Finding(
            code="control-character",
            summary="The file holds a character that YAML does not allow.",
            place=_location_after(file, before),
            found=f"U+{ord(error.character) if isinstance(error.character, str) else error.character:04X}",
            remedy="Delete it. The rest of the file was not read.",
        )
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    line = _line(content, place.line)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Finding(
            code="tab-indentation",
            summary="The line is indented with a tab.",
            place=Location(file, place.line, line.index("\t") + 1),
            expected="spaces",
            remedy="Indent with spaces: YAML does not allow tabs there. The rest of the file was not read.",
        )
    remedy = "Look at this line and the one before: indentation, colons, quotes and brackets."
    if "${" in line:
        remedy = "Between braces or brackets a placeholder has to be quoted: '${values.name}'."
    parts = (getattr(error, "context", None), getattr(error, "problem", None))
    return Finding(
        code="yaml-syntax",
        summary="The file is not valid YAML.",
        place=place,
        found=", ".join(part for part in parts if part) or str(error),
        remedy=f"{remedy} The rest of the file was not read.",
    )


def _line(content: bytes, number: int) -> str:
    lines = LINE_BREAK.split(content.decode())
    return lines[number - 1] if number <= len(lines) else ""


def _location_after(file: str, before: str) -> Location:
    lines = LINE_BREAK.split(before)
    return Location(file, len(lines), len(lines[-1]) + 1)
