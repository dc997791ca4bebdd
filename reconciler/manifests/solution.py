"""Links of a solution as declared links, and declared links as a solution: both directions of one form. Pure.

Form: docs/sources.md, Solutions. It can say csv links, with a workspace or without, and their tables.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from uuid import UUID, uuid5

from reconciler.manifests.declaring import (
    IMPORTED,
    STANDARD_BLOCKS,
    Declaration,
    declarable_name,
    fitting,
    sayable_partition,
)
from reconciler.manifests.solution_file import SolutionEntry, error
from reconciler.model.cloud import Cloud
from reconciler.model.desired import (
    Destination,
    DestinationType,
    Environment,
    Partition,
    SynapseLink,
    Table,
    TableSource,
)
from reconciler.model.diagnostic import Diagnostic

DEFAULT_INTERVAL = 60
_NAMESPACE = UUID("b1c4a6de-3b0e-5d5f-9a57-6f2d0c8e7a11")
_PARTITIONS = {"year": "year", "month": "month", "halfmonth": "halfMonth", "fiveday": "fiveDay"}
_MOST_RECORDS = 2_147_483_647
_MOST_MINUTES = 999_999
_AGAIN = "Undo what was done to it by hand or script, or export the solution again."


def declare_entry(
    entry: SolutionEntry, name: str, environment: str, container: str | None
) -> tuple[Declaration, list[Diagnostic]]:
    """A link of a solution as a declared one, and what is wrong with it. A container that is not given becomes the
    placeholder ``${values.container}``, since solutions hold none."""
    reading = _Reading(entry)
    account = reading.storage_account()
    workspace = reading.workspace()
    declaration = Declaration(
        SynapseLink(
            name=name,
            environment=environment,
            destination=Destination(
                DestinationType.CSV,
                account,
                container or "${values.container}",
                f"{account.partition('/providers/')[0]}/providers/microsoft.synapse/workspaces/{workspace}"
                if account and workspace
                else None,
            ),
            location=IMPORTED,
            interval=reading.interval(),
            tables=reading.tables(),
        ),
        reading.comments,
    )
    _explain(declaration, entry, container)
    return declaration, reading.problems


def _explain(declaration: Declaration, entry: SolutionEntry, container: str | None) -> None:
    account = (declaration.link.destination.storage_account or "").rpartition("/")[2]
    if entry.name and account and entry.name.lower() != account:
        declaration.remark(
            ("destination", "storageAccount"),
            f"The solution calls the link '{entry.name}', and StorageAccountName is another: the latter is taken.",
        )
    endpoint = str(entry.schema.get("FileSystemEndpoint") or "")
    if account and endpoint and not endpoint.lower().startswith(f"https://{account}."):
        declaration.remark(
            ("destination", "storageAccount"),
            f"FileSystemEndpoint of the solution is of another account: '{endpoint}'. StorageAccountName is taken.",
        )
    if not container:
        declaration.remark(
            ("destination", "container"),
            "Solutions don't hold the container: name it here, or as spec.values.container of the Environment. The "
            "portal's pattern is dataverse-<environment name>-<organization's unique name>.",
        )
    if declaration.link.destination.workspace:
        declaration.remark(
            ("destination", "workspace"),
            "Solutions hold the workspace's name alone. Inferred: it is in the resource group of the storage account, "
            "as the service wants it.",
        )


class _Reading:
    """Takes the fields of one entry, collecting what is wrong with them."""

    def __init__(self, entry: SolutionEntry) -> None:
        self._entry = entry
        self._schema = entry.schema
        self.problems: list[Diagnostic] = []
        self.comments: dict[tuple[str | int | None, ...], list[str]] = {}

    def storage_account(self) -> str | None:
        """The resource id."""
        kind = self._schema.get("DestinationType", "Adls")
        if kind not in ("Adls", 4):
            self._wrong("not-one-of", "DestinationType", kind, "Adls")
        parts = [self._text(name) for name in ("SubscriptionId", "ResourceGroupName", "StorageAccountName")]
        if None in parts:
            return None
        subscription, group, account = parts
        found = (
            f"/subscriptions/{subscription}/resourcegroups/{group}/providers/microsoft.storage/storageaccounts/{account}"
        ).lower()
        if fitting("storageAccount", found) is None:
            self._wrong(
                "wrong-format",
                "SubscriptionId, ResourceGroupName or StorageAccountName",
                found,
                "a GUID, the name of a resource group, and the name of a storage account",
            )
            return None
        return found

    def workspace(self) -> str | None:
        """The name of the Synapse workspace, the first label of its address; None where there is none."""
        address = self._schema.get("WorkspaceDevEndpoint")
        if address in (None, ""):
            return None
        host = str(address).lower().removeprefix("https://")
        name = host.partition(".")[0]
        # A GUID of zeros stands for the subscription: only the name is looked at.
        pretended = f"/subscriptions/{UUID(int=0)}/resourcegroups/g/providers/microsoft.synapse/workspaces/{name}"
        if not isinstance(address, str) or "." not in host or fitting("workspace", pretended) is None:
            self._wrong("wrong-format", "WorkspaceDevEndpoint", address, "https://<workspace>.dev.azuresynapse.net")
            return None
        return name

    def interval(self) -> int | None:
        """Minutes."""
        minutes = self._schema.get("SchedulerIntervalInMinutes")
        if minutes is None:
            return None
        if isinstance(minutes, bool) or not isinstance(minutes, int) or not 0 < minutes <= _MOST_MINUTES:
            self._wrong("wrong-type", "SchedulerIntervalInMinutes", minutes, f"minutes, from 1 to {_MOST_MINUTES:,}")
            return None
        return minutes

    def tables(self) -> tuple[Table, ...]:
        """The tables, sorted."""
        entities = self._schema.get("Entities")
        if not isinstance(entities, list) or not entities:
            code = "missing-field" if entities is None else "wrong-type"
            self._wrong(code, "Entities", entities, "a list of tables, at least one")
            return ()
        found: dict[str, Table] = {}
        for number, entity in enumerate(entities, 1):
            table = self._table(number, entity)
            if table is None:
                continue
            if table.name in found:
                self._wrong("duplicate-table", "Entities", table.name, "each table once")
            found[table.name] = table
        return tuple(found[name] for name in sorted(found))

    def _table(self, number: int, entity: Any) -> Table | None:
        if not isinstance(entity, dict):
            self._wrong("wrong-type", f"Entities, number {number}", entity, "an object with Type")
            return None
        name = entity.get("Type")
        if not isinstance(name, str) or not declarable_name(name, TableSource.DATAVERSE):
            self._wrong("wrong-format", f"Type of Entities, number {number}", name, "the logical name of a table")
            return None
        append = entity.get("AppendOnlyMode")
        if append is not None and not isinstance(append, bool):
            self._wrong("wrong-type", f"AppendOnlyMode of table '{name}'", append, "true or false")
            append = None
        partition, block = self._partition(name, entity, append), self._block(name, entity)
        return Table(name, append_only=append, partition=partition, record_count_per_block=block)

    def _partition(self, name: str, entity: Mapping[str, Any], append: bool | None) -> Partition | None:
        written = entity.get("PartitionStrategy")
        if written is None:
            return None
        partition = _PARTITIONS.get(str(written).lower())
        if partition is None:
            self._wrong("not-one-of", f"PartitionStrategy of table '{name}'", written, "Year or Month")
            return None
        found = sayable_partition(partition, append_only=append)
        if found is None:
            how = f"{written}{', append-only' if append else ''}"
            sentence = f"Partitioned by {how} in the solution: manifests can't say that. What is live stays."
            self.comments[("tables", name)] = [sentence]
        return found

    def _block(self, name: str, entity: Mapping[str, Any]) -> int | None:
        block = entity.get("RecordCountPerBlock", 0)
        if isinstance(block, bool) or not isinstance(block, int) or not 0 <= block <= _MOST_RECORDS:
            self._wrong("wrong-type", f"RecordCountPerBlock of table '{name}'", block, "a number of records")
            return None
        return None if block in STANDARD_BLOCKS else block

    def _text(self, name: str) -> str | None:
        value = self._schema.get(name)
        if isinstance(value, str) and value:
            return value
        self._wrong("missing-field" if value in (None, "") else "wrong-type", name, value, "text")
        return None

    def _wrong(self, code: str, field: str, found: Any, expected: str) -> None:
        self.problems.append(
            error(
                self._entry.location,
                code,
                f"The solution's link '{self._entry.name}' is not as a solution has it: {field}.",
                _AGAIN,
                found="nothing" if found in (None, "") else _shown(found),
                expected=expected,
            )
        )


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."


def unsayable(link: SynapseLink) -> list[str]:
    """Why a declared link can't be a solution's; empty where it can."""
    kind = link.destination.type
    found = []
    if kind is not DestinationType.CSV:
        found.append(f"its destination is {kind}, and a solution can say csv alone")
    if link.absent:
        found.append("it is declared absent")
    finops = [table.name for table in link.tables if table.source is TableSource.FINOPS]
    if finops:
        found.append(f"it has finance and operations tables, {finops[0]} for one")
    return found


def unsaid(link: SynapseLink) -> list[str]:
    """What a declared link says and its form in a solution does not, or the other way round."""
    found = [f"the container ({link.destination.container}) is not in it: it is chosen at the import"]
    workspace, account = link.destination.workspace, link.destination.storage_account or ""
    if workspace and workspace.partition("/providers/")[0] != account.partition("/providers/")[0]:
        found.append("the workspace's resource group is not in it, and is not that of the storage account")
    settings = {"attachments": link.attachments, "files": link.files, "suspend": link.suspend}
    found += [f"{name} is not in it" for name, value in settings.items() if value is not None]
    if link.interval is None:
        found.append(f"interval is not declared: {DEFAULT_INTERVAL} minutes, the portal's default, are written")
    if any(table.append_only is None or _exported_partition(table) != table.partition for table in link.tables):
        found.append("settings that tables leave open are written as the portal would choose them")
    return found


def solution_xml(links: Sequence[tuple[SynapseLink, Environment, str | None]], cloud: Cloud) -> str:
    """The ``customizations.xml`` of a solution with nothing but these links: each with its environment, and its id
    in the solution where it is to be another than the one that follows from environment and storage account."""
    entries = "\n".join(
        _element(link, identifier or entry_id(link, environment), cloud) for link, environment, identifier in links
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<ImportExportXml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <msdyn_exporttodatalakeconfigs>
{entries}
  </msdyn_exporttodatalakeconfigs>
</ImportExportXml>
"""


def entry_id(link: SynapseLink, environment: Environment) -> str:
    """The id of a link in solutions: the same for the same environment and storage account, on every machine."""
    return str(uuid5(_NAMESPACE, f"{environment.environment_id.lower()}/{link.key[1]}"))


def _element(link: SynapseLink, identifier: str, cloud: Cloud) -> str:
    account = link.key[1]
    schema = json.dumps(_schema(link, account, cloud), separators=(",", ":"))
    return f"""    <msdyn_exporttodatalakeconfig msdyn_exporttodatalakeconfigid="{escape(identifier)}">
      <iscustomizable>1</iscustomizable>
      <msdyn_name>{escape(account)}</msdyn_name>
      <msdyn_schema>{escape(schema, quote=False)}</msdyn_schema>
      <statecode>0</statecode>
      <statuscode>1</statuscode>
    </msdyn_exporttodatalakeconfig>"""


def _schema(link: SynapseLink, account: str, cloud: Cloud) -> dict[str, Any]:
    parts = (link.destination.storage_account or "").split("/")
    workspace = (link.destination.workspace or "").rpartition("/")[2]
    sql_suffix = "sql." + cloud.synapse_dev_suffix.removeprefix("dev.")
    services = {"Blob": "blob", "Queue": "queue", "Table": "table", "File": "file", "FileSystem": "dfs"}
    return {
        "SubscriptionId": parts[2],
        "ResourceGroupName": parts[4],
        "StorageAccountName": account,
        **{f"{name}Endpoint": f"https://{account}.{host}.{cloud.storage_suffix}/" for name, host in services.items()},
        "SqlODEndpoint": f"{workspace}-ondemand.{sql_suffix}" if workspace else "",
        "WorkspaceDevEndpoint": f"https://{workspace}.{cloud.synapse_dev_suffix}" if workspace else "",
        "Entities": [_entity(table) for table in link.tables],
        "RetryPolicy": {"MaxRetryCount": 12, "IntervalInSeconds": 5},
        "DestinationType": "Adls",
        "WriteDeleteLog": True,
        "IsOdiEnabled": False,
        "SchedulerIntervalInMinutes": link.interval or DEFAULT_INTERVAL,
    }


def _entity(table: Table) -> dict[str, Any]:
    return {
        "Type": table.name,
        "PartitionStrategy": _exported_partition(table).value.capitalize(),
        "RecordCountPerBlock": table.record_count_per_block or 125,
        "AppendOnlyMode": bool(table.append_only),
    }


def _exported_partition(table: Table) -> Partition:
    return table.partition or (Partition.YEAR if table.append_only else Partition.MONTH)
