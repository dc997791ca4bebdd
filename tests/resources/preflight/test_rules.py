"""Every rule of preflight: when it holds, when it does not, and when nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.model.applications import LINK_SERVICE, POWER_QUERY
from reconciler.model.check import Verdict, Weight
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, Relink, SynapseLink, Table, TableSource
from reconciler.model.live import FormerLink, TableDefinition
from reconciler.resources.preflight import RULES, checks_of, roles
from tests.builders import (
    azure_resource,
    definitions,
    desired_environment,
    live_environment,
    live_link,
    live_table,
    snapshot,
    storage_id,
    workspace_id,
)
from tests.resources.preflight.cases import (
    ADMIN,
    ASSIGNMENTS,
    AZURE,
    CLOSED,
    CSV,
    DELTA,
    DOMAIN,
    EVERYBODY,
    FABRIC,
    FINOPS,
    FOLDERS,
    MANAGED,
    PERSON,
    PRINCIPALS,
    SERVICE,
    SOUND,
    account,
    assigned,
    check,
    checks,
    elsewhere,
    lifecycle,
    link_to,
    linked_service,
    live_with,
    pool,
    prefixed,
    rule,
    synapse_role,
    workspace,
)

PASSED, FAILED, UNKNOWN = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN
NOT_READ = PermissionError("403 Forbidden")
GROUP_OWNER = assigned("group-1", roles.OWNER, kind="Group")
LINKS = {"csv": link_to(), "delta": link_to(DELTA), "incremental": link_to(FOLDERS), "fabric": link_to(FABRIC)}


def without(*principals: str) -> list[dict[str, Any]]:
    return [row for row in ASSIGNMENTS if row["principalId"] not in principals]


def definition(name: str, table_type: str) -> TableDefinition:
    return TableDefinition(name, True, True, table_type, is_intersect=False)


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_on_sound_ground_fails_nothing_and_leaves_open_what_no_api_shows(link: SynapseLink) -> None:
    found = checks(link, live_with())
    assert [each.code for each in found if each.verdict is FAILED] == []
    assert [each.code for each in found if each.verdict is UNKNOWN and not each.by_eye] == []
    assert all(each.evidence and each.consequence and each.remedy and each.partition == "dev" for each in found)


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_where_nothing_could_be_read_no_check_that_rests_on_it_is_passed_or_failed(link: SynapseLink) -> None:
    live = live_with(readings=dict.fromkeys(SOUND, NOT_READ))
    by_code = {each.code: each for each in checks(link, live)}
    for each in RULES:
        if each.reads and each.code in by_code:
            assert by_code[each.code].verdict is UNKNOWN
            assert "403 Forbidden" in by_code[each.code].evidence


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_what_was_not_looked_for_is_left_out(link: SynapseLink) -> None:
    found = {each.code for each in checks(link, live_with(readings=dict.fromkeys(SOUND, ...)))}
    assert found.isdisjoint(each.code for each in RULES if each.reads)


NONSENSE = [None, 7, "text", [], {}, [None], [[]], {"properties": 3}, {"properties": {"networkAcls": []}}, [{"a": {}}]]


@pytest.mark.parametrize("value", NONSENSE, ids=str)
@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_nonsense_from_a_service_is_judged_without_a_fall(link: SynapseLink, value: Any) -> None:
    live = live_with(readings=dict.fromkeys(SOUND, value))
    assert checks(link, live)


def test_the_codes_are_different_and_every_section_of_the_reference_is_there() -> None:
    codes = [each.code for each in RULES]
    assert len(codes) == len(set(codes))
    assert {each.section for each in RULES} >= {"4.1", "4.2", "4.3", "4.4", "4.5", "4.6"}


SPOILT: list[tuple[str, Destination, dict[str, Any], Verdict]] = [
    ("administration-mode", CSV, {"admin": {"states": {"runtime": {"id": "AdminMode"}}}}, FAILED),
    ("administration-mode", CSV, {"admin": {}}, UNKNOWN),
    ("storage-other-tenant", CSV, {"subscription": {"tenantId": "99999999"}}, FAILED),
    ("storage-other-tenant", CSV, {"subscription": {}}, UNKNOWN),
    ("storage-other-region", CSV, {"storage": account(location="eastus")}, FAILED),
    ("storage-other-region", CSV, {"storage": account(location="North Europe")}, FAILED),
    ("storage-other-region", CSV, {"storage": account(location="italynorth")}, UNKNOWN),
    ("storage-other-region", CSV, {"storage": account(location=None)}, UNKNOWN),
    ("shared-key-off", CSV, {"storage": account({"allowSharedKeyAccess": False})}, FAILED),
    ("shared-key-off", CSV, {"storage": account({"allowSharedKeyAccess": False}), "admin": MANAGED}, PASSED),
    ("shared-key-off", CSV, {"storage": account({"allowSharedKeyAccess": False}), "admin": NOT_READ}, UNKNOWN),
    ("storage-network-closed", CSV, {"storage": account(CLOSED)}, FAILED),
    ("storage-network-closed", CSV, {"storage": account({"publicNetworkAccess": "Disabled"})}, FAILED),
    ("storage-network-closed", CSV, {"storage": account(CLOSED), "admin": MANAGED}, PASSED),
    ("storage-network-closed", CSV, {"storage": account(CLOSED), "admin": NOT_READ}, UNKNOWN),
    ("storage-bypass-missing", CSV, {"storage": account(CLOSED), "admin": MANAGED}, PASSED),
    (
        "storage-bypass-missing",
        CSV,
        {"storage": account({"networkAcls": {"defaultAction": "Deny", "bypass": "Logging"}}), "admin": MANAGED},
        FAILED,
    ),
    (
        "storage-firewall-by-address",
        CSV,
        {"storage": account({"networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "20.0.0.1"}]}})},
        FAILED,
    ),
    ("copy-scope-limited", CSV, {"storage": account({"allowedCopyScope": "AAD"})}, FAILED),
    ("copy-scope-limited", CSV, {"storage": account({"allowedCopyScope": "All"})}, PASSED),
    ("storage-without-read-access", CSV, {"storage": account(sku={"name": "Standard_LRS"})}, FAILED),
    ("lifecycle-deletes-data", CSV, {"lifecycle": lifecycle()}, FAILED),
    ("lifecycle-deletes-data", CSV, {"lifecycle": lifecycle(enabled=False)}, PASSED),
    ("lifecycle-deletes-data", CSV, {"lifecycle": lifecycle(definition={"actions": {"baseBlob": {}}})}, PASSED),
    ("lifecycle-deletes-data", CSV, {"lifecycle": lifecycle(definition=prefixed("logs/", "other"))}, PASSED),
    ("lifecycle-deletes-data", CSV, {"lifecycle": lifecycle(definition=prefixed("dataverse-dev/account"))}, FAILED),
    ("lifecycle-deletes-data", CSV, {"lifecycle": lifecycle(definition=prefixed("dataverse"))}, FAILED),
    ("container-left-over", CSV, {"container": {"name": "dataverse-dev"}}, FAILED),
    ("workspace-other-region", CSV, {"workspace": workspace() | {"location": "eastus"}}, FAILED),
    ("workspace-other-region", CSV, {"workspace": workspace() | {"location": None}}, UNKNOWN),
    ("workspace-firewall", CSV, {"firewallRules": [AZURE]}, FAILED),
    ("workspace-firewall", CSV, {"firewallRules": []}, FAILED),
    ("workspace-firewall", CSV, {"firewallRules": [AZURE], "admin": MANAGED}, PASSED),
    ("workspace-firewall", CSV, {"firewallRules": [AZURE], "admin": NOT_READ}, UNKNOWN),
    ("workspace-azure-services", CSV, {"firewallRules": [rule("20.0.0.1", "20.0.0.9")]}, FAILED),
    ("workspace-azure-services", CSV, {"firewallRules": []}, FAILED),
    ("workspace-azure-services", CSV, {"firewallRules": [EVERYBODY]}, PASSED),
    ("account-not-linked-service", CSV, {"workspace": elsewhere()}, FAILED),
    (
        "account-not-linked-service",
        CSV,
        {"workspace": elsewhere(), "linkedServices": [linked_service(f"https://devlake.{DOMAIN}/")]},
        PASSED,
    ),
    (
        "account-not-linked-service",
        CSV,
        {"workspace": elsewhere(), "linkedServices": [linked_service({"value": "@{linkedService().url}"})]},
        UNKNOWN,
    ),
    ("account-not-linked-service", CSV, {"workspace": elsewhere(), "linkedServices": NOT_READ}, UNKNOWN),
    ("default-container-missing", DELTA, {"defaultContainer": None}, FAILED),
    ("default-container-closed", DELTA, {"defaultAccount": account(CLOSED)}, FAILED),
    (
        "data-exfiltration-protection",
        DELTA,
        {"workspace": workspace(managedVirtualNetworkSettings={"preventDataExfiltration": True})},
        FAILED,
    ),
    ("spark-pool-missing", DELTA, {"sparkPool": None}, FAILED),
    ("spark-version", DELTA, {"sparkPool": pool(sparkVersion="3.3")}, FAILED),
    ("spark-version", DELTA, {"sparkPool": pool(sparkVersion="3.5")}, UNKNOWN),
    ("spark-version", DELTA, {"sparkPool": pool(sparkVersion="newest")}, UNKNOWN),
    ("spark-version", DELTA, {"sparkPool": NOT_READ}, UNKNOWN),
    ("spark-pool-small", DELTA, {"sparkPool": pool(nodeSize="None")}, FAILED),
    ("spark-pool-small", DELTA, {"sparkPool": pool(autoScale={"enabled": False})}, FAILED),
    (
        "spark-pool-small",
        DELTA,
        {"sparkPool": pool(autoScale={"enabled": True, "minNodeCount": 3, "maxNodeCount": 4})},
        FAILED,
    ),
    ("spark-pool-small", DELTA, {"sparkPool": pool(autoPause=None)}, FAILED),
    ("platform-too-old", DELTA, {"version": "9.2.22081.1"}, FAILED),
    ("platform-too-old", DELTA, {"version": None}, UNKNOWN),
    ("workspace-cannot-read", CSV, {"assignments": without("workspace-1")}, FAILED),
    ("workspace-cannot-read", CSV, {"workspace": workspace() | {"identity": None}}, FAILED),
    ("person-no-system-administrator", CSV, {"dataverseRoles": [{"name": "Basic User"}]}, UNKNOWN),
    ("person-no-system-administrator", CSV, {"dataverseRoles": []}, UNKNOWN),
    ("person-no-system-administrator", CSV, {"dataverseRoles": None}, FAILED),
    ("person-not-owner-of-account", CSV, {"assignments": without(PERSON)}, FAILED),
    ("person-not-owner-of-account", CSV, {"assignments": [*without(PERSON), GROUP_OWNER]}, UNKNOWN),
    ("person-not-owner-of-account", CSV, {"user": None}, UNKNOWN),
    (
        "person-not-owner-of-account",
        CSV,
        {"assignments": [assigned(PERSON, roles.OWNER, "/subscriptions/another", "User")]},
        FAILED,
    ),
    (
        "person-not-owner-of-account",
        CSV,
        {
            "assignments": [
                assigned(PERSON, roles.OWNER, "/providers/Microsoft.Management/managementGroups/root", "User")
            ]
        },
        PASSED,
    ),
    ("person-no-blob-contributor", CSV, {"assignments": without(PERSON)}, FAILED),
    ("person-no-reader-of-group", CSV, {"assignments": without(PERSON)}, FAILED),
    ("person-no-synapse-administrator", CSV, {"synapseRoles": []}, FAILED),
    ("person-no-synapse-administrator", CSV, {"synapseRoles": [synapse_role("group-1", kind="Group")]}, UNKNOWN),
    ("person-no-synapse-administrator", CSV, {"synapseRoles": [synapse_role(PERSON, "other")]}, FAILED),
    ("person-no-synapse-administrator", CSV, {"user": None}, UNKNOWN),
    ("person-not-owner-of-workspace", DELTA, {"assignments": without(PERSON)}, FAILED),
    ("service-no-storage-role", CSV, {"assignments": without(SERVICE)}, FAILED),
    ("service-no-storage-role", CSV, {"assignments": [*without(SERVICE), GROUP_OWNER]}, FAILED),
    (
        "service-no-storage-role",
        CSV,
        {
            "assignments": [
                GROUP_OWNER,
                *(row for row in ASSIGNMENTS if (row["principalId"], row["role"]) != (SERVICE, roles.OWNER)),
            ]
        },
        UNKNOWN,
    ),
    ("service-no-storage-role", CSV, {"servicePrincipals": {}}, UNKNOWN),
    ("service-no-synapse-administrator", CSV, {"synapseRoles": []}, FAILED),
    ("service-no-synapse-administrator", CSV, {"servicePrincipals": {}}, UNKNOWN),
    ("dataflows-no-storage-role", CSV, {"assignments": without("dataflows-1")}, FAILED),
    ("dataflows-no-storage-role", CSV, {"servicePrincipals": {}}, UNKNOWN),
    ("application-missing", CSV, {"servicePrincipals": PRINCIPALS | {LINK_SERVICE: None}}, FAILED),
    ("application-absent", CSV, {"servicePrincipals": PRINCIPALS | {POWER_QUERY: None}}, FAILED),
    ("policy-reader", CSV, {"admin": MANAGED}, UNKNOWN),
    ("intersect-table-missing", CSV, {"relationships": [["accountcontacts", "account", "contact"]]}, FAILED),
    ("base-table-missing", CSV, {"columns": {"account": {"deals": ["Integer", ["opportunity"]]}}}, FAILED),
    ("table-refused-by-service", CSV, {"serviceTables": {"account": "Elastic table"}}, FAILED),
    ("fabric-workspace-not-visible", FABRIC, {"fabricWorkspaces": []}, FAILED),
    ("fabric-capacity-missing", FABRIC, {"fabricWorkspaces": [{"id": "other"}]}, UNKNOWN),
    ("fabric-capacity-missing", FABRIC, {"fabricWorkspaces": [{"id": "fabric-1", "capacityId": None}]}, FAILED),
    ("fabric-with-managed-identity", FABRIC, {"admin": MANAGED}, FAILED),
]


@pytest.mark.parametrize(("code", "destination", "readings", "verdict"), SPOILT)
def test_what_was_read_decides(code: str, destination: Destination, readings: dict[str, Any], verdict: Verdict) -> None:
    found = check(code, link_to(destination), live_with(readings=readings))
    assert found.verdict is verdict
    assert (found.found is not None) is (verdict is FAILED)


def test_a_region_of_the_same_geography_is_a_warning_and_another_one_blocks() -> None:
    near = check("storage-other-region", link_to(), live_with(readings={"storage": account(location="northeurope")}))
    far = check("storage-other-region", link_to(), live_with(readings={"storage": account(location="eastus")}))
    assert (near.weight, far.weight) == (Weight.WARNS, Weight.BLOCKS)


def test_an_identity_that_is_not_linked_yet_is_none() -> None:
    admin = ADMIN | {"enterprisePolicies": {"identity": {"linkStatus": "Linking"}}}
    live = live_with(readings={"storage": account(CLOSED), "admin": admin})
    assert check("storage-network-closed", link_to(), live).verdict is FAILED


AT_CREATION = {
    "storage-other-tenant",
    "storage-other-region",
    "shared-key-off",
    "container-left-over",
    "account-not-linked-service",
    "too-many-links",
    "person-not-owner-of-account",
}


def test_what_matters_at_creation_is_not_asked_of_a_link_that_is_there() -> None:
    creating = {each.code for each in checks(link_to(), live_with())}
    changing = {each.code for each in checks(link_to(), live_with(live_link("account", workspace=workspace_id())))}
    assert creating >= AT_CREATION
    assert changing.isdisjoint(AT_CREATION)
    assert {"storage-network-closed", "lifecycle-deletes-data", "many-tables-at-once"} <= changing


def test_a_container_that_is_to_be_cleaned_is_not_in_the_way_and_one_that_is_allowed_only_warns() -> None:
    live = live_with(readings={"container": {"name": "dataverse-dev"}})
    assert "container-left-over" not in {each.code for each in checks(link_to(relink=Relink.CLEAN), live)}
    assert check("container-left-over", link_to(relink=Relink.ALLOW), live).weight is Weight.WARNS


def test_the_container_of_a_creation_that_stopped_halfway_is_the_links_own() -> None:
    lakes = frozenset({("devlake", "dataverse-dev")})
    live = live_with(readings={"container": {"name": "dataverse-dev"}}, lakes=lakes)
    assert check("container-left-over", link_to(), live).verdict is PASSED


@pytest.mark.parametrize("name", ["Upper", "ab", "double--hyphen", "-first", "last-", "a" * 64])
def test_a_container_of_an_odd_name_is_warned_of(name: str) -> None:
    assert check("container-name-odd", link_to(replace(CSV, container=name)), live_with()).verdict is FAILED


def test_a_link_without_a_container_is_told_so_and_any_rule_that_deletes_might_hit_it() -> None:
    link = link_to(replace(CSV, container=None))
    live = live_with(readings={"lifecycle": lifecycle(definition=prefixed("logs"))})
    assert check("container-missing", link, live).verdict is FAILED
    assert check("lifecycle-deletes-data", link, live).verdict is FAILED


def test_a_workspace_in_another_group_blocks() -> None:
    other = workspace_id().replace("rg-data", "rg-other")
    assert check("workspace-other-group", link_to(replace(CSV, workspace=other)), live_with()).verdict is FAILED


def test_a_dedicated_pool_of_the_workspace_is_told() -> None:
    live = live_with()
    sql = azure_resource(f"{workspace_id()}/sqlpools/dwh")
    live = replace(live, resources={**live.resources, sql.id: sql})
    found = check("dedicated-sql-pool", link_to(), live)
    assert (found.verdict, found.found) == (FAILED, "dedicated SQL pools: dwh")


def test_a_cloud_whose_service_is_not_known_breaks_writing() -> None:
    found = check("service-unknown-in-cloud", link_to(), live_with(), Configuration(cloud=CLOUDS["gcchigh"]))
    assert (found.verdict, found.weight) == (FAILED, Weight.BREAKS)


@pytest.mark.parametrize(("answer", "verdict"), [("no", PASSED), ("yes", FAILED)])
def test_soft_deleted_links_count_or_not_as_is_assumed(answer: str, verdict: Verdict) -> None:
    former = tuple(FormerLink(f"former-{number}", None, None) for number in range(10))
    assumed = Configuration(assumptions={"soft-deleted-links-count": answer})
    assert check("too-many-links", link_to(), live_with(former_links=former), assumed).verdict is verdict


def test_an_eleventh_link_blocks() -> None:
    ten = [live_link(storage_account=storage_id(f"lake{number}")) for number in range(10)]
    assert check("too-many-links", link_to(), live_with(*ten)).verdict is FAILED


def test_checks_that_plans_make_speak_in_their_words_and_point_to_the_table() -> None:
    link = link_to(CSV, "acount", "contoso_log")
    unknown = check("unknown-table", link, live_with())
    assert unknown.verdict is FAILED
    assert unknown.found == "Environment 'dev' has no table 'acount'"
    assert check("change-tracking-off", link, live_with()).verdict is FAILED
    assert check("table-not-exportable", link, live_with()).verdict is PASSED


def test_tables_are_checked_where_their_metadata_was_read() -> None:
    codes = {each.code for each in checks(link_to(), live_with(definitions={}))}
    assert codes.isdisjoint({"unknown-table", "change-tracking-off", "virtual-table", "table-refused-by-service"})


def test_an_account_without_hierarchy_or_that_is_not_there() -> None:
    flat = azure_resource(storage_id(), isHnsEnabled=False)
    live = replace(live_with(), resources={flat.id: flat})
    assert check("not-hierarchical", link_to(), live).verdict is FAILED
    assert check("resource-not-visible", link_to(), live).verdict is FAILED
    assert "not-hierarchical" not in {each.code for each in checks(link_to(), replace(live, resources={}))}


def test_special_tables_are_warned_of() -> None:
    special = definitions(definition("contoso_elastic", "Elastic"), definition("contoso_virtual", "Virtual"), "account")
    link = link_to(CSV, "contoso_elastic", "contoso_virtual", "mserp_custtable", "account")
    live = live_with(definitions=special)
    assert check("elastic-table", link, live).found == "table 'contoso_elastic', TableType Elastic"
    virtual = [each.found for each in checks(link, live) if each.code == "virtual-table"]
    assert virtual == ["table 'contoso_virtual', TableType Virtual", "table 'mserp_custtable', TableType Virtual"]


def test_a_reason_of_the_service_is_not_repeated_for_a_table_whose_change_tracking_is_off() -> None:
    link = link_to(CSV, "contoso_log")
    live = live_with(readings={"serviceTables": {"contoso_log": "Change tracking is disabled"}})
    assert check("table-refused-by-service", link, live).verdict is PASSED


@pytest.mark.parametrize(("destination", "verdict"), [(CSV, FAILED), (FOLDERS, FAILED), (DELTA, PASSED)])
def test_audit_belongs_in_a_delta_link(destination: Destination, verdict: Verdict) -> None:
    link = link_to(destination, "audit", "account")
    assert check("audit-not-on-delta", link, live_with()).verdict is verdict


def test_finance_and_operations_tables() -> None:
    link = link_to(DELTA, FINOPS)
    by_code = {each.code: each for each in checks(link, live_with())}
    assert by_code["finops-not-linked"].verdict is PASSED
    assert by_code["finops-version"].by_eye
    assert by_code["finops-columns"].by_eye
    assert by_code["finops-needs-new-link"].verdict is PASSED
    assert check("finops-not-linked", link, live_with(readings={"admin": {}})).verdict is UNKNOWN
    assert check("finops-on-csv", link_to(CSV, FINOPS), live_with()).verdict is FAILED
    assert check("finops-in-china", link, live_with(), Configuration(cloud=CLOUDS["china"])).verdict is FAILED


def test_finance_and_operations_tables_come_with_a_new_link_or_where_some_are() -> None:
    link = link_to(DELTA, FINOPS)
    delta = {"destination_type": DestinationType.DELTA, "workspace": workspace_id()}
    assert check("finops-needs-new-link", link, live_with(live_link("account", **delta))).verdict is FAILED
    some = live_link(live_table("vendtable", source=TableSource.FINOPS), **delta)
    assert check("finops-needs-new-link", link, live_with(some)).verdict is PASSED


def test_a_thousand_finance_and_operations_tables_and_one_more() -> None:
    tables = [Table(f"table{number:04}", TableSource.FINOPS) for number in range(1000)]
    assert check("too-many-finops-tables", link_to(DELTA, *tables), live_with()).verdict is PASSED
    some = live_link(live_table("vendtable", source=TableSource.FINOPS), workspace=workspace_id())
    assert check("too-many-finops-tables", link_to(DELTA, *tables), live_with(some)).verdict is FAILED


def test_a_link_to_fabric_of_many_tables_is_warned_of() -> None:
    tables = [f"table{number:04}" for number in range(2001)]
    assert check("too-many-fabric-tables", link_to(FABRIC, *tables), live_with()).verdict is FAILED
    fewer = link_to(FABRIC, *tables, absent_tables=("table0001",))
    assert check("too-many-fabric-tables", fewer, live_with()).verdict is PASSED


@pytest.mark.parametrize(("interval", "verdict"), [(None, PASSED), (15, PASSED), (5, FAILED)])
def test_folders_are_made_every_quarter_of_an_hour_at_most(interval: int | None, verdict: Verdict) -> None:
    assert check("interval-too-short", link_to(FOLDERS, interval=interval), live_with()).verdict is verdict


def test_an_incremental_link_with_a_workspace_blocks() -> None:
    link = link_to(replace(FOLDERS, workspace=workspace_id()))
    assert check("incremental-with-workspace", link, live_with()).verdict is FAILED


@pytest.mark.parametrize(("most", "verdict"), [(None, FAILED), (5, PASSED), (6, FAILED)])
def test_more_than_five_tables_at_once_are_warned_of(most: int | None, verdict: Verdict) -> None:
    names = [f"table{number}" for number in range(6)]
    live = live_with(live_link("account", workspace=workspace_id()))
    assert check("many-tables-at-once", link_to(CSV, *names, add_at_most=most), live).verdict is verdict


def test_copies_are_told() -> None:
    assert check("copies-of-files", link_to(attachments=True), live_with()).evidence.endswith("copied: attachments")


def test_nothing_is_checked_of_what_could_not_be_read_or_is_to_be_absent() -> None:
    environment = desired_environment()
    unread = snapshot(live_environment(name="other"))
    assert checks_of(link_to(), environment, unread, Configuration()) == ()
    assert checks(link_to(absent=True), live_with()) == []
