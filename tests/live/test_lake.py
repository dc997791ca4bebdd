from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import pytest

from reconciler.clients import lake as lake_client
from reconciler.clients.channel import Answer
from reconciler.live.environment import read_environment
from reconciler.live.lake import live_database, read_lake
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType
from reconciler.model.errors import NotAuthorised, NotFound, Refused, ServiceError, Unintelligible
from reconciler.model.lake import Expected, LakePart, LakeReading, LakeVerdict, LakeView
from reconciler.model.live import LiveLink
from reconciler.resources.lake_view import lake_view
from reconciler.simulator import Cloud
from tests.builders import live_link
from tests.conftest import clients_of
from tests.fleet import CLOUD, ENVIRONMENTS, TENANT, storage, workspace

Start = Callable[..., AbstractContextManager[Cloud]]
SERVICE: dict[str, Any] = {
    "environment": "service",
    "account": "servicelake",
    "container": "dataverse-service",
    "workspace": "ws-service",
    "tables": ["incident", "task"],
}
READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


def seed_of(link: dict[str, Any], **fields: Any) -> dict[str, Any]:
    given = {name: value for name, value in (SERVICE | link).items() if value is not None}
    return CLOUD | {"links": [given]} | fields


def looked(cloud: Cloud, configuration: Configuration, **changes: Any) -> tuple[LiveLink, LakeReading]:
    environment = ENVIRONMENTS["service"]
    with clients_of(cloud, configuration) as clients:
        (link,) = read_environment(clients, environment).links
        changed = replace(link, **changes)
        return changed, read_lake(clients, environment, changed)


def seen(cloud: Cloud, configuration: Configuration, **changes: Any) -> LakeView:
    link, reading = looked(cloud, configuration, **changes)
    return lake_view(link, reading, Expected(link.interval or 60))


def verdicts(view: LakeView) -> set[tuple[LakePart, LakeVerdict]]:
    return {(each.part, each.verdict) for table in view.tables for each in table.findings}


def present(*parts: LakePart) -> set[tuple[LakePart, LakeVerdict]]:
    return {(part, LakeVerdict.PRESENT) for part in parts}


def test_a_csv_link_with_a_workspace_is_all_there(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({})) as cloud:
        view = seen(cloud, configuration)
    parts = (LakePart.FOLDER, LakePart.SNAPSHOT_FILES, LakePart.TABLE)
    assert present(*parts) <= verdicts(view)
    assert view.database == "dataverse_service"
    assert len(view.tables) == 2


@pytest.mark.parametrize("answer", ["underscores", "hyphens"])
def test_the_lake_database_is_found_however_it_is_named(
    start_cloud: Start, configuration: Configuration, answer: str
) -> None:
    seed = seed_of({}, settings={"assumptions": {"lake-database-name": answer}})
    with start_cloud(seed) as cloud:
        link, reading = looked(cloud, configuration, database=None)
    assert reading.database == {"underscores": "dataverse_service", "hyphens": "dataverse-service"}[answer]
    assert set(reading.database_tables or ()) == {"incident", "incident_partitioned", "task", "task_partitioned"}
    assert link.database is None


def test_a_delta_link_is_all_there(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({"type": "delta", "sparkPool": "pool"})) as cloud:
        view = seen(cloud, configuration)
    assert verdicts(view) == present(LakePart.DELTA_FOLDER, LakePart.TABLE)


def test_the_newest_folders_of_an_incremental_link_are_listed(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({"type": "incremental", "workspace": None, "interval": 15})) as cloud:
        view = seen(cloud, configuration)
    assert verdicts(view) == present(LakePart.FOLDER)


def test_nobody_looks_into_the_lake_of_a_fabric_link(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        link = live_link(destination_type=DestinationType.FABRIC)
        assert read_lake(clients, ENVIRONMENTS["sales"], link) == LakeReading()


def test_a_new_link_is_not_loaded_yet(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({"state": "loading"})) as cloud:
        view = seen(cloud, configuration)
    assert not view.alarming
    assert all(each.excused for table in view.tables for each in table.findings)


@pytest.mark.parametrize("scope", ["account", "container", "group"])
def test_a_role_of_the_workspaces_identity_is_found_at_the_container_or_above(
    start_cloud: Start, configuration: Configuration, scope: str
) -> None:
    with start_cloud(seed_of({}, grantRoles=False)) as cloud:
        before = seen(cloud, configuration)
        grant(cloud, scope)
        after = seen(cloud, configuration)
    assert {part for part, verdict in verdicts(before) if verdict is LakeVerdict.UNREADABLE} == {
        LakePart.SNAPSHOT_TABLE
    }
    assert "holds no Storage Blob Data role" in before.remarks[0]
    assert not after.alarming
    assert after.remarks == ()


def grant(cloud: Cloud, where: str) -> None:
    account = storage("servicelake")
    scope = {
        "account": account,
        "container": f"{account}/blobServices/default/containers/dataverse-service",
        "group": account.partition("/providers/")[0],
    }[where]
    world = cloud.state._world
    identity = world.resources[workspace("ws-service")].body["identity"]["principalId"]
    body = {"id": f"{scope}/x", "scope": scope, "principalId": identity, "principalType": "ServicePrincipal"}
    world.assignments.append(body | {"role": READER, "condition": "", "description": ""})


def test_an_identity_that_can_not_be_known_is_said_to_be_so(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({})) as cloud:
        bare = looked(cloud, configuration, workspace="ws-service")[1]
        cloud.faults.add("refused", "arm.workspace", times=None)
        refused = looked(cloud, configuration)[1]
        cloud.faults.clear()
        world = cloud.state._world
        del world.resources[workspace("ws-service")].body["identity"]
        nameless = looked(cloud, configuration)[1]
    assert (bare.identity_reads, bare.database) == (None, "dataverse_service")
    assert "resource ids" in bare.identity_why
    assert (refused.identity_reads, nameless.identity_reads) == (None, None)
    assert nameless.identity_why == "the workspace shows no identity of its own"


def test_without_any_visible_assignment_nothing_is_concluded(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({}, grantRoles=False, roleAssignments=[])) as cloud:
        reading = looked(cloud, configuration)[1]
    assert reading.identity_reads is None
    assert "no role assignment at all is visible" in reading.identity_why


def test_a_missing_right_on_the_files_is_a_state(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({}, principals={"app": {"storage": "none", "synapse": "none"}})) as cloud:
        view = seen(cloud, configuration)
        reading = looked(cloud, configuration)[1]
    assert {verdict for _, verdict in verdicts(view)} == {LakeVerdict.UNREADABLE}
    assert "AuthorizationPermissionMismatch" in reading.files_unread
    assert "Synapse RBAC" in reading.database_unread


def test_a_container_that_is_gone_is_missing(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({})) as cloud:
        gone = looked(cloud, configuration, container="nothing-here")[1]
        nowhere = looked(cloud, configuration, container=None)[1]
        empty = looked(cloud, configuration, destination_type=DestinationType.DELTA)[1]
    assert (gone.container_missing, gone.files) == (True, None)
    assert "does not tell the container" in nowhere.files_unread
    assert empty.files == ()


def test_a_lake_database_that_is_not_there_is_missing(start_cloud: Start, configuration: Configuration) -> None:
    with start_cloud(seed_of({})) as cloud:
        reading = looked(cloud, configuration, database="other", container="other")[1]
    assert (reading.database, reading.database_tables, reading.database_unread) == (None, None, "")


@pytest.mark.parametrize("route", ["lake.paths", "synapse.databases", "synapse.database.tables", "arm.graph"])
@pytest.mark.parametrize("kind", ["nonsense", "refused", "error"])
def test_no_failure_of_a_service_is_raised(
    start_cloud: Start, configuration: Configuration, route: str, kind: Any
) -> None:
    with start_cloud(seed_of({})) as cloud:
        cloud.faults.add(kind, route, times=None, **({"status": 400} if kind == "error" else {}))
        reading = looked(cloud, configuration)[1]
    assert [reading.files_unread, reading.database_unread, reading.identity_why][ORDER[route]]


ORDER = {"lake.paths": 0, "synapse.databases": 1, "synapse.database.tables": 1, "arm.graph": 2}


def test_a_listing_is_read_page_by_page_and_cut(
    start_cloud: Start, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lake_client, "_A_PAGE", 5)
    with start_cloud(seed_of({})) as cloud:
        whole = looked(cloud, configuration)[1]
        monkeypatch.setattr(lake_client, "MOST_PAGES", 1)
        cut = looked(cloud, configuration)[1]
    assert whole.files is not None
    assert cut.files is not None
    assert (whole.cut, cut.cut) == (False, True)
    assert len(cut.files) < len(whole.files)


def test_files_are_read_within_bounds(
    start_cloud: Start, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start_cloud(seed_of({})) as cloud, clients_of(cloud, configuration) as clients:
        lake = clients.lake(TENANT, "servicelake")
        assert lake.json_file("dataverse-service", "model.json")["name"] == "cdm"
        with pytest.raises(NotFound):
            lake.json_file("dataverse-service", "other.json")
        monkeypatch.setattr(lake_client, "LARGEST_FILE", 10)
        with pytest.raises(ServiceError, match="more than 10 bytes"):
            lake.json_file("dataverse-service", "model.json")
        monkeypatch.undo()
        cloud.faults.add("nonsense", "lake.*", times=None)
        with pytest.raises(Unintelligible):
            lake.json_file("dataverse-service", "model.json")


def test_reading_without_a_right_is_not_authorised(start_cloud: Start, configuration: Configuration) -> None:
    seed = seed_of({}, principals={"app": {"storage": ["saleslake"]}}, grantRoles=False)
    with start_cloud(seed) as cloud, clients_of(cloud, configuration) as clients, pytest.raises(NotAuthorised):
        clients.lake(TENANT, "servicelake").paths("dataverse-service")


@pytest.mark.parametrize("name", ["a", "Upper", "evil.example.com/", "with-hyphen", "x" * 25, ""])
def test_names_that_are_no_account_are_refused(cloud: Cloud, configuration: Configuration, name: str) -> None:
    with clients_of(cloud, configuration) as clients, pytest.raises(Refused):
        clients.lake(TENANT, name)


def test_the_name_that_dataverse_tells_wins() -> None:
    link = live_link(container="dataverse-a-b", database="special")
    assert live_database(["dataverse_a_b", "Special"], link) == "Special"
    assert live_database(["Dataverse_A-B"], link) == "Dataverse_A-B"
    assert live_database([], link) is None


def test_long_lists_of_tables_are_read_page_by_page(start_cloud: Start, configuration: Configuration) -> None:
    names = [f"contoso_t{number}" for number in range(60)]
    environments = [each | ({"tables": names} if each["name"] == "service" else {}) for each in CLOUD["environments"]]
    with start_cloud(seed_of({"tables": names}, environments=environments)) as cloud:
        reading = looked(cloud, configuration)[1]
    assert len(reading.database_tables or ()) == 120


@pytest.mark.parametrize("body", [b"[]", b'{"items": 1}', b'{"items": [], "continuationToken": 7}', b"<html>"])
def test_a_workspace_that_answers_nonsense_is_a_state(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with clients_of(cloud, configuration) as clients:
        reader = clients.lake_databases(TENANT, "ws-service")
        answer = Answer("Synapse", "GET /databases", 200, {}, body)
        monkeypatch.setattr(reader._channel, "get", lambda *_words: answer)
        with pytest.raises(Unintelligible):
            reader.databases()


@pytest.mark.parametrize("body", [b"[]", b'{"paths": 1}', b'{"paths": [1]}', b"<html>"])
def test_a_storage_account_that_answers_nonsense_is_a_state(
    cloud: Cloud, configuration: Configuration, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with clients_of(cloud, configuration) as clients:
        lake = clients.lake(TENANT, "saleslake")
        answer = Answer("Storage", "GET /x", 200, {}, body)
        monkeypatch.setattr(lake._channel, "get", lambda *_words: answer)
        with pytest.raises(Unintelligible):
            lake.paths("x")


def test_times_that_are_none_are_a_state(
    start_cloud: Start, configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = lake_client.Listing([{"name": "task/2026.csv", "lastModified": "yesterday"}])
    monkeypatch.setattr(lake_client.LakeReader, "paths", lambda *_words, **_more: listing)
    with start_cloud(seed_of({})) as cloud:
        reading = looked(cloud, configuration)[1]
    assert reading.files is None
    assert reading.files_unread
