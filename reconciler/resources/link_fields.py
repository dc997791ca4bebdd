"""A link's fields, side by side: what differs, what can't be changed, what can't be known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.model.canonical import JsonValue
from reconciler.model.change import FieldChange
from reconciler.model.desired import DestinationType, Partition, Scalar, SynapseLink, Table
from reconciler.model.live import LiveLink, LiveTable


def setting_differences(link: SynapseLink, live: LiveLink) -> list[FieldChange]:
    """Managed settings whose live value is another one. A value that can't be read is not a difference."""
    desired = {name: value for name, value in _settings(link).items() if value is not None}
    current = _settings(live)
    wanted = {name: value for name, value in desired.items() if current[name] is not None}
    found = {name: current[name] for name in wanted}
    if wanted == found:
        return []
    from deepdiff import DeepDiff  # a tenth of a second, paid only where something differs

    changed = DeepDiff(found, wanted, view="tree")["values_changed"]
    return sorted(
        (_setting_field(str(item.path(output_format="list")[0]), item.t1, item.t2, live) for item in changed),
        key=lambda field: field.path,
    )


def _setting_field(name: str, before: JsonValue, after: JsonValue, live: LiveLink) -> FieldChange:
    return FieldChange(name, before, after, sign_in=name in _shown_by_sign_in(live))


def _shown_by_sign_in(live: LiveLink) -> set[str]:
    return {"interval"} if live.rows_alone.interval is None else set()


def unknown_settings(link: SynapseLink, live: LiveLink) -> list[str]:
    """Managed settings whose live value this identity can't read: apply asserts them when it writes the link."""
    current = _settings(live)
    return [name for name, value in _settings(link).items() if value is not None and current[name] is None]


def asserted_settings(link: SynapseLink, live: LiveLink) -> list[str]:
    """Managed settings that a write of the link asserts, whoever writes: those whose live value rows don't tell; all
    where the stored profile was never activated: rows may show the one that runs."""
    unseen = {*unknown_settings(link, live), *_shown_by_sign_in(live)}
    return [
        name for name, value in _settings(link).items() if value is not None and (name in unseen or not live.activated)
    ]


def unproven_differences(link: SynapseLink, live: LiveLink) -> list[FieldChange]:
    """Managed settings that no published call writes, and whose live value is another one."""
    current = _unproven_settings_of(live)
    return [
        FieldChange(name, current[name], value)
        for name, value in unproven_settings(link).items()
        if current[name] not in (None, value)
    ]


def unseen_settings(link: SynapseLink, live: LiveLink) -> list[str]:
    """Managed settings that no published call writes, and whose live value this identity can't read."""
    current = _unproven_settings_of(live)
    return [name for name in unproven_settings(link) if current[name] is None]


def unproven_settings(link: SynapseLink) -> dict[str, int | bool]:
    """What a link declares that no published call writes, and that no creation can bring therefore."""
    found = {"snapshots": link.snapshots, "suspend": link.suspend}
    return {name: value for name, value in found.items() if value is not None}


def _unproven_settings_of(live: LiveLink) -> dict[str, int | bool | None]:
    return {"snapshots": live.snapshots, "suspend": live.suspended}


def destination_differences(link: SynapseLink, live: LiveLink) -> list[FieldChange]:
    """Parts of the destination that differ. None of them can be changed in place.

    A container or Fabric workspace that can't be read is not a difference; a Fabric connection never can.
    """
    desired = link.destination
    found = [FieldChange("destination.type", live.destination_type.value, desired.type.value)]
    if desired.container and live.container:
        found.append(FieldChange("destination.container", live.container, desired.container))
    if desired.type is DestinationType.FABRIC:
        if live.fabric_workspace and live.fabric_workspace != desired.fabric_workspace:
            found.append(FieldChange("destination.fabricWorkspace", live.fabric_workspace, desired.fabric_workspace))
    elif _last(live.workspace) != _last(desired.workspace):
        found.append(FieldChange("destination.workspace", live.workspace, desired.workspace))
    return [field for field in found if field.before != field.after]


DEFAULT_BLOCK_SIZE = 125


@dataclass(frozen=True, slots=True)
class TableConflict:
    """A linked table whose settings can't be changed in place."""

    table: Table
    before: Mapping[str, Scalar]
    after: Mapping[str, Scalar]

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """The settings that differ."""
        return tuple(
            FieldChange(f"tables[{self.table.name}].{name}", self.before[name], value)
            for name, value in self.after.items()
        )


def table_conflict(table: Table, live: LiveTable, *, heeded: bool = True) -> TableConflict | None:
    """The managed settings of a linked table that differ and are final, None without any.

    ``heeded`` is False for a link of a type that takes no notice of how its tables are written.
    """
    wanted: dict[str, Scalar] = {"source": table.source.value}
    if heeded and table.append_only is not None:
        wanted["appendOnly"] = table.append_only
    if heeded and table.partition is not None:
        wanted["partition"] = table.partition.value
    current: dict[str, Scalar] = {
        "source": live.source.value,
        "appendOnly": live.append_only,
        "partition": live.partition,
    }
    after = {name: value for name, value in wanted.items() if current[name] != value}
    return TableConflict(_kept(table, live), {name: current[name] for name in after}, after) if after else None


def _kept(table: Table, live: LiveTable) -> Table:
    """The table with what it has live where the manifest manages nothing. Not its partition where it becomes
    append-only or stops to be: the service's default for that is another one."""
    append_only = live.append_only if table.append_only is None else table.append_only
    stays = table.partition is None and append_only == live.append_only
    return replace(
        table,
        append_only=append_only,
        partition=Partition(live.partition) if stays else table.partition,
        record_count_per_block=table.record_count_per_block or _own_size(live),
    )


def _own_size(live: LiveTable) -> int | None:
    return live.record_count_per_block if live.record_count_per_block not in (0, DEFAULT_BLOCK_SIZE) else None


def block_size_difference(table: Table, live: LiveTable) -> FieldChange | None:
    """A block size that the manifest sets and that is another one live (inferred: it can be changed in place).

    A live 0 means the service's own default.
    """
    wanted = table.record_count_per_block
    if not wanted or wanted == (live.record_count_per_block or DEFAULT_BLOCK_SIZE):
        return None
    return FieldChange(f"tables[{table.name}].recordCountPerBlock", live.record_count_per_block, wanted)


def table_field(name: str, before: Table | LiveTable | None, after: Table | None) -> FieldChange:
    """A table that comes or goes, with its settings."""
    return FieldChange(f"tables[{name}]", _described(before), _described(after))


def creation_fields(link: SynapseLink) -> tuple[FieldChange, ...]:
    """All that creating a link brings."""
    destination: dict[str, JsonValue] = {
        "type": link.destination.type.value,
        "storageAccount": link.destination.storage_account,
        "container": link.destination.container,
        "workspace": link.destination.workspace,
        "sparkPool": link.destination.spark_pool,
        "fabricWorkspace": link.destination.fabric_workspace,
        "fabricConnection": link.destination.fabric_connection,
    }
    fields = [FieldChange(f"destination.{name}", None, value) for name, value in destination.items() if value]
    fields += [FieldChange(name, None, value) for name, value in _settings(link).items() if value is not None]
    return (*fields, *(table_field(table.name, None, table) for table in link.tables))


def _settings(link: SynapseLink | LiveLink) -> dict[str, int | bool | None]:
    return {"interval": link.interval, "attachments": link.attachments, "files": link.files}


def _described(table: Table | LiveTable | None) -> JsonValue:
    if table is None:
        return None
    settings: dict[str, JsonValue] = {
        "source": table.source.value,
        "appendOnly": table.append_only,
        "partition": str(table.partition) if table.partition else None,
        "recordCountPerBlock": table.record_count_per_block,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _last(resource_id: str | None) -> str:
    return (resource_id or "").rpartition("/")[2].lower()
