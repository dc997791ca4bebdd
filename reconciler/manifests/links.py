"""Link manifests to links: filled in, with the tables of every included list, and the words of a spec as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.manifests.filling import fill
from reconciler.manifests.findings import MOST_FINDINGS, Finding
from reconciler.manifests.intake import Manifest, TableSettings, settings_of, tables_of
from reconciler.manifests.link_rules import check_type
from reconciler.manifests.merging import check_tables, find_duplicates, merge_tables
from reconciler.manifests.references import References
from reconciler.model.desired import (
    Destination,
    DestinationType,
    Relink,
    SynapseLink,
    Table,
    TableReplacement,
)

_DEFAULTS = TableSettings()


@dataclass(slots=True)
class LinkResolver:
    """Makes the links of one run. Links that include the same lists, and need no filling, share their tables."""

    references: References
    findings: list[Finding]
    included: set[str] = field(default_factory=set)
    _lists: dict[tuple[str, str], tuple[Table, ...] | None] = field(default_factory=dict)
    _list_ids: set[int] = field(default_factory=set)
    _merged: dict[tuple[tuple[int, ...], TableSettings], tuple[Table, ...]] = field(default_factory=dict)

    def resolve(self, manifest: Manifest) -> SynapseLink | None:
        """The link, None where a finding stands in its way."""
        find = self.references.find
        environment = find("Environment", manifest.spec["environment"], manifest.place("spec", "environment"))
        lists = [
            find("ExportedTables", name, manifest.place("spec", "include", index))
            for index, name in enumerate(manifest.spec.get("include", ()))
        ]
        self.included.update(manifest.spec.get("include", ()))
        if environment is None or None in lists:
            return None
        spec, own = self._own(manifest, environment)
        if spec is None:
            return None
        groups = [own, *(self._tables_of_list(item, environment) for item in lists if item is not None)]
        if None in groups:
            return None
        tables = self._merge([group for group in groups if group], settings_of(spec.get("tableDefaults", {})))
        self._check(manifest, spec, tables)
        return _link(manifest, spec, tables)

    def _own(
        self, manifest: Manifest, environment: Manifest
    ) -> tuple[Mapping[str, Any] | None, tuple[Table, ...] | None]:
        """The spec without placeholders, and the link's own tables."""
        if not manifest.fillable:
            tables = tuple(manifest.tables)
            find_duplicates(tables, self.findings)
            return manifest.spec, tables
        filled = fill(manifest, environment)
        self.findings += filled.findings
        if filled.spec is None:
            return None, None
        tables = tuple(tables_of(filled.spec.get("tables", ()), manifest.places, _DEFAULTS))
        find_duplicates(tables, self.findings)
        return filled.spec, tables

    def _tables_of_list(self, manifest: Manifest, environment: Manifest) -> tuple[Table, ...] | None:
        """A list's tables; filled in from the environment where it has placeholders."""
        key = (manifest.name, environment.name if manifest.fillable else "")
        if key in self._lists:
            return self._lists[key]
        tables: tuple[Table, ...] | None = tuple(manifest.tables)
        if manifest.fillable:
            filled = fill(manifest, environment)
            self.findings += filled.findings
            tables = None
            if filled.spec is not None:
                defaults = settings_of(filled.spec.get("tableDefaults", {}))
                tables = tuple(tables_of(filled.spec["tables"], manifest.places, defaults))
        if tables is not None:
            find_duplicates(tables, self.findings)
        self._lists[key] = tables
        self._list_ids.add(id(tables))
        return tables

    def _merge(self, groups: list[tuple[Table, ...] | None], defaults: TableSettings) -> tuple[Table, ...]:
        present = [group for group in groups if group is not None]
        # The tuples of lists live in self._lists for the run, so their ids stay theirs. A link's own tables are its
        # alone: merges with them are not kept.
        key = (tuple(map(id, present)), defaults)
        shared = self._list_ids.issuperset(key[0])
        if shared and key in self._merged:
            return self._merged[key]
        tables = merge_tables(present, defaults, self.findings)
        check_tables(tables, self.findings)
        if shared:
            self._merged[key] = tables
        return tables

    def _check(self, manifest: Manifest, spec: Mapping[str, Any], tables: tuple[Table, ...]) -> None:
        if spec.get("state") == "absent":
            return
        if not tables:
            self.findings.append(
                Finding(
                    code="no-tables",
                    summary=f"Link '{manifest.name}' exports no table.",
                    place=manifest.place("spec", key=True),
                    expected="tables, or include with lists that have some",
                    remedy="Name tables. A link that should go needs state: absent.",
                )
            )
        interval = minutes(spec["interval"]) if "interval" in spec else None
        self.findings += check_type(manifest, spec, tables, interval)
        self._check_absent_tables(manifest, spec, tables)

    def _check_absent_tables(self, manifest: Manifest, spec: Mapping[str, Any], tables: tuple[Table, ...]) -> None:
        absent = spec.get("absentTables", ())
        if not absent:
            return
        present = {table.name: table for table in tables}
        first: dict[str, int] = {}
        again: list[int] = []
        for index, name in enumerate(absent):
            if first.setdefault(name, index) != index:
                again.append(index)
            elif (table := present.get(name)) is not None:
                self.findings.append(
                    Finding(
                        code="table-present-and-absent",
                        summary=f"Table '{name}' is to be exported, and to be absent.",
                        place=manifest.place("spec", "absentTables", index),
                        found=name,
                        remedy="Delete one of the two lines.",
                        related=(table.location,) if table.location else (),
                    )
                )
        self.findings += [
            Finding(
                code="duplicate-table",
                summary=f"Table '{absent[index]}' is listed twice.",
                place=manifest.place("spec", "absentTables", index),
                found=absent[index],
                remedy="Delete one of the two lines.",
                related=(manifest.place("spec", "absentTables", first[absent[index]]),),
            )
            for index in again[:MOST_FINDINGS]
        ]


def _link(manifest: Manifest, spec: Mapping[str, Any], tables: tuple[Table, ...]) -> SynapseLink:
    absent = spec.get("state") == "absent"
    return SynapseLink(
        name=manifest.name,
        environment=spec["environment"],
        destination=_destination(spec["destination"]),
        location=manifest.location,
        tables=tables,
        absent_tables=tuple(sorted(set(spec.get("absentTables", ())))),
        interval=minutes(spec["interval"]) if "interval" in spec else None,
        attachments=spec.get("attachments"),
        files=spec.get("files"),
        enable_change_tracking=spec.get("changeTracking") == "enable",
        remove_undeclared_tables=spec.get("undeclaredTables") == "remove",
        replace_tables=tuple(
            TableReplacement(entry["table"], dict(entry["from"]), dict(entry["to"]))
            for entry in sorted(spec.get("replaceTables", ()), key=lambda entry: str(entry["table"]))
        ),
        service_roles=spec.get("serviceRoles"),
        snapshots=_whole(spec.get("snapshots")),
        suspend=spec.get("suspend"),
        add_at_most=_whole(spec.get("addAtMost")),
        relink=Relink(spec.get("relink", Relink.REFUSE)),
        clean_up_pool=spec.get("cleanUpPool"),
        absent=absent,
        delete_data=spec["data"] == "delete" if absent else None,
        labels=manifest.labels,
    )


def _destination(written: Mapping[str, Any]) -> Destination:
    """Resource ids and GUIDs in lower case: Azure does not tell their cases apart."""

    def lower(name: str) -> str | None:
        value = written.get(name)
        return None if value is None else str(value).lower()

    return Destination(
        type=DestinationType(written["type"]),
        storage_account=lower("storageAccount"),
        container=written.get("container"),
        workspace=lower("workspace"),
        spark_pool=written.get("sparkPool"),
        fabric_workspace=lower("fabricWorkspace"),
        fabric_connection=lower("fabricConnection"),
    )


def _whole(number: float | None) -> int | None:
    """A number that the schema calls whole: YAML and a filled-in value may write it as 5.0."""
    return None if number is None else int(number)


def minutes(interval: str) -> int:
    """``15m`` as 15, ``2h`` as 120."""
    return int(interval[:-1]) * (60 if interval.endswith("h") else 1)
