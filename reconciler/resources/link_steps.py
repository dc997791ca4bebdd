"""The steps of a link's change, as apply takes them and plans tell them.

Order and calls: docs/sources.md, The link service and Dataverse Web API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from reconciler.model.change import Step
from reconciler.model.desired import Table, duration


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
    """Registers the organization, the lake and its profile, each only if it is not there yet."""

    type: ClassVar[str] = "createLink"
    storage_account: str
    container: str
    workspace: str | None
    tables: tuple[Table, ...]
    interval: int | None
    attachments: bool | None
    files: bool | None

    def describe(self) -> str:
        """The step in one line."""
        account = self.storage_account.rpartition("/")[2]
        return f"Register the lake '{account}/{self.container}' and a profile of {counted_tables(len(self.tables))}"


@dataclass(frozen=True, slots=True)
class RewriteProfile(Step):
    """Reads the link's profile anew, changes what is named here, sends all the rest back as it was, and compares.

    ``ensure`` are tables that must be in it afterwards, ``remove`` tables that must not. Settings that are None stay.
    ``healing`` says that all declared tables are ensured, since what is stored may not be what runs.
    """

    type: ClassVar[str] = "rewriteProfile"
    folder_id: str
    ensure: tuple[Table, ...] = ()
    remove: tuple[str, ...] = ()
    interval: int | None = None
    attachments: bool | None = None
    files: bool | None = None
    healing: bool = False

    def describe(self) -> str:
        """The step in one line."""
        parts = []
        if self.healing:
            parts.append(f"so that it has all {counted_tables(len(self.ensure))} declared")
        elif self.ensure:
            parts.append(f"with {counted([table.name for table in self.ensure])}")
        if self.remove:
            parts.append(f"without {counted(self.remove)}")
        interval = duration(self.interval) if self.interval else None
        settings = {"interval": interval, "attachments": self.attachments, "files": self.files}
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
class VerifyLink(Step):
    """Reads the link back and compares it: done when nothing of this change is left to do."""

    type: ClassVar[str] = "verifyLink"

    def describe(self) -> str:
        """The step in one line."""
        return "Read the link back and compare"


LinkStep = EnableChangeTracking | CreateLink | RewriteProfile | ActivateProfile | VerifyLink


def counted(names: tuple[str, ...] | list[str]) -> str:
    """Up to four names, and how many more."""
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"


def counted_tables(number: int) -> str:
    """``1 table``, ``2 tables``."""
    return f"{number} table" if number == 1 else f"{number} tables"
