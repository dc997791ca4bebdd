"""Which columns do the Dataverse tables behind Synapse Link have?

Source: Microsoft's table reference (synapselinkprofile and its kin, datalakefolder, synapsedatabase), newest edition
stored of each. A column that is not named here does not exist: asking for it is an error, as it is in Dataverse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_COMMON = [
    "_createdby_value",
    "_createdonbehalfby_value",
    "_modifiedby_value",
    "_modifiedonbehalfby_value",
    "createdon",
    "modifiedon",
    "importsequencenumber",
    "overriddencreatedon",
    "statecode",
    "statuscode",
    "timezoneruleversionnumber",
    "utcconversiontimezonecode",
    "versionnumber",
    "name",
]
_ORGANIZATION = ["_organizationid_value"]
_USER = ["_ownerid_value", "_owningbusinessunit_value", "_owningteam_value", "_owninguser_value"]
_SOLUTION = ["componentidunique", "componentstate", "iscustomizable", "ismanaged", "overwritetime", "solutionid"]


@dataclass(frozen=True, slots=True)
class EntitySet:
    """One of the tables, as the Web API shows it."""

    name: str
    logical_name: str
    columns: frozenset[str]
    expands: dict[str, str] = field(default_factory=dict)
    """Single-valued navigation properties, and the entity set that each leads to."""

    @property
    def id(self) -> str:
        """Its primary key column."""
        return self.logical_name + "id"


def _set(name: str, logical_name: str, groups: list[list[str]], own: str, expands: dict[str, str]) -> EntitySet:
    lookups = [f"_{navigation}_value" for navigation in expands]
    columns = {column for group in groups for column in group}
    return EntitySet(name, logical_name, frozenset({logical_name + "id", *columns, *lookups, *own.split()}), expands)


ENTITY_SETS = {
    entity_set.name: entity_set
    for entity_set in (
        _set(
            "synapselinkprofiles",
            "synapselinkprofile",
            [_COMMON, _ORGANIZATION, _SOLUTION],
            "activationtime copyattachments copyfiles destinationsyncstate extendedproperties profilestate profiletype "
            "profileupdatedtime profileversion snapshotstopersist uniquename",
            {"datalakefolder": "datalakefolders"},
        ),
        _set(
            "synapselinkprofileentities",
            "synapselinkprofileentity",
            [_COMMON, _ORGANIZATION, _SOLUTION],
            "appendonlymode enabled entityname entitysource entitytype extendedproperties generateparquet "
            "partitionstrategy recordcountperblock uniquename",
            {"profile": "synapselinkprofiles"},
        ),
        _set(
            "synapselinkprofileentitystates",
            "synapselinkprofileentitystate",
            [_COMMON, _ORGANIZATION],
            "additiontime crmrecordcount crmrecordcountmodifiedtime entityname entitysource entitytype "
            "initialsyncdatacompletedtime initialsyncmetadatacreatedtime initialsyncprocesscompletedtime "
            "initialsyncstate lakerecordcount lakerecordcountmodifiedtime lastsynceddatatime lastsynceddataversion "
            "lastsyncedmetadatatime lastsyncedmetadataversion metadatastate minsynceddataversion "
            "synapsetablecreationstate syncstate",
            {"profile": "synapselinkprofiles", "profileentity": "synapselinkprofileentities"},
        ),
        _set(
            "synapselinkschedules",
            "synapselinkschedule",
            [_COMMON, _ORGANIZATION, _SOLUTION],
            "entityname recurrenceinterval recurrenceunit starttime type uniquename",
            {"profile": "synapselinkprofiles"},
        ),
        _set(
            "synapselinkexternaltablestates",
            "synapselinkexternaltablestate",
            [_COMMON, _ORGANIZATION],
            "entityname lakehouseshortcutstate lastsynchronizedon lastsyncstate maxrecordversion metadataversion "
            "recordcount schemamodifiedon synapsedatabasename synapseworkspacename tablestate trinostate",
            {"datalakefolder": "datalakefolders"},
        ),
        _set(
            "synapsedatabases",
            "synapsedatabase",
            [_COMMON, _USER, _SOLUTION],
            "databasename developmentendpoint lakehouseconnectionid lakehouseid lakehouseworkspaceid resourcegroup "
            "schemaprefix serverlesssqlendpoint sparkpoolconfig subscription tenant uniquename workspacename",
            {"datalakefolder": "datalakefolders"},
        ),
        _set(
            "datalakefolders",
            "datalakefolder",
            [_COMMON, _USER, _SOLUTION],
            "accesstype cdmpath compliancelakelocation containerendpoint contributorsecuritygroupid "
            "datalakefolder_uniquename deltaLakePath extendedproperties iscompliancelake iscustomercapacity "
            "isdeepcopyenabled isexternallake isexternallakereadonly isprivate owningappid path readersecuritygroupid "
            "resourcegroup sharedforreadaccess subscription synchronizeschematodataverse synchronizeschematosynapsedb "
            "tenant",
            {"parentfolderid": "datalakefolders"},
        ),
    )
}
