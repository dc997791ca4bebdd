"""Who the reconciler is: an application for all that can be read, and a user for writing links.

Credentials come from azure-identity alone, or from the local cloud's endpoints file; never from the repository.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import (
    AzureCliCredential,
    AzurePowerShellCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    DeviceCodeCredential,
)

from reconciler.clients.connection import CONNECT_SECONDS, READ_SECONDS, TokenTransport
from reconciler.clients.endpoints import Endpoints
from reconciler.clients.redaction import redact
from reconciler.clients.tokens import KeptTokens
from reconciler.model.cloud import Cloud
from reconciler.model.configuration import SignIn
from reconciler.model.errors import NotAuthorised
from reconciler.model.journal import Who

NO_SIGN_IN = (
    "Links are written with a person's token: sign in with 'az login' and run again with '--sign-in azure-cli' "
    "(or azure-powershell, device-code)"
)
# azure-identity's own ten retries would keep a run without a network waiting for a minute and a half.
_TOKEN_RETRIES = {"retry_total": 3, "retry_connect": 1, "retry_backoff_max": 4}
# Of 'az', azd and PowerShell, which take seconds to start and may wait for a network.
_PROCESS_SECONDS = 30
Prompt = Callable[[str], None]
_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# What these packages log is said by our own errors, once and redacted; without a handler Python prints it as well.
for _package in ("azure", "msal", "urllib3"):
    logging.getLogger(_package).addHandler(logging.NullHandler())


class Identities:
    """The two identities of a run, per tenant, made when first asked for.

    ``prompt`` is called with the text that a device-code sign-in shows.
    """

    def __init__(
        self,
        cloud: Cloud,
        sign_in: SignIn,
        endpoints: Endpoints | None,
        transport: RequestsTransport,
        prompt: Prompt,
    ) -> None:
        self._cloud = cloud
        self._sign_in = sign_in
        self._endpoints = endpoints
        self._prompt = prompt
        self._options: dict[str, Any] = {
            "authority": f"https://{cloud.login_host}",
            "transport": TokenTransport(transport),
            **_TOKEN_RETRIES,
        }
        if endpoints:
            self._options["disable_instance_discovery"] = True
        self._applications: dict[str, KeptTokens] = {}
        self._users: dict[str, KeptTokens] = {}
        self._missing: dict[str, str | None] = {}
        # Environments are read side by side: one credential a tenant, and a person is asked to sign in once.
        self._making = Lock()
        self._asking = Lock()

    def application(self, tenant_id: str) -> TokenCredential:
        """The app-only identity in a tenant: azure-identity's default chain, or the local cloud's application."""
        with self._making:
            if tenant_id not in self._applications:
                self._applications[tenant_id] = _kept(self._make_application, tenant_id)
            return self._applications[tenant_id]

    def user(self, tenant_id: str) -> TokenCredential | None:
        """The signed-in user in a tenant, None where no sign-in was chosen."""
        if self._sign_in is SignIn.NONE:
            return None
        with self._making:
            if tenant_id not in self._users:
                self._users[tenant_id] = _kept(self._make_user, tenant_id)
            return self._users[tenant_id]

    def user_missing(self, tenant_id: str) -> str | None:
        """What keeps a user's token for the Synapse Link service from being had; None when one was had.

        An application signed in to ``az`` gives a token as well, and the service would refuse it without a word: the
        token's own claims tell them apart (``scp`` and ``idtyp``). Asked once a tenant.
        """
        with self._asking:
            if tenant_id not in self._missing:
                self._missing[tenant_id] = self._look_for_user(tenant_id)
            return self._missing[tenant_id]

    def user_object_id(self, tenant_id: str) -> str | None:
        """The object id of the signed-in user, from the claims of a token that was had already; None where nobody
        signed in, or the token does not tell."""
        if self.user_missing(tenant_id):
            return None
        credential = self.user(tenant_id)
        try:
            token = credential.get_token(self._cloud.service_scope) if credential else None
        except AzureError:
            return None
        found = str(_claims(token).get("oid") or "") if token else ""
        return found if _ID.fullmatch(found) else None

    def who(self) -> tuple[Who, ...]:
        """As whom the run spoke so far, by the claims of the tokens that were had: nobody is asked for another."""
        with self._making:
            kept = [*self._applications.values(), *self._users.values()]
        return tuple(sorted({_who(_claims(token)) for credential in kept for token in credential.had()}))

    def _look_for_user(self, tenant_id: str) -> str | None:
        try:
            credential = self.user(tenant_id)
            if credential is None:
                return NO_SIGN_IN
            token = credential.get_token(self._cloud.service_scope)
        except NotAuthorised as error:
            return str(error)
        except AzureError as error:
            return f"No user's token for the Synapse Link service: {redact(str(error.message))}"
        if _who(_claims(token)).kind != "user":
            return f"The sign-in is an application's, not a person's. {NO_SIGN_IN}"
        return None

    def _make_application(self, tenant_id: str) -> TokenCredential:
        if self._endpoints:
            return ClientSecretCredential(
                tenant_id, self._endpoints.client_id, self._endpoints.client_secret, **self._options
            )
        return _InTenant(default_chain(self._options["authority"]), tenant_id)

    def _make_user(self, tenant_id: str) -> TokenCredential:
        if self._endpoints:
            return DeviceCodeCredential(
                self._endpoints.client_id, tenant_id=tenant_id, prompt_callback=lambda *_: None, **self._options
            )
        match self._sign_in:
            case SignIn.AZURE_CLI:
                return AzureCliCredential(tenant_id=tenant_id, process_timeout=_PROCESS_SECONDS)
            case SignIn.AZURE_POWERSHELL:
                return AzurePowerShellCredential(tenant_id=tenant_id, process_timeout=_PROCESS_SECONDS)
            case SignIn.DEVICE_CODE:
                return DeviceCodeCredential(
                    tenant_id=tenant_id,
                    prompt_callback=lambda address, code, _: self._prompt(f"Open {address} and enter {code}"),
                    **self._options,
                )
            case SignIn.NONE:
                raise NotAuthorised(NO_SIGN_IN)


def default_chain(authority: str, **options: Any) -> DefaultAzureCredential:
    """azure-identity's default chain, whose every part gives up what a service or process lets wait for too long.

    It has connections of its own: a managed identity is asked for over plain http, which no other request may use.
    """
    if "transport" not in options:
        options["transport"] = TokenTransport(
            RequestsTransport(connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS)
        )
    return DefaultAzureCredential(
        authority=authority, additionally_allowed_tenants=["*"], process_timeout=_PROCESS_SECONDS, **options
    )


def _kept(make: Callable[[str], TokenCredential], tenant_id: str) -> KeptTokens:
    """A credential that keeps its tokens. Raises NotAuthorised where azure-identity takes its settings for wrong."""
    try:
        return KeptTokens(make(tenant_id))
    except ValueError as error:
        raise NotAuthorised(
            f"No credential for tenant '{tenant_id}': {redact(str(error))} Check the tenant's id and the variables "
            "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_AUTHORITY_HOST."
        ) from None


class _InTenant:
    """Asks a credential that serves many tenants for tokens of one."""

    def __init__(self, credential: TokenCredential, tenant_id: str) -> None:
        self._credential = credential
        self._tenant_id = tenant_id

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        options["tenant_id"] = options.get("tenant_id") or self._tenant_id
        return self._credential.get_token(*scopes, **options)


def _who(claims: Mapping[str, Any]) -> Who:
    """Whom claims speak of; what is no id where one belongs is left out, so that nothing else of a token is told."""
    application = claims.get("idtyp") == "app" or not claims.get("scp")
    ids = (
        str(claims.get(name) or claims.get(other) or "") for name, other in (("tid", ""), ("oid", ""), ("appid", "azp"))
    )
    return Who("application" if application else "user", *(text if _ID.fullmatch(text) else "" for text in ids))


def _claims(token: AccessToken) -> dict[str, Any]:
    """The claims of a token, unverified: they decide what is said to the user, and nothing else."""
    try:
        payload = token.token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (AttributeError, IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
