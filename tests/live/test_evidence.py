"""What is read for links before they change: shared, bounded, and never a fall."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.live.evidence import with_evidence
from reconciler.live.snapshot import read_snapshot
from reconciler.model.applications import LINK_SERVICE
from reconciler.model.change import Status
from reconciler.model.check import Verdict
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.desired import Destination, DestinationType, SynapseLink
from reconciler.model.evidence import Evidence
from reconciler.resources.preflight import checks_of
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, SALES_LINK, SERVICE_LINK, changed, fleet, storage
from tests.run import plan

Start = Callable[..., AbstractContextManager[Cloud]]
DELTA_LINK = changed(
    SERVICE_LINK, destination=replace(SERVICE_LINK.destination, type=DestinationType.DELTA, spark_pool="spark")
)
FABRIC_LINK = changed(
    SERVICE_LINK,
    name="fabric-link",
    destination=Destination(DestinationType.FABRIC, fabric_workspace="f", fabric_connection="c"),
)


def evidence(cloud: Cloud, configuration: Configuration, *links: SynapseLink) -> dict[tuple[str, str], Evidence]:
    desired = fleet(*links)
    with clients_of(cloud, configuration) as clients:
        live = read_snapshot(clients, desired, configuration)
        cloud.record.clear()
        return dict(with_evidence(clients, desired, live, configuration, desired.links).evidence)


def test_every_reading_of_a_delta_link_is_made(cloud: Cloud, configuration: Configuration) -> None:
    (found,) = evidence(cloud, configuration, DELTA_LINK).values()
    assert {name for name in found if found.get(name) is None} == set()
    assert set(found) >= {
        "admin", "version", "storage", "subscription", "container", "lifecycle", "workspace", "firewallRules",
        "sparkPool", "defaultContainer", "defaultAccount", "linkedServices", "synapseRoles", "assignments",
        "servicePrincipals", "user", "dataverseRoles", "serviceTables", "columns", "relationships",
    }  # fmt: skip
    assert found.readings["container"].value is None
    assert found.readings["version"].value == "9.2.25104.00155"
    assert cloud.record.unserved == []
    assert cloud.record.writes == []


def test_a_link_to_fabric_rests_on_no_azure_resource(cloud: Cloud, configuration: Configuration) -> None:
    (found,) = evidence(cloud, configuration, FABRIC_LINK).values()
    assert "fabricWorkspaces" in set(found)
    assert set(found).isdisjoint({"storage", "workspace", "assignments", "servicePrincipals"})


def test_without_a_person_signed_in_nothing_about_one_is_looked_for(cloud: Cloud, configuration: Configuration) -> None:
    (found,) = evidence(cloud, replace(configuration, sign_in=SignIn.NONE), DELTA_LINK).values()
    assert set(found).isdisjoint({"user", "dataverseRoles", "serviceTables", "fabricWorkspaces"})


def test_what_links_share_is_read_once(cloud: Cloud, configuration: Configuration) -> None:
    beside = changed(SERVICE_LINK, name="second-link", destination=replace(
        SERVICE_LINK.destination, storage_account=storage("flatlake")))  # fmt: skip
    evidence(cloud, configuration, SERVICE_LINK, beside, SALES_LINK)
    for route in ("graph.principals", "arm.subscription", "synapse.roles", "arm.firewall"):
        assert cloud.record.count(route=route) == 1, route
    assert cloud.record.count(route="bap.environment") == 2


def test_an_environment_that_was_not_read_is_not_looked_into(start_cloud: Start, configuration: Configuration) -> None:
    rights = CLOUD | {"principals": {"app": {"dataverse": ["sales"]}}}
    with start_cloud(rights) as cloud:
        assert set(evidence(cloud, configuration, SALES_LINK, SERVICE_LINK)) == {SALES_LINK.key}


ROUTES = (
    "bap.environment", "arm.storage", "arm.subscription", "arm.container", "arm.lifecycle", "arm.workspace",
    "arm.firewall", "arm.pool", "arm.graph", "synapse.linkedservices", "synapse.roles", "graph.principals",
    "dataverse.version", "dataverse.systemusers",
)  # fmt: skip
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "refused"},
    {"kind": "nonsense"},
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_reading_that_fails_is_a_reading_and_its_checks_are_unknown(
    cloud: Cloud, configuration: Configuration, route: str, fault: dict[str, Any]
) -> None:
    desired = fleet(DELTA_LINK)
    with clients_of(cloud, configuration) as clients:
        live = read_snapshot(clients, desired, configuration)
        cloud.faults.add(route=route, times=None, **fault)
        live = with_evidence(clients, desired, live, configuration, desired.links)
    (found,) = live.evidence.values()
    unread = [reading for reading in found.readings.values() if reading.unread]
    assert unread
    checks = checks_of(DELTA_LINK, ENVIRONMENTS["service"], live, configuration)
    needed = route != "synapse.linkedservices"  # the account is the workspace's own
    assert any(check.verdict is Verdict.UNKNOWN and not check.by_eye for check in checks) is needed
    assert all(check.verdict is not Verdict.FAILED for check in checks)


SPOILT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"missingApplications": [LINK_SERVICE]}, "application-missing"),
    ({"storageAccounts": [{"name": "servicelake", "resourceGroup": "rg-data", "defaultAction": "Deny"}]},
     "storage-network-closed"),
    ({"storageAccounts": [{"name": "servicelake", "resourceGroup": "rg-data", "allowSharedKeyAccess": False}]},
     "shared-key-off"),
    ({"storageAccounts": [{"name": "servicelake", "resourceGroup": "rg-data", "location": "eastus"}]},
     "storage-other-region"),
    ({"workspaces": [{"name": "ws-service", "resourceGroup": "rg-data", "storageAccount": "servicelake",
                      "firewallRules": []}]}, "workspace-firewall"),
)  # fmt: skip


@pytest.mark.parametrize(("part", "code"), SPOILT, ids=[code for _, code in SPOILT])
def test_one_link_on_unsound_ground_is_blocked_and_the_other_goes_on(
    start_cloud: Start, configuration: Configuration, part: dict[str, Any], code: str
) -> None:
    lakes = part.get("storageAccounts")
    rest = [each for each in CLOUD["storageAccounts"] if each["name"] != "servicelake"]
    seed = CLOUD | part | ({"storageAccounts": [*lakes, *rest]} if lakes else {})
    with start_cloud(seed) as cloud, clients_of(cloud, configuration) as clients:
        found = plan(clients, fleet(), configuration)
    status = {change.environment: change.status for change in found.pending}
    assert code in {each.code for each in found.diagnostics}
    assert status["service"] is Status.BLOCKED
    if code != "application-missing":
        assert status["sales"] is Status.READY


def test_a_plan_with_nothing_to_do_looks_at_nothing_more(cloud: Cloud, configuration: Configuration) -> None:
    same = changed(SALES_LINK, tables=SALES_LINK.tables[:2], interval=60)
    with clients_of(cloud, configuration) as clients:
        assert plan(clients, fleet(same), configuration).pending == ()
    assert cloud.record.count(route="graph.principals") == 0
    assert cloud.record.count(route="arm.lifecycle") == 0
