"""Register, local cloud and probe agree: under each answer that reading can show, probe says that one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.clients.link_service import Organization
from reconciler.live.environment import read_environment
from reconciler.live.probe.observing import observe
from reconciler.live.probe.reading import probe, read_material
from reconciler.live.probe.report import Unread, Verdict, Why
from reconciler.model.assumption import ASSUMPTIONS, BY_ID
from reconciler.model.configuration import Configuration, SignIn
from reconciler.simulator import Cloud
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, SUBSCRIPTION, TENANT

Start = Callable[..., AbstractContextManager[Cloud]]
DAY = 86_400.0
NEEDS_WRITE = "Only a write would show it."

DELTA = {
    "environment": "service",
    "account": "servicelake",
    "type": "delta",
    "workspace": "ws-service",
    "sparkPool": "pool",
    "container": "dataverse-service",
    "tables": ["account", "incident"],
}
SECOND = {"environment": "sales", "account": "servicelake", "container": "dataverse-more", "tables": ["account"]}


def seeded(*links: dict[str, Any], **environment: Any) -> dict[str, Any]:
    """The fleet's cloud with more links, and more of its first environment."""
    sales, service = CLOUD["environments"]
    return {**CLOUD, "environments": [{**sales, **environment}, service], "links": [*CLOUD["links"], *links]}


def table_waits_for_activation(cloud: Cloud) -> None:
    cloud.edit("sales", "saleslake", add_tables=["lead"], leave_inactive=True)


def table_is_removed(cloud: Cloud) -> None:
    cloud.edit("service", "servicelake", remove_tables=["incident"])


def table_joins_later_and_loads(cloud: Cloud) -> None:
    cloud.clock.advance(2 * DAY)
    cloud.edit("sales", "saleslake", add_tables=["lead"])
    cloud.clock.advance(DAY)


def link_is_switched_off(cloud: Cloud) -> None:
    cloud.edit("sales", "saleslake", enabled=False)
    cloud.clock.advance(3 * DAY)


def interval_is_changed_later(cloud: Cloud) -> None:
    cloud.clock.advance(DAY)
    cloud.edit("sales", "saleslake", interval=30)


def environment_is_restored(cloud: Cloud) -> None:
    cloud.event("sales", "restore")


def nothing(cloud: Cloud) -> None:
    """It shows without doing anything."""


FORMER = {**SECOND, "container": "dataverse-old", "state": "deleted"}
CASES: list[tuple[str, dict[str, Any], Callable[[Cloud], None], tuple[str, ...]]] = [
    ("rows-change-at", CLOUD, table_waits_for_activation, ("put", "activate")),
    ("removed-table-row", seeded(DELTA), table_is_removed, ("deleted", "disabled")),
    ("activation-time-moves", CLOUD, table_joins_later_and_loads, ("always", "first")),
    ("csv-interval-row", CLOUD, nothing, ("snapshot", "none")),
    ("suspend-by-enabled-for-jobs", seeded(SECOND), link_is_switched_off, ("stops", "ignored")),
    ("suspended-profile-state", seeded(SECOND), link_is_switched_off, ("6", "1")),
    ("event-rows", seeded(SECOND), environment_is_restored, ("soft-deleted",)),
    ("sync-state-values", CLOUD, nothing, ("single", "flags")),
    ("last-modified-moves", CLOUD, interval_is_changed_later, ("always", "never")),
    ("lake-database-name", seeded(DELTA), nothing, ("underscores", "hyphens")),
    ("app-only-service-reads", CLOUD, nothing, ("no", "yes")),
    ("finops-table-rows", seeded(finops=True, finopsTables=["CustTable"]), nothing, ("LogicalName", "TableName")),
]


@pytest.mark.parametrize(
    ("identifier", "seed", "happens", "answer"),
    [(identifier, seed, happens, answer) for identifier, seed, happens, answers in CASES for answer in answers],
    ids=[f"{identifier}={answer}" for identifier, _, _, answers in CASES for answer in answers],
)
def test_probe_says_what_holds(
    start_cloud: Start,
    configuration: Configuration,
    identifier: str,
    seed: dict[str, Any],
    happens: Callable[[Cloud], None],
    answer: str,
) -> None:
    with start_cloud(seed, assume={identifier: answer}) as cloud:
        happens(cloud)
        with clients_of(cloud, configuration) as clients:
            report, failed = probe(clients, list(ENVIRONMENTS.values()), 2)
        assert (cloud.record.writes, failed) == ([], {})
    found = {each.id: each for each in report.observations}[identifier]
    assert set(found.seen) == {answer}
    assert found.verdict is (Verdict.TRUE if answer == BY_ID[identifier].assumed else Verdict.FALSE)


def test_a_lake_that_was_made_twice_shows(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(assume={"create-lake-twice": "another"}) as cloud, clients_of(cloud, configuration) as clients:
        create_lakes(clients, 2)
        found = observe("create-lake-twice", [read_material(clients, ENVIRONMENTS["sales"])])
    assert (dict(found.seen), found.verdict) == ({"another": 1}, Verdict.FALSE)


def test_a_lake_that_was_asked_for_twice_and_made_once_shows_nothing(
    start_cloud: Start, configuration: Configuration
) -> None:
    with start_cloud() as cloud, clients_of(cloud, configuration) as clients:
        create_lakes(clients, 2)
        found = observe("create-lake-twice", [read_material(clients, ENVIRONMENTS["sales"])])
    assert (found.verdict, found.why) == (Verdict.UNSEEN, Why.NOTHING_THERE)


def create_lakes(clients: ReadClients, times: int) -> None:
    environment = ENVIRONMENTS["sales"]
    live = read_environment(clients, environment)
    here = Organization(environment.environment_id, live.organization_id, environment.url + "/")
    service = WriteClients.beside(clients).link_service(environment, here, live.service_host or "")
    service.register_organization()
    names = ("Blob", "File", "Queue", "Table")
    body = {
        "TenantId": TENANT,
        "SubscriptionId": SUBSCRIPTION,
        "ResourceGroupName": "rg-data",
        "StorageAccountName": "servicelake",
        **{f"{name}Endpoint": f"https://servicelake.{name.lower()}.core.windows.net/" for name in names},
        "FileSystemEndpoint": "https://servicelake.dfs.core.windows.net/",
        "FileSystemName": "dataverse-new",
        "SqlODEndpoint": "",
        "WorkspaceDevEndpoint": "",
        "IsDefault": True,
    }
    for _ in range(times):
        service.create_lake(body)


def test_more_profiles_than_links_may_be_show_that_soft_deleted_ones_do_not_count(
    start_cloud: Start, configuration: Configuration
) -> None:
    accounts = [f"lake{number}" for number in range(9)]
    storage = [*CLOUD["storageAccounts"], *({"name": name, "resourceGroup": "rg-data"} for name in accounts)]
    links = [{**SECOND, "account": name} for name in accounts]
    with (
        start_cloud({**seeded(FORMER, *links), "storageAccounts": storage}) as cloud,
        clients_of(cloud, configuration) as clients,
    ):
        found = observe("soft-deleted-links-count", [read_material(clients, ENVIRONMENTS["sales"])])
    assert (dict(found.seen), found.verdict) == ({"no": 1}, Verdict.TRUE)


@pytest.mark.parametrize("assumption", ASSUMPTIONS, ids=lambda assumption: assumption.id)
def test_every_question_says_what_would_show_it_and_probe_knows_it(assumption: Any) -> None:
    found = observe(assumption.id, [])
    assert assumption.seen_by.endswith(".")
    assert found.verdict is Verdict.UNSEEN
    assert (found.why is Why.NEEDS_WRITE) == (assumption.seen_by == NEEDS_WRITE)


def test_every_question_that_reading_shows_is_tried_here_under_what_shows() -> None:
    tried = {identifier for identifier, *_ in CASES} | {"create-lake-twice", "soft-deleted-links-count"}
    assert tried == {assumption.id for assumption in ASSUMPTIONS if assumption.seen_by != NEEDS_WRITE}


def test_without_a_sign_in_what_needs_one_is_not_read_and_the_rest_is(
    cloud: Cloud, configuration: Configuration
) -> None:
    with clients_of(cloud, replace(configuration, sign_in=SignIn.NONE)) as clients:
        material = read_material(clients, ENVIRONMENTS["sales"])
    assert material.unread == dict.fromkeys(("LakeDetail", "LakeProfile", "FnOTable"), Unread.NO_SIGN_IN)
    assert observe("last-modified-moves", [material]).why is Why.NOT_READ
    assert observe("sync-state-values", [material]).verdict is Verdict.TRUE
    assert {entry.identity for entry in cloud.record} <= {"app", None}


@pytest.mark.parametrize(
    ("fault", "route", "part", "why"),
    [
        ("refused", "dataverse.synapselinkschedules", "synapselinkschedules", Unread.NOT_AUTHORISED),
        ("nonsense", "dataverse.synapsedatabases", "synapsedatabases", Unread.UNINTELLIGIBLE),
        ("refused", "link.profile", "LakeProfile", Unread.NOT_AUTHORISED),
        ("refused", "bap.environment", "service", Unread.NOT_AUTHORISED),
        ("refused", "dataverse.organization", "organization", Unread.NOT_AUTHORISED),
    ],
)
def test_a_part_that_cannot_be_read_is_a_state(
    cloud: Cloud, configuration: Configuration, fault: str, route: str, part: str, why: Unread
) -> None:
    cloud.faults.add(fault, route, times=100)
    with clients_of(cloud, configuration) as clients:
        report, failed = probe(clients, list(ENVIRONMENTS.values()), 2)
        material = read_material(clients, ENVIRONMENTS["sales"])
    assert material.unread[part] is why
    assert len(report.observations) == len(ASSUMPTIONS)
    assert set(failed) == (set(ENVIRONMENTS) if part == "organization" else set())


def test_an_address_of_another_environment_is_not_looked_into(cloud: Cloud, configuration: Configuration) -> None:
    wrong = replace(ENVIRONMENTS["sales"], url=ENVIRONMENTS["service"].url)
    with clients_of(cloud, configuration) as clients:
        material = read_material(clients, wrong)
    assert (material.sets, material.unread["organization"]) == ({}, Unread.OTHER_ENVIRONMENT)
