"""What must hold of the storage account and the container (reference, 4.1)."""

from __future__ import annotations

import re
from typing import Any

from reconciler.model import readings
from reconciler.model.check import Weight
from reconciler.model.desired import DestinationType, Relink
from reconciler.model.geography import GEOGRAPHY, normal_region
from reconciler.resources.preflight.case import Case, Found, Rule, at, failed, judged, passed, rows, unsure

_CONTAINER_NAME = re.compile(r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_READ_ACCESS = ("RAGRS", "RAGZRS")


def has_account(case: Case) -> bool:
    """Whether the link exports to an account of one's own."""
    return bool(case.account)


def creates_in_account(case: Case) -> bool:
    """Whether the link is to be created, in an account of one's own."""
    return case.creating and has_account(case)


def is_open(account: object) -> bool:
    """Whether a storage account lets every network in. Fields that are absent mean open."""
    public = at(account, "properties", "publicNetworkAccess") in (None, "Enabled")
    return public and at(account, "properties", "networkAcls", "defaultAction") in (None, "Allow")


def network_words(account: object) -> str:
    """What a storage account says of networks."""
    properties = at(account, "properties")
    return (
        f"publicNetworkAccess {at(properties, 'publicNetworkAccess')}, "
        f"networkAcls.defaultAction {at(properties, 'networkAcls', 'defaultAction')}, "
        f"bypass {at(properties, 'networkAcls', 'bypass')}"
    )


def open_or_managed(case: Case, account: object) -> Found:
    """A closed network is for links with a managed identity alone."""
    said = network_words(account)
    if is_open(account) or case.managed_identity:
        return passed(said)
    if case.managed_identity is None:
        return unsure(f"{said}; whether the environment has a managed identity could not be read")
    return failed(said, "open to every network, or an enterprise policy with a managed identity")


def _tenant(case: Case) -> Found:
    found = at(case.value(readings.SUBSCRIPTION), "tenantId")
    said = f"tenantId {found}"
    if not isinstance(found, str):
        return unsure(said)
    return judged(found.lower() == case.declared.tenant_id.lower(), said, f"tenantId {case.declared.tenant_id}")


def same_region(found: object, wanted: object) -> Found:
    """Exactly the region is right; another one of its geography is refused by most accounts, and worth a warning."""
    region, needed = normal_region(found), normal_region(wanted)
    said, expected = f"location {region or 'not said'}, the environment's region {needed or 'not said'}", needed
    if not region or not needed:
        return unsure(said)
    if region == needed:
        return passed(said)
    if region not in GEOGRAPHY or needed not in GEOGRAPHY:
        return unsure(f"{said}; which geography they are of is not known")
    near = GEOGRAPHY[region] == GEOGRAPHY[needed]
    return failed(said, expected, weight=Weight.WARNS if near else Weight.BLOCKS)


def _region(case: Case) -> Found:
    return same_region(at(case.value(readings.STORAGE), "location"), at(case.value(readings.ADMIN), "azureRegion"))


def _group(case: Case) -> Found:
    account, workspace = case.link.destination.storage_account or "", case.link.destination.workspace or ""
    here, there = account.partition("/providers/")[0], workspace.partition("/providers/")[0]
    return judged(here == there, f"account in {here}, workspace in {there}", "one subscription and resource group")


def _shared_key(case: Case) -> Found:
    allowed = at(case.value(readings.STORAGE), "properties", "allowSharedKeyAccess")
    said = f"allowSharedKeyAccess {allowed}"
    if allowed is not False or case.managed_identity:
        return passed(said)
    if case.managed_identity is None:
        return unsure(f"{said}; whether the environment has a managed identity could not be read")
    return failed(said, "allowSharedKeyAccess true, until the link is created")


def _network(case: Case) -> Found:
    return open_or_managed(case, case.value(readings.STORAGE))


def _bypass(case: Case) -> Found:
    account = case.value(readings.STORAGE)
    bypass = str(at(account, "properties", "networkAcls", "bypass") or "")
    return judged(
        is_open(account) or "AzureServices" in bypass, network_words(account), "networkAcls.bypass with AzureServices"
    )


def _addresses(case: Case) -> Found:
    account = case.value(readings.STORAGE)
    rules = rows(at(account, "properties", "networkAcls", "ipRules"))
    said = f"{len(rows(rules))} ipRules, {network_words(account)}"
    return judged(is_open(account) or bool(case.managed_identity) or not rules, said, "no reliance on ipRules")


def _copy_scope(case: Case) -> Found:
    scope = at(case.value(readings.STORAGE), "properties", "allowedCopyScope")
    return judged(scope in (None, "All"), f"allowedCopyScope {scope}", "allowedCopyScope not set")


def _redundancy(case: Case) -> Found:
    sku = str(at(case.value(readings.STORAGE), "sku", "name"))
    return judged(sku.endswith(_READ_ACCESS), f"sku.name {sku}", "Standard_RAGRS or Standard_RAGZRS")


def _lifecycle(case: Case) -> Found:
    policy = case.value(readings.LIFECYCLE)
    container = case.link.destination.container
    found = rows(at(policy, "properties", "policy", "rules"))
    in_force = [rule for rule in found if rule.get("enabled") is not False]
    at_fault = [str(rule.get("name")) for rule in in_force if _deletes(rule, container)]
    said = f"{len(found)} rules" + (f", of which delete: {', '.join(at_fault)}" if at_fault else "")
    return judged(not at_fault, said, "no rule that deletes blobs of the container")


def _deletes(rule: dict[str, Any], container: str | None) -> bool:
    actions = at(rule, "definition", "actions")
    if not any(at(actions, part, "delete") is not None for part in ("baseBlob", "snapshot", "version")):
        return False
    prefixes = at(rule, "definition", "filters", "prefixMatch")
    if not isinstance(prefixes, list) or not prefixes or container is None:
        return True
    return any(str(prefix).split("/")[0] in ("", container) or container.startswith(str(prefix)) for prefix in prefixes)


def _left_over(case: Case) -> Found:
    name = case.link.destination.container
    if case.value(readings.CONTAINER) is None:
        return passed(f"no container '{name}'")
    if any(account == case.account and container == name for account, container in case.environment.lakes):
        return passed(f"container '{name}' is of this link, whose creation stopped halfway")
    weight = Weight.WARNS if case.link.relink is Relink.ALLOW else None
    return failed(f"container '{name}' exists", f"no container '{name}'", weight=weight)


def _name(case: Case) -> Found:
    name = case.link.destination.container or ""
    holds = _CONTAINER_NAME.fullmatch(name) is not None
    return judged(holds, f"'{name}'", "3 to 63 lower-case letters, digits and single hyphens")


RULES = (
    Rule(
        "4.1", "storage-other-tenant", "The storage account is of the environment's tenant", Weight.BLOCKS, "D, K",
        "Azure Resource Manager, subscriptions, tenantId", "The service refuses the account.",
        "Use an account of the environment's tenant.", _tenant, "at creation, not fabric", creates_in_account,
        (readings.SUBSCRIPTION,),
    ),
    Rule(
        "4.1", "storage-other-region", "The storage account is in the environment's region", Weight.BLOCKS, "D",
        "Azure Resource Manager, storageAccounts, location; Power Platform administration, azureRegion",
        "The account is not offered. In another region of the same geography it is a warning.",
        "Use an account in the environment's region.", _region, "at creation, not fabric", creates_in_account,
        (readings.STORAGE, readings.ADMIN),
    ),
    Rule(
        "4.1", "workspace-other-group", "Storage account and workspace share a resource group", Weight.BLOCKS, "D, S",
        "resource ids of the manifest", "The service refuses the pair.",
        "Move one of them, or use another workspace.", _group, "at creation, with a workspace",
        lambda case: creates_in_account(case) and case.link.destination.workspace is not None,
    ),
    Rule(
        "4.1", "shared-key-off", "Access by shared key is allowed while the link is created", Weight.BLOCKS, "D, K",
        "Azure Resource Manager, storageAccounts, properties.allowSharedKeyAccess",
        "The creation fails. Afterwards it may be switched off.",
        "Allow it until the link is created, or give the environment a managed identity.", _shared_key,
        "at creation, without managed identity", creates_in_account, (readings.STORAGE,),
    ),
    Rule(
        "4.1", "storage-network-closed", "The storage account lets every network in", Weight.BLOCKS, "D, S, K",
        "Azure Resource Manager, storageAccounts, properties.publicNetworkAccess and networkAcls",
        "The service can't reach the account (ADLS-802).",
        "Open the account, or link an enterprise policy with a managed identity to the environment.", _network,
        "not fabric, without managed identity", has_account, (readings.STORAGE,),
    ),
    Rule(
        "4.1", "storage-bypass-missing", "A closed storage account lets trusted Azure services in", Weight.BLOCKS,
        "D, K", "Azure Resource Manager, storageAccounts, properties.networkAcls.bypass",
        "The managed identity can't reach the account (MSI-801).", "Add AzureServices to the bypass of the firewall.",
        _bypass, "not fabric, with managed identity",
        lambda case: has_account(case) and case.managed_identity is True, (readings.STORAGE,),
    ),
    Rule(
        "4.1", "storage-firewall-by-address", "Access does not rest on allowed addresses", Weight.WARNS, "D, K",
        "Azure Resource Manager, storageAccounts, properties.networkAcls.ipRules",
        "The service has no fixed addresses that could be allowed.", "Open the account, or use a managed identity.",
        _addresses, "not fabric", has_account, (readings.STORAGE,),
    ),
    Rule(
        "4.1", "copy-scope-limited", "Copies from any account are allowed", Weight.BREAKS, "D, K",
        "Azure Resource Manager, storageAccounts, properties.allowedCopyScope",
        "Snapshots (_partitioned) get no data.", "Take the permitted copy scope off the account.", _copy_scope, "csv",
        lambda case: case.type is DestinationType.CSV, (readings.STORAGE,),
    ),
    Rule(
        "4.1", "storage-without-read-access", "The account is geo-redundant with read access", Weight.INFORMS, "D",
        "Azure Resource Manager, storageAccounts, sku.name", "Recommended by Microsoft; nothing breaks without it.",
        "Choose RA-GRS, or leave it.", _redundancy, "not fabric", has_account, (readings.STORAGE,),
    ),
    Rule(
        "4.1", "lifecycle-deletes-data", "No lifecycle rule deletes what the link wrote", Weight.WARNS, "D, K",
        "Azure Resource Manager, managementPolicies/default, properties.policy.rules",
        "Files that vanish break the sync.", "Keep the container out of the rules that delete.", _lifecycle,
        "not fabric", has_account, (readings.LIFECYCLE,),
    ),
    Rule(
        "4.1", "container-left-over", "No container of that name is there", Weight.BLOCKS, "D",
        "Azure Resource Manager, blobServices/default/containers",
        "The service refuses a container that a former link of the environment left (403).",
        "Delete the container if its data is not needed (relink: clean does it), or name another.", _left_over,
        "at creation, not fabric; a warning with relink: allow",
        lambda case: creates_in_account(case) and case.link.relink is not Relink.CLEAN, (readings.CONTAINER,),
    ),
    Rule(
        "4.1", "container-name-odd", "The container's name is one that Azure takes", Weight.WARNS, "K",
        "destination.container of the manifest", "The container can't be made under that name.",
        "Correct the name.", _name, "at creation, where a container is named",
        lambda case: creates_in_account(case) and bool(case.link.destination.container),
    ),
)  # fmt: skip
