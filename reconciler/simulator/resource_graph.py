"""How does Azure Resource Graph answer the queries of the inventory?

It knows two queries by heart, whatever their white space; any other is refused as a query that can't be parsed. The
index lags behind by as many seconds as the settings say. Source: the Resource Graph documentation and its OpenAPI
document of 2022-10-01.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.wire import AnsweredError, Request, Response, json_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.nouns import Principal
    from reconciler.simulator.world import World

VERSIONS = ("2022-10-01", "2024-04-01")
RESOURCES_QUERY = """
resources
| where type in~ ('microsoft.storage/storageaccounts','microsoft.synapse/workspaces',
   'microsoft.synapse/workspaces/bigdatapools','microsoft.synapse/workspaces/sqlpools',
   'microsoft.managedidentity/userassignedidentities','microsoft.powerplatform/enterprisepolicies')
| project id=tolower(id), type, name, location, resourceGroup, subscriptionId, sku, kind, identity, tags, properties
| order by id asc
"""
ASSIGNMENTS_QUERY = """
authorizationresources
| where type =~ 'microsoft.authorization/roleassignments'
| extend p=properties
| project id=tolower(id), scope=tolower(tostring(p.scope)), principalId=tostring(p.principalId),
          principalType=tostring(p.principalType),
          role=tolower(tostring(split(tostring(p.roleDefinitionId),'/')[-1])),
          condition=tostring(p.condition), description=tostring(p.description)
| order by id asc
"""
INDEXED = frozenset(re.findall(r"'(microsoft[^']+)'", RESOURCES_QUERY))
"""The types that the inventory asks for; what belongs to them stands in no index."""
DEFAULT_ROWS = 100
MAX_ROWS = 1000


def _collapsed(query: str) -> str:
    return re.sub(r"\s+", "", query)


TABLES = {_collapsed(RESOURCES_QUERY): "resources", _collapsed(ASSIGNMENTS_QUERY): "authorizationresources"}


def graph_error(code: str, message: str) -> AnsweredError:
    """A refusal in the form of Resource Graph: the useful text is in the details."""
    body = {
        "error": {
            "code": "BadRequest",
            "message": "Please provide below info when asking for support.",
            "details": [{"code": code, "message": message}],
        }
    }
    return AnsweredError(json_response(body, 400))


class ResourceGraph:
    """The index over all subscriptions that a caller may read."""

    def __init__(self, world: World, caller: Callable[[Request], tuple[Principal, str]]) -> None:
        self._world = world
        self._caller = caller

    def query(self, request: Request) -> Response:
        """A page of the answer to one of the two queries."""
        principal, tenant = self._caller(request)
        if request.query.get("api-version") not in VERSIONS:
            raise graph_error("InvalidApiVersionParameter", f"The api-version is none of {', '.join(VERSIONS)}.")
        try:
            body = request.json()
            table = TABLES[_collapsed(body["query"])]
        except KeyError as error:
            raise graph_error("ParserFailure", "The query can't be parsed: it is none that is served.") from error
        except (ValueError, TypeError) as error:
            raise graph_error("InvalidJson", "The body is no query.") from error
        options, subscriptions = body.get("options") or {}, body.get("subscriptions") or []
        if not isinstance(options, dict) or not isinstance(subscriptions, list):
            raise graph_error("InvalidJson", "The body is no query.")
        if options.get("resultFormat", "objectArray") != "objectArray":
            raise graph_error("UnsupportedResultFormat", "The result format is not served.")
        rows = self._rows(table, principal, self._subscriptions(subscriptions, principal, tenant))
        return _page(rows, options)

    def _subscriptions(self, asked: list[Any], principal: Principal, tenant: str) -> set[str]:
        found = {
            resource.body["subscriptionId"]
            for resource in self._world.resources.values()
            if resource.type == "subscription" and resource.present and resource.body["tenantId"] == tenant
        }
        if not isinstance(principal.azure, bool):
            found = {sub for sub in found if any(f"/subscriptions/{sub}" in scope.lower() for scope in principal.azure)}
        elif not principal.azure:
            found = set()
        if asked:
            found &= {str(subscription).lower() for subscription in asked}
            if not found:
                message = "There must be at least one subscription that is eligible to contain resources."
                raise graph_error("NoValidSubscriptionsInQueryRequest", message)
        return found

    def _rows(self, table: str, principal: Principal, subscriptions: set[str]) -> list[dict[str, Any]]:
        if table == "authorizationresources":
            found = [row for row in self._world.assignments if row["scope"].split("/")[2] in subscriptions]
            return sorted(found, key=lambda row: str(row["id"]))
        now, lag = self._world.now(), self._world.settings.index_lag_seconds
        found = []
        for resource in self._world.resources.values():
            body = resource.as_indexed(now, lag) if resource.type.lower() in INDEXED else None
            if body is None or resource.id.split("/")[2].lower() not in subscriptions:
                continue
            if principal.reads_azure(resource.id):
                found.append(shown_in_graph(body))
        return sorted(found, key=lambda row: str(row["id"]))


def _page(rows: list[dict[str, Any]], options: dict[str, Any]) -> Response:
    top = options.get("$top") or DEFAULT_ROWS
    if not isinstance(top, int) or not 1 <= top <= MAX_ROWS:
        raise graph_error("InvalidQueryOptions", f"$top must be between 1 and {MAX_ROWS}.")
    begin = _offset(options.get("$skipToken"))
    data = rows[begin : begin + top]
    more = len(rows) > begin + top
    body: dict[str, Any] = {
        "totalRecords": len(rows),
        "count": len(data),
        "data": data,
        "facets": [],
        "resultTruncated": "true" if more else "false",
    }
    if more:
        body["$skipToken"] = base64.b64encode(json.dumps({"skip": begin + top}).encode()).decode()
    response = json_response(body)
    response.headers |= {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
    return response


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(json.loads(base64.b64decode(token))["skip"])
    except (ValueError, KeyError, TypeError) as error:
        raise graph_error("InvalidSkipToken", "The $skipToken is malformed.") from error


def shown_in_graph(resource: dict[str, Any]) -> dict[str, Any]:
    """The columns that the inventory query projects."""
    parts = resource["id"].split("/")
    return {
        "id": resource["id"].lower(),
        "type": resource["type"].lower(),
        "name": resource["name"],
        "location": resource["location"],
        "resourceGroup": parts[4].lower(),
        "subscriptionId": parts[2],
        "sku": resource.get("sku"),
        "kind": resource.get("kind", ""),
        "identity": resource.get("identity"),
        "tags": resource.get("tags"),
        "properties": resource.get("properties"),
    }
