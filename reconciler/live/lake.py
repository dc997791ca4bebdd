"""Looks where readers of a link look: its container, its lake database, and who of them may read.

Requests a link: at most 20 pages of a listing (of an incremental link the root and its ten newest folders), the lake
databases of its workspace and the tables of one, its workspace, and the role assignments of a subscription.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.clients.clients import ReadClients
from reconciler.clients.lake import LakeReader, Listing
from reconciler.live.environment import MISSHAPEN, why
from reconciler.model.desired import DestinationType, Environment, account_name
from reconciler.model.errors import NotFound, ReconcilerError
from reconciler.model.lake import LakeFile, LakeReading
from reconciler.model.live import LiveLink

NEWEST_FOLDERS = 10
_FOLDER = re.compile(r"\d{4}-\d\d-\d\dT[^/]*")
_READING_ROLES = {
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
}


def read_lake(clients: ReadClients, environment: Environment, link: LiveLink) -> LakeReading:
    """What is there of one link. Never raises for what a service did: the reading says what could not be read."""
    if link.destination_type is DestinationType.FABRIC:
        return LakeReading()
    reading = _files(clients, environment, link)
    if not link.workspace or link.destination_type is DestinationType.INCREMENTAL:
        return reading
    reading = _database(clients, environment, link, reading)
    reads, why = _identity(clients, environment, link)
    return replace(reading, identity_reads=reads, identity_why=why)


def _files(clients: ReadClients, environment: Environment, link: LiveLink) -> LakeReading:
    account, container = account_name(link.storage_account), link.container
    if not account or not container:
        return LakeReading(files_unread="Dataverse does not tell the container of the link")
    try:
        listing = _listing(clients.lake(environment.tenant_id, account), link, container)
        return LakeReading(files=tuple(_lake_files(listing.paths)), cut=listing.cut)
    except NotFound as error:
        if error.code == "PathNotFound":
            return LakeReading(files=())
        return LakeReading(files_unread=str(error), container_missing=error.code == "FilesystemNotFound")
    except (ReconcilerError, *MISSHAPEN) as error:
        return LakeReading(files_unread=why(error))


def _listing(lake: LakeReader, link: LiveLink, container: str) -> Listing:
    if link.destination_type is DestinationType.DELTA:
        return lake.paths(container, "deltalake")
    if link.destination_type is not DestinationType.INCREMENTAL:
        return lake.paths(container)
    # Folders are named by time, so the newest come last: a listing of everything would be cut before them.
    root = lake.paths(container, recursive=False)
    names = sorted(name for path in root.paths if _FOLDER.fullmatch(name := str(path.get("name") or "")))
    below = [lake.paths(container, name) for name in names[-NEWEST_FOLDERS:]]
    cut = root.cut or len(names) > NEWEST_FOLDERS or any(each.cut for each in below)
    return Listing([path for each in below for path in each.paths], cut)


def _lake_files(paths: Iterable[Mapping[str, Any]]) -> Iterable[LakeFile]:
    for path in paths:
        if str(path.get("isDirectory") or "").lower() != "true":
            modified = parsedate_to_datetime(str(path["lastModified"]))
            known = modified if modified.tzinfo else modified.replace(tzinfo=UTC)
            yield LakeFile(str(path["name"]), known.astimezone(UTC))


def _database(clients: ReadClients, environment: Environment, link: LiveLink, reading: LakeReading) -> LakeReading:
    workspace = account_name(link.workspace)
    try:
        reader = clients.lake_databases(environment.tenant_id, workspace)
        name = live_database(reader.databases(), link)
        tables = frozenset(table.lower() for table in reader.tables(name)) if name else None
    except (ReconcilerError, *MISSHAPEN) as error:
        return replace(reading, database_unread=why(error))
    return replace(reading, database=name, database_tables=tables)


def live_database(names: Iterable[str], link: LiveLink) -> str | None:
    """The lake database of a link as it is named live: the one that Dataverse names, or the one that is named like the
    container but for hyphens, which sources write differently."""
    wanted = [_folded(name) for name in (link.database, link.container) if name]
    found = {_folded(name): name for name in sorted(names)}
    return next((found[name] for name in wanted if name in found), None)


def _folded(name: str) -> str:
    return name.lower().replace("-", "_")


@dataclass(frozen=True, slots=True)
class _Grant:
    """A role at a scope, for a principal."""

    principal: str
    role: str
    scope: str


def _identity(clients: ReadClients, environment: Environment, link: LiveLink) -> tuple[bool | None, str]:
    """Whether the workspace's own identity holds a role to read the container, and why that is so or not known."""
    if not link.workspace or "/" not in link.workspace or "/" not in (link.storage_account or ""):
        return None, "Dataverse does not tell the resource ids of workspace and storage account"
    manager = clients.resource_manager(environment.tenant_id)
    account = str(link.storage_account)
    try:
        identity = manager.resource(link.workspace).get("identity") or {}
        principal = str(identity.get("principalId") or "")
        rows = manager.role_assignments([account.split("/")[2]])
        grants = [_Grant(str(row["principalId"]), str(row["role"]), str(row["scope"])) for row in rows]
    except (ReconcilerError, *MISSHAPEN) as error:
        return None, why(error)
    if not principal:
        return None, "the workspace shows no identity of its own"
    if not grants:
        return None, "no role assignment at all is visible: the application needs Reader on the subscription"
    return _may_read(grants, principal, f"{account}/blobservices/default/containers/{link.container}")


def _may_read(grants: Iterable[_Grant], principal: str, container: str) -> tuple[bool, str]:
    inside = f"{container}/".lower()
    for grant in grants:
        above = inside.startswith(f"{grant.scope.rstrip('/')}/".lower())
        if grant.principal == principal and above and grant.role.lower() in _READING_ROLES:
            return True, f"{_READING_ROLES[grant.role.lower()]} at {grant.scope}"
    return False, (
        f"the workspace's identity ({principal}) holds no Storage Blob Data role of its own on the container or above: "
        "snapshots can't be read through it (a role that comes by a group is not seen here)"
    )
