"""What do the documents of the Synapse Link service look like?

Field names and the values that lie are those of the recorded traffic: zero dates for "never", a profile status that
reads Completed while tables still load, a SyncState that stays NotStarted. Fields that do not apply are empty texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.clock import ZERO_DATE, zoneless, zulu
from reconciler.simulator.progress import NOT_STARTED, Progress, lake_rows, progress_of

if TYPE_CHECKING:
    from reconciler.simulator.links import Link, TableSettings
    from reconciler.simulator.nouns import Environment

NEVER_VERSION = -9223372036854775808
UNUSED_BY_PROFILES = {
    "EnabledForFnOTablesBaseEnumSupport": False,
    "IsDeDuplicationJobsSubmitted": False,
    "LinkedFnOEnvironmentLastObservedValue": "",
    "ShouldSkipShortCutsDeletionInOLCFlow": False,
    "LinkedFnOEnvironmentCurrentAOSCount": 0,
    "LinkedFnOEnvironmentAdditionalAOSCount": 0,
}
UNUSED_BY_ENTITIES = {
    "SyncDataFromLastNDays": -1,
    "DeltaSyncJobTriggerIntervalMins": -1,
    "GenerateParquet": False,
    "EnableEnumSupport": False,
    "IsGUIDAndDateTimeOffsetSupported": False,
    "IsArrayFiledSupportedForFnOTables": False,
    "EntityPauseResumeOperationsType": 0,
    "IsArchivalEnabled": False,
    "LastHardDeleteTime": ZERO_DATE,
    "MinDataSyncVersion": NEVER_VERSION,
}
INITIAL = {
    "InitialSyncNotStarted": "NotStarted",
    "InitialSyncInProgress": "InProgress",
    "InitialSyncPostProcessing": "PostProcessing",
    "InProgress": "Completed",
}


def lake_detail(environment: Environment, link: Link) -> dict[str, Any]:
    """A LakeDetail as the service gives it."""
    lake = link.lake
    suffix = environment.cloud.storage

    def endpoint(kind: str) -> str:
        return f"https://{lake.account}.{kind}.{suffix}/"

    return {
        "Id": link.folder,
        "LakehouseId": lake.lakehouse,
        "LakehouseWorkspaceId": lake.fabric_workspace,
        "TenantId": lake.tenant,
        "DatalakeFolderUniqueName": "cds3_workspace"
        if link.managed
        else f"synapselink_{lake.account}_{link.folder[:8]}",
        "IsManaged": link.managed,
        "IsDefault": True,
        "StorageAccountName": lake.account,
        "FileSystemName": lake.container,
        "FileSystemEndpoint": endpoint("dfs"),
        "SubscriptionId": lake.subscription,
        "ResourceGroupName": lake.resource_group,
        "BlobEndpoint": endpoint("blob"),
        "QueueEndpoint": endpoint("queue"),
        "TableEndpoint": endpoint("table"),
        "FileEndpoint": endpoint("file"),
        "WorkspaceDevEndpoint": f"https://{lake.workspace}.{environment.cloud.synapse}" if lake.workspace else "",
        "SynapseDatabaseName": lake.database,
        "IsCDS2": False,
        "IsCDS3": False,
        "IsComplianceLake": False,
        "IsDeltaLakeWriterEnabled": link.type == "delta",
        "DataProcessingConfigurationId": "",
        "DeltaLakeMaintenanceDPCId": "",
        "AccessType": 0,
        "Path": "",
    }


def lake_profile(environment: Environment, link: Link, moment: float, *, stamped: bool = True) -> dict[str, Any]:
    """A LakeProfile as the service gives it: the stored document, with the state of the running sync beside it.

    ``stamped``: whether LastModified moves with every write.
    """
    stored = link.stored
    if stored is None:
        message = "the link has no profile"
        raise ValueError(message)
    return {
        "Id": link.profile_id,
        "Version": "1.0",
        "State": 1,
        "LastModified": zoneless(stored.updated if stamped else link.created),
        "Name": f"CDS3_{environment.organization}" if link.managed else link.name or link.lake.account,
        "OrganizationId": environment.organization,
        "OrganizationUrl": (link.organization_url or environment.url).rstrip("/") + "/",
        "DestinationType": 4,
        "DestinationKeyVaultUri": "dummy" if link.managed else "",
        "DestinationPrefix": "",
        "DestinationSchemaName": "dbo",
        "LakeId": link.folder,
        "RetryPolicy": {"MaxRetryCount": 12, "IntervalInSeconds": 5, "Backoff": 0},
        "Status": _status(link, stored.updated),
        "WriteDeleteLog": True,
        "CountFeature": True,
        "CreationTime": zoneless(link.created),
        "ActivationTime": zoneless(link.activated),
        "UpdateTime": zoneless(stored.updated),
        "NeedCopyAttachmentsToBlob": stored.attachments,
        "NeedCopyFileTypeAttachmentsToBlob": stored.files,
        "EnabledForJobs": stored.enabled,
        "EnabledForIncrementalUpdate": link.type == "incremental",
        "IncrementalUpdateTimeInterval": stored.interval,
        "EnabledForDeltaLake": link.type == "delta",
        "EnabledForDlw": link.managed,
        "SynapseSyncState": "NotStarted",
        "LinkedToFabric": link.managed,
        # 0 means: not paused. What else it may say is not published.
        "ProfilePauseResumeOperationsType": int(link.suspended),
        **UNUSED_BY_PROFILES,
        "Entities": [_entity(link, table, moment) for table in stored.tables.values()],
    }


def _status(link: Link, updated: float) -> dict[str, Any]:
    return {
        "ExportStatus": "Succeeded",
        "InitialSyncState": "Completed",
        "TotalNotifications": 0,
        "SuccessNotifications": 0,
        "FailureNotifications": 0,
        "LastExportDate": zoneless(link.activated),
        "LastModifiedOn": zoneless(updated),
        "MetadataState": "Created",
        "ForceRefreshState": "NotStarted",
        "LastForceRefreshRequestTime": ZERO_DATE,
        "LastForceRefreshStartTime": ZERO_DATE,
        "LastForceRefreshEndTime": ZERO_DATE,
    }


def _entity(link: Link, table: TableSettings, moment: float) -> dict[str, Any]:
    sync = link.syncs.get(table.name)
    progress = progress_of(link, sync, moment) if sync else NOT_STARTED
    created = 8 if progress.metadata_created else 1
    code, message = progress.error or link.error or ("", "")
    return {
        "Type": table.name,
        "EntitySource": table.source,
        "AppendOnlyMode": table.append_only,
        "PartitionStrategy": table.partition,
        "RecordCountPerBlock": table.block,
        "Settings": table.settings,
        "MetadataState": created,
        "Status": _entity_status(link, table, progress, created),
        "SyncState": "NotStarted",
        "CurrentState": progress.phase,
        "LastSynchronizedOn": zoneless(progress.synced),
        "AdditionTime": zoneless(sync.since if sync else None),
        "InitialSyncMetadataCreatedTime": zoneless(progress.metadata_created),
        "InitialSyncDataCompletedTime": zoneless(progress.data_completed),
        "InitialSyncProcessCompleteTime": zoneless(progress.completed),
        "LastDeltaSyncMetadataTime": zoneless(progress.metadata_created),
        "LastDeltaSyncDataTime": zoneless(progress.synced),
        "DestinationCount": lake_rows(link, table, progress),
        "CrmRecordCount": sync.rows if sync else 0,
        "LastDestinationCountModifiedTime": zoneless(progress.changed),
        # The one time that the service writes with a zone.
        "LastCrmCountModifiedTime": zulu(progress.changed) or f"{ZERO_DATE}Z",
        "ErrorDetails": {"Code": code, "Message": message, "Details": ""},
        "SynapseTableCreationState": "Completed" if progress.completed and link.lake.workspace else "NotStarted",
        "IsDeltaSyncTriggerCreated": progress.completed is not None,
        **UNUSED_BY_ENTITIES,
    }


def _entity_status(link: Link, table: TableSettings, progress: Progress, created: int) -> dict[str, Any]:
    failed = progress.error or link.error
    return {
        "Type": table.name,
        "ProfileId": link.profile_id,
        "TotalNotifications": 0,
        "SuccessNotifications": 0,
        "FailureNotifications": 0,
        "LastExportDate": zoneless(progress.synced),
        "LastExportStatus": "Failed" if failed else "Succeeded" if progress.synced else "NotStarted",
        "EntityMetadataState": created,
        "ExpectedInitialSyncNotifications": 0,
        "InitialSyncState": INITIAL[progress.phase],
        "VersionNumber": int(progress.synced) if progress.synced else NEVER_VERSION,
        "ChangeTime": zoneless(progress.synced),
        "MetadataVersionNumber": NEVER_VERSION,
        "MetadataChangeTime": zoneless(progress.metadata_created),
    }
