"""What must hold of the Synapse workspace and its Spark pool (reference, 4.2)."""

from __future__ import annotations

import re
from typing import Any

from reconciler.model import readings
from reconciler.model.check import Weight
from reconciler.model.desired import DestinationType
from reconciler.model.geography import normal_region
from reconciler.model.phrases import number_of
from reconciler.resources.preflight.case import (
    Case,
    Found,
    Rule,
    at,
    by_eye,
    failed,
    judged,
    passed,
    rows,
    unread,
    unsure,
)
from reconciler.resources.preflight.storage import open_or_managed

_EVERYBODY = ("0.0.0.0", "255.255.255.255")  # noqa: S104 - ends of a firewall rule
_AZURE = ("0.0.0.0", "0.0.0.0")  # noqa: S104 - the rule that means Azure services
_SPARK = (3, 4)
_PLATFORM = (9, 2, 22082)
_FEWEST, _MOST = 5, 10


def has_workspace(case: Case) -> bool:
    """Whether the link uses a Synapse workspace."""
    return case.link.destination.workspace is not None


def is_delta(case: Case) -> bool:
    """Whether the link converts to Delta."""
    return case.type is DestinationType.DELTA


def creates_with_workspace(case: Case) -> bool:
    """Whether the link is to be created, with a workspace."""
    return case.creating and has_workspace(case)


def numbers(version: object) -> tuple[int, ...]:
    """The leading numbers of a version; none for what is no version."""
    found = re.match(r"\d+(?:\.\d+)*", version) if isinstance(version, str) else None
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def _region(case: Case) -> Found:
    here = normal_region(at(case.value(readings.WORKSPACE), "location"))
    there = normal_region(at(case.value(readings.STORAGE), "location"))
    said = f"workspace in {here or 'not said'}, account in {there or 'not said'}"
    return judged(here == there, said, "one region") if here and there else unsure(said)


def _ranges(case: Case) -> list[tuple[str, str]]:
    found = rows(case.value(readings.FIREWALL))
    ends = ("startIpAddress", "endIpAddress")
    return [(str(at(rule, "properties", ends[0])), str(at(rule, "properties", ends[1]))) for rule in found]


def _firewall(case: Case) -> Found:
    ranges = _ranges(case)
    said = "; ".join(f"{first} to {last}" for first, last in ranges) or "no rule"
    if _EVERYBODY in ranges or case.managed_identity:
        return passed(said)
    if case.managed_identity is None:
        return unsure(f"{said}; whether the environment has a managed identity could not be read")
    return failed(said, "a rule from 0.0.0.0 to 255.255.255.255")


def _azure_services(case: Case) -> Found:
    ranges = _ranges(case)
    said = "; ".join(f"{first} to {last}" for first, last in ranges) or "no rule"
    return judged(_AZURE in ranges or _EVERYBODY in ranges, said, "a rule from 0.0.0.0 to 0.0.0.0")


def _linked(case: Case) -> Found:
    default = str(at(case.value(readings.WORKSPACE), "properties", "defaultDataLakeStorage", "accountUrl") or "")
    if _account_of(default) == case.account:
        return passed(f"the default account is {default}")
    reading = unread(case, readings.LINKED_SERVICES)
    if reading:
        return unsure(f"{reading.source}: {reading.unread}")
    services = [each for each in rows(case.value(readings.LINKED_SERVICES)) if _is_lake(each)]
    urls = [at(each, "properties", "typeProperties", "url") for each in services]
    if any(isinstance(url, str) and _account_of(url) == case.account for url in urls):
        return passed(f"a linked service of {len(services)} leads to {case.account}")
    if any(not isinstance(url, str) for url in urls):
        return unsure("a linked service of type AzureBlobFS takes its url from a parameter")
    others = number_of(len(services), "linked service")
    return failed(f"default account {default or 'not said'}, {others} to others", case.account)


def _is_lake(service: dict[str, Any]) -> bool:
    return bool(at(service, "properties", "type") == "AzureBlobFS")


def _account_of(url: str) -> str:
    return url.lower().removeprefix("https://").partition("/")[0].partition(".")[0]


def _default_container(case: Case) -> Found:
    name = at(case.value(readings.WORKSPACE), "properties", "defaultDataLakeStorage", "filesystem")
    there = case.value(readings.DEFAULT_CONTAINER) is not None
    return judged(there, f"container {name} {'is there' if there else 'is missing'}", "the default container")


def _default_network(case: Case) -> Found:
    return open_or_managed(case, case.value(readings.DEFAULT_ACCOUNT))


def _exfiltration(case: Case) -> Found:
    path = ("properties", "managedVirtualNetworkSettings", "preventDataExfiltration")
    prevents = at(case.value(readings.WORKSPACE), *path)
    return judged(prevents is not True, f"preventDataExfiltration {prevents}", "preventDataExfiltration false")


def _pool(case: Case) -> Found:
    name = case.link.destination.spark_pool
    there = case.value(readings.SPARK_POOL) is not None
    return judged(there, f"pool {name} {'is there' if there else 'is missing'}", f"pool {name}")


def _has_pool(case: Case) -> bool:
    return is_delta(case) and (unread(case, readings.SPARK_POOL) is not None or bool(case.value(readings.SPARK_POOL)))


def _spark(case: Case) -> Found:
    version = at(case.value(readings.SPARK_POOL), "properties", "sparkVersion")
    said, found = f"sparkVersion {version}", numbers(version)[:2]
    if not found or found > _SPARK:
        return unsure(f"{said}; only 3.4 is known to be accepted")
    return judged(found == _SPARK, said, "sparkVersion 3.4")


def _size(case: Case) -> Found:
    pool = at(case.value(readings.SPARK_POOL), "properties")
    scale = at(pool, "autoScale")
    least, most = at(scale, "minNodeCount"), at(scale, "maxNodeCount")
    wanting = []
    if at(pool, "nodeSize") in (None, "None"):
        wanting.append(f"nodeSize {at(pool, 'nodeSize')}")
    if not at(scale, "enabled"):
        wanting.append("no autoScale")
    elif not (isinstance(least, int) and isinstance(most, int) and least >= _FEWEST and most >= _MOST):
        wanting.append(f"autoScale {least} to {most} nodes")
    wanting += [f"no {name}" for name in ("autoPause", "dynamicExecutorAllocation") if not at(pool, name, "enabled")]
    expected = "Small nodes or larger, autoScale 5 to 10, autoPause, dynamicExecutorAllocation 1 to 9"
    return judged(not wanting, ", ".join(wanting) or "sized as Microsoft recommends", expected)


def _sql_pools(case: Case) -> Found:
    prefix = f"{case.link.destination.workspace}/sqlpools/"
    found = sorted(each.rpartition("/")[2] for each in case.live.resources if each.startswith(prefix))
    return judged(not found, f"dedicated SQL pools: {', '.join(found) or 'none'}", "serverless SQL or Spark")


def _platform(case: Case) -> Found:
    version = case.value(readings.VERSION)
    found = numbers(version)
    return judged(found >= _PLATFORM, f"version {version}", "9.2.22082 or later") if found else unsure(f"{version}")


RULES = (
    Rule(
        "4.2", "workspace-other-region", "Workspace and storage account are in one region", Weight.BLOCKS, "D",
        "Azure Resource Manager, workspaces and storageAccounts, location", "The workspace is not offered.",
        "Use a workspace in the account's region.", _region, "at creation, with a workspace", creates_with_workspace,
        (readings.WORKSPACE, readings.STORAGE),
    ),
    Rule(
        "4.2", "workspace-firewall", "The workspace lets every address in", Weight.BLOCKS, "D, K",
        "Azure Resource Manager, workspaces/firewallRules", "The service can't reach the workspace (SYN-805).",
        "Add the rule allowAll, or use a managed identity.", _firewall, "with a workspace, without managed identity",
        has_workspace, (readings.FIREWALL,),
    ),
    Rule(
        "4.2", "workspace-azure-services", "The workspace lets Azure services in", Weight.BLOCKS, "D, K",
        "Azure Resource Manager, workspaces/firewallRules", "The service can't reach the workspace (SYN-805).",
        "Allow Azure services in the workspace's networking.", _azure_services, "with a workspace", has_workspace,
        (readings.FIREWALL,),
    ),
    Rule(
        "4.2", "account-not-linked-service", "The workspace has the account as its own or as a linked service",
        Weight.BLOCKS, "D", "Azure Resource Manager, workspaces, properties.defaultDataLakeStorage; development "
        "endpoint, linkedservices of type AzureBlobFS, typeProperties.url", "The workspace is not offered.",
        "Add a linked service of type Azure Data Lake Storage Gen2 with the account's URL.", _linked,
        "at creation, with a workspace", creates_with_workspace, (readings.WORKSPACE,),
    ),
    Rule(
        "4.2", "default-container-missing", "The workspace's default container is there", Weight.BLOCKS, "D, K",
        "Azure Resource Manager, workspaces, properties.defaultDataLakeStorage.filesystem, and its container",
        "The conversion to Delta stops (SYN-806).", "Make it again under the same name.", _default_container, "delta",
        is_delta, (readings.WORKSPACE, readings.DEFAULT_CONTAINER),
    ),
    Rule(
        "4.2", "default-container-closed", "The workspace's default account lets every network in", Weight.BLOCKS,
        "D, K", "Azure Resource Manager, storageAccounts, properties.publicNetworkAccess and networkAcls",
        "The conversion to Delta stops (SYN-810).", "Take the restriction away, or use a managed identity.",
        _default_network, "delta", is_delta, (readings.DEFAULT_ACCOUNT,),
    ),
    Rule(
        "4.2", "data-exfiltration-protection", "The workspace has no data exfiltration protection", Weight.BLOCKS,
        "D, K", "Azure Resource Manager, workspaces, "
        "properties.managedVirtualNetworkSettings.preventDataExfiltration", "Delta links are refused (SYN-809).",
        "Use another workspace: the protection is final.", _exfiltration, "delta", is_delta, (readings.WORKSPACE,),
    ),
    Rule(
        "4.2", "spark-pool-missing", "The Spark pool is there", Weight.BLOCKS, "D",
        "Azure Resource Manager, workspaces/bigDataPools", "The conversion to Delta stops (SPARK-807).",
        "Make it (again) under the same name.", _pool, "delta", is_delta, (readings.SPARK_POOL,),
    ),
    Rule(
        "4.2", "spark-version", "The Spark pool is of version 3.4", Weight.BLOCKS, "D, K",
        "Azure Resource Manager, workspaces/bigDataPools, properties.sparkVersion",
        "New links are refused, and old versions are switched off (SPARK-807).", "Make a pool of version 3.4.", _spark,
        "delta", _has_pool, (readings.SPARK_POOL,),
    ),
    Rule(
        "4.2", "spark-pool-small", "The Spark pool is sized as recommended", Weight.WARNS, "D, K",
        "Azure Resource Manager, workspaces/bigDataPools, properties.nodeSize, autoScale, autoPause, "
        "dynamicExecutorAllocation", "Jobs may not fit (SPARK-808), or cost more than they need.",
        "Small nodes, 5 to 10 of them, pausing after 5 minutes, 1 to 9 executors.", _size, "delta", _has_pool,
        (readings.SPARK_POOL,),
    ),
    Rule(
        "4.2", "spark-pool-shared", "The Spark pool serves nothing else", Weight.WARNS, "D", "your own knowledge",
        "Other jobs take the nodes that the conversion needs.", "Give links a pool of their own.", by_eye, "delta",
        is_delta, by_eye=True,
    ),
    Rule(
        "4.2", "spark-quota", "The workspace may use more than 12 Spark vCores", Weight.WARNS, "D",
        "quota page of the workspace", "The pool can't scale.", "Ask for a larger quota.", by_eye, "delta", is_delta,
        by_eye=True,
    ),
    Rule(
        "4.2", "dedicated-sql-pool", "No dedicated SQL pool is expected to read the link", Weight.INFORMS, "D",
        "Azure Resource Graph, workspaces/sqlpools", "The link's tables do not show in dedicated SQL pools.",
        "Read with serverless SQL or Spark.", _sql_pools, "with a workspace",
        lambda case: has_workspace(case) and case.live.resources_unreadable is None,
    ),
    Rule(
        "4.2", "platform-too-old", "The platform is of version 9.2.22082 or later", Weight.BLOCKS, "D",
        "Dataverse Web API, RetrieveVersion", "The option is missing.", "Update the environment.", _platform, "delta",
        is_delta, (readings.VERSION,),
    ),
)  # fmt: skip
