"""Promise 5: a token goes to the host that it is for, and manifests cannot name another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from azure.core.rest import HttpRequest

from reconciler.clients import channel, resource_manager
from reconciler.clients.channel import Answer, ReadChannel
from reconciler.clients.clients import ReadClients
from reconciler.clients.dataverse import DataverseReader
from reconciler.clients.endpoints import read_endpoints
from reconciler.clients.link_service import Organization
from reconciler.clients.redaction import redact
from reconciler.model.cloud import CLOUDS, service_direction, service_host
from reconciler.model.configuration import Configuration
from reconciler.model.errors import InvalidInput, Refused
from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SALES, TENANT, workspace, write_manifests

HOSTILE = [
    "https://evil.example",
    "https://contoso.crm4.dynamics.com.evil.example",
    "https://evil.example/.crm4.dynamics.com",
    "https://evil.example#.crm4.dynamics.com",
    "https://user@evil.example",
    "https://crm4.dynamics.com",
    "https://a.b.crm4.dynamics.com",
    "https://contoso.crm4.dynamics.com:8443",
    "https://contoso.crm4.dynamics.com%2f@evil.example",
    "https://contoso.crm4.dynamics.com\\@evil.example",
    "https://contoso.crm4.dynamics.com\n",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_dataverse_client_is_made_for_hosts_of_the_cloud_alone(
    cloud: Cloud, configuration: Configuration, url: str
) -> None:
    with clients_of(cloud, configuration) as clients, pytest.raises(Refused):
        clients.dataverse(replace(ENVIRONMENTS["sales"], url=url))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "athenawebservice.evil.example",
        "athenawebservice.x.powerapps.com.evil.example",
        "x.powerapps.com",
    ],
)
def test_a_link_service_client_is_made_for_hosts_of_the_cloud_alone(
    cloud: Cloud, configuration: Configuration, host: str
) -> None:
    organization = Organization(SALES, SALES, "https://contoso-sales.crm4.dynamics.com/")
    with clients_of(cloud, configuration) as clients, pytest.raises(Refused):
        clients.link_service(ENVIRONMENTS["sales"], organization, host)


@pytest.mark.parametrize("suffix", ["evil.example/x", "evil.example#", "a b", "", "evil.example?", "-.x", "x"])
def test_a_cluster_suffix_that_is_no_host_name_gives_no_host(suffix: str) -> None:
    assert service_host(CLOUDS["public"], "westeurope", suffix) is None


@pytest.mark.parametrize(
    ("region", "letters"),
    [
        ("eastus2", "e"),
        ("australiaeast", "e"),
        ("westeurope", "w"),
        ("northeurope", "n"),
        ("australiasoutheast", "se"),
        ("southafricanorth", "n"),
        ("southcentralus", "sc"),
        ("swedencentral", "c"),
        ("usgovvirginia", None),
        ("", None),
    ],
)
def test_the_direction_of_a_region_is_its_compass_part(region: str, letters: str | None) -> None:
    assert service_direction(region) == letters


@pytest.mark.parametrize("name", ["evil.example/", "ws.evil.example#", "WS", "a/b", "a@b", "-ws", "", "x" * 51, "ws\n"])
def test_clients_of_accounts_and_workspaces_are_made_for_plain_names_alone(
    cloud: Cloud, configuration: Configuration, name: str
) -> None:
    """Names come from resource ids in manifests, and from rows of Dataverse."""
    with clients_of(cloud, configuration) as clients:
        for make in (clients.lake, clients.workspace, clients.lake_databases):
            with pytest.raises(Refused):
                make(TENANT, name)
        for found in (clients.lake(TENANT, "saleslake"), clients.workspace(TENANT, "ws-1")):
            assert found._channel.target.host in {"saleslake.dfs.core.windows.net", "ws-1.dev.azuresynapse.net"}


EVIL = "https://evil.example/next"


@pytest.mark.parametrize(
    ("part", "field", "ask"),
    [
        ("nextLink", "body", lambda clients: clients.workspace(TENANT, "ws-service").linked_services()),
        ("nextLink", "body", lambda clients: clients.resource_manager(TENANT).firewall_rules(workspace("ws-service"))),
        ("nextLink", "body", lambda clients: clients.power_platform(TENANT).environments()),
        ("@odata.nextLink", "body", lambda clients: clients.directory(TENANT).service_principals(["a"])),
        ("@odata.nextLink", "body", lambda clients: clients.dataverse_schema(ENVIRONMENTS["sales"]).schemas(["task"])),
        (
            "@odata.nextLink",
            "body",
            lambda clients: clients.probed_dataverse(ENVIRONMENTS["sales"]).rows("systemusers"),
        ),
        ("continuationToken", "token", lambda clients: clients.lake_databases(TENANT, "ws-service").databases()),
        ("x-ms-continuation", "token", lambda clients: clients.lake(TENANT, "saleslake").paths("dataverse-sales")),
        ("x-ms-continuation", "token", lambda clients: clients.workspace(TENANT, "ws-service").role_assignments()),
    ],
)
def test_no_answer_leads_a_client_to_another_host(
    cloud: Cloud,
    configuration: Configuration,
    monkeypatch: pytest.MonkeyPatch,
    part: str,
    field: str,
    ask: Callable[[ReadClients], object],
) -> None:
    """A link to the next page is followed on the channel's own host; a token is a part of a query and no address."""
    asked: list[str] = []
    rows: dict[str, object] = {name: [] for name in ("value", "items", "paths")}

    def send(client: object, request: HttpRequest, service: str, **_: object) -> Answer:
        if not str(request.url).startswith("https://evil"):
            asked.append(urlsplit(request.url).netloc)
            more = len(asked) == 1
            body = json.dumps(rows | ({part: EVIL} if more else {})).encode()
            return Answer(service, "GET", 200, {part: EVIL} if more and field == "token" else {}, body)
        return whole(client, request, service, repeatable=True)

    whole = channel.send
    monkeypatch.setattr(channel, "send", send)
    monkeypatch.setattr(resource_manager, "send", send)
    monkeypatch.setattr(DataverseReader, "_bodies", lambda *_: [rows | {part: EVIL}])
    with clients_of(cloud, configuration) as clients:
        if field == "body":
            with pytest.raises(Refused, match="not at https://"):
                ask(clients)
        else:
            ask(clients)
    assert len(set(asked)) == 1
    assert "evil.example" not in asked[0]
    assert [entry for entry in cloud.record if "evil" in entry.host] == []


def test_a_channel_refuses_another_host_even_in_a_next_link(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        to_sales: ReadChannel = clients.dataverse(ENVIRONMENTS["sales"])._channel
        for url in ("https://evil.example/next", "https://contoso-sales.crm4.dynamics.com.evil.example/", "http://x/"):
            with pytest.raises((Refused, ValueError), match=r"refused|https"):
                to_sales.get(url)


@pytest.mark.parametrize(
    "change",
    [
        {"address": "192.0.2.1:443"},
        {"address": "evil.example:443"},
        {"address": "localhost:443"},
        {"address": "127.0.0.1:99999"},
        {"address": "127.0.0.1"},
        {"address": None},
        {"version": 2},
        {"ca": ""},
        {"credentials": {"clientId": "x", "clientSecret": "a-real-secret"}},
        {"credentials": []},
    ],
)
def test_an_endpoints_file_is_taken_for_loopback_and_a_local_clouds_secret_alone(
    cloud: Cloud, tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "endpoints.json"
    path.write_text(json.dumps(json.loads(Path(cloud.endpoints).read_text()) | change))
    with pytest.raises(InvalidInput):
        read_endpoints(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"0" * (2 << 20)])
def test_a_damaged_endpoints_file_is_invalid_input(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "endpoints.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        read_endpoints(path)


def test_on_a_local_cloud_no_credential_of_the_environment_is_used(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.setenv(name, "a-real-one")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://evil.example")
    assert call(capsys, "plan", "--endpoints", cloud.endpoints).code == 2


def test_clients_hold_the_clouds_hosts(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        assert isinstance(clients, ReadClients)
        assert clients.cloud is CLOUDS["public"]


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abc.def.ghi",
        "token eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2ln",
        "client_secret=hunter2secret&x=1",
        '{"refresh_token": "hunter2secret"}',
        "https://a.blob/x?sig=hunter2secret",
    ],
)
def test_secrets_are_taken_out_of_what_is_shown(text: str) -> None:
    shown = redact(text)
    assert not any(secret in shown for secret in ("abc.def.ghi", "eyJhbGci", "hunter2secret"))
    assert len(redact("x" * 10_000)) <= 600
