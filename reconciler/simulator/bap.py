"""How does the Power Platform admin API answer for environments?

Source: the list-environments pages of the Power Platform administrator documentation, and the requests of Microsoft's
Terraform provider. Guessed: the size of a page, and the fields of an error beside its code and message.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.hosts import BAP_HOSTS
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.tokens import InvalidTokenError
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

PAGE = 50
BASE = "/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments"
RUNTIME = {"Ready": "Enabled", "AdminMode": "AdminMode"}
VERSION = re.compile(r"20(1[6-9]|2\d)-\d\d-\d\d(-\w+)?")


def bap_error(status: int, code: str, message: str) -> AnsweredError:
    """An error in the form of this API."""
    return AnsweredError(json_response({"error": {"code": code, "message": message}}, status))


class Bap:
    """The admin API of every cloud."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self.routes = (
            route("bap.environments", "GET", BASE, self.all),
            route("bap.environment", "GET", BASE + "/{env}", self.one),
        )

    def _tenant(self, request: Request) -> str:
        cloud = BAP_HOSTS[request.host]
        try:
            claims = self._tokens.check(request, (cloud.bap_audience,))
        except InvalidTokenError as error:
            raise bap_error(401, "AuthenticationFailed", f"Authentication failed. {error}") from error
        principal = self._world.principal(claims["idtyp"])
        if not principal.bap:
            message = (
                f"The principal with id '{principal.id}' for application '{claims['appid']}' does not have permission "
                f"to access the path '{request.path}' in tenant {claims['tid']}."
            )
            raise bap_error(403, "Forbidden", message)
        version = request.query.get("api-version", "")
        if not VERSION.fullmatch(version):
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise bap_error(400, "MissingApiVersionParameter", message)
        tenant: str = claims["tid"]
        return tenant

    def _environments(self, request: Request, tenant: str) -> list[Environment]:
        cloud = BAP_HOSTS[request.host]
        there = (each for each in self._world.environments.values() if each.state != "Deleted")
        return [each for each in there if each.tenant == tenant and each.cloud.bap == cloud.bap]

    def all(self, request: Request) -> Response:
        """The environments of the tenant, page by page."""
        found = self._environments(request, self._tenant(request))
        token = request.query.get("$skiptoken", "0")
        begin = int(token) if token.isdecimal() else 0
        body: dict[str, Any] = {"value": [_shown(environment) for environment in found[begin : begin + PAGE]]}
        if len(found) > begin + PAGE:
            version = request.query["api-version"]
            body["nextLink"] = f"{request.url}?api-version={version}&$skiptoken={begin + PAGE}"
        return json_response(body)

    def one(self, request: Request) -> Response:
        """One environment."""
        tenant = self._tenant(request)
        wanted = request.parts["env"].lower()
        for environment in self._environments(request, tenant):
            if environment.id == wanted:
                return json_response(_shown(environment))
        message = f"The environment '{wanted}' could not be found in the tenant '{tenant}'."
        raise bap_error(404, "EnvironmentNotFound", message)

    def unknown(self, request: Request, allowed: list[str]) -> Response:
        """No such path, or not with this method."""
        if allowed:
            message = f"The requested resource does not support http method '{request.method}'."
            return bap_error(405, "MethodNotAllowed", message).response
        return bap_error(
            404, "NotFound", f"No HTTP resource was found that matches the request URI '{request.url}'."
        ).response

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused or out of order."""
        names = {429: "TooManyRequests", 403: "Forbidden", 503: "ServiceUnavailable"}
        return bap_error(status, names.get(status, "InternalServerError"), "The request can't be served now.").response


def _shown(environment: Environment) -> dict[str, Any]:
    url = environment.url.rstrip("/")
    name = url.removeprefix("https://").partition(".")[0]
    linked: dict[str, Any] = {}
    if environment.identity_policy:
        policy = derived_id(environment.id, "policy")
        linked["enterprisePolicies"] = {"identity": {
            "policyId": policy, "location": environment.geo, "linkStatus": "Linked",
            "id": f"/providers/Microsoft.PowerPlatform/enterprisePolicies/{policy}",
            "systemId": f"/regions/{environment.geo}/providers/Microsoft.PowerPlatform/enterprisePolicies/{policy}",
        }}  # fmt: skip
    if environment.finops:
        linked["linkedAppMetadata"] = {"type": "Linked", "id": derived_id(environment.id, "finops"),
                                       "url": f"https://{name}.operations.dynamics.com"}  # fmt: skip
    admin = environment.state == "AdminMode"
    return {
        "id": f"{BASE}/{environment.id}",
        "type": "Microsoft.BusinessAppPlatform/scopes/environments",
        "location": environment.geo,
        "name": environment.id,
        "properties": {
            "tenantId": environment.tenant,
            "azureRegion": environment.region,
            "displayName": environment.display_name,
            "environmentSku": environment.sku,
            "databaseType": "CommonDataService",
            "states": {
                "management": {"id": "Ready" if admin else environment.state},
                "runtime": {
                    "id": environment.state if admin else "Enabled" if environment.state == "Ready" else "Disabled"
                },
            },
            "linkedEnvironmentMetadata": {
                "resourceId": environment.organization,
                "friendlyName": environment.display_name,
                "uniqueName": environment.unique_name,
                "domainName": name,
                "version": environment.version,
                "instanceUrl": url + "/",
                "instanceApiUrl": url.replace(".crm", ".api.crm", 1),
                "instanceState": "Ready" if environment.state == "Ready" else environment.state,
                "baseLanguage": environment.languages[0],
            },
            "cluster": {
                "category": "Prod",
                "number": environment.uri_suffix.partition(".")[0][-3:],
                "uriSuffix": environment.uri_suffix,
                "geoShortName": environment.uri_suffix[:2].upper(),
                "environment": "Prod",
            },
            "runtimeEndpoints": {"microsoft.CommonDataModel": url + "/"},
            **linked,
        },
    }
