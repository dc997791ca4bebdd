"""How do the entries of a seed become the documents of the store?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator import azure
from reconciler.simulator.hosts import PUBLIC
from reconciler.simulator.links import Lake, Link, Profile, TableSettings, TableSync
from reconciler.simulator.nouns import Environment, Principal, Resource, Tenant, derived_id
from reconciler.simulator.rows import stock_folder_id
from reconciler.simulator.tables import tables_of
from reconciler.simulator.world import default_principal, document_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.simulator.hosts import Cloud

Document = tuple[str, str, dict[str, Any]]
Seed = dict[str, Any]
HOUR = 3600.0
SETTINGS = {
    "signIn": "sign_in",
    "appTokenSeconds": "app_token_seconds",
    "userTokenSeconds": "user_token_seconds",
    "indexLagSeconds": "index_lag_seconds",
    "assumptions": "assumptions",
}
RIGHTS = {"dataverse": "dataverse", "azure": "azure", "linkAdministrator": "link_administrator"}
FLAGS = {"bap": "bap", "metadataWrite": "metadata_write", "name": "name"}
WORDS = {"all": True, "none": False}


class Builder:
    """Makes the documents of one seed, which has been checked."""

    def __init__(self, seed: Seed, now: float, instance: str) -> None:
        self._seed = seed
        self._now = now
        self._instance = instance
        self._tenants = self._build_tenants()
        self._first_tenant = next(iter(self._tenants.values()))
        self._resources: dict[str, Resource] = {}
        self._groups: dict[str, dict[str, Any]] = {}
        self._accounts: dict[str, dict[str, Any]] = {}
        self._workspaces: dict[str, dict[str, Any]] = {}
        self._environments = {entry["name"]: self._environment(entry) for entry in seed["environments"]}
        self._build_resources()

    def documents(self) -> tuple[list[Document], dict[str, Any]]:
        """Every document, and the settings that the seed brings."""
        documents: list[Document] = [("tenant", tenant.id, document_of(tenant)) for tenant in self._tenants.values()]
        documents += [("resource", key, document_of(resource)) for key, resource in self._resources.items()]
        documents += [("tables", name, {"tables": tables}) for name, tables in self._seed.get("tableSets", {}).items()]
        assigned = (azure.role_assignment(entry) for entry in self._seed.get("roleAssignments", []))
        documents += [("assignment", body["id"], body) for body in assigned]
        documents += [("principal", principal.kind, document_of(principal)) for principal in self._principals()]
        links = [self._link(entry) for entry in self._seed.get("links", [])]
        linked = {link.environment for link in links}
        for environment in self._environments.values():
            environment.registered = environment.registered or environment.id in linked
            documents.append(("environment", environment.id, document_of(environment)))
        documents += [("link", link.folder, link.as_document()) for link in links]
        given = self._seed.get("settings", {})
        return documents, {SETTINGS[name]: value for name, value in given.items()}

    def _build_tenants(self) -> dict[str, Tenant]:
        entries = self._seed.get("tenants") or [{"name": "contoso"}]
        return {
            entry["name"]: Tenant(
                name=entry["name"],
                id=entry.get("id") or derived_id("tenant", entry["name"]),
                domain=entry.get("domain") or f"{entry['name']}.onmicrosoft.com",
            )
            for entry in entries
        }

    def _tenant(self, entry: Seed) -> Tenant:
        return self._tenants[entry["tenant"]] if "tenant" in entry else self._first_tenant

    @property
    def _cloud(self) -> Cloud:
        # Azure resources of a seed all live in the cloud of its first environment.
        return next((environment.cloud for environment in self._environments.values()), PUBLIC)

    def _keep(self, kind: str, body: dict[str, Any]) -> None:
        self._resources[body["id"].lower()] = Resource(body["id"], kind, body, self._now, before=body)

    def _build_resources(self) -> None:
        seed = self._seed
        entries = seed.get("subscriptions") or [{"name": "main"}]
        subscriptions = {}
        for entry in entries:
            key = entry.get("id") or derived_id("subscription", entry["name"])
            subscriptions[entry["name"]] = azure.subscription(entry["name"], key, self._tenant(entry).id)
            self._keep("subscription", subscriptions[entry["name"]])
        first = next(iter(subscriptions))
        for entry in seed.get("resourceGroups", []):
            owner = subscriptions[entry.get("subscription", first)]
            body = azure.resource_group(owner["subscriptionId"], entry["name"], entry["location"])
            self._groups[entry["name"]] = body | {"tenantId": owner["tenantId"]}
            self._keep("group", body)
        for entry in seed.get("storageAccounts", []):
            body = azure.storage_account(self._groups[entry["resourceGroup"]], entry, self._cloud)
            self._accounts[entry["name"]] = body
            self._keep(body["type"], body)
        for entry in seed.get("workspaces", []):
            self._build_workspace(entry)

    def _build_workspace(self, entry: Seed) -> None:
        group = self._groups[entry["resourceGroup"]]
        account = self._accounts.get(entry.get("storageAccount", ""))
        body = azure.workspace(group, entry, group["tenantId"], account, self._cloud)
        self._workspaces[entry["name"]] = body
        self._keep(body["type"], body)
        for pool in entry.get("pools", []):
            made = azure.spark_pool(body, pool)
            self._keep(made["type"], made)

    def _environment(self, entry: Seed) -> Environment:
        name: str = entry["name"]
        host = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
        url = entry.get("url") or f"https://{host}.crm4.dynamics.com"
        key = entry.get("id") or derived_id("environment", name)
        geo: str = entry.get("geo", "europe")
        return Environment(
            name=name,
            id=key,
            organization=entry.get("organizationId") or derived_id("organization", name),
            tenant=self._tenant(entry).id,
            url=url,
            region=entry.get("region", "westeurope"),
            geo=geo,
            uri_suffix=entry.get("uriSuffix")
            or f"{'us' if geo == 'unitedstates' else geo[:2]}-il105.gateway.prod.island",
            version=entry.get("version", "9.2.25104.00155"),
            unique_name=entry.get("uniqueName") or f"unq{derived_id('unique', name).replace('-', '')[:20]}",
            display_name=entry.get("displayName", name),
            sku=entry.get("sku", "Production"),
            state=entry.get("state", "Ready"),
            registered=entry.get("registered", False),
            languages=entry.get("languages", [1033]),
            table_sets=entry.get("tableSets", []),
            tables=entry.get("tables", []),
        )

    def _principals(self) -> Iterator[Principal]:
        given = self._seed.get("principals", {})
        for kind in ("app", "user"):
            principal = default_principal(kind, self._instance)
            for name, value in given.get(kind, {}).items():
                if name in RIGHTS:
                    setattr(principal, RIGHTS[name], WORDS[value] if isinstance(value, str) else value)
                else:
                    setattr(principal, FLAGS[name], value)
            yield principal

    def _link(self, entry: Seed) -> Link:
        environment = self._environments[entry["environment"]]
        age = entry.get("ageHours", 240) * HOUR
        kind = entry.get("type", "csv")
        lake = self._fabric_lake(entry, environment) if kind == "fabric" else self._lake(entry, environment)
        state = entry.get("state", "active")
        folder = (
            stock_folder_id(environment, "cds3_workspace")
            if kind == "fabric"
            else derived_id(environment.id, "folder", lake.account, 0, *(["deleted"] if state == "deleted" else []))
        )
        link = Link(
            folder=folder,
            profile_id=derived_id(folder, "profile"),
            environment=environment.id,
            type=kind,
            lake=lake,
            created=self._now - age,
            name=lake.account,
        )
        if state == "lake":
            return link
        tables = [_settings(table) for table in entry.get("tables", [])]
        link.stored = Profile(
            tables={table.name: table for table in tables},
            interval=entry.get("interval", 60),
            attachments=entry.get("attachments", False),
            files=entry.get("files", False),
            enabled=entry.get("enabled", True),
            updated=link.created,
        )
        link.past = dict(link.stored.tables)
        if state != "inactive":
            self._run(link, environment, self._now if state == "loading" else link.created)
        if state == "deleted":
            link.deleted = self._now - age / 2
            link.syncs = {}
        return link

    def _run(self, link: Link, environment: Environment, since: float) -> None:
        stored = link.stored
        if stored is None:
            return
        shared = self._seed.get("tableSets", {})
        known = tables_of(tuple(environment.table_sets), shared, environment.tables)
        link.running = stored
        link.activated = since
        link.paused = None if stored.enabled else self._now
        for name in stored.tables:
            table = known.get(name)
            link.syncs[name] = TableSync(since, table.rows if table else 0, 1)
            link.generations[name] = 1

    def _lake(self, entry: Seed, environment: Environment) -> Lake:
        account = self._accounts[entry["account"]]
        parts = account["id"].split("/")
        workspace = entry.get("workspace", "")
        container = entry.get("container") or f"dataverse-{environment.name}-{environment.unique_name}"
        return Lake(
            account=entry["account"],
            container=container,
            subscription=parts[2],
            resource_group=parts[4],
            tenant=environment.tenant,
            workspace=workspace,
            database=container if workspace else "",
            spark_pool=entry.get("sparkPool", ""),
        )

    def _fabric_lake(self, entry: Seed, environment: Environment) -> Lake:
        lake = derived_id(environment.id, "managed-lake")
        return Lake(
            account=f"aeth{lake[:8]}",
            container=f"aeth-{lake}",
            subscription="",
            resource_group="",
            tenant=environment.tenant,
            database=f"dataverse_{environment.unique_name}",
            fabric_workspace=entry["fabricWorkspace"],
            lakehouse=derived_id(environment.id, "lakehouse"),
        )


def _settings(table: str | Seed) -> TableSettings:
    if isinstance(table, str):
        return TableSettings(table)
    return TableSettings(
        name=table["name"],
        source=table.get("source", "Dataverse"),
        append_only=table.get("appendOnly", False),
        partition=table.get("partition", "Month"),
        block=table.get("block", 125),
    )
