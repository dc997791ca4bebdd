"""What exists, as read: one snapshot for a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.desired import DestinationType, TableSource, account_name
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.evidence import Evidence


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
class RowsAlone:
    """What Dataverse's rows alone say of a link where the service's own document says more."""

    destination_type: DestinationType
    interval: int | None
    activated: bool


@dataclass(frozen=True, slots=True)
class LiveLink:
    """A link as Dataverse shows it (rows of the Synapse Link tables), and as the service does where a user signed in.

    ``storage_account`` and ``workspace`` are resource ids in lower case, None where the link has none, and bare names
    where Dataverse does not tell subscription and resource group.
    ``interval`` is in minutes, None where no schedule row tells it. ``activated`` is False for a profile whose last
    write has not been activated, as far as its times and tables tell (inferred). ``service_tables`` are the tables in
    the service's own document, None where no user signed in.
    ``spark_pool`` is the text of ``sparkpoolconfig``, whose format is unpublished, or None. ``suspended`` is None where
    it can't be told (inferred from the profile's state, or the service's switch). ``loading`` are tables whose first
    load is not complete, ``row_counts`` the rows of tables in Dataverse where the service counted them.
    ``organization_url`` is the address that the service believes the environment to have. ``shortcuts_missing`` are
    tables of a Link to Fabric that are converted and not in its lakehouse (inferred from the state of their shortcuts).
    ``of_rows`` is what the rows said before the service's document was taken in, None where it was not.
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
    database: str | None = None
    spark_pool: str | None = None
    fabric_workspace: str | None = None
    snapshots: int | None = None
    suspended: bool | None = None
    loading: frozenset[str] = frozenset()
    row_counts: Mapping[str, int] = field(default_factory=dict)
    organization_url: str | None = None
    shortcuts_missing: frozenset[str] = frozenset()
    of_rows: RowsAlone | None = None

    @property
    def rows_alone(self) -> RowsAlone:
        """What whoever reads the link sees, signed in or not: plans rest on it."""
        return self.of_rows or RowsAlone(self.destination_type, self.interval, self.activated)

    @property
    def key(self) -> tuple[str, str]:
        """Environment and name of the storage account, or ``fabric``: what a manifest's link is matched by.

        A link whose storage account is not known has an empty name, which no manifest's link has.
        """
        fabric = self.destination_type is DestinationType.FABRIC
        return (self.environment, "fabric" if fabric else account_name(self.storage_account))


@dataclass(frozen=True, slots=True)
class FormerLink:
    """A link that was: its profile row is soft-deleted (state 3). It is no link, and proof that there was one.

    ``gone_at`` is when the row last moved, as Dataverse wrote it; empty where it does not tell.
    """

    name: str
    storage_account: str | None
    container: str | None
    database: str | None = None
    gone_at: str = ""

    @property
    def account(self) -> str:
        """The storage account's name, or ``fabric``."""
        return account_name(self.storage_account) or "fabric"


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
    ``friendly_name`` and ``unique_name`` are the organization's own. ``lakes`` are (account, container) that the
    service has registered, looked for only where a declared link is not live: a creation that stopped halfway.
    """

    name: str
    organization_id: str = ""
    region: str | None = None
    service_host: str | None = None
    links: tuple[LiveLink, ...] = ()
    former_links: tuple[FormerLink, ...] = ()
    definitions: Mapping[str, TableDefinition] = field(default_factory=dict)
    unreadable: Diagnostic | None = None
    link_writes_missing: str | None = None
    friendly_name: str = ""
    unique_name: str = ""
    lakes: frozenset[tuple[str, str]] = frozenset()


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

    ``resources_unreadable`` says why Azure could not be read in bulk: then an id that is missing here proves nothing,
    unless it is among ``resources_missing``, of which their provider says that they are not there, or not to be seen.
    ``evidence`` is what was looked at besides, by key of the link (environment and account name): only for links that
    are to be created or changed.
    """

    environments: Mapping[str, LiveEnvironment]
    resources: Mapping[str, AzureResource] = field(default_factory=dict)
    resources_unreadable: Diagnostic | None = None
    evidence: Mapping[tuple[str, str], Evidence] = field(default_factory=dict)
    resources_missing: frozenset[str] = frozenset()
