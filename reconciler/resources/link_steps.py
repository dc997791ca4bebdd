"""The steps of a link's change, as apply takes them and plans tell them.

Order and calls: docs/sources.md, The link service and Dataverse Web API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.change import Step
from reconciler.model.desired import Destination, DestinationType, Table, account_name, duration
from reconciler.model.phrases import counted, number_of


@dataclass(frozen=True, slots=True)
class EnableChangeTracking(Step):
    """Switches change tracking of tables on, and publishes them. Cannot be undone."""

    type: ClassVar[str] = "enableChangeTracking"
    tables: tuple[str, ...]

    def describe(self) -> str:
        """The step in one line."""
        return f"Enable change tracking of {counted(self.tables)} (cannot be undone) and publish"


@dataclass(frozen=True, slots=True)
class CreateLink(Step):
    """Registers the organization, the lake and its profile, each only if it is not there yet.

    The bodies for ``kind`` incremental and delta are inferred: a plan holds them only where that was allowed.
    """

    type: ClassVar[str] = "createLink"
    storage_account: str
    container: str
    workspace: str | None
    tables: tuple[Table, ...]
    interval: int | None
    attachments: bool | None
    files: bool | None
    kind: DestinationType = DestinationType.CSV
    spark_pool: str | None = None

    def describe(self) -> str:
        """The step in one line."""
        what = "" if self.kind is DestinationType.CSV else f" for a link of type {self.kind}"
        return (
            f"Register the lake '{account_name(self.storage_account)}/{self.container}' and a profile of "
            f"{number_of(len(self.tables), 'table')}{what}"
        )


@dataclass(frozen=True, slots=True)
class CreateFabricLink(Step):
    """Links the environment to a Fabric workspace: one call that answers after some 40 seconds, unless it is linked."""

    type: ClassVar[str] = "createFabricLink"
    workspace: str
    connection: str
    tables: tuple[Table, ...]

    def describe(self) -> str:
        """The step in one line."""
        return f"Link {number_of(len(self.tables), 'table')} to the Fabric workspace {self.workspace}"


@dataclass(frozen=True, slots=True)
class RewriteProfile(Step):
    """Reads the link's profile anew, changes what is named here, sends all the rest back as it was, and compares.

    ``ensure`` are tables that must be in it afterwards, ``remove`` tables that must not. Settings that are None stay.
    ``healing`` says that all declared tables are ensured, since what is stored may not be what runs. ``enabled`` is the
    switch that is said to suspend a link, ``snapshots`` the number to keep: both inferred.
    """

    type: ClassVar[str] = "rewriteProfile"
    folder_id: str
    ensure: tuple[Table, ...] = ()
    remove: tuple[str, ...] = ()
    interval: int | None = None
    attachments: bool | None = None
    files: bool | None = None
    healing: bool = False
    enabled: bool | None = None
    snapshots: int | None = None

    def describe(self) -> str:
        """The step in one line."""
        parts = []
        if self.healing:
            parts.append(f"so that it has all {number_of(len(self.ensure), 'table')} declared")
        elif self.ensure:
            parts.append(f"with {counted([table.name for table in self.ensure])}")
        if self.remove:
            parts.append(f"without {counted(self.remove)}")
        interval = duration(self.interval) if self.interval else None
        settings = {
            "interval": interval,
            "attachments": self.attachments,
            "files": self.files,
            "snapshots": self.snapshots,
        }
        parts += [] if self.enabled is None else [f"the sync switched {'on' if self.enabled else 'off'}"]
        parts += [f"{name} {value}".lower() for name, value in settings.items() if value is not None]
        return "Write the profile once, " + "; ".join(parts) if parts else "Write the profile once, unchanged"


@dataclass(frozen=True, slots=True)
class ActivateProfile(Step):
    """Makes the written profile the running one."""

    type: ClassVar[str] = "activateProfile"

    def describe(self) -> str:
        """The step in one line."""
        return "Activate the profile"


@dataclass(frozen=True, slots=True)
class ResynchroniseFabric(Step):
    """Rebuilds the Fabric lakehouse's shortcuts after its tables changed. Doing so again does no harm."""

    type: ClassVar[str] = "resynchroniseFabric"
    folder_id: str
    workspace: str

    def describe(self) -> str:
        """The step in one line."""
        return f"Rebuild the shortcuts in the Fabric workspace {self.workspace}"


@dataclass(frozen=True, slots=True)
class VerifyLink(Step):
    """Reads the link back and compares it: done when nothing of this change is left to do."""

    type: ClassVar[str] = "verifyLink"

    def describe(self) -> str:
        """The step in one line."""
        return "Read the link back and compare"


@dataclass(frozen=True, slots=True)
class UnlinkStorage(Step):
    """Unlinks a link to a storage account, by a call that is inferred: no recording of it exists.

    Whether ``delete_data`` is heeded is not known either.
    """

    type: ClassVar[str] = "unlinkStorage"
    folder_id: str
    name: str
    tables: int
    delete_data: bool

    def describe(self) -> str:
        """The step in one line."""
        choice = "ask to delete its data" if self.delete_data else "ask to keep its data, which is not proven to work"
        return f"Unlink '{self.name}' of {number_of(self.tables, 'table')}, and {choice}"


@dataclass(frozen=True, slots=True)
class UnlinkFabric(Step):
    """Unlinks a Link to Fabric. Its lakehouse, which is its data, goes with it."""

    type: ClassVar[str] = "unlinkFabric"
    folder_id: str
    name: str
    tables: int

    def describe(self) -> str:
        """The step in one line."""
        return f"Unlink '{self.name}' of {number_of(self.tables, 'table')} from Fabric, and with it its lakehouse"


@dataclass(frozen=True, slots=True)
class VerifyUnlinked(Step):
    """Waits until neither the service nor Dataverse shows the link, then looks whether its container, where one is
    named, went or stayed as ``delete_data`` says: nothing shows that the choice is heeded."""

    type: ClassVar[str] = "verifyUnlinked"
    folder_id: str
    storage_account: str | None = None
    container: str | None = None
    delete_data: bool = False

    def describe(self) -> str:
        """The step in one line."""
        return "Wait until the link is gone"


@dataclass(frozen=True, slots=True)
class DropLakeDatabase(Step):
    """Drops the lake database that a former link left, through the workspace's Spark pool. Cannot be undone."""

    type: ClassVar[str] = "dropLakeDatabase"
    workspace: str
    spark_pool: str
    database: str

    @property
    def destination(self) -> Destination:
        """The workspace, as the part of a link's destination that it was."""
        return Destination(DestinationType.DELTA, workspace=self.workspace)

    def describe(self) -> str:
        """The step in one line."""
        return f"Drop the lake database '{self.database}' of workspace '{account_name(self.workspace)}'"


@dataclass(frozen=True, slots=True)
class DeleteContainer(Step):
    """Deletes the container that a former link left, with all that is in it."""

    type: ClassVar[str] = "deleteContainer"
    storage_account: str
    container: str

    @property
    def destination(self) -> Destination:
        """The storage account, as the part of a link's destination that it was."""
        return Destination(DestinationType.CSV, self.storage_account)

    def describe(self) -> str:
        """The step in one line."""
        return (
            f"Delete the container '{self.container}' of '{account_name(self.storage_account)}' with all that is in it"
        )


@dataclass(frozen=True, slots=True)
class DoInPortal(Step):
    """What a person does, since no public evidence shows the call: clicks and values, in order."""

    type: ClassVar[str] = "doInPortal"
    lines: tuple[str, ...]

    def describe(self) -> str:
        """The step in one line."""
        return "By hand, in the maker portal"

    def instructions(self) -> tuple[str, ...]:
        """The clicks and values, in order."""
        return self.lines


ProfileStep = EnableChangeTracking | CreateLink | RewriteProfile | ActivateProfile | VerifyLink
LifeStep = (
    CreateFabricLink
    | ResynchroniseFabric
    | UnlinkStorage
    | UnlinkFabric
    | VerifyUnlinked
    | DropLakeDatabase
    | DeleteContainer
    | DoInPortal
)
LinkStep = ProfileStep | LifeStep
