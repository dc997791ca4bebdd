"""The Synapse Link service as a value: what it stores of a live link, and what is live after steps were taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from reconciler.model.change import Step
from reconciler.model.desired import TableSource
from reconciler.model.errors import Refused
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable
from reconciler.resources.link_profile import agreement, edited, is_unchanged, profile_body
from reconciler.resources.link_steps import ActivateProfile, CreateLink, EnableChangeTracking, RewriteProfile
from tests.builders import live_environment, live_link, profile_document, profile_entity

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
    """The link as Dataverse shows it once the document is activated; an unknown interval stays unknown."""
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


@dataclass(frozen=True)
class World:
    """An environment of one link at the most, and what the service stores of that link.

    ``rows_at_put`` answers the assumption ``rows-change-at``.
    """

    environment: LiveEnvironment
    document: dict[str, Any]
    rows_at_put: bool = False

    def take(self, step: Step) -> World:
        """The world after a step. Raises Refused where apply would refuse it."""
        match step:
            case EnableChangeTracking(tables=names):
                known = self.environment.definitions
                tracked = {name: replace(known[name], change_tracking=True) for name in names}
                return replace(self, environment=replace(self.environment, definitions={**known, **tracked}))
            case CreateLink():
                link = created(step)
                return self._with(link, document_of(link))
            case RewriteProfile():
                return self._written(step, self.environment.links[0])
            case ActivateProfile():
                return self._with(shown(self.environment.links[0], self.document), self.document)
        return self

    def _written(self, step: RewriteProfile, link: LiveLink) -> World:
        present = [entity["Type"] for entity in self.document["Entities"]]
        ensured = {table.name for table in step.ensure}
        reason = agreement(present, link.tables, ensured=ensured, removed=set(step.remove)).refuse(
            activated=link.activated
        )
        if reason:
            raise Refused(reason)
        written = edited(self.document, step)
        if is_unchanged(self.document, written):
            return self
        seen = shown(link, written) if self.rows_at_put else link
        return self._with(replace(seen, activated=False), written)

    def _with(self, link: LiveLink, document: dict[str, Any]) -> World:
        stored = frozenset(entity["Type"] for entity in document["Entities"])
        environment = replace(self.environment, links=(replace(link, service_tables=stored),))
        return replace(self, environment=environment, document=document)


def world(*links: LiveLink, rows_at_put: bool = False) -> World:
    """An environment with this link, or with none."""
    environment = live_environment(*links)
    return World(environment, document_of(links[0]) if links else {}, rows_at_put)


def after(start: World, steps: Iterable[Step]) -> World:
    """The world when these steps were taken."""
    for step in steps:
        start = start.take(step)
    return start
