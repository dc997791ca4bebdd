"""How does the Web API answer for table definitions?

Metadata collections are not paged. A PATCH is refused: definitions are replaced with PUT. Source: the Web API pages on
table definitions and publishing.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.attribute_queries import attribute_rows, expanded_members
from reconciler.simulator.dataverse_errors import JSON, dataverse_error, require_options
from reconciler.simulator.metadata import (
    DefinitionRefusedError,
    current_definition,
    definition,
    edits_seen,
    publish,
    put_definition,
)
from reconciler.simulator.odata import ODataError, filter_of, select_of
from reconciler.simulator.wire import Request, Response, encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.nouns import Environment, Principal
    from reconciler.simulator.tables import Table
    from reconciler.simulator.world import World

TYPE = "#Microsoft.Dynamics.CRM.EntityMetadata"
KEPT_ANSWERS = 500
PUBLISHED = re.compile(r"<entity>\s*([\w]+)\s*</entity>")


_kept: dict[tuple[int, str], bytes] = {}
"""Encoded lists. Organizations with the same tables share one, in whichever cloud of the process: a fleet has hundreds
of them, and a test run thousands of clouds."""


class Definitions:
    """Table definitions of every organization."""

    def __init__(self, world: World, member: Callable[[Request], tuple[Environment, Principal]]) -> None:
        self._world = world
        self._member = member

    def all(self, request: Request) -> Response:
        """Every table, or those that a filter picks."""
        environment, _ = self._member(request)
        require_options(request, ("$select", "$filter", "$expand"))
        query = request.query
        edits = edits_seen(self._world, environment, strong=_strong(request))
        tables = self._world.tables(environment)
        asked = json.dumps([environment.languages, edits, *map(query.get, ("$select", "$filter", "$expand"))])
        key = (id(tables), asked)
        listed = _kept.get(key)
        if listed is None:
            try:
                listed = encoded(_listed(tables, environment.languages, edits, query))
            except ODataError as error:
                raise dataverse_error(400, "0x80060888", str(error)) from error
            if len(_kept) >= KEPT_ANSWERS:
                _kept.clear()
            _kept[key] = listed
        selected = f"({query['$select']})" if query.get("$select") else ""
        context = encoded(f"{request.url.rpartition('/')[0]}/$metadata#EntityDefinitions{selected}")
        body = b'{"@odata.context":' + context + b',"value":' + listed + b"}"
        return Response(200, body, {"content-type": JSON, "odata-version": "4.0"})

    def one(self, request: Request) -> Response:
        """The whole definition of one table, or a part of it."""
        environment, _ = self._member(request)
        require_options(request, ("$select",))
        table = self._table(environment, request)
        found = current_definition(self._world, environment, table, strong=_strong(request))
        try:
            columns = select_of(request.query.get("$select"), found, "EntityMetadata")
        except ODataError as error:
            raise dataverse_error(400, "0x80060888", str(error)) from error
        if columns is not None:
            found = {name: found[name] for name in dict.fromkeys([*columns, "MetadataId"])}
        context = f"{request.url.partition('EntityDefinitions')[0]}$metadata#EntityDefinitions/$entity"
        body = encoded({"@odata.context": context, **found})
        return Response(200, body, {"content-type": JSON, "odata-version": "4.0"})

    def attributes(self, request: Request) -> Response:
        """The columns of one table, with what belongs to their derived types."""
        environment, _ = self._member(request)
        require_options(request, ("$select", "$filter"))
        table = self._table(environment, request)
        try:
            rows = attribute_rows(table, request.query.get("$select"), request.query.get("$filter"))
        except ODataError as error:
            raise dataverse_error(400, "0x80060888", str(error)) from error
        base = request.url.partition("EntityDefinitions")[0]
        context = f"{base}$metadata#EntityDefinitions('{table.name}')/Attributes"
        body = encoded({"@odata.context": context, "value": rows})
        return Response(200, body, {"content-type": JSON, "odata-version": "4.0"})

    def put(self, request: Request) -> Response:
        """Replace the definition of one table."""
        environment, principal = self._member(request)
        table = self._table(environment, request)
        self._may_customise(principal)
        try:
            body = request.json()
            if not isinstance(body, dict):
                raise dataverse_error(400, "0x80048d19", "The body is no object.")
            merge = request.headers.get("mscrm.mergelabels", "").lower() == "true"
            put_definition(self._world, environment, table, body, merge=merge)
        except DefinitionRefusedError as error:
            raise dataverse_error(400, "0x80048406", str(error)) from error
        except ValueError as error:
            raise dataverse_error(400, "0x80048d19", "Error identified in Payload provided by the user.") from error
        return Response(204, b"", {"odata-version": "4.0", "odata-entityid": request.url})

    def publish(self, request: Request) -> Response:
        """Publish some tables, or all."""
        environment, principal = self._member(request)
        self._may_customise(principal)
        names = None
        if request.path.rstrip("/").lower().endswith("publishxml"):
            try:
                names = set(PUBLISHED.findall(request.json()["ParameterXml"]))
            except (ValueError, KeyError, TypeError) as error:
                raise dataverse_error(400, "0x80048d19", "ParameterXml is missing.") from error
        publish(self._world, environment, names)
        return Response(204, b"", {"odata-version": "4.0"})

    def _may_customise(self, principal: Principal) -> None:
        if not principal.metadata_write:
            message = f"Principal user (Id={principal.id}) is missing prvWriteEntity privilege."
            raise dataverse_error(403, "0x80040220", message)

    def _table(self, environment: Environment, request: Request) -> Table:
        key = request.parts["key"]
        tables = self._world.tables(environment)
        named = re.fullmatch(r"LogicalName='([^']*)'", key)
        if named:
            found = tables.get(named[1].lower())
        else:
            found = next((table for table in tables.values() if table.metadata_id == key.lower()), None)
        if found is None:
            raise dataverse_error(404, "0x80060888", f"Could not find an entity with {key} in the metadata cache.")
        return found


def _listed(
    tables: dict[str, Table], languages: list[int], edits: dict[str, Any], query: dict[str, str]
) -> list[dict[str, Any]]:
    found = [definition(table, languages) | edits.get(table.name, {}) for table in tables.values()]
    columns = select_of(query.get("$select"), found[0], "EntityMetadata")
    if query.get("$filter"):
        test = filter_of(query["$filter"], found[0])
        found = [row for row in found if test(row)]
    expanded = expanded_members(query.get("$expand"), tables)
    names = dict.fromkeys([*(found[0] if columns is None and found else columns or ()), "MetadataId"])
    return [{name: row[name] for name in names} | expanded(row["LogicalName"]) for row in found]


def _strong(request: Request) -> bool:
    return request.headers.get("consistency", "").lower() == "strong"
