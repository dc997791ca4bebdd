"""What does the Synapse Link service say to the portal's wizard: tables, relationships, the island, the policy?

Shapes were seen, the reasons other than missing change tracking were not. The row of a Finance and Operations table is
unknown beyond the field that a switch names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from reconciler.simulator.attributes import joined
from reconciler.simulator.metadata import display_name, tracked
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.wire import Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.athena_links import Door
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.tables import Table
    from reconciler.simulator.world import World

NEVER_OFFERED = {"attachment", "activitymimeattachment", "calendar", "stringmap"}
"""Documented as never exportable; that they aren't listed is a guess."""
NO_TRACKING = "Change Tracking is Disabled"
ELASTIC = "Elastic tables are not supported"
RETAINED = "Long term retention is enabled"


class Catalogue:
    """What can be linked, and with what."""

    def __init__(self, world: World, door: Door) -> None:
        self._world = world
        self._door = door
        self.routes = (
            route("link.entities", "GET", "/entities", self.entities),
            route("link.relationships", "GET", "/relationships", self.relationships),
            route("link.finops", "GET", "/fnoTables", self.finops),
            route("link.como", "GET", "/isComoEnabledForOrg", self.como),
            route("link.island", "GET", "/environment/{env}/isIslandEnabled", self.island),
            route("link.policy", "GET", "/environment/{env}/tenant/{tenant}/getclientidfromep", self.policy),
        )

    def entities(self, request: Request) -> Response:
        """Every table, with why it can't be linked where it can't; no paging."""
        environment = self._door.organization(request)
        tables = self._world.tables(environment).values()
        names = tracked(self._world, environment)
        return json_response([
            _entity(table, _reason(environment, table, tracks=table.name in names))
            for table in tables if table.name not in NEVER_OFFERED
        ])  # fmt: skip

    def relationships(self, request: Request) -> Response:
        """The N:N relationships: exporting both ends does not bring the table between them."""
        environment = self._door.organization(request)
        found = ((table, joined(table)) for table in self._world.tables(environment).values())
        return json_response([
            {"Name": f"{table.name}_association", "Entity1LogicalName": ends[0], "Entity2LogicalName": ends[1],
             "IsIntersect": True, "IntersectLogicalName": table.name, "SchemaName": f"{table.name}_association"}
            for table, ends in found if ends is not None
        ])  # fmt: skip

    def finops(self, request: Request) -> Response:
        """The tables of the Finance and Operations environment that is linked; none without one."""
        environment = self._door.organization(request)
        field = self._world.answer("finops-table-rows")
        return json_response([{field: table["name"]} for table in environment.finops_tables])

    def como(self, request: Request) -> Response:
        """Whether the organization is enabled for something that only the portal knows."""
        self._door.organization(request)
        return json_response(False)

    def island(self, request: Request) -> Response:
        """Whether the island serves the organization; false for one that it doesn't know."""
        environment = self._door.environment(request, scoped=False)
        return json_response(request.query.get("organizationId", "").lower() == environment.organization)

    def policy(self, request: Request) -> Response:
        """The identity of the environment's enterprise policy: JSON that says it is text; nulls without a policy."""
        environment = self._door.environment(request)
        linked = environment.identity_policy and request.parts["tenant"].lower() == environment.tenant
        client = derived_id(environment.id, "policy", "client") if linked else None
        secret = f"https://identity.example/{client}/credentials" if linked else None
        body = json.dumps({"ClientSecretUrl": secret, "ClientId": client})
        return Response(200, body.encode(), {"content-type": "text/plain; charset=utf-8"})


def _entity(table: Table, reason: str) -> dict[str, Any]:
    return {
        "LogicalName": table.name,
        "DisplayName": display_name(table),
        "IsActivity": table.type == "Activity",
        "IsDisabled": bool(reason),
        "ReasonIfDisabled": reason,
        "IsComoTableActive": False,
        "IsVirtualEntity": table.type == "Virtual",
        "Description": "",
    }


def _reason(environment: Environment, table: Table, *, tracks: bool) -> str:
    if table.type == "Elastic":
        return ELASTIC
    if environment.edits.get(table.name, {}).get("IsRetentionEnabled"):
        return RETAINED
    return "" if tracks else NO_TRACKING
