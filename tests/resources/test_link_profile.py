"""The bodies that the service takes. What an edit keeps is in test_promise_nothing_lost_by_omission.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.cloud import CLOUDS
from reconciler.model.desired import DestinationType, Partition, Table, TableSource
from reconciler.model.errors import Refused
from reconciler.resources.link_profile import (
    OrganizationNames,
    as_rewrite,
    check_writable,
    difference,
    edited,
    entity,
    fabric_body,
    is_moved,
    is_unchanged,
    lake_body,
    profile_body,
    resynchronise_body,
)
from reconciler.resources.link_steps import CreateFabricLink, CreateLink, RewriteProfile
from tests.builders import desired_environment, desired_tables, profile_document, storage_id, workspace_id

CREATION = CreateLink(storage_id(), "dataverse-dev", workspace_id(), desired_tables("account"), None, None, files=None)


@pytest.mark.parametrize(
    ("table", "mode", "strategy"),
    [
        (Table("a"), False, "Month"),
        (Table("a", append_only=False), False, "Month"),
        (Table("a", append_only=True), True, "Year"),
        (Table("a", partition=Partition.YEAR), False, "Year"),
        (Table("a", append_only=True, partition=Partition.MONTH), True, "Month"),
        (Table("a", partition=Partition.HALF_MONTH), False, "HalfMonth"),
        (Table("a", partition=Partition.FIVE_DAY), False, "FiveDay"),
    ],
)
def test_a_new_table_is_in_place_by_month_and_by_year_where_it_is_append_only(
    table: Table, mode: bool, strategy: str
) -> None:
    body = entity(table)
    assert (body["AppendOnlyMode"], body["PartitionStrategy"]) == (mode, strategy)


def test_a_new_table_has_the_six_fields_that_the_service_takes() -> None:
    assert entity(Table("CustTable", TableSource.FINOPS, record_count_per_block=50)) == {
        "Type": "CustTable",
        "EntitySource": "FnO",
        "AppendOnlyMode": False,
        "PartitionStrategy": "Month",
        "RecordCountPerBlock": 50,
        "Settings": {},
    }
    assert (entity(Table("a"))["EntitySource"], entity(Table("a"))["RecordCountPerBlock"]) == ("Dataverse", 0)


def test_a_lake_is_registered_by_the_parts_of_its_resource_id() -> None:
    assert lake_body(CREATION, desired_environment(), CLOUDS["public"]) == {
        "TenantId": "11111111-1111-4111-8111-111111111111",
        "SubscriptionId": "22222222-2222-4222-8222-222222222222",
        "ResourceGroupName": "rg-data",
        "StorageAccountName": "devlake",
        "BlobEndpoint": "https://devlake.blob.core.windows.net/",
        "FileEndpoint": "https://devlake.file.core.windows.net/",
        "QueueEndpoint": "https://devlake.queue.core.windows.net/",
        "TableEndpoint": "https://devlake.table.core.windows.net/",
        "FileSystemEndpoint": "https://devlake.dfs.core.windows.net/",
        "FileSystemName": "dataverse-dev",
        "SqlODEndpoint": "devworkspace-ondemand.sql.azuresynapse.net",
        "WorkspaceDevEndpoint": "https://devworkspace.dev.azuresynapse.net",
        "IsDefault": True,
    }


def test_a_lake_without_a_workspace_has_empty_endpoints_of_one() -> None:
    body = lake_body(replace(CREATION, workspace=None), desired_environment(), CLOUDS["public"])
    assert (body["SqlODEndpoint"], body["WorkspaceDevEndpoint"]) == ("", "")


def test_the_endpoints_of_another_cloud_are_in_that_cloud() -> None:
    body = lake_body(CREATION, desired_environment(), CLOUDS["china"])
    assert body["BlobEndpoint"] == "https://devlake.blob.core.chinacloudapi.cn/"
    assert body["SqlODEndpoint"] == "devworkspace-ondemand.sql.azuresynapse.azure.cn"


def test_a_profile_is_created_as_microsofts_script_creates_it() -> None:
    assert profile_body(CREATION) == {
        "DestinationType": 4,
        "Entities": [entity(Table("account"))],
        "IsOdiEnabled": False,
        "Name": "devlake",
        "RetryPolicy": {"IntervalInSeconds": 5, "MaxRetryCount": 12},
        "SchedulerIntervalInMinutes": 60,
        "WriteDeleteLog": True,
    }


def test_a_profile_is_created_with_the_settings_that_are_managed() -> None:
    body = profile_body(replace(CREATION, interval=15, attachments=True, files=False))
    assert body["SchedulerIntervalInMinutes"] == 15
    assert (body["NeedCopyAttachmentsToBlob"], body["NeedCopyFileTypeAttachmentsToBlob"]) == (True, False)


def test_a_creation_that_stopped_at_the_profile_goes_on_as_a_rewrite_that_removes_nothing() -> None:
    step = replace(CREATION, interval=15, attachments=True, files=False)
    assert as_rewrite(step, "folder-9") == RewriteProfile("folder-9", step.tables, (), 15, True, False)


def test_an_edit_adds_removes_resizes_and_sets() -> None:
    step = RewriteProfile("f", (Table("a", record_count_per_block=9), Table("c")), ("b",), 15, True, False)
    document = profile_document("a", "b", NeedCopyFileTypeAttachmentsToBlob=True)
    assert difference(document, edited(document, step)) == [
        "Entities[a]",
        "Entities[b]",
        "Entities[c]",
        "IncrementalUpdateTimeInterval",
        "NeedCopyAttachmentsToBlob",
        "NeedCopyFileTypeAttachmentsToBlob",
    ]


def test_an_edit_that_is_in_already_changes_nothing() -> None:
    document = profile_document("a")
    step = RewriteProfile("f", (Table("a", record_count_per_block=125),), ("b",), 60, False, False)
    assert is_unchanged(document, edited(document, step))
    assert not is_unchanged(document, edited(document, replace(step, interval=15)))


def test_a_table_that_is_ensured_without_a_block_size_keeps_its_own() -> None:
    document = profile_document("a")
    assert is_unchanged(document, edited(document, RewriteProfile("f", (Table("a"),))))


NAMES = OrganizationNames("org-1", "https://contoso.crm4.dynamics.com/", "Contoso", "unq1")


@pytest.mark.parametrize(
    ("kind", "flag", "interval", "minutes"),
    [
        (DestinationType.DELTA, "EnabledForDeltaLake", None, 60),
        (DestinationType.INCREMENTAL, "EnabledForIncrementalUpdate", 15, 15),
    ],
)
def test_types_whose_bodies_are_unpublished_are_asked_for_by_the_flags_of_a_profile(
    kind: DestinationType, flag: str, interval: int | None, minutes: int
) -> None:
    body = profile_body(replace(CREATION, kind=kind, interval=interval))
    assert (body[flag], body["IncrementalUpdateTimeInterval"]) == (True, minutes)
    assert flag not in profile_body(CREATION)


def test_a_spark_pool_is_named_in_the_lake() -> None:
    environment, cloud = desired_environment(), CLOUDS["public"]
    assert lake_body(replace(CREATION, spark_pool="convert"), environment, cloud)["SparkPoolName"] == "convert"
    assert "SparkPoolName" not in lake_body(CREATION, environment, cloud)


def test_a_link_to_fabric_is_asked_for_in_the_recorded_words() -> None:
    tables = (Table("account"), Table("CustTable", TableSource.FINOPS))
    body = fabric_body(CreateFabricLink("w-1", "c-1", tables), NAMES)
    assert body == {
        "OrganizationId": "org-1",
        "OrganizationUrl": "https://contoso.crm4.dynamics.com/",
        "EnvironmentFriendlyName": "Contoso",
        "EnvironmentUniqueName": "unq1",
        "IsManagedLake": True,
        "Entities": ["account", "CustTable"],
        "EntityDescriptions": [
            {"Type": "account", "EntitySource": "Dataverse"},
            {"Type": "CustTable", "EntitySource": "FnO"},
        ],
        "WorkspaceId": "w-1",
        "ConnectionId": "c-1",
    }


def test_shortcuts_are_rebuilt_in_the_recorded_words() -> None:
    body = resynchronise_body("f-1", "w-1", NAMES)
    assert (body["LakeId"], body["FolderId"], body["WorkspaceId"]) == ("f-1", "f-1", "w-1")
    assert body["DatalakefolderUniqueName"] == "cds3_workspace"


def test_the_switch_and_the_snapshots_are_edited_where_a_step_says_so() -> None:
    document = profile_document("account", SnapshotsToPersist=5)
    step = RewriteProfile("folder-1", enabled=False, snapshots=3)
    check_writable(document, step)
    assert difference(document, edited(document, step)) == ["EnabledForJobs", "SnapshotsToPersist"]


def test_snapshots_that_the_profile_has_no_place_for_are_refused_before_anything_is_written() -> None:
    with pytest.raises(Refused, match="Nothing was written"):
        check_writable(profile_document("account"), RewriteProfile("folder-1", snapshots=3))
    check_writable(profile_document("account"), RewriteProfile("folder-1", enabled=True))


def test_a_profile_has_moved_by_its_stamp_or_by_anything_in_it() -> None:
    before = profile_document("account")
    assert not is_moved(before, profile_document("account"))
    assert is_moved(before, profile_document("account", LastModified="2026-02-02T00:00:00"))
    assert is_moved(before, profile_document("account", "lead"))
    assert not is_moved(before, profile_document("account", Status={"ExportStatus": "Failed"}))
