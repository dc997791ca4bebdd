"""What exists, as read: one snapshot for a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.desired import DestinationType, TableSource, account_name
from reconciler.model.diagnostic import Diagnostic


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table of a live link. ``partition`` is ``year``, ``month``, ``halfMonth`` or ``fiveDay``.

    ``started`` is False where the link's configuration names the table and no runtime state exists: a profile that
    was written and not activated (inferred).
    """

    name: str
    source: TableSource
    append_only: bool
    partition: str
    record_count_per_block: int
    started: bool = True


@dataclass(frozen=True, slots=True)
class LiveLink:
    """A link as Dataverse shows it (rows of the Synapse Link tables), and as the service does where a user signed in.

    ``storage_account`` and ``workspace`` are resource ids in lower case, None where the link has none, and bare names
    where Dataverse does not tell subscription and resource group.
    ``interval`` is in minutes, None where no schedule row tells it. ``activated`` is False for a profile whose last
    write has not been activated, as far as its times and tables tell (inferred). ``service_tables`` are the tables in
    the service's own document, None where no user signed in.
    """

    environment: str
    profile_id: str
    folder_id: str
    name: str
    destination_type: DestinationType
    storage_account: str | None
    container: str | None
    workspace: str | None
    interval: int | None
    attachments: bool
    files: bool
    profile_state: int
    activated: bool
    tables: Mapping[str, LiveTable]
    service_tables: frozenset[str] | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Environment and name of the storage account, or ``fabric``: what a manifest's link is matched by.

        A link whose storage account is not known has an empty name, which no manifest's link has.
        """
        fabric = self.destination_type is DestinationType.FABRIC
        return (self.environment, "fabric" if fabric else account_name(self.storage_account))


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """What Dataverse's metadata says of a table, as far as exporting it needs."""

    name: str
    change_tracking: bool
    change_tracking_can_be_enabled: bool
    table_type: str
    is_intersect: bool


@dataclass(frozen=True, slots=True)
class LiveEnvironment:
    """One environment as read.

    ``unreadable`` says why nothing of it is known (and then nothing may be concluded from empty fields).
    ``link_writes_missing`` says what is missing for writing links there, None when nothing is.
    ``service_host`` is the host of the Synapse Link service, None where it could not be derived.
    """

    name: str
    organization_id: str = ""
    region: str | None = None
    service_host: str | None = None
    links: tuple[LiveLink, ...] = ()
    definitions: Mapping[str, TableDefinition] = field(default_factory=dict)
    unreadable: Diagnostic | None = None
    link_writes_missing: str | None = None


@dataclass(frozen=True, slots=True)
class AzureResource:
    """A storage account or workspace as Azure Resource Graph or Resource Manager shows it; ``id`` in lower case."""

    id: str
    type: str
    location: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that was read for a run. ``resources`` are keyed by resource id in lower case.

    ``resources_unreadable`` says why Azure could not be read: then an id that is missing here proves nothing.
    """

    environments: Mapping[str, LiveEnvironment]
    resources: Mapping[str, AzureResource] = field(default_factory=dict)
    resources_unreadable: Diagnostic | None = None
