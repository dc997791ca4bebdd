"""How does Azure Resource Manager answer for the resources that links rest on?

Served: GET by resource id, with containers, lifecycle policies, firewall rules and Spark pools; DELETE of a container;
and Resource Graph for the two queries of the inventory. Source: the official OpenAPI
documents, and the errors of recorded command-line traffic. What the caller may not read is refused before it is looked
up, as Azure does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator import children
from reconciler.simulator.hosts import ARM_HOSTS
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.resource_graph import ResourceGraph
from reconciler.simulator.storage import container, delete_container
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal, Resource
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

CONTAINER = "/blobServices/default/containers/{container}"
VERSION = re.compile(r"20\d\d-\d\d-\d\d(-\w+)?")
GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
NAMES = {429: "TooManyRequests", 403: "AuthorizationFailed", 503: "ServiceUnavailable", 504: "GatewayTimeout"}


def arm_error(status: int, code: str, message: str) -> AnsweredError:
    """An error in the form of ARM."""
    return AnsweredError(json_response({"error": {"code": code, "message": message}}, status))


class Arm:
    """Resource Manager of every cloud."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        graph = ResourceGraph(world, self.caller)
        storage = GROUP + "/providers/Microsoft.Storage/storageAccounts/{name}"
        workspace = GROUP + "/providers/Microsoft.Synapse/workspaces/{name}"
        self.routes = (
            route("arm.graph", "POST", "/providers/Microsoft.ResourceGraph/resources", graph.query),
            route("arm.subscription", "GET", "/subscriptions/{subscription}", self.get),
            route("arm.storage", "GET", storage, self.get),
            route("arm.container", "GET", storage + CONTAINER, self.container),
            route("arm.container.delete", "DELETE", storage + CONTAINER, self.delete_container, writes=True),
            route("arm.lifecycle", "GET", storage + "/managementPolicies/default", self.lifecycle),
            route("arm.workspace", "GET", workspace, self.get),
            route("arm.firewall", "GET", workspace + "/firewallRules", self.firewall),
            route("arm.pool", "GET", workspace + "/bigDataPools/{pool}", self.get),
        )

    def caller(self, request: Request) -> tuple[Principal, str]:
        """Who sends a request, and of which tenant."""
        cloud = ARM_HOSTS[request.host]
        try:
            claims = self._tokens.check(request, cloud.arm_audiences)
        except InvalidTokenError as error:
            code = "ExpiredAuthenticationToken" if "expired" in str(error) else "InvalidAuthenticationToken"
            answered = arm_error(401, code, str(error))
            challenge = f'Bearer authorization_uri="https://{cloud.login}/", error="invalid_token"'
            answered.response.headers["www-authenticate"] = challenge
            raise answered from error
        return self._world.principal(claims["idtyp"]), claims["tid"]

    def get(self, request: Request) -> Response:
        """One resource by its id."""
        key = request.path.rstrip("/")
        found = self._readable(request, key)
        if found is None:
            raise self._missing(request)
        return self._answer(found.body)

    def container(self, request: Request) -> Response:
        """A container of an account that is there."""
        account, name = self._account(request), request.parts["container"]
        if container(self._world, account.body["name"], name) is None:
            raise arm_error(404, "ContainerNotFound", "The specified container does not exist.")
        return self._answer(children.container(account.body, name))

    def delete_container(self, request: Request) -> Response:
        """Delete a container with all that it holds; 204 where there is none."""
        account = self._account(request)
        if not self.caller(request)[0].reads_azure(account.id):
            raise self._refused(request, "delete")
        deleted = delete_container(self._world, account.body["name"], request.parts["container"])
        return Response(200 if deleted else 204, b"", self._headers())

    def lifecycle(self, request: Request) -> Response:
        """The lifecycle policy of an account that is there."""
        self._account(request)
        found = self._present(request.path.rstrip("/"))
        if found is None:
            message = "No ManagementPolicy found for account " + request.parts["name"]
            raise arm_error(404, "ManagementPolicyNotFound", message)
        return self._answer(found.body)

    def firewall(self, request: Request) -> Response:
        """The firewall rules of a workspace that is there."""
        owner = self._readable(request, request.path.rstrip("/").rpartition("/")[0])
        if owner is None:
            raise self._missing(request)
        prefix = request.path.rstrip("/").lower() + "/"
        rules = [each.body for key, each in self._world.resources.items() if key.startswith(prefix) and each.present]
        return self._answer({"value": rules})

    def _account(self, request: Request) -> Resource:
        parts = request.parts
        key = (
            f"/subscriptions/{parts['subscription']}/resourceGroups/{parts['group']}"
            f"/providers/Microsoft.Storage/storageAccounts/{parts['name']}"
        )
        found = self._readable(request, key)
        if found is None:
            raise self._missing(request)
        return found

    def _readable(self, request: Request, key: str) -> Resource | None:
        """What has an id, for a caller who may read it; None where nothing has it."""
        principal, tenant = self.caller(request)
        require_version(request)
        if not principal.reads_azure(key):
            raise self._refused(request, "read")
        found = self._present(key)
        return found if found is not None and self._tenant_of(key) == tenant else None

    def _refused(self, request: Request, action: str) -> AnsweredError:
        principal, _ = self.caller(request)
        message = (
            f"The client '{principal.name}' with object id '{principal.id}' does not have authorization to perform "
            f"action '{action}' over scope '{request.path.rstrip('/')}' or the scope is invalid. If access was "
            "recently granted, please refresh your credentials."
        )
        return arm_error(403, "AuthorizationFailed", message)

    def _answer(self, body: dict[str, Any]) -> Response:
        response = json_response(body)
        response.headers |= self._headers()
        return response

    def _headers(self) -> dict[str, str]:
        request_id = derived_id("request", self._world.now())
        return {"x-ms-request-id": request_id, "x-ms-correlation-request-id": request_id,
                "x-ms-ratelimit-remaining-subscription-reads": "249"}  # fmt: skip

    def _present(self, key: str) -> Resource | None:
        found = self._world.resources.get(key.lower())
        return found if found is not None and found.present else None

    def _tenant_of(self, key: str) -> str | None:
        subscription = self._present("/".join(key.split("/")[:3]))
        return subscription.body["tenantId"] if subscription else None

    def _missing(self, request: Request) -> AnsweredError:
        parts = request.parts
        scope = f"/subscriptions/{parts['subscription']}"
        if self._present(scope) is None:
            return arm_error(
                404, "SubscriptionNotFound", f"The subscription '{parts['subscription']}' could not be found."
            )
        if "group" not in parts:
            return arm_error(404, "SubscriptionNotFound", "The subscription could not be found.")
        group = parts["group"]
        if self._present(f"{scope}/resourceGroups/{group}") is None:
            return arm_error(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
        message = (
            f"The Resource '{request.path.partition('/providers/')[2].rstrip('/')}' under resource group '{group}' "
            "was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
        return arm_error(404, "ResourceNotFound", message)

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """No such type or path, or not with this method."""
        try:
            self.caller(request)
        except AnsweredError as answered:
            return answered.response
        if allowed:
            message = f"The request method '{request.method}' is not supported at '{request.path}'."
            return arm_error(405, "HttpMethodNotSupported", message).response
        return arm_error(404, "InvalidResourceType", f"The path '{request.path}' names no resource type.").response

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order."""
        return arm_error(status, NAMES.get(status, "InternalServerError"), "The request can't be served now.").response


def require_version(request: Request) -> str:
    """The api-version of a request; answers 400 where there is none."""
    version = request.query.get("api-version")
    if version is None:
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise arm_error(400, "MissingApiVersionParameter", message)
    if not VERSION.fullmatch(version):
        raise arm_error(400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid.")
    return version
