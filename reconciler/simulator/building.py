"""How do the entries of a seed become the documents of the store?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator import azure, children
from reconciler.simulator.building_links import LinkBuilder
from reconciler.simulator.graph import principal_key
from reconciler.simulator.hosts import PUBLIC
from reconciler.simulator.nouns import Environment, Principal, Resource, Tenant, derived_id
from reconciler.simulator.storage import Container
from reconciler.simulator.world import default_principal, document_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reconciler.simulator.hosts import Cloud

Document = tuple[str, str, dict[str, Any]]
Seed = dict[str, Any]
SETTINGS = {
    "signIn": "sign_in",
    "appTokenSeconds": "app_token_seconds",
    "userTokenSeconds": "user_token_seconds",
    "indexLagSeconds": "index_lag_seconds",
    "assumptions": "assumptions",
}
RIGHTS = {
    "dataverse": "dataverse",
    "azure": "azure",
    "linkAdministrator": "link_administrator",
    "synapse": "synapse",
    "storage": "storage",
}
FLAGS = {"bap": "bap", "directory": "directory", "metadataWrite": "metadata_write", "name": "name"}
WORDS = {"all": True, "none": False}


class Builder:
    """Makes the documents of one seed, which has been checked."""

    def __init__(self, seed: Seed, now: float, instance: str, answers: Mapping[str, str]) -> None:
        self._seed = seed
        self._answers = answers
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
        entries = [*self._granted(), *self._seed.get("roleAssignments", [])]
        assigned = {body["id"]: body for body in map(azure.role_assignment, entries)}.values()
        documents += self._default_containers()
        documents += [("assignment", body["id"], body) for body in assigned]
        documents += [("principal", principal.kind, document_of(principal)) for principal in self._principals()]
        given = self._seed.get("settings", {})
        answers = {**self._answers, **given.get("assumptions", {})}
        links = LinkBuilder(self._seed, self._now, self._environments, self._accounts, answers)
        documents += links.documents()
        documents += [("environment", each.id, document_of(each)) for each in self._environments.values()]
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
            if "lifecycleRules" in entry:
                policy = children.lifecycle_policy(body, entry["lifecycleRules"])
                self._keep(policy["type"], policy)
        for entry in seed.get("workspaces", []):
            self._build_workspace(entry)
        self._build_principals()

    def _build_principals(self) -> None:
        missing = self._seed.get("missingApplications", [])
        for tenant in self._tenants.values():
            for app, name in children.FIRST_PARTY.items():
                if app not in missing:
                    body = children.service_principal(tenant.id, app, name)
                    key = principal_key(tenant.id, app)
                    self._resources[key] = Resource(key, "servicePrincipal", body, self._now)

    def _build_workspace(self, entry: Seed) -> None:
        group = self._groups[entry["resourceGroup"]]
        account = self._accounts.get(entry.get("storageAccount", ""))
        body = azure.workspace(group, entry, group["tenantId"], account, self._cloud)
        self._workspaces[entry["name"]] = body
        self._keep(body["type"], body)
        for pool in entry.get("pools", []):
            made = azure.spark_pool(body, pool)
            self._keep(made["type"], made)
        for rule in children.firewall_rules(body, entry):
            self._keep(rule["type"], rule)
        linked = [self._accounts[name] for name in entry.get("linkedServices", [])]
        for lake in linked if "linkedServices" in entry else filter(None, [account]):
            service = children.linked_service(body, lake)
            self._keep(service["type"], service)
        if self._grants:
            self._build_synapse_roles(body, group["tenantId"])

    def _build_synapse_roles(self, workspace: dict[str, Any], tenant: str) -> None:
        service = children.service_principal(tenant, children.LINK_SERVICE, "")["id"]
        user = default_principal("user", self._instance).id
        for principal, kind in ((user, "User"), (service, "ServicePrincipal")):
            role = children.synapse_role(workspace, principal, children.SYNAPSE_ADMINISTRATOR, kind)
            key = f"{workspace['id']}/roles/{role['id']}"
            self._resources[key.lower()] = Resource(key, "synapseRole", role, self._now)

    @property
    def _grants(self) -> bool:
        return bool(self._seed.get("grantRoles", True))

    def _granted(self) -> Iterator[Seed]:
        """The roles that links need, for those who need them, where the seed doesn't keep them back."""
        if not self._grants:
            return
        user = default_principal("user", self._instance).id
        for resource in self._resources.values():
            if resource.type == "subscription":
                yield from children.granted(resource.body["tenantId"], user, resource.id)
        for workspace in self._workspaces.values():
            scope = workspace["properties"]["defaultDataLakeStorage"].get("resourceId")
            if scope:
                principal = workspace["identity"]["principalId"]
                yield {"principalId": principal, "role": children.BLOB_CONTRIBUTOR, "scope": scope}

    def _default_containers(self) -> Iterator[Document]:
        """The containers that workspaces were made with, and those of other data."""
        for entry in self._seed.get("storageAccounts", []):
            for name in entry.get("containers", []):
                held = Container(entry["name"], name, "", self._now)
                yield "container", held.key, document_of(held)
        for entry in self._seed.get("workspaces", []):
            if "storageAccount" in entry and entry.get("filesystemExists", True):
                made = Container(entry["storageAccount"], entry.get("filesystem", "synapse"), "", self._now)
                yield "container", made.key, document_of(made)

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
            identity_policy=entry.get("managedIdentity", False),
            finops=entry.get("finops", "finopsTables" in entry),
            finops_tables=[
                {"name": table} if isinstance(table, str) else table for table in entry.get("finopsTables", [])
            ],
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
