"""What does the Synapse Link service take from the bodies that are sent to it?

A body that can't be read is refused with 400 and no word: inferred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.links import Lake, LinkType, Profile, TableSettings
from reconciler.simulator.profiles import RefusedError

if TYPE_CHECKING:
    from reconciler.simulator.links import Link
    from reconciler.simulator.wire import Request
    from reconciler.simulator.world import World

LAKE_FIELDS = {
    "StorageAccountName": "account",
    "FileSystemName": "container",
    "SubscriptionId": "subscription",
    "ResourceGroupName": "resource_group",
    "TenantId": "tenant",
}
DEFAULT_INTERVAL = 60
LEAST_INCREMENTAL_MINUTES = 15
PARTITIONS = ["Year", "Month", "HalfMonth", "FiveDay"]
SOURCES = ["Dataverse", "FnO"]
FINOPS_TYPES = ("incremental", "delta", "fabric")


def object_of(request: Request) -> dict[str, Any]:
    """The object that a body is."""
    try:
        body = request.json()
    except ValueError as error:
        raise RefusedError(400) from error
    if not isinstance(body, dict):
        raise RefusedError(400)
    return body


def lake_of(body: dict[str, Any], *, pool: bool) -> Lake:
    """The lake of a create body, without the name of its database; ``pool``: whether it says the Spark pool."""
    values = {field: text for key, field in LAKE_FIELDS.items() if (text := body.get(key)) and isinstance(text, str)}
    if len(values) < len(LAKE_FIELDS):
        raise RefusedError(400)
    workspace = str(body.get("WorkspaceDevEndpoint") or "").removeprefix("https://").partition(".")[0]
    return Lake(**values, workspace=workspace, spark_pool=str(body.get("SparkPoolName") or "") if pool else "")


def type_of(world: World, link: Link, body: dict[str, Any]) -> LinkType:
    """The type of link that a profile's create body makes, under the switch that says whether it does."""
    if world.answer("create-body-flags") == "ignored":
        return link.type
    if body.get("EnabledForDeltaLake") is True:
        if not link.lake.workspace or not link.lake.spark_pool:
            raise RefusedError(400)
        return "delta"
    if body.get("EnabledForIncrementalUpdate") is True:
        if link.lake.workspace:
            raise RefusedError(400)
        return "incremental"
    return "csv"


def profile_of(link: Link, body: dict[str, Any], kind: LinkType) -> Profile:
    """The profile that a body says, for a link of a type."""
    before = link.stored
    entities = body.get("Entities")
    if not isinstance(entities, list):
        raise RefusedError(400)
    tables = [_table(entity) for entity in entities]
    interval = body.get("IncrementalUpdateTimeInterval", body.get("SchedulerIntervalInMinutes"))
    if interval is None:
        interval = before.interval if before else DEFAULT_INTERVAL
    if not isinstance(interval, int) or (kind == "incremental" and interval < LEAST_INCREMENTAL_MINUTES):
        raise RefusedError(400)
    _check_finops(link, tables, kind)
    return Profile(
        tables={table.name: table for table in tables},
        interval=interval,
        attachments=bool(body.get("NeedCopyAttachmentsToBlob", False)),
        files=bool(body.get("NeedCopyFileTypeAttachmentsToBlob", False)),
        enabled=bool(body.get("EnabledForJobs", True)),
        updated=0,
    )


def _check_finops(link: Link, tables: list[TableSettings], kind: LinkType) -> None:
    """Documented: such tables take a Delta or incremental link that had some from the start. The status is a guess."""
    if not any(table.source == "FnO" for table in tables):
        return
    before = link.stored.tables.values() if link.stored else ()
    late = link.activated is not None and not any(table.source == "FnO" for table in before)
    if kind not in FINOPS_TYPES or late:
        raise RefusedError(400)


def _table(entity: Any) -> TableSettings:
    if not isinstance(entity, dict) or not isinstance(entity.get("Type"), str):
        raise RefusedError(400)
    block = entity.get("RecordCountPerBlock", 0)
    partition = entity.get("PartitionStrategy", "Month")
    source = entity.get("EntitySource") or "Dataverse"
    settings = entity.get("Settings") or {}
    if not isinstance(block, int) or not isinstance(settings, dict):
        raise RefusedError(400)
    if partition not in PARTITIONS or source not in SOURCES:
        raise RefusedError(400)
    return TableSettings(
        name=entity["Type"],
        source=source,
        append_only=bool(entity.get("AppendOnlyMode", False)),
        partition=partition,
        block=block,
        settings=settings,
    )
