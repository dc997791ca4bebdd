"""What documents look like, without what stands in them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.live.probe.material import FINOPS, LAKES, PROFILES, Document, Material, objects
from reconciler.live.probe.report import Field, Form, Section, Unread, printable
from reconciler.live.probe.vocabulary import CHOICES, ENTITY_SETS, FIELDS, NUMBERS, WORDED, WORDS
from reconciler.live.times import moment

_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ANNOTATION = re.compile(r"@(?:odata|microsoft)\.", re.IGNORECASE)
_ZONE = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")


def sections(materials: Sequence[Material]) -> tuple[Section, ...]:
    """The shapes of all documents that were read, by kind."""
    return tuple(_section(name, materials) for name in FIELDS)


def _section(name: str, materials: Sequence[Material]) -> Section:
    documents = [document for material in materials for document in _documents(name, material)]
    values: dict[str, list[Any]] = {}
    for document in documents:
        for key, value in document.items():
            if not _ANNOTATION.search(key):
                values.setdefault(key, []).append(value)
    known = FIELDS[name]
    fields = [_field(key, found, known=key in known) for key, found in values.items() if key in known or printable(key)]
    source = name.partition(".")[0]
    unread: Counter[Unread] = Counter(material.unread[source] for material in materials if source in material.unread)
    return Section(
        name=name,
        documents=len(documents),
        fields=tuple(sorted(fields, key=lambda each: (not each.known, each.name))),
        unnamed=len(values) - len(fields),
        unread=dict(sorted(unread.items())),
    )


def _documents(name: str, material: Material) -> Iterator[Document]:
    if name in ENTITY_SETS:
        return material.rows(name)
    source, _, inside = name.partition(".")
    found: Mapping[str, Iterable[Any]] = {
        LAKES: material.lakes or (),
        PROFILES: material.profiles.values(),
        FINOPS: material.finops or (),
    }
    return _within(objects(list(found[source])), inside.split(".") if inside else [])


def _within(documents: Iterator[Document], path: Sequence[str]) -> Iterator[Document]:
    """What stands below a path of fields: objects, and the objects of lists."""
    for document in documents:
        if not path:
            yield document
            continue
        value = document.get(path[0])
        yield from _within(objects(value if isinstance(value, list) else [value]), path[1:])


def _field(name: str, values: Sequence[Any], *, known: bool) -> Field:
    numbers = {value for value in values if isinstance(value, int) and not isinstance(value, bool)}
    words = {value for value in values if isinstance(value, str)}
    return Field(
        name=name,
        known=known,
        forms=frozenset(map(_form, values)),
        numbers=frozenset(numbers & NUMBERS if known and name in CHOICES else ()),
        words=frozenset(words & WORDS if known and name in WORDED else ()),
    )


def _form(value: Any) -> Form:
    if isinstance(value, str):
        return _form_of_text(value)
    kinds = {type(None): Form.NULL, bool: Form.BOOLEAN, int: Form.INTEGER, float: Form.DECIMAL, list: Form.LIST}
    return kinds.get(type(value), Form.OBJECT)


def _form_of_text(value: str) -> Form:
    if not value:
        return Form.EMPTY
    if _ID.fullmatch(value):
        return Form.ID
    if len(value) > 9 and (moment(value) or value.startswith("0001-01-01")):
        return Form.TIME if _ZONE.search(value) else Form.ZONELESS
    return Form.SHORT if len(value) <= 16 else Form.MEDIUM if len(value) <= 128 else Form.LONG
