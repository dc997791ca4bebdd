"""How does Microsoft Entra ID give out tokens?

Served: discovery of one tenant, client credentials, device code and refresh tokens. Source of the shapes: the v2.0
protocol pages and the recorded traffic of command-line clients; error codes as Entra publishes them.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from reconciler.simulator.clock import zulu
from reconciler.simulator.hosts import CLOUDS, GRAPH_HOSTS, LINK_APPLICATION, LINK_URI
from reconciler.simulator.nouns import PUBLIC_CLIENTS, Tenant, derived_id
from reconciler.simulator.tokens import InvalidTokenError, packed, signed
from reconciler.simulator.wire import AnsweredError, Request, Response, json_response, route

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Principal
    from reconciler.simulator.tokens import Tokens
    from reconciler.simulator.world import World

ANY_TENANT = ("common", "organizations")
OPEN_ID_SCOPES = {"openid", "profile", "offline_access", "email"}
DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEVICE_CODE_SECONDS = 900
ID_TOKEN_SECONDS = 3600
RESOURCES = {
    LINK_APPLICATION: LINK_APPLICATION,
    LINK_URI: LINK_URI + "/",
    **{f"https://{host}": f"https://{host}" for host in GRAPH_HOSTS},
    "https://storage.azure.com": "https://storage.azure.com",
    **{audience: audience for cloud in CLOUDS for audience in (*cloud.arm_audiences, cloud.bap_audience)},
    **{f"https://{cloud.synapse}": f"https://{cloud.synapse}" for cloud in CLOUDS},
}


class Entra:
    """The token endpoint of every tenant."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self.routes = (
            route("entra.configuration", "GET", "/{tenant}/v2.0/.well-known/openid-configuration", self.configuration),
            route("entra.token", "POST", "/{tenant}/oauth2/v2.0/token", self.token),
            route("entra.devicecode", "POST", "/{tenant}/oauth2/v2.0/devicecode", self.device_code),
        )

    def configuration(self, request: Request) -> Response:
        """Where the endpoints of a tenant are."""
        tenant = self._tenant(request)
        base = f"https://{request.host}/{request.parts['tenant']}"
        issued = "{tenantid}" if request.parts["tenant"] in ANY_TENANT else tenant.id
        return json_response(
            {
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "issuer": f"https://{request.host}/{issued}/v2.0",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "tenant_region_scope": "EU",
            }
        )

    def token(self, request: Request) -> Response:
        """A token, by whichever grant."""
        tenant = self._tenant(request)
        form = request.form()
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self._by_secret(tenant, form)
        if grant in (DEVICE_CODE_GRANT, "device_code"):
            return self._by_device_code(request, tenant, form)
        if grant == "refresh_token":
            return self._by_refresh_token(request, tenant, form)
        raise self._refused(
            400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'."
        )

    def device_code(self, request: Request) -> Response:
        """The code that a person is to type."""
        tenant = self._tenant(request)
        form = request.form()
        client = self._public_client(form)
        self._audience(tenant, form.get("scope", ""))
        claims = {"typ": "device", "client_id": client, "scope": form.get("scope", ""), "tid": tenant.id,
                  "exp": self._world.now() + DEVICE_CODE_SECONDS}  # fmt: skip
        page = f"https://{request.host}/device"
        return json_response(
            {
                "user_code": "SIMULATED",
                "device_code": signed(claims, self._world.key),
                "verification_uri": page,
                "expires_in": DEVICE_CODE_SECONDS,
                "interval": 1,
                "message": f"To sign in, open {page} and enter the code SIMULATED to authenticate.",
            }
        )

    def _by_secret(self, tenant: Tenant, form: dict[str, str]) -> Response:
        app = self._world.app
        if form.get("client_id") != app.id:
            raise self._refused(400, "unauthorized_client", 700016, _no_application(form, tenant))
        if form.get("client_secret") != self._world.client_secret:
            message = f"Invalid client secret provided for app '{app.id}'."
            raise self._refused(401, "invalid_client", 7000215, message)
        scope = form.get("scope", "")
        if not scope.endswith("/.default"):
            message = f"The provided value for scope {scope} is not valid: it must be a resource with /.default."
            raise self._refused(400, "invalid_scope", 1002012, message)
        token, seconds = self._tokens.access(app, tenant.id, self._audience(tenant, scope), app.id)
        return json_response(
            {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}
        )

    def _by_device_code(self, request: Request, tenant: Tenant, form: dict[str, str]) -> Response:
        client = self._public_client(form)
        claims = self._own(form.get("device_code", ""), "device")
        if self._world.settings.sign_in == "pending":
            raise self._refused(400, "authorization_pending", 70016, "Authorization is pending.")
        if self._world.settings.sign_in == "declined":
            raise self._refused(400, "authorization_declined", 70018, "The end user denied the authorization request.")
        return self._for_user(request, tenant, client, claims["scope"])

    def _by_refresh_token(self, request: Request, tenant: Tenant, form: dict[str, str]) -> Response:
        client = self._public_client(form)
        claims = self._own(form.get("refresh_token", ""), "refresh")
        return self._for_user(request, tenant, client, form.get("scope") or claims["scope"])

    def _own(self, token: str, kind: str) -> dict[str, Any]:
        try:
            claims = self._tokens.read(token)
        except InvalidTokenError as error:
            raise self._refused(400, "invalid_grant", 70000, f"The {kind} token is malformed or invalid.") from error
        if claims.get("typ") != kind or claims["exp"] <= self._world.now():
            raise self._refused(400, "invalid_grant", 70008, f"The {kind} token has expired.")
        return claims

    def _for_user(self, request: Request, tenant: Tenant, client: str, scope: str) -> Response:
        user = self._world.user
        token, seconds = self._tokens.access(user, tenant.id, self._audience(tenant, scope), client)
        refresh = {"typ": "refresh", "client_id": client, "scope": scope, "exp": self._world.now() + 90 * 86400}
        asked = " ".join(word for word in scope.split() if word not in OPEN_ID_SCOPES)
        return json_response(
            {
                "token_type": "Bearer",
                "scope": asked,
                "expires_in": seconds,
                "ext_expires_in": seconds,
                "access_token": token,
                "refresh_token": signed(refresh, self._world.key),
                "id_token": self._id_token(request, tenant, client, user),
                "client_info": packed(json.dumps({"uid": user.id, "utid": tenant.id}).encode()),
            }
        )

    def _id_token(self, request: Request, tenant: Tenant, client: str, user: Principal) -> str:
        # Client libraries compare these with real time, not with the local cloud's clock.
        now = int(time.time())
        claims = {"aud": client, "iss": f"https://{request.host}/{tenant.id}/v2.0", "iat": now,
                  "exp": now + ID_TOKEN_SECONDS, "sub": user.id, "oid": user.id, "tid": tenant.id,
                  "preferred_username": user.name, "name": "Simulated User", "ver": "2.0"}  # fmt: skip
        return signed(claims, self._world.key)

    def _tenant(self, request: Request) -> Tenant:
        wanted = request.parts["tenant"].lower()
        for tenant in self._world.tenants.values():
            if wanted in (tenant.id, tenant.domain.lower()) or wanted in ANY_TENANT:
                return tenant
        raise self._refused(400, "invalid_tenant", 90002, f"Tenant '{wanted}' not found.")

    def _public_client(self, form: dict[str, str]) -> str:
        client = form.get("client_id", "")
        if client not in (*PUBLIC_CLIENTS, self._world.app.id):
            raise self._refused(
                400, "unauthorized_client", 700016, f"Application with identifier '{client}' was not found."
            )
        return client

    def _audience(self, tenant: Tenant, scope: str) -> str:
        asked = [word for word in scope.split() if word not in OPEN_ID_SCOPES]
        if not asked:
            return "https://graph.microsoft.com"
        resource = asked[0].rpartition("/")[0]
        bare = resource.rstrip("/").lower()
        if bare in RESOURCES:
            return RESOURCES[bare] + ("/" if resource.endswith("/") and not RESOURCES[bare].endswith("/") else "")
        environment = self._world.by_host.get(bare.removeprefix("https://"))
        if environment is None or not bare.startswith("https://") or environment.tenant != tenant.id:
            message = f"The resource principal named {resource} was not found in the tenant named {tenant.domain}."
            raise self._refused(400, "invalid_resource", 500011, message)
        return resource

    def _refused(self, status: int, error: str, code: int, message: str) -> AnsweredError:
        trace = derived_id("trace", self._world.now())
        return AnsweredError(
            json_response(
                {
                    "error": error,
                    "error_description": f"AADSTS{code}: {message} Trace ID: {trace}",
                    "error_codes": [code],
                    "timestamp": zulu(self._world.now()),
                    "trace_id": trace,
                    "correlation_id": trace,
                },
                status,
            )
        )

    def unknown(self, request: Request, allowed: list[str]) -> Response:  # noqa: ARG002 - one signature for every service
        """Entra answers an unknown path with a page, and a wrong method with an error."""
        if allowed:
            error = self._refused(
                400, "invalid_request", 900561, f"The endpoint only accepts {', '.join(allowed)} requests."
            )
            return error.response
        return Response(404, b"<html><body>Not Found</body></html>", {"content-type": "text/html"})

    def failed(self, request: Request, status: int) -> Response:  # noqa: ARG002 - one signature for every service
        """Throttled, refused, or out of order."""
        names = {429: ("temporarily_unavailable", 50196), 403: ("access_denied", 53003)}
        error, code = names.get(status, ("temporarily_unavailable", 90033))
        return self._refused(status, error, code, "The request can't be served now.").response


def _no_application(form: dict[str, str], tenant: Tenant) -> str:
    return f"Application with identifier '{form.get('client_id')}' was not found in the directory '{tenant.domain}'."
