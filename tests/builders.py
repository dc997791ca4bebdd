"""Desired and live nouns for tests: a link of the environment ``dev`` with sensible defaults, and what is around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Destination, DestinationType, Environment, SynapseLink, Table
from reconciler.model.desired import TableSource as Source
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.live import AzureResource, LiveEnvironment, LiveLink, LiveTable, Snapshot, TableDefinition
from reconciler.model.plan import Plan
from reconciler.plan.build import build_plan

GROUP = "/subscriptions/22222222-2222-4222-8222-222222222222/resourcegroups/rg-data/providers"
PLACE = Location("manifests/links.yaml", 7, 3)


def storage_id(account: str = "devlake") -> str:
    """The resource id of a storage account."""
    return f"{GROUP}/microsoft.storage/storageaccounts/{account}"


def workspace_id(name: str = "devworkspace") -> str:
    """The resource id of a workspace."""
    return f"{GROUP}/microsoft.synapse/workspaces/{name}"


def desired_tables(*tables: str | Table) -> tuple[Table, ...]:
    """Tables as a link holds them: sorted by name; a bare name manages no setting."""
    found = [Table(table) if isinstance(table, str) else table for table in tables]
    return tuple(sorted(found, key=lambda table: table.name))


def desired_link(*tables: str | Table, **fields: Any) -> SynapseLink:
    """A declared csv link on ``devlake`` with these tables."""
    csv = Destination(DestinationType.CSV, storage_id(), container="dataverse-dev")
    defaults = {"name": "dev-link", "environment": "dev", "destination": csv, "location": PLACE}
    return SynapseLink(tables=desired_tables(*tables), **{**defaults, **fields})


def desired_environment(name: str = "dev", **fields: Any) -> Environment:
    """An environment of tenant 1."""
    tenant = "11111111-1111-4111-8111-111111111111"
    url = f"https://contoso-{name}.crm4.dynamics.com"
    return Environment(
        **{"name": name, "environment_id": f"id-{name}", "url": url, "tenant_id": tenant, "location": PLACE, **fields}
    )


def desired_state(*links: SynapseLink, **fields: Any) -> DesiredState:
    """These links, and their environments."""
    names = sorted({"dev", *(link.environment for link in links)})
    return DesiredState({name: desired_environment(name) for name in names}, links, **fields)


def live_table(name: str, **settings: Any) -> LiveTable:
    """A linked table as the portal makes it: in place, by month, the default block size."""
    defaults = {"source": Source.DATAVERSE, "append_only": False, "partition": "month", "record_count_per_block": 125}
    return LiveTable(name, **{**defaults, **settings})


def live_tables(*tables: str | LiveTable) -> dict[str, LiveTable]:
    """Linked tables by name."""
    found = [live_table(table) if isinstance(table, str) else table for table in tables]
    return {table.name: table for table in sorted(found, key=lambda table: table.name)}


def live_link(*tables: str | LiveTable, **fields: Any) -> LiveLink:
    """The csv link that ``desired_link`` declares, activated, with these tables."""
    defaults: dict[str, Any] = {
        "environment": "dev",
        "profile_id": "profile-1",
        "folder_id": "folder-1",
        "name": "devlake",
        "destination_type": DestinationType.CSV,
        "storage_account": storage_id(),
        "container": "dataverse-dev",
        "workspace": None,
        "interval": 60,
        "attachments": False,
        "files": False,
        "profile_state": 1,
        "activated": True,
    }
    return LiveLink(tables=live_tables(*tables), **{**defaults, **fields})


def definition(name: str, *, tracked: bool = True, trackable: bool = True) -> TableDefinition:
    """A standard table, its change tracking on."""
    return TableDefinition(name, tracked, trackable, "Standard", is_intersect=False)


def definitions(*names: str | TableDefinition) -> dict[str, TableDefinition]:
    """Table metadata by name."""
    found = [definition(name) if isinstance(name, str) else name for name in names]
    return {item.name: item for item in found}


TABLES = definitions("account", "contact", "lead", "opportunity", "task", definition("contoso_log", tracked=False))


def live_environment(*links: LiveLink, **fields: Any) -> LiveEnvironment:
    """An environment that was read, with these links and half a dozen exportable tables."""
    return LiveEnvironment(**{"name": "dev", "links": links, "definitions": TABLES, **fields})


def azure_resource(resource_id: str, **properties: Any) -> AzureResource:
    """A storage account or workspace; an account with its hierarchical namespace on."""
    return AzureResource(resource_id, "any", "westeurope", {"isHnsEnabled": True, **properties})


def snapshot(
    *parts: LiveEnvironment | LiveLink, resources: Iterable[AzureResource] | None = None, **fields: Any
) -> Snapshot:
    """What was read: environments, or the links of ``dev``, and the Azure resources that links of ``dev`` need."""
    links = [part for part in parts if isinstance(part, LiveLink)]
    environments = [part for part in parts if isinstance(part, LiveEnvironment)] or [live_environment(*links)]
    present = [azure_resource(storage_id()), azure_resource(workspace_id())] if resources is None else resources
    return Snapshot({e.name: e for e in environments}, {r.id: r for r in present}, **fields)


def plan_of(desired: DesiredState | SynapseLink, live: Snapshot | LiveLink, **fields: Any) -> Plan:
    """The plan of a link or fleet against what is live."""
    state = desired if isinstance(desired, DesiredState) else desired_state(desired)
    return build_plan(state, live if isinstance(live, Snapshot) else snapshot(live), Configuration(), **fields)


def change(**fields: Any) -> Change:
    """A ready update of ``dev-link`` that adds a table."""
    defaults: dict[str, Any] = {
        "address": Address("SynapseLink", "dev", "dev-link"),
        "action": Action.UPDATE,
        "risk": Risk.NONE,
        "reason": Reason.DIFFERENT,
        "status": Status.READY,
        "partition": "dev",
        "fields": (FieldChange("tables[lead]", None, {"source": "dataverse"}),),
    }
    return Change(**{**defaults, **fields})


def diagnostic(**fields: Any) -> Diagnostic:
    """An error with nothing but its summary."""
    return Diagnostic(**{"severity": Severity.ERROR, "code": "some-code", "summary": "Something is wrong", **fields})


def plan(
    *changes: Change, diagnostics: Iterable[Diagnostic] = (), fingerprints: Mapping[str, str] | None = None
) -> Plan:
    """A plan of these changes; one environment ``dev`` was read."""
    prints = {"dev": "sha256:" + "a" * 64} if fingerprints is None else fingerprints
    return Plan("public", "sha256:" + "d" * 64, prints, changes, tuple(diagnostics))


def profile_entity(name: str, **fields: Any) -> dict[str, Any]:
    """A table in the service's document, with some of what only reading shows."""
    return {
        "Type": name,
        "EntitySource": "Dataverse",
        "AppendOnlyMode": False,
        "PartitionStrategy": "Month",
        "RecordCountPerBlock": 125,
        "Settings": {},
        "CurrentState": "InProgress",
        "MetadataState": 8,
        **fields,
    }


def profile_document(*tables: str | dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The service's document of a link, with fields that no manifest manages."""
    entities = [profile_entity(table) if isinstance(table, str) else table for table in tables]
    return {
        "Id": "profile-1",
        "Name": "devlake",
        "LakeId": "folder-1",
        "DestinationKeyVaultUri": "",
        "WriteDeleteLog": True,
        "EnabledForJobs": True,
        "IncrementalUpdateTimeInterval": 60,
        "NeedCopyAttachmentsToBlob": False,
        "NeedCopyFileTypeAttachmentsToBlob": False,
        "LastModified": "2026-01-01T00:00:00",
        "Status": {"ExportStatus": "Success"},
        "Entities": entities,
        **fields,
    }
