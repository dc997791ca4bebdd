"""What one valid document becomes on its own, before names are looked up and lists merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.manifests.documents import Document
from reconciler.manifests.findings import Path, Place
from reconciler.model.desired import Partition, Table, TableSource
from reconciler.model.diagnostic import Location

PLACEHOLDER_MARK = "${"
_PARTITIONS = {member.value: member for member in Partition}
_SOURCES = {member.value: member for member in TableSource}


@dataclass(slots=True)
class Manifest:
    """A document that keeps to its schema. ``tables`` are those of ``spec.tables``, with ``tableDefaults`` unless
    it includes lists.

    ``fillable`` tells whether ``${`` occurs in its spec; ``spec`` then still holds the tables as written, and otherwise
    everything but them: fleets hold the same few names many thousand times.
    """

    file: str
    index: int
    kind: str
    name: str
    labels: Mapping[str, str]
    location: Location
    spec: Mapping[str, Any]
    tables: Sequence[Table]
    places: Sequence[Location]
    fillable: bool

    @property
    def order(self) -> tuple[str, int]:
        """Sorts by file, then by document."""
        return (self.file, self.index)

    def place(self, *path: str | int, key: bool = False) -> Place:
        """A place in this manifest."""
        return Place(self.file, self.index, path, key)


@dataclass(frozen=True, slots=True)
class TableSettings:
    """Settings that tables take where they don't say their own."""

    append_only: bool | None = None
    partition: Partition | None = None
    record_count_per_block: int | None = None


def take_in(document: Document, *, may_be_fillable: bool) -> Manifest:
    """The manifest in a document that the schema of its kind accepts."""
    data, spec = document.data, document.data["spec"]
    fillable = may_be_fillable and any(PLACEHOLDER_MARK in text for _, text in texts(spec))
    tables: Sequence[Table] = ()
    places: Sequence[Location] = ()
    if fillable:
        places = document.tables
    elif "tables" in spec:
        # The defaults of a link come after those of the lists that it includes. Without lists, they can be taken now.
        defaults = TableSettings() if spec.get("include") else settings_of(spec.get("tableDefaults", {}))
        tables = tables_of(spec["tables"], document.tables, defaults)
        spec = {key: value for key, value in spec.items() if key != "tables"}
    metadata = data["metadata"]
    return Manifest(
        document.file,
        document.index,
        data["kind"],
        metadata["name"],
        dict(sorted(metadata.get("labels", {}).items())),
        document.location,
        spec,
        tables,
        places,
        fillable,
    )


def settings_of(mapping: Mapping[str, Any]) -> TableSettings:
    """The settings in a mapping of the form of ``tableDefaults``, without placeholders."""
    block = mapping.get("recordCountPerBlock")
    return TableSettings(
        mapping.get("appendOnly"),
        _PARTITIONS[mapping["partition"]] if "partition" in mapping else None,
        None if block is None else int(block),
    )


def tables_of(entries: Sequence[Any], places: Sequence[Location], defaults: TableSettings) -> list[Table]:
    """Tables as ``spec.tables`` lists them, without placeholders, each with its place in the file."""
    append_only, partition, block = defaults.append_only, defaults.partition, defaults.record_count_per_block
    tables = []
    for entry, location in zip(entries, places, strict=True):
        if entry.__class__ is str:
            tables.append(Table(entry, TableSource.DATAVERSE, append_only, partition, block, location))
            continue
        own_block = entry.get("recordCountPerBlock", block)
        tables.append(
            Table(
                entry["name"],
                _SOURCES[entry["source"]] if "source" in entry else TableSource.DATAVERSE,
                entry.get("appendOnly", append_only),
                _PARTITIONS[entry["partition"]] if "partition" in entry else partition,
                None if own_block is None else int(own_block),
                location,
            )
        )
    return tables


def texts(value: Any, path: Path = ()) -> list[tuple[Path, str]]:
    """Every text in data, with its path; names of fields are none."""
    found: list[tuple[Path, str]] = []
    pending: list[tuple[Path, Any]] = [(path, value)]
    while pending:
        here, item = pending.pop()
        if isinstance(item, str):
            found.append((here, item))
        elif isinstance(item, dict):
            pending += [((*here, key), child) for key, child in item.items()]
        elif isinstance(item, list):
            pending += [((*here, index), child) for index, child in enumerate(item)]
    return found
