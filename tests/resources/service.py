"""The Synapse Link service as a value: what it stores of a live link, and what is live after steps were taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from reconciler.model.change import Change, Step
from reconciler.model.desired import TableSource
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable
from reconciler.resources.link_profile import edited, profile_body
from reconciler.resources.link_steps import ActivateProfile, CreateLink, EnableChangeTracking, RewriteProfile
from tests.builders import live_link, profile_document, profile_entity

SOURCES = {TableSource.DATAVERSE: "Dataverse", TableSource.FINOPS: "FnO"}


def entity_of(table: LiveTable) -> dict[str, Any]:
    """A live table as the service stores it."""
    strategy = table.partition[0].upper() + table.partition[1:]
    return profile_entity(
        table.name,
        EntitySource=SOURCES[table.source],
        AppendOnlyMode=table.append_only,
        PartitionStrategy=strategy,
        RecordCountPerBlock=table.record_count_per_block,
    )


def document_of(link: LiveLink) -> dict[str, Any]:
    """A live link's stored document, where nothing is waiting for its activation."""
    return profile_document(
        *map(entity_of, link.tables.values()),
        IncrementalUpdateTimeInterval=link.interval,
        NeedCopyAttachmentsToBlob=link.attachments,
        NeedCopyFileTypeAttachmentsToBlob=link.files,
    )


def table_of(entity: dict[str, Any]) -> LiveTable:
    """A stored table as Dataverse shows it. The service reads a block size of 0 as 125."""
    source = next(source for source, word in SOURCES.items() if word == entity["EntitySource"])
    strategy = entity["PartitionStrategy"]
    blocks = entity["RecordCountPerBlock"] or 125
    return LiveTable(entity["Type"], source, entity["AppendOnlyMode"], strategy[0].lower() + strategy[1:], blocks)


def shown(link: LiveLink, document: dict[str, Any]) -> LiveLink:
    """The link as Dataverse shows it once the document is activated. An interval that no schedule tells stays unknown."""
    return replace(
        link,
        tables={entity["Type"]: table_of(entity) for entity in sorted(document["Entities"], key=lambda e: e["Type"])},
        interval=None if link.interval is None else document["IncrementalUpdateTimeInterval"],
        attachments=document["NeedCopyAttachmentsToBlob"],
        files=document["NeedCopyFileTypeAttachmentsToBlob"],
        activated=True,
    )


def created(step: CreateLink) -> LiveLink:
    """The link that a creation gives."""
    link = live_link(
        storage_account=step.storage_account,
        container=step.container,
        workspace=step.workspace,
        interval=step.interval or 60,
        attachments=bool(step.attachments),
        files=bool(step.files),
    )
    tables = map(table_of, profile_body(step)["Entities"])
    return replace(link, tables={table.name: table for table in tables})


def after(environment: LiveEnvironment, changes: Iterable[Change]) -> LiveEnvironment:
    """An environment of one link at the most, when the steps of these changes were taken."""
    for change in changes:
        document = document_of(environment.links[0]) if environment.links else {}
        for step in change.steps:
            document, environment = _taken(step, document, environment)
    return environment


def _taken(
    step: Step, document: dict[str, Any], environment: LiveEnvironment
) -> tuple[dict[str, Any], LiveEnvironment]:
    match step:
        case EnableChangeTracking(tables=names):
            tracked = {name: replace(environment.definitions[name], change_tracking=True) for name in names}
            return document, replace(environment, definitions={**environment.definitions, **tracked})
        case CreateLink():
            environment = replace(environment, links=(created(step),))
            return document_of(environment.links[0]), environment
        case RewriteProfile():
            return edited(document, step), environment
        case ActivateProfile():
            return document, replace(environment, links=(shown(environment.links[0], document),))
    return document, environment
