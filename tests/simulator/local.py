"""A plain HTTP client that reaches every real host name of a local cloud, and a seed that most tests share."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:
    from reconciler.simulator import Cloud

SHARED = Path(__file__).resolve().parents[3] / "shared"
LINK_APP = "7f15f9d9-cad0-44f1-bbba-d36650e07765"


class LoopbackAdapter(HTTPAdapter):
    """Connects every host to one address; TLS still asks for, and checks, the real name."""

    def __init__(self, endpoints: dict[str, Any]) -> None:
        self._host, _, port = endpoints["address"].partition(":")
        self._port = int(port)
        self._context = ssl.create_default_context(cadata=endpoints["ca"])
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        host = request.url.split("/")[2]
        return self.poolmanager.connection_from_host(
            self._host, self._port, "https", pool_kwargs={"server_hostname": host, "assert_hostname": host}
        )

    def send(self, request: Any, **kwargs: Any) -> Any:
        request.headers["Host"] = request.url.split("/")[2]
        kwargs["timeout"] = 10
        return super().send(request, **kwargs)


@dataclass
class Client:
    """Requests as the application or the user, with whichever token a host needs."""

    cloud: Cloud
    session: requests.Session
    endpoints: dict[str, Any]

    def token(self, scope: str, *, user: bool = False, tenant: str = "contoso.onmicrosoft.com") -> str:
        base = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
        if user:
            client = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
            code = self.session.post(f"{base}/devicecode", data={"client_id": client, "scope": scope}).json()
            data = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": client,
                    "device_code": code["device_code"]}  # fmt: skip
        else:
            credentials = self.endpoints["credentials"]
            data = {"grant_type": "client_credentials", "client_id": credentials["clientId"],
                    "client_secret": credentials["clientSecret"], "scope": scope}  # fmt: skip
        answer = self.session.post(f"{base}/token", data=data)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def call(self, method: str, url: str, *, scope: str | None = None, user: bool = False, **kwargs: Any) -> Any:
        headers = {
            "Authorization": f"Bearer {self.token(scope or scope_of(url), user=user)}",
            **kwargs.pop("headers", {}),
        }
        return self.session.request(method, url, headers=headers, **kwargs)

    def get(self, url: str, **kwargs: Any) -> Any:
        return self.call("GET", url, **kwargs)

    def link(self, method: str, environment: dict[str, str], path: str, **kwargs: Any) -> Any:
        url = f"https://{environment['linkHost']}/environment/{environment['id']}/{path}"
        headers = {"x-ms-organization-id": environment["organization"], **kwargs.pop("headers", {})}
        return self.call(method, url, scope=f"{LINK_APP}/.default", headers=headers, **{"user": True, **kwargs})

    def environment(self, name: str) -> dict[str, str]:
        found = self.cloud._world.environment(name)
        return {"id": found.id, "organization": found.organization, "url": found.url, "linkHost": found.link_host}

    def rows(self, name: str, entity_set: str, query: str = "") -> list[dict[str, Any]]:
        answer = self.get(f"{self.environment(name)['url']}/api/data/v9.2/{entity_set}{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


def scope_of(url: str) -> str:
    host = url.split("/")[2]
    if host == "api.bap.microsoft.com":
        return "https://service.powerapps.com//.default"
    return f"https://{host}/.default"


SEED: dict[str, Any] = {
    "subscriptions": [{"name": "data"}],
    "resourceGroups": [{"name": "rg-data", "location": "westeurope"}],
    "storageAccounts": [
        {"name": "saleslake", "resourceGroup": "rg-data"},
        {"name": "otherlake", "resourceGroup": "rg-data"},
        {"name": "deltalake", "resourceGroup": "rg-data"},
        {"name": "folderlake", "resourceGroup": "rg-data"},
    ],
    "workspaces": [
        {"name": "ws-data", "resourceGroup": "rg-data", "storageAccount": "saleslake", "pools": [{"name": "spark"}]}
    ],
    "environments": [
        {
            "name": "sales",
            "url": "https://contoso-sales.crm4.dynamics.com",
            "tables": [
                {"name": "account", "rows": 50000},
                {"name": "new_untracked", "changeTracking": False},
                {"name": "new_never", "canEnableChangeTracking": False},
            ],
        },
        {"name": "service", "url": "https://contoso-service.crm.dynamics.com", "region": "eastus",
         "geo": "unitedstates", "uriSuffix": "us-il102.gateway.prod.island", "languages": [1033, 1043]},
    ],
    "links": [
        {
            "environment": "sales",
            "account": "saleslake",
            "workspace": "ws-data",
            "tables": ["account", {"name": "contact", "partition": "Year", "appendOnly": True}, "lead"],
        },
        {"environment": "sales", "account": "deltalake", "type": "delta", "workspace": "ws-data", "sparkPool": "spark",
         "tables": ["account"], "interval": 15},
        {"environment": "sales", "account": "folderlake", "type": "incremental", "tables": ["account"], "interval": 30},
        {"environment": "sales", "account": "otherlake", "state": "deleted", "tables": ["account"]},
    ],
}  # fmt: skip


def client_of(cloud: Cloud) -> Client:
    endpoints = json.loads(cloud.endpoints.read_text())
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", LoopbackAdapter(endpoints))
    return Client(cloud, session, endpoints)
