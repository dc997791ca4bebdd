"""Dataverse Web API of one organization: the Synapse Link tables, and the metadata of tables.

Source: docs/sources.md, Synapse Link tables and Dataverse Web API.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from reconciler.clients import batch
from reconciler.clients.channel import Answer, ReadChannel, Target, WriteChannel, failure
from reconciler.model.errors import Unintelligible

_API = "/api/data/v9.2/"
_PAGE = "odata.maxpagesize=5000"
_ODATA = {"Accept": "application/json", "OData-Version": "4.0", "OData-MaxVersion": "4.0"}
_INNER_HEADERS = f"Accept: application/json\r\nOData-Version: 4.0\r\nOData-MaxVersion: 4.0\r\nPrefer: {_PAGE}\r\n"

ORGANIZATION = "RetrieveCurrentOrganization(AccessType=Microsoft.Dynamics.CRM.EndpointAccessType'Default')"
_FOLDER_COLUMNS = "datalakefolder_uniquename,containerendpoint,subscription,resourcegroup,isexternallake"
ROW_SETS: dict[str, str] = {
    "synapselinkprofiles": (
        "?$select=synapselinkprofileid,name,profilestate,profileupdatedtime,activationtime,copyattachments,copyfiles,"
        "snapshotstopersist,modifiedon,_datalakefolder_value&$filter=profiletype eq 0"
        f"&$expand=datalakefolder($select={_FOLDER_COLUMNS})"
    ),
    "synapselinkprofileentities": (
        "?$select=synapselinkprofileentityid,_profile_value,entityname,entitysource,enabled,appendonlymode,"
        "partitionstrategy,recordcountperblock"
    ),
    "synapselinkprofileentitystates": "?$select=_profileentity_value,initialsyncstate,crmrecordcount",
    "synapselinkschedules": "?$select=_profile_value,type,entityname,recurrenceinterval,recurrenceunit",
    "synapsedatabases": (
        "?$select=_datalakefolder_value,workspacename,databasename,subscription,resourcegroup,sparkpoolconfig,"
        "lakehouseworkspaceid"
    ),
    "synapselinkexternaltablestates": (
        "?$select=_datalakefolder_value,entityname,tablestate,lakehouseshortcutstate&$filter=tablestate ne 3"
    ),
}
RUNTIME_SETS: dict[str, str] = ROW_SETS | {
    "synapselinkprofileentitystates": (
        "?$select=_profileentity_value,modifiedon,syncstate,initialsyncstate,metadatastate,additiontime,"
        "initialsyncmetadatacreatedtime,initialsyncdatacompletedtime,initialsyncprocesscompletedtime,"
        "lastsynceddatatime,crmrecordcount,crmrecordcountmodifiedtime,lakerecordcount,lakerecordcountmodifiedtime"
    ),
    "synapselinkexternaltablestates": (
        "?$select=_datalakefolder_value,modifiedon,entityname,tablestate,lastsyncstate,lastsynchronizedon,recordcount"
    ),
}
"""The same sets with the state of every table, removed ones included. ``sourcerecordcount`` is not among the columns:
reference pages lack it, and asking for a column that an organization does not have fails the whole set."""
DEFINITIONS = (
    "EntityDefinitions?$select=LogicalName,ChangeTrackingEnabled,CanChangeTrackingBeEnabled,TableType,IsIntersect"
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkRows:
    """One organization's answer: ``organization`` is the Detail of RetrieveCurrentOrganization, ``sets`` the rows of
    each entity set of ``ROW_SETS``, ``definitions`` those of all tables (empty unless asked for). ``answered`` is the
    service's own time of its answer, None where it told none."""

    organization: Row
    sets: Mapping[str, list[Row]]
    definitions: list[Row]
    answered: datetime | None = None


class DataverseReader:
    """Reads one organization."""

    def __init__(self, target: Target) -> None:
        self._channel = ReadChannel(target)

    def link_rows(self, *, definitions: bool, sets: Mapping[str, str] = ROW_SETS) -> LinkRows:
        """Everything that a plan needs of the organization, in one request where no set exceeds a page of 5,000; with
        ``RUNTIME_SETS`` for ``sets`` all that status needs.

        Raises the ServiceError of the first inner request that failed.
        """
        paths = [ORGANIZATION, *(name + options for name, options in sets.items())]
        if definitions:
            paths.append(DEFINITIONS)
        answer, bodies = self._batch(paths)
        organization = bodies[0].get("Detail")
        if not isinstance(organization, dict):
            raise answer.unintelligible("without the organization's detail")
        rows = [self._all_pages(answer, body) for body in bodies[1:]]
        found = dict(zip(sets, rows, strict=False))
        return LinkRows(organization, found, rows[-1] if definitions else [], _answered(answer))

    def organization(self) -> Row:
        """The Detail of RetrieveCurrentOrganization: ids of organization, environment and tenant, and names."""
        answer = self._channel.get(_API + quote(ORGANIZATION, safe="(),='"), _ODATA)
        detail = answer.json_object().get("Detail")
        if not isinstance(detail, dict):
            raise answer.unintelligible("without the organization's detail")
        return detail

    def version(self) -> str:
        """The version of the platform, as ``9.2.25104.00155``."""
        answer = self._channel.get(f"{_API}RetrieveVersion()", _ODATA)
        version = answer.json_object().get("Version")
        if not isinstance(version, str):
            raise answer.unintelligible("without a version")
        return version

    def roles_of_user(self, object_id: str) -> list[Row] | None:
        """The security roles that a person holds directly, by Entra object id; None where the organization has no such
        user. Roles that come by a team are not among them."""
        query = (
            "systemusers?$select=systemuserid,isdisabled"
            f"&$filter=azureactivedirectoryobjectid eq {quote(object_id, safe='')}"
            "&$expand=systemuserroles_association($select=name,_roletemplateid_value)"
        )
        answer = self._channel.get(_API + quote(query, safe="/?&=$,()'"), _ODATA)
        users = _rows(answer, answer.json_object())
        roles = users[0].get("systemuserroles_association") if users else None
        return [role for role in roles if isinstance(role, dict)] if isinstance(roles, list) else None

    def table_definition(self, name: str) -> dict[str, Any]:
        """A table's whole definition, read past the metadata cache."""
        return self._channel.get(
            f"{_API}EntityDefinitions(LogicalName='{quote(name)}')", _ODATA | {"Consistency": "Strong"}
        ).json_object()

    def _batch(self, paths: list[str]) -> tuple[Answer, list[dict[str, Any]]]:
        """The bodies of GETs in one request, in order. Raises the ServiceError of the first that failed."""
        answer = self._channel.query(
            f"{_API}$batch",
            batch.encode([_API + quote(path, safe="/?&=$,()'") for path in paths], _INNER_HEADERS),
            _ODATA | {"Content-Type": batch.CONTENT_TYPE, "Prefer": f"{_PAGE},odata.continue-on-error"},
        )
        return answer, self._bodies(answer, paths)

    def _bodies(self, answer: Answer, paths: list[str]) -> list[dict[str, Any]]:
        try:
            parts = batch.decode(answer.headers.get("Content-Type", ""), answer.content)
        except ValueError as error:
            raise answer.unintelligible(f"not a batch answer ({error})") from None
        bodies = []
        for path, (status, content) in zip(paths, parts, strict=False):
            inner = Answer(
                self._channel.target.service, f"GET {path.split('?')[0]} in a batch", status, answer.headers, content
            )
            if status != 200:
                raise failure(inner, repeatable=True)
            bodies.append(inner.json_object())
        if len(bodies) != len(paths):
            raise answer.unintelligible(f"a batch answer of {len(bodies)} parts, not {len(paths)}")
        return bodies

    def _all_pages(self, answer: Answer, body: dict[str, Any]) -> list[Row]:
        rows, read = _rows(answer, body), set[str]()
        while link := answer.next_page(body.get("@odata.nextLink"), read):
            try:
                parts = urlsplit(link)
            except ValueError:
                raise answer.unintelligible("a page whose link to the next is no address") from None
            answer = self._channel.get(f"https://{parts.netloc}{parts.path}?{parts.query}", _ODATA | {"Prefer": _PAGE})
            body = answer.json_object()
            rows += _rows(answer, body)
        return rows


def _answered(answer: Answer) -> datetime | None:
    try:
        moment = parsedate_to_datetime(answer.headers.get("Date", ""))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rows(answer: Answer, body: dict[str, Any]) -> list[Row]:
    rows = body.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise answer.unintelligible("without a list of rows")
    return rows


class DataverseWriter(DataverseReader):
    """Reads, and switches change tracking on: the one write that the reconciler makes in Dataverse itself."""

    def __init__(self, target: Target) -> None:
        super().__init__(target)
        self._writing = WriteChannel(target)

    def enable_change_tracking(self, name: str) -> bool:
        """Sets ChangeTrackingEnabled by a PUT of the whole definition; False if it was on.

        Properties left out of the PUT would revert, so the definition is sent back as read. Takes effect for readers
        when published. Raises OutcomeUnknown if the answer is lost: reading the definition settles it.
        """
        definition = self.table_definition(name)
        if definition.get("ChangeTrackingEnabled") is True:
            return False
        if not definition.get("MetadataId"):
            raise Unintelligible(f"The definition of '{name}' came without its MetadataId")
        changed = {key: value for key, value in definition.items() if not key.startswith("@odata.context")}
        changed["ChangeTrackingEnabled"] = True
        path = f"{_API}EntityDefinitions({quote(str(definition['MetadataId']))})"
        self._writing.put(path, changed, _ODATA | {"MSCRM.MergeLabels": "true"})
        return True

    def publish(self, names: Iterable[str]) -> None:
        """Publishes tables, so that a changed definition takes effect. Publishing twice does no harm."""
        entities = "".join(f"<entity>{escape(name)}</entity>" for name in names)
        xml = f"<importexportxml><entities>{entities}</entities></importexportxml>"
        self._writing.post(f"{_API}PublishXml", {"ParameterXml": xml}, _ODATA)
