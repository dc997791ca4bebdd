"""A solution's customizations.xml to the links that it holds, read as what it is: a file from somewhere.

Form: docs/sources.md, Solutions. No entity, document type or external file is ever looked at, and sizes are bounded.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from reconciler.model.diagnostic import Diagnostic, Location, Severity

MOST_BYTES = 64 * 1024 * 1024
MOST_DIRECTORY_BYTES = 4 * 1024 * 1024
_PIECE = 1024 * 1024
_MEMBER = "customizations.xml"
_ROOT = "ImportExportXml"
_LINK = [_ROOT, "msdyn_exporttodatalakeconfigs", "msdyn_exporttodatalakeconfig"]
_NAME, _SCHEMA = "msdyn_name", "msdyn_schema"
# What zipfile is documented to raise for a file that is damaged, encrypted (RuntimeError) or packed by a method that
# Python does not know (NotImplementedError): each becomes one error that names the file.
_UNREADABLE = (OSError, EOFError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)


class _Unsafe(Exception):
    """The document asks for what is never done: a document type, with entities perhaps."""


@dataclass(frozen=True, slots=True)
class SolutionEntry:
    """A link in a solution: its id there, the text of its name, and its schema, which is JSON, parsed."""

    location: Location
    identifier: str
    name: str
    schema: Mapping[str, Any]


@dataclass(slots=True)
class _Found:
    """An element of a link while it is being read: where it and its schema begin, and the text of its children."""

    line: int
    identifier: str
    texts: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


class _Archive(io.FileIO):
    """A ZIP file whose directory is bounded: it is the one part that is read whole, an object for each entry."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Raises BadZipFile for more at once than a directory may have."""
        if size is not None and size > MOST_DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"the directory of the archive has more than {MOST_DIRECTORY_BYTES:,} bytes")
        return super().read(size) or b""


def read_solution(path: Path) -> tuple[list[SolutionEntry], list[Diagnostic]]:
    """The links of a solution's ``customizations.xml``, or of the ZIP file that holds one. Never raises for what is in
    it: the diagnostics say what is wrong, and then the links are not all of them."""
    file, content, problem = _content(path)
    if problem:
        return [], [problem]
    elements, problem = _elements(file, content)
    if problem:
        return [], [problem]
    entries, problems = [], []
    for element in elements:
        entry, problem = _entry(file, element)
        if entry:
            entries.append(entry)
        if problem:
            problems.append(problem)
    return entries, problems


def error(
    location: Location, code: str, summary: str, remedy: str, *, found: str | None = None, expected: str | None = None
) -> Diagnostic:
    """A mistake in a solution."""
    return Diagnostic(Severity.ERROR, code, summary, location=location, remedy=remedy, found=found, expected=expected)


def _content(path: Path) -> tuple[str, bytes, Diagnostic | None]:
    """The name to show, and the bytes of the XML."""
    file = str(path)
    try:
        if zipfile.is_zipfile(path):
            return _member(path)
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except _UNREADABLE as reason:
        return file, b"", _unreadable(file, reason)
    return file, content, _too_large(file) if len(content) > MOST_BYTES else None


def _member(path: Path) -> tuple[str, bytes, Diagnostic | None]:
    file = f"{path}/{_MEMBER}"
    with _Archive(path) as opened, zipfile.ZipFile(opened) as archive:
        member = next((each for each in archive.infolist() if each.filename.lower() == _MEMBER), None)
        if member is None:
            return file, b"", _no_solution(str(path), f"the ZIP file holds no {_MEMBER} at its root")
        with archive.open(member) as stream:
            # What the archive says of sizes may be a lie: only what comes out counts.
            content = bytearray()
            while len(content) <= MOST_BYTES and (piece := stream.read(_PIECE)):
                content += piece
    return file, bytes(content), _too_large(file) if len(content) > MOST_BYTES else None


def _elements(file: str, content: bytes) -> tuple[list[_Found], Diagnostic | None]:
    reader = _Reader()
    try:
        reader.parser.Parse(content, True)
    except _Unsafe:
        return [], error(
            Location(file, reader.parser.CurrentLineNumber),
            "xml-doctype",
            "The file declares a document type, which could make it ask for other files or grow without bound.",
            "Delete the DOCTYPE: exported solutions have none.",
            found="<!DOCTYPE",
        )
    except (expat.ExpatError, LookupError, ValueError) as reason:
        return [], error(
            Location(file, max(reader.parser.ErrorLineNumber, 1), reader.parser.ErrorColumnNumber + 1),
            "xml-syntax",
            "The file is not valid XML.",
            "Export the solution again, or look at this line and the one before.",
            found=expat.ErrorString(reason.code) if isinstance(reason, expat.ExpatError) else str(reason),
        )
    if reader.root != _ROOT:
        return [], _no_solution(file, f"its root is <{reader.root}>")
    if not reader.found:
        return [], _no_solution(file, "it holds no Azure Synapse Link configuration")
    return reader.found, None


class _Reader:
    """Collects the elements of links by their path; all else is passed over."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.root = ""
        self.found: list[_Found] = []
        self._path: list[str] = []

    def _refuse(self, *_declared: object) -> None:
        raise _Unsafe

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        self._path.append(name)
        if self._path == _LINK:
            identifier = attributes.get("msdyn_exporttodatalakeconfigid", "")
            self.found.append(_Found(self.parser.CurrentLineNumber, identifier))
        elif len(self._path) == 4 and self._path[:3] == _LINK:
            self.found[-1].lines.setdefault(name, self.parser.CurrentLineNumber)
            self.found[-1].texts.setdefault(name, [])

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if len(self._path) == 4 and self._path[:3] == _LINK:
            self.found[-1].texts[self._path[3]].append(text)


def _entry(file: str, element: _Found) -> tuple[SolutionEntry | None, Diagnostic | None]:
    place = Location(file, element.line)
    if _SCHEMA not in element.texts:
        return None, error(
            place,
            "missing-field",
            f"A link of the solution has no <{_SCHEMA}>.",
            "Export the solution again: without it nothing is known of the link.",
            found=", ".join(f"<{name}>" for name in element.texts) or "an empty element",
            expected=f"<{_SCHEMA}> with JSON in it",
        )
    line = element.lines[_SCHEMA]
    text = "".join(element.texts[_SCHEMA])
    try:
        schema = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as reason:
        return None, _no_json(Location(file, line + reason.lineno - 1), f"{reason.msg} at character {reason.pos + 1}")
    except (ValueError, RecursionError) as reason:
        return None, _no_json(Location(file, line), str(reason) or type(reason).__name__)
    if not isinstance(schema, dict):
        return None, _no_json(Location(file, line), "a single value or a list")
    name = "".join(element.texts.get(_NAME, ())).strip()
    return SolutionEntry(Location(file, line), element.identifier, name, schema), None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers of JSON keep one of two fields with one name, and not all the same one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {next(name for name in names if names.count(name) > 1)!r} twice")
    return found


def _no_json(place: Location, found: str) -> Diagnostic:
    return error(
        place,
        "json-syntax",
        f"<{_SCHEMA}> of a link holds no JSON object.",
        "Undo what was done to it by hand or script, or export the solution again.",
        found=found,
        expected="a JSON object with StorageAccountName, Entities and the like",
    )


def _no_solution(file: str, found: str) -> Diagnostic:
    return error(
        Location(file),
        "not-a-solution",
        "The file holds no link of a solution.",
        "Add the Azure Synapse Link configuration to the solution (Add existing, Azure Synapse Link config), publish, "
        "and export it again.",
        found=found,
        expected="<" + "><".join(_LINK) + ">",
    )


def _too_large(file: str) -> Diagnostic:
    return error(
        Location(file),
        "too-large",
        "The file is too large.",
        "Put the configuration of the links into a solution of its own, and export that.",
        expected=f"at most {MOST_BYTES:,} bytes",
    )


def _unreadable(file: str, reason: Exception) -> Diagnostic:
    return error(
        Location(file),
        "unreadable-file",
        "The file can't be read.",
        "Check that this user may read it, and that it is an unencrypted solution export.",
        found=str(reason) or type(reason).__name__,
    )
