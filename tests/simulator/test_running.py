"""A local cloud starts fast, keeps its state, proves every name, and leaves nothing behind."""

from __future__ import annotations

import json
import socket
import ssl
import stat
import time
from typing import TYPE_CHECKING

import pytest
import requests

from reconciler.simulator import running
from reconciler.simulator.seeds import SeedError
from reconciler.simulator.store import InUseError, UnusableError
from tests.simulator.local import SEED, client_of

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.simulator import Cloud
    from tests.simulator.local import Client


def test_it_starts_and_stops_fast(tmp_path: Path) -> None:
    with running(tmp_path / "warm", SEED):
        pass
    begun = time.perf_counter()
    with running(tmp_path / "cold", SEED):
        up = time.perf_counter()
    assert up - begun < 0.5
    assert time.perf_counter() - up < 0.5


def test_the_state_outlives_the_server(tmp_path: Path) -> None:
    with running(tmp_path, SEED, assume={"removed-table-row": "disabled"}) as cloud:
        cloud.edit("sales", "saleslake", add_tables=["task"], remove_tables=["lead"], leave_inactive=True)
        cloud.edit("sales", "deltalake", interval=45, enabled=False)
        cloud.clock.advance(7200)
        before, endpoints = cloud.state.links, json.loads(cloud.endpoints.read_text())
    with running(tmp_path) as cloud:
        again = json.loads(cloud.endpoints.read_text())
        assert cloud.clock.now > time.time() + 7100
        assert cloud.state.links == before
        assert not cloud.state.link("sales", "saleslake").active
        assert cloud.settings.assumptions == {"removed-table-row": "disabled"}
        cloud.edit("sales", "saleslake")
        assert cloud.state.link("sales", "saleslake").active
    for name in ("ca", "credentials", "instance"):
        assert again[name] == endpoints[name]


def test_secrets_are_the_owners_alone(cloud: Cloud) -> None:
    for name in ("endpoints.json", "ca.key", "cloud.sqlite"):
        assert stat.S_IMODE((cloud.directory / name).stat().st_mode) == 0o600, name
    body = json.loads(cloud.endpoints.read_text())
    assert set(body) == {"version", "address", "ca", "credentials", "instance"}
    assert body["credentials"]["clientSecret"].startswith("sim-")


def test_one_directory_is_served_once(cloud: Cloud) -> None:
    with pytest.raises(InUseError), running(cloud.directory):
        pass


def test_a_taken_port_leaves_the_state_free(cloud: Cloud, tmp_path: Path) -> None:
    from reconciler.simulator import Cloud as Served

    port = int(cloud.address.partition(":")[2])
    with pytest.raises(OSError, match="in use"):
        Served(tmp_path / "second", port=port)
    with running(tmp_path / "second", SEED):
        pass


def test_every_name_has_its_certificate(cloud: Cloud) -> None:
    host, _, port = cloud.address.partition(":")
    context = ssl.create_default_context(cadata=cloud.ca)
    for name in ("management.azure.com", "contoso-sales.crm4.dynamics.com", "simulator.localhost"):
        plain = socket.create_connection((host, int(port)), 5)
        with context.wrap_socket(plain, server_hostname=name) as tls:
            certificate = tls.getpeercert()
            assert certificate
            assert ("DNS", name) in certificate["subjectAltName"]
    plain = socket.create_connection((host, int(port)), 5)
    with context.wrap_socket(plain, server_hostname="127.0.0.1") as tls:
        assert tls.version() == "TLSv1.3"


def test_hosts_of_nobody_are_counted(client: Client) -> None:
    answer = client.session.get("https://nobody.crm4.dynamics.com/api/data/v9.2/accounts")
    assert answer.status_code == 404
    assert [entry.host for entry in client.cloud.record.unserved] == ["nobody.crm4.dynamics.com"]


def test_the_record_tells_what_came(client: Client, sales: dict[str, str]) -> None:
    client.cloud.record.clear()
    client.link("GET", sales, "lakedetails")
    client.get(sales["url"] + "/api/data/v9.2/datalakefolders?$select=name")
    routes = [entry.route for entry in client.cloud.record]
    assert routes == ["entra.devicecode", "entra.token", "link.lakes", "entra.token", "dataverse.datalakefolders"]
    last = client.cloud.record[-1]
    assert (last.method, last.host, last.status, last.identity) == (
        "GET",
        "contoso-sales.crm4.dynamics.com",
        200,
        "app",
    )
    assert last.path == "/api/data/v9.2/datalakefolders?$select=name"
    assert client.cloud.record.count(route="entra.token") == 2
    assert client.cloud.record.count(last) == 1
    assert client.cloud.record.count() == len(client.cloud.record) == 5
    assert not client.cloud.record.writes


def test_latency(tmp_path: Path) -> None:
    with running(tmp_path, SEED, latency_ms=30) as cloud:
        client = client_of(cloud)
        begun = time.perf_counter()
        client.session.get("https://management.azure.com/nothing")
        assert time.perf_counter() - begun >= 0.03
        client.session.close()


def test_other_clouds_answer_under_their_own_names(tmp_path: Path) -> None:
    seed = {"environments": [{"name": "gov", "url": "https://gov.crm.microsoftdynamics.us", "region": "usgoveast"}]}
    with running(tmp_path, seed) as cloud:
        client = client_of(cloud)
        credentials = client.endpoints["credentials"]
        token = client.session.post(
            "https://login.microsoftonline.us/contoso.onmicrosoft.com/oauth2/v2.0/token",
            data={"grant_type": "client_credentials", "client_id": credentials["clientId"],
                  "client_secret": credentials["clientSecret"],
                  "scope": "https://high.service.apps.appsplatform.us/.default"},
        ).json()["access_token"]  # fmt: skip
        url = "https://high.api.bap.microsoft.us/providers/Microsoft.BusinessAppPlatform/scopes/admin/environments?api-version=2023-06-01"
        listed = client.session.get(url, headers={"Authorization": f"Bearer {token}"}).json()["value"]
        assert [entry["properties"]["displayName"] for entry in listed] == ["gov"]
        client.session.close()


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cloud.sqlite").write_bytes(b"no database, but longer than a hundred bytes " * 10)
    with pytest.raises(UnusableError, match="holds no local cloud"), running(tmp_path):
        pass


def test_the_state_of_another_version_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as cloud:
        identity = cloud._world.store.get("setting", "identity")
        assert identity is not None
        cloud._world.store.put("setting", "identity", identity | {"format": 0})
    with pytest.raises(UnusableError, match="another version"), running(tmp_path):
        pass


def test_a_cloud_can_go_away(client: Client) -> None:
    client.session.get("https://management.azure.com/nothing")
    client.cloud.stop()
    with pytest.raises(requests.ConnectionError):
        client.session.get("https://management.azure.com/nothing")
    client.cloud.stop()


def test_a_seed_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text("environments: [{name: alone}]")
    with running(tmp_path / "state", path) as cloud:
        assert cloud.seeded
        with pytest.raises(SeedError):
            cloud.seed(path)
