"""A manifest as YAML text, with comments where a choice was made. Pure.

PyYAML writes no comments. Manifests need little of YAML, and that little is written here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from reconciler.manifests.findings import Path
from reconciler.manifests.scalars import read_plain
from reconciler.model.redaction import without_secrets

Comments = Mapping[tuple[str | int | None, ...], Sequence[str]]
"""Sentences by the path of what they stand above. An entry of a list is named by its text, or its ``name``; None at
the end of a path means: after the last field there."""

# What is text to every reader without quotes, as far as manifests need it: names, addresses, resource ids.
_PLAIN = re.compile(r"[A-Za-z0-9_/](?:[A-Za-z0-9_./() -]*[A-Za-z0-9_./()-]|)|https://[a-z0-9.-]+", re.ASCII)
_PLACEHOLDER = re.compile(r"\$\{values\.[A-Za-z][A-Za-z0-9_]{0,62}\}", re.ASCII)
_COMMAND = re.compile(r"#(?=#)")
_WIDTH = 110


def manifest_text(manifest: Mapping[str, Any], comments: Comments | None = None) -> str:
    """The text of a document made of mappings, lists, texts, integers and booleans. Whatever its texts hold, reading
    it back gives the same data, and no comment becomes more than a comment."""
    known = comments or {}
    lines = [*_commented(known.get((), ()), ""), *_mapping(manifest, known, (), "")]
    return "\n".join(lines) + "\n"


def _mapping(data: Mapping[str, Any], comments: Comments, path: Path, indent: str) -> Iterator[str]:
    for key, value in data.items():
        here = (*path, key)
        yield from _commented(comments.get(here, ()), indent)
        if isinstance(value, Mapping) and value:
            yield f"{indent}{key}:"
            yield from _mapping(value, comments, here, indent + "  ")
        elif isinstance(value, list) and value:
            yield f"{indent}{key}:"
            for entry in value:
                yield from _entry(entry, comments, here, indent)
        else:
            yield f"{indent}{key}: {_scalar(value)}"
    yield from _commented(comments.get((*path, None), ()), indent)


def _entry(entry: Any, comments: Comments, path: Path, indent: str) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield from _commented(comments.get((*path, str(entry)), ()), indent)
        yield f"{indent}- {_scalar(entry)}"
        return
    yield from _commented(comments.get((*path, str(entry.get("name", ""))), ()), indent)
    first, *rest = _mapping(entry, {}, (), indent + "  ")
    yield f"{indent}- {first.lstrip()}"
    yield from rest


def _commented(sentences: Iterable[str], indent: str) -> Iterator[str]:
    for sentence in sentences:
        room = max(_WIDTH - len(indent), 40)
        for line in textwrap.wrap(one_line(sentence), room, break_long_words=False, break_on_hyphens=False) or [""]:
            yield f"{indent}# {line}".rstrip()


def one_line(text: str) -> str:
    """The text without secrets, without anything that ends a line or can't be seen, and without what begins a command
    to the runner of a pipeline that shows the file: names come from services and other files."""
    shown = _COMMAND.sub("# ", without_secrets(text))
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in shown)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        return "[]" if isinstance(value, list) else "{}"
    plain = _PLAIN.fullmatch(value) and isinstance(read_plain(value), str)
    if plain or _PLACEHOLDER.fullmatch(value):
        return value
    if value.isascii() and value.isprintable() and "##" not in value:
        return "'" + value.replace("'", "''") + "'"
    # Escapes whatever readers of YAML refuse, or take for a line's end.
    return str(yaml.safe_dump(value, default_style='"', width=1 << 30)).strip().replace("##", "\\x23\\x23")
