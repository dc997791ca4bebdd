"""Promise 5, seen from the socket: whatever a service answers, each request goes to the host that its token is for."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.rest import HttpRequest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reconciler.clients.clients import WriteClients
from reconciler.clients.connection import open_transport
from reconciler.clients.link_service import Organization
from reconciler.clients.policies import OnlyHost
from reconciler.model.cloud import CLOUDS
from reconciler.model.errors import ReconcilerError, Refused
from tests.fleet import ENVIRONMENTS, SALES, TENANT, storage, workspace
from tests.rogue import Reply, Rogue, rogue

TOKEN = "a-token-of-value"
SERVICE = "athenawebservice.weu-il101.gateway.prod.island.powerapps.com"
ORGANIZATION = Organization(SALES, SALES, "https://contoso-sales.crm4.dynamics.com/")
EVIL = [
    "https://evil.example/next",
    "HTTPS://EVIL.EXAMPLE/next",
    "//evil.example/next",
    "\\\\evil.example\\next",
    "https:\\\\evil.example/next",
    "https://{host}@evil.example/next",
    "https://{host}:443@evil.example/next",
    "https://{host}\\@evil.example/next",
    "https://{host}.evil.example/next",
    "https://{host}%2eevil.example/next",
    "https://{host}%2f@evil.example/next",
    "https://{host}\t.evil.example/next",
    "https://{host}\u2100.evil.example/next",
    "https://{host}:8443/next",
    "https://{host}./next",
    "https://not{host}/next",
    "https://evil.example/#https://{host}/",
    "https://evil.example?https://{host}/",
    "https://[::1]/next",
    "http://{host}/next",
    "@evil.example/next",
    ".evil.example/next",
    "\nhttps://evil.example/next",
    "file:///etc/passwd",
]
ASKED: dict[str, Callable[[WriteClients], object]] = {
    "link rows": lambda clients: clients.dataverse(ENVIRONMENTS["sales"]).organization(),
    "schemas": lambda clients: clients.dataverse_schema(ENVIRONMENTS["sales"]).schemas(["task"]),
    "all columns": lambda clients: clients.probed_dataverse(ENVIRONMENTS["sales"]).rows("systemusers"),
    "switching on": lambda clients: clients.dataverse(ENVIRONMENTS["sales"]).publish(["task"]),
    "files": lambda clients: clients.lake(TENANT, "saleslake").paths("dataverse-sales"),
    "environments": lambda clients: clients.power_platform(TENANT).environments(),
    "inventory": lambda clients: clients.resource_manager(TENANT).inventory([SALES]),
    "firewall": lambda clients: clients.resource_manager(TENANT).firewall_rules(workspace("ws-service")),
    "directory": lambda clients: clients.directory(TENANT).service_principals(["a"]),
    "linked services": lambda clients: clients.workspace(TENANT, "ws-service").linked_services(),
    "synapse roles": lambda clients: clients.workspace(TENANT, "ws-service").role_assignments(),
    "databases": lambda clients: clients.lake_databases(TENANT, "ws-service").databases(),
    "lakes": lambda clients: clients.link_service(ENVIRONMENTS["sales"], ORGANIZATION, SERVICE).lakes(),
    "profile": lambda clients: clients.link_service(ENVIRONMENTS["sales"], ORGANIZATION, SERVICE).replace_profile(
        "a", {}
    ),
    "container": lambda clients: clients.container(TENANT, storage("saleslake"), "a").delete(),
    "spark": lambda clients: clients.spark(TENANT, "ws-service", "spark").begin("a"),
}


class Identities:
    """Everybody has the token."""

    def application(self, _tenant: str) -> Any:
        return self

    user = application

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return AccessToken(TOKEN, int(time.time()) + 3600)


@pytest.fixture(scope="module")
def server() -> Iterator[Rogue]:
    with rogue() as found:
        yield found


def paged(link: str) -> Reply:
    more = dict.fromkeys(("nextLink", "@odata.nextLink", "continuationToken", "$skipToken", "Location"), link)
    lists: dict[str, object] = {name: [] for name in ("value", "items", "paths", "data")}
    headers = {"x-ms-continuation": link} if link.isascii() and link.isprintable() else {}
    return 200, headers, json.dumps(lists | more).encode()


def redirected(status: int) -> Callable[[str], Reply]:
    def reply(link: str) -> Reply:
        plain = link if link.isascii() and link.isprintable() else "https://evil.example/"
        names = ("Location", "Operation-Location", "Azure-AsyncOperation", "Content-Location", "Refresh")
        return status, dict.fromkeys(names, plain), b"{}"

    return reply


def challenged(_link: str) -> Reply:
    words = 'Bearer authorization_uri="https://evil.example/a", error="insufficient_claims", claims="eyJhIjoxfQ=="'
    return 401, {"WWW-Authenticate": words}, b"{}"


ANSWERS = {
    "pages": paged,
    "challenge": challenged,
    **{str(status): redirected(status) for status in (201, 202, 301, 302, 303, 307, 308)},
}


@pytest.mark.parametrize("answers", ANSWERS)
@pytest.mark.parametrize("asked", ASKED)
def test_no_answer_leads_to_another_host(server: Rogue, asked: str, answers: str) -> None:
    transport = open_transport(server.endpoints, 2)
    clients = WriteClients(CLOUDS["public"], Identities(), transport, None)
    for form in EVIL if answers == "pages" else EVIL[:3]:
        server.asked.clear()
        server.answer = lambda host, path, form=form: (
            ANSWERS[answers](form.format(host=host)) if "next" not in path else (404, {}, b"{}")
        )
        with suppress(ReconcilerError, ValueError):
            ASKED[asked](clients)
        hosts = {host for name, host, _path, _token in server.asked for host in (name, host)}
        assert len(hosts) == 1, hosts
        assert not any("evil" in host for host in hosts)
        assert {token for *_, token in server.asked} == {f"Bearer {TOKEN}"}
    transport.session.close()


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=40) | st.builds("{}{}".format, st.sampled_from(EVIL), st.text(max_size=10)))
@example("/next")
@example("/..//evil.example/")
@example("/\\evil.example")
@example("/@evil.example")
def test_what_the_last_check_lets_through_goes_to_the_host(link: str) -> None:
    """The check compares text; what is sent is what requests makes of that text. Both have to mean one host."""
    host = "contoso.crm4.dynamics.com"
    link = link.replace("{host}", host)
    for url in (link, f"https://{host}{link}"):
        request = HttpRequest("GET", "https://x/")
        request.url = url
        try:
            OnlyHost(host).on_request(PipelineRequest(request, PipelineContext(None)))
        except Refused:
            continue
        sent = requests.Request("GET", url).prepare().url or ""
        assert urlsplit(sent).netloc == host
        assert urlsplit(sent).scheme == "https"


PUNYCODE = "xn--80ak6aa92e"
WRONG = ["a/b", "a#", "a?", "a\\b", "a b", "a\n", "A", "-a", "a-", "a..b", "a@b", "a:1", "\u0430pple", "\uff41"]


@pytest.mark.parametrize("label", [*WRONG, PUNYCODE, "a"])
def test_hosts_are_built_of_plain_labels_alone(label: str) -> None:
    cloud = CLOUDS["public"]
    right = label not in WRONG
    assert cloud.is_dataverse_host(f"{label}.crm4.dynamics.com") == right
    assert cloud.is_service_host(f"athenawebservice.{label}.gateway.powerapps.com") == right
    for end in (
        ".evil.example",
        "/.powerapps.com",
        "#.powerapps.com",
        ".powerapps.com.evil.example",
        ".notpowerapps.com",
    ):
        assert not cloud.is_service_host(f"athenawebservice.a.{label}{end}")
    assert not CLOUDS["gcc"].is_service_host(SERVICE)


@pytest.mark.parametrize(
    "host",
    [
        "notdynamics.com",
        "contoso.notcrm4.dynamics.com",
        "contoso.crm4.dynamics.com.",
        "CONTOSO.crm4.dynamics.com",
        "contoso.crm4.dynamics.com:443",
        "contoso.crm4.dynamics.com.evil.example",
        "evil-crm4.dynamics.com.evil.example",
        "[::1]",
        "contoso%2ecrm4.dynamics.com",
        "contoso.crm4.dynamicsXcom",
        "contoso.crm\u0664.dynamics.com",
    ],
)
def test_what_looks_like_a_host_of_the_cloud_is_none(host: str) -> None:
    assert not any(cloud.is_dataverse_host(host) for cloud in CLOUDS.values())
