"""The names that a report of a probe may hold: fields that are known, and words and numbers of choices.

Columns: Microsoft's table reference. Fields of the service: docs/sources.md, The link service.
"""

from __future__ import annotations

_COLUMNS: dict[str, str] = {
    "synapselinkprofiles": (
        "_createdby_value _createdonbehalfby_value _datalakefolder_value _modifiedby_value "
        "_modifiedonbehalfby_value _organizationid_value activationtime componentidunique componentstate "
        "copyattachments copyfiles createdon destinationsyncstate extendedproperties importsequencenumber "
        "iscustomizable ismanaged modifiedon name overriddencreatedon overwritetime profilestate profiletype "
        "profileupdatedtime profileversion snapshotstopersist solutionid statecode statuscode "
        "synapselinkprofileid timezoneruleversionnumber uniquename utcconversiontimezonecode versionnumber"
    ),
    "synapselinkprofileentities": (
        "_createdby_value _createdonbehalfby_value _modifiedby_value _modifiedonbehalfby_value "
        "_organizationid_value _profile_value appendonlymode componentidunique componentstate createdon enabled "
        "entityname entitysource entitytype extendedproperties generateparquet importsequencenumber "
        "iscustomizable ismanaged modifiedon name overriddencreatedon overwritetime partitionstrategy "
        "recordcountperblock solutionid statecode statuscode synapselinkprofileentityid timezoneruleversionnumber "
        "uniquename utcconversiontimezonecode versionnumber"
    ),
    "synapselinkprofileentitystates": (
        "_createdby_value _createdonbehalfby_value _modifiedby_value _modifiedonbehalfby_value "
        "_organizationid_value _profile_value _profileentity_value additiontime createdon crmrecordcount "
        "crmrecordcountmodifiedtime entityname entitysource entitytype importsequencenumber "
        "initialsyncdatacompletedtime initialsyncmetadatacreatedtime initialsyncprocesscompletedtime "
        "initialsyncstate lakerecordcount lakerecordcountmodifiedtime lastsynceddatatime lastsynceddataversion "
        "lastsyncedmetadatatime lastsyncedmetadataversion metadatastate minsynceddataversion modifiedon name "
        "overriddencreatedon statecode statuscode synapselinkprofileentitystateid synapsetablecreationstate "
        "syncstate timezoneruleversionnumber utcconversiontimezonecode versionnumber"
    ),
    "synapselinkschedules": (
        "_createdby_value _createdonbehalfby_value _modifiedby_value _modifiedonbehalfby_value "
        "_organizationid_value _profile_value componentidunique componentstate createdon entityname "
        "importsequencenumber iscustomizable ismanaged modifiedon name overriddencreatedon overwritetime "
        "recurrenceinterval recurrenceunit solutionid starttime statecode statuscode synapselinkscheduleid "
        "timezoneruleversionnumber type uniquename utcconversiontimezonecode versionnumber"
    ),
    "synapselinkexternaltablestates": (
        "_createdby_value _createdonbehalfby_value _datalakefolder_value _modifiedby_value "
        "_modifiedonbehalfby_value _organizationid_value createdon entityname importsequencenumber "
        "lakehouseshortcutstate lastsynchronizedon lastsyncstate maxrecordversion metadataversion modifiedon name "
        "overriddencreatedon recordcount schemamodifiedon statecode statuscode synapsedatabasename "
        "synapselinkexternaltablestateid synapseworkspacename tablestate timezoneruleversionnumber trinostate "
        "utcconversiontimezonecode versionnumber"
    ),
    "synapsedatabases": (
        "_createdby_value _createdonbehalfby_value _datalakefolder_value _modifiedby_value "
        "_modifiedonbehalfby_value _ownerid_value _owningbusinessunit_value _owningteam_value _owninguser_value "
        "componentidunique componentstate createdon databasename developmentendpoint importsequencenumber "
        "iscustomizable ismanaged lakehouseconnectionid lakehouseid lakehouseworkspaceid modifiedon name "
        "overriddencreatedon overwritetime resourcegroup schemaprefix serverlesssqlendpoint solutionid "
        "sparkpoolconfig statecode statuscode subscription synapsedatabaseid tenant timezoneruleversionnumber "
        "uniquename utcconversiontimezonecode versionnumber workspacename"
    ),
    "datalakefolders": (
        "_createdby_value _createdonbehalfby_value _modifiedby_value _modifiedonbehalfby_value _ownerid_value "
        "_owningbusinessunit_value _owningteam_value _owninguser_value _parentfolderid_value accesstype cdmpath "
        "compliancelakelocation componentidunique componentstate containerendpoint contributorsecuritygroupid "
        "createdon datalakefolder_uniquename datalakefolderid deltaLakePath extendedproperties "
        "importsequencenumber iscompliancelake iscustomercapacity iscustomizable isdeepcopyenabled isexternallake "
        "isexternallakereadonly ismanaged isprivate modifiedon name overriddencreatedon overwritetime owningappid "
        "path readersecuritygroupid resourcegroup sharedforreadaccess solutionid statecode statuscode "
        "subscription synchronizeschematodataverse synchronizeschematosynapsedb tenant timezoneruleversionnumber "
        "utcconversiontimezonecode versionnumber"
    ),
}
_SERVICE: dict[str, str] = {
    "LakeDetail": (
        "AccessType BlobEndpoint DataProcessingConfigurationId DatalakeFolderUniqueName DeltaLakeMaintenanceDPCId "
        "FileEndpoint FileSystemEndpoint FileSystemName Id IsCDS2 IsCDS3 IsComplianceLake IsDefault "
        "IsDeltaLakeWriterEnabled IsManaged LakehouseId LakehouseWorkspaceId Path QueueEndpoint ResourceGroupName "
        "StorageAccountName SubscriptionId SynapseDatabaseName TableEndpoint TenantId WorkspaceDevEndpoint"
    ),
    "LakeProfile": (
        "ActivationTime CountFeature CreationTime DestinationKeyVaultUri DestinationPrefix DestinationSchemaName "
        "DestinationType EnabledForDeltaLake EnabledForDlw EnabledForFnOTablesBaseEnumSupport "
        "EnabledForIncrementalUpdate EnabledForJobs Entities Id IncrementalUpdateTimeInterval "
        "IsDeDuplicationJobsSubmitted LakeId LastModified LinkedFnOEnvironmentAdditionalAOSCount "
        "LinkedFnOEnvironmentCurrentAOSCount LinkedFnOEnvironmentLastObservedValue LinkedToFabric Name "
        "NeedCopyAttachmentsToBlob NeedCopyFileTypeAttachmentsToBlob OrganizationId OrganizationUrl "
        "ProfilePauseResumeOperationsType RetryPolicy ShouldSkipShortCutsDeletionInOLCFlow State Status "
        "SynapseSyncState UpdateTime Version WriteDeleteLog"
    ),
    "LakeProfile.RetryPolicy": ("Backoff IntervalInSeconds MaxRetryCount"),
    "LakeProfile.Status": (
        "ExportStatus FailureNotifications ForceRefreshState InitialSyncState LastExportDate "
        "LastForceRefreshEndTime LastForceRefreshRequestTime LastForceRefreshStartTime LastModifiedOn "
        "MetadataState SuccessNotifications TotalNotifications"
    ),
    "LakeProfile.Entities": (
        "AdditionTime AppendOnlyMode CrmRecordCount CurrentState DeltaSyncJobTriggerIntervalMins DestinationCount "
        "EnableEnumSupport EntityPauseResumeOperationsType EntitySource ErrorDetails GenerateParquet "
        "InitialSyncDataCompletedTime InitialSyncMetadataCreatedTime InitialSyncProcessCompleteTime "
        "IsArchivalEnabled IsArrayFiledSupportedForFnOTables IsDeltaSyncTriggerCreated "
        "IsGUIDAndDateTimeOffsetSupported LastCrmCountModifiedTime LastDeltaSyncDataTime "
        "LastDeltaSyncMetadataTime LastDestinationCountModifiedTime LastHardDeleteTime LastSynchronizedOn "
        "MetadataState MinDataSyncVersion PartitionStrategy RecordCountPerBlock Settings Status "
        "SynapseTableCreationState SyncDataFromLastNDays SyncState Type"
    ),
    "LakeProfile.Entities.Status": (
        "ChangeTime EntityMetadataState ExpectedInitialSyncNotifications FailureNotifications InitialSyncState "
        "LastExportDate LastExportStatus MetadataChangeTime MetadataVersionNumber ProfileId SuccessNotifications "
        "TotalNotifications Type VersionNumber"
    ),
    "LakeProfile.Entities.ErrorDetails": ("Code Details Message"),
    "FnOTable": ("LogicalName TableName"),
}

ENTITY_SETS: tuple[str, ...] = tuple(_COLUMNS)
FIELDS: dict[str, frozenset[str]] = {name: frozenset(text.split()) for name, text in (_COLUMNS | _SERVICE).items()}
"""The known fields of every section; ``A.B`` is what stands in the field B of A. Nothing else is looked into: the names
inside may be somebody's own."""

CHOICES = frozenset(
    [
        "profilestate",
        "profiletype",
        "destinationsyncstate",
        "syncstate",
        "initialsyncstate",
        "metadatastate",
        "synapsetablecreationstate",
        "tablestate",
        "lastsyncstate",
        "lakehouseshortcutstate",
        "trinostate",
        "type",
        "recurrenceunit",
        "partitionstrategy",
        "entitysource",
        "entitytype",
        "componentstate",
        "statecode",
        "statuscode",
        "State",
        "DestinationType",
        "AccessType",
        "MetadataState",
        "EntityMetadataState",
        "ProfilePauseResumeOperationsType",
        "EntityPauseResumeOperationsType",
    ]
)
"""Fields whose numbers are those of a choice, and told."""
NUMBERS = frozenset(range(-1, 256))
WORDS = frozenset(
    [
        "NotStarted",
        "InProgress",
        "PostProcessing",
        "Completed",
        "Failed",
        "Succeeded",
        "Success",
        "Created",
        "NotCreated",
        "Paused",
        "None",
        "Year",
        "Month",
        "HalfMonth",
        "FiveDay",
        "Dataverse",
        "FnO",
        "InitialSyncNotStarted",
        "InitialSyncInProgress",
        "InitialSyncPostProcessing",
        "CompletedWithFailures",
        "RequestedInitialData",
    ]
)
WORDED = frozenset(
    [
        "EntitySource",
        "PartitionStrategy",
        "SyncState",
        "CurrentState",
        "InitialSyncState",
        "ExportStatus",
        "LastExportStatus",
        "MetadataState",
        "ForceRefreshState",
        "SynapseSyncState",
        "SynapseTableCreationState",
    ]
)
"""Fields whose words are told, where they are known."""
