"""The Synapse Link service's documents: bodies to create a link, and the one edit that a profile ever gets.

The service replaces a profile whole, and a table left out is dropped with its lake data. So an edit starts from a
fresh document, names what it adds and removes, keeps all the rest, and refuses where the two services disagree on
which tables there are. Bodies: docs/sources.md, The link service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from reconciler.model.canonical import canonical_json
from reconciler.model.cloud import Cloud
from reconciler.model.desired import DestinationType, Environment, Partition, Table, TableSource
from reconciler.model.errors import Refused
from reconciler.model.phrases import counted
from reconciler.resources.link_fields import DEFAULT_BLOCK_SIZE
from reconciler.resources.link_steps import CreateFabricLink, CreateLink, RewriteProfile

Document = dict[str, Any]

WRITABLE = ("Type", "EntitySource", "AppendOnlyMode", "PartitionStrategy", "RecordCountPerBlock", "Settings")
"""The six fields of an entity that an update accepts."""

# Fields that the service moves by itself while links run. Whatever else differs after a write was changed by it.
_VOLATILE = frozenset(
    {
        "LastModified",
        "UpdateTime",
        "ActivationTime",
        "Status",
        "State",
        "SynapseSyncState",
        "LinkedFnOEnvironmentLastObservedValue",
        "LinkedFnOEnvironmentCurrentAOSCount",
        "LinkedFnOEnvironmentAdditionalAOSCount",
        "IsDeDuplicationJobsSubmitted",
    }
)
DEFAULT_INTERVAL = 60


def entity(table: Table) -> Document:
    """A table as the service takes it. Without a setting: in place, by month, 0 rows a block (read as 125)."""
    append_only = bool(table.append_only)
    partition = table.partition or (Partition.YEAR if append_only else Partition.MONTH)
    return {
        "Type": table.name,
        "EntitySource": _source(table),
        "AppendOnlyMode": append_only,
        "PartitionStrategy": partition.value[0].upper() + partition.value[1:],
        "RecordCountPerBlock": table.record_count_per_block or 0,
        "Settings": {},
    }


def _source(table: Table) -> str:
    return "FnO" if table.source is TableSource.FINOPS else "Dataverse"


def lake_body(step: CreateLink, environment: Environment, cloud: Cloud) -> Document:
    """POST lakedetails. Endpoints of a workspace are empty without one.

    Where a Spark pool is named is not published (assumption ``spark-pool-in-lake-body``).
    """
    _, _, subscription, _, group, *_, account = step.storage_account.split("/")
    workspace = (step.workspace or "").rpartition("/")[2]
    suffix = cloud.storage_suffix
    sql_suffix = cloud.synapse_dev_suffix.replace("dev.", "sql.", 1)
    pool = {"SparkPoolName": step.spark_pool} if step.spark_pool else {}
    return pool | {
        "TenantId": environment.tenant_id,
        "SubscriptionId": subscription,
        "ResourceGroupName": group,
        "StorageAccountName": account,
        "BlobEndpoint": f"https://{account}.blob.{suffix}/",
        "FileEndpoint": f"https://{account}.file.{suffix}/",
        "QueueEndpoint": f"https://{account}.queue.{suffix}/",
        "TableEndpoint": f"https://{account}.table.{suffix}/",
        "FileSystemEndpoint": f"https://{account}.dfs.{suffix}/",
        "FileSystemName": step.container,
        "SqlODEndpoint": f"{workspace}-ondemand.{sql_suffix}" if workspace else "",
        "WorkspaceDevEndpoint": f"https://{workspace}.{cloud.synapse_dev_suffix}" if workspace else "",
        "IsDefault": True,
    }


def profile_body(step: CreateLink) -> Document:
    """POST lakeprofile."""
    body: Document = {
        "DestinationType": 4,
        "Entities": [entity(table) for table in step.tables],
        "IsOdiEnabled": False,
        "Name": step.storage_account.rpartition("/")[2],
        "RetryPolicy": {"IntervalInSeconds": 5, "MaxRetryCount": 12},
        "SchedulerIntervalInMinutes": step.interval or DEFAULT_INTERVAL,
        "WriteDeleteLog": True,
    }
    # Inferred: the two switches are fields of the profile as it is read and put back; their place in a create body is
    # not published.
    if step.attachments is not None:
        body["NeedCopyAttachmentsToBlob"] = step.attachments
    if step.files is not None:
        body["NeedCopyFileTypeAttachmentsToBlob"] = step.files
    # Inferred as well (assumption ``create-body-flags``).
    if step.kind is not DestinationType.CSV:
        delta = step.kind is DestinationType.DELTA
        body["EnabledForDeltaLake" if delta else "EnabledForIncrementalUpdate"] = True
        body["IncrementalUpdateTimeInterval"] = step.interval or DEFAULT_INTERVAL
    return body


@dataclass(frozen=True, slots=True)
class OrganizationNames:
    """How Fabric is told which organization is meant: its id, address with a trailing slash, and both its names."""

    organization_id: str
    url: str
    friendly_name: str
    unique_name: str

    @property
    def fields(self) -> Document:
        """The four fields that every call about Fabric carries."""
        return {
            "OrganizationId": self.organization_id,
            "OrganizationUrl": self.url,
            "EnvironmentFriendlyName": self.friendly_name,
            "EnvironmentUniqueName": self.unique_name,
            "IsManagedLake": True,
        }


def fabric_body(step: CreateFabricLink, names: OrganizationNames) -> Document:
    """POST lakehouseArtifacts: creates a Link to Fabric."""
    return names.fields | {
        "Entities": [table.name for table in step.tables],
        "EntityDescriptions": [{"Type": table.name, "EntitySource": _source(table)} for table in step.tables],
        "WorkspaceId": step.workspace,
        "ConnectionId": step.connection,
    }


FABRIC_FOLDER = "cds3_workspace"


def resynchronise_body(folder_id: str, workspace: str, names: OrganizationNames) -> Document:
    """POST lakehouseArtifacts, rebuilding shortcuts. The spelling of the last field is the service's."""
    return names.fields | {
        "LakeId": folder_id,
        "FolderId": folder_id,
        "WorkspaceId": workspace,
        "DatalakefolderUniqueName": FABRIC_FOLDER,
    }


def as_rewrite(step: CreateLink, folder_id: str) -> RewriteProfile:
    """What a creation has left to do where an earlier run got as far as the profile."""
    return RewriteProfile(folder_id, step.tables, (), step.interval, step.attachments, step.files)


def edited(document: Mapping[str, Any], step: RewriteProfile) -> Document:
    """The document to PUT: everything of ``document``, entities cut to the six writable fields, the step's edits in."""
    present = {item["Type"] for item in document["Entities"]}
    kept = [_writable(item) for item in document["Entities"] if item["Type"] not in step.remove]
    blocks = {table.name: table.record_count_per_block for table in step.ensure if table.record_count_per_block}
    for item in kept:
        item["RecordCountPerBlock"] = blocks.get(item["Type"], item.get("RecordCountPerBlock", 0))
    added = [entity(table) for table in step.ensure if table.name not in present]
    result = {**document, "Entities": kept + added}
    if step.interval is not None:
        result["IncrementalUpdateTimeInterval"] = step.interval
    if step.attachments is not None:
        result["NeedCopyAttachmentsToBlob"] = step.attachments
    if step.files is not None:
        result["NeedCopyFileTypeAttachmentsToBlob"] = step.files
    if step.enabled is not None:
        result["EnabledForJobs"] = step.enabled
    if step.snapshots is not None:
        result[_SNAPSHOTS] = step.snapshots
    return result


# Inferred from the Dataverse column of the same meaning; no recorded profile shows it.
_SNAPSHOTS = "SnapshotsToPersist"


def check_writable(document: Mapping[str, Any], step: RewriteProfile) -> None:
    """Refused where the service's document has no place for a setting: it would be dropped in silence, or worse."""
    if step.snapshots is not None and _SNAPSHOTS not in document:
        raise Refused(
            "The service's profile has no field for the number of snapshots: no call that sets it is known, and the "
            "portal has no field for it either. Take 'snapshots' out of the manifest. Nothing was written"
        )


def is_unchanged(document: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Whether a PUT of ``written`` would change nothing of ``document``."""
    return not difference(document, written)


def is_moved(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether somebody wrote the profile between two readings: its own stamp, which may not move (assumption
    ``last-modified-moves``), or anything in it."""
    return before.get("LastModified") != now.get("LastModified") or bool(difference(before, now))


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Paths in which two profile documents differ, apart from what the service moves by itself; sorted."""
    paths = [
        name
        for name in (before.keys() | after.keys()) - _VOLATILE - {"Entities"}
        if before.get(name) != after.get(name)
    ]
    old, new = _entities(before), _entities(after)
    paths += [f"Entities[{name}]" for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
    return sorted(paths)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the tables that the service keeps and those that Dataverse shows relate."""

    dropped: tuple[str, ...]
    added: tuple[str, ...]

    def refuse(self, *, activated: bool) -> str | None:
        """Why the link must not be written, None where it may.

        A table that Dataverse shows and the service's document lacks would lose its lake data with the next activate.
        One that only the service has is explained by a write that was never activated, and by nothing else.
        """
        if self.dropped:
            remedy = (
                "Someone may be changing the link now. Wait, then plan again"
                if activated
                else "Declare them, or list them under absentTables, then plan again"
            )
            return (
                f"Dataverse shows {counted(self.dropped)} in the link and the service's profile does not: activating "
                f"would drop their lake data. {remedy}"
            )
        if self.added and activated:
            return (
                f"The service's profile holds {counted(self.added)}, which Dataverse does not show, though it was "
                "activated: someone may be changing the link now. Wait, then plan again"
            )
        return None


def agreement(
    service_tables: Iterable[str], dataverse_tables: Iterable[str], *, ensured: Set[str], removed: Set[str]
) -> Agreement:
    """Compares the two table sets, leaving out what the change itself will put right."""
    service, dataverse = set(service_tables), set(dataverse_tables)
    return Agreement(
        dropped=tuple(sorted(dataverse - service - ensured - removed)),
        added=tuple(sorted(service - dataverse - ensured - removed)),
    )


def departures(sent: Mapping[str, Any], read: Mapping[str, Any]) -> list[str]:
    """Paths in which the profile that the service shows departs from what was sent; sorted.

    Left out: what the service moves by itself, and the block size of a table sent with 0, which it turns into 125.
    """
    return difference(_with_default_blocks(sent), _with_default_blocks(read))


def check_written(sent: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    """Compares the profile that was sent with what the service then shows. Refused where anything else moved."""
    moved = departures(sent, read)
    if moved:
        raise Refused(
            f"After the write the profile differs from what was sent in {counted(moved)}: it was not activated. "
            "Someone may have changed the link at the same moment; plan again"
        )


def _with_default_blocks(document: Mapping[str, Any]) -> Document:
    items = [
        {**item, "RecordCountPerBlock": item.get("RecordCountPerBlock") or DEFAULT_BLOCK_SIZE}
        for item in document["Entities"]
    ]
    return {**document, "Entities": items}


def _entities(document: Mapping[str, Any]) -> dict[str, list[Document]]:
    """Entities by name: a list, since nothing published says that a name stands there only once."""
    found: dict[str, list[Document]] = {}
    for item in document["Entities"]:
        found.setdefault(item["Type"], []).append(_writable(item))
    return {name: sorted(items, key=canonical_json) for name, items in found.items()}


def _writable(item: Mapping[str, Any]) -> Document:
    return {name: item[name] for name in WRITABLE if name in item}
