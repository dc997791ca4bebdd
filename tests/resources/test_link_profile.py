"""The bodies that the service takes. What an edit keeps is in test_promise_nothing_lost_by_omission.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model.cloud import CLOUDS
from reconciler.model.desired import Partition, Table, TableSource
from reconciler.resources.link_profile import (
    as_rewrite,
    difference,
    edited,
    entity,
    is_unchanged,
    lake_body,
    profile_body,
)
from reconciler.resources.link_steps import CreateLink, RewriteProfile
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
