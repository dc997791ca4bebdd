"""Promise 1: reading commands cannot write, by type and below it by an allow-list of routes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import watching
from reconciler.clients import batch
from reconciler.clients.channel import ReadChannel, Target, WriteChannel
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.clients.dataverse import DataverseReader, DataverseWriter
from reconciler.clients.dataverse_schema import SchemaReader
from reconciler.clients.directory import DirectoryReader
from reconciler.clients.lake import LakeReader
from reconciler.clients.lake_database import LakeDatabaseReader
from reconciler.clients.link_service import LinkServiceReader, LinkServiceWriter, Organization
from reconciler.clients.power_platform import PowerPlatformReader
from reconciler.clients.probing import DataverseProbe, LinkServiceProbe
from reconciler.clients.resource_manager import ResourceManagerReader
from reconciler.clients.workspace import WorkspaceReader
from reconciler.model.configuration import Configuration
from reconciler.model.errors import Refused
from reconciler.simulator import Cloud
from reconciler.simulator.dispatch import Outcome
from reconciler.simulator.wire import Request, Response
from tests.cli.run import call
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SALES, TENANT, write_manifests
from tests.reliability.storm import Storm

WRITING = {
    "enable_change_tracking",
    "publish",
    "register_organization",
    "create_lake",
    "create_profile",
    "replace_profile",
    "activate",
    "post",
    "put",
    "patch",
    "delete",
    "link_to_fabric",
    "resynchronise_fabric",
    "unlink_fabric",
    "unlink_storage",
    "begin",
    "drop_database",
    "create",
}


@pytest.mark.parametrize(
    "reader",
    [
        DataverseReader,
        LinkServiceReader,
        PowerPlatformReader,
        ResourceManagerReader,
        DirectoryReader,
        WorkspaceReader,
        ReadChannel,
        DataverseProbe,
        LinkServiceProbe,
        SchemaReader,
        LakeReader,
        LakeDatabaseReader,
    ],
)
def test_a_reading_type_has_no_writing_method(reader: type) -> None:
    assert not WRITING & set(dir(reader))


def test_reading_clients_make_reading_types_alone(cloud: Cloud, configuration: Configuration) -> None:
    with clients_of(cloud, configuration) as clients:
        assert type(clients) is ReadClients
        assert type(clients.dataverse(ENVIRONMENTS["sales"])) is DataverseReader
        assert type(WriteClients.beside(clients).dataverse(ENVIRONMENTS["sales"])) is DataverseWriter
        assert issubclass(LinkServiceWriter, LinkServiceReader)


def test_reading_clients_make_nothing_that_has_a_writing_channel(cloud: Cloud, configuration: Configuration) -> None:
    """Whatever is added: what only applies needs (Spark sessions, containers) is made by writing clients."""
    with clients_of(cloud, configuration) as clients:
        sales, organization = (
            ENVIRONMENTS["sales"],
            Organization(SALES, SALES, "https://contoso-sales.crm4.dynamics.com/"),
        )
        host = "athenawebservice.weu-il105.gateway.prod.island.powerapps.com"
        words: dict[str, tuple[Any, ...]] = {
            "dataverse": (sales,),
            "dataverse_schema": (sales,),
            "probed_dataverse": (sales,),
            "lake": (TENANT, "saleslake"),
            "power_platform": (TENANT,),
            "resource_manager": (TENANT,),
            "directory": (TENANT,),
            "workspace": (TENANT, "ws-service"),
            "lake_databases": (TENANT, "ws-service"),
            "link_service": (sales, organization, host),
            "probed_service": (sales, organization, host),
        }
        assert {name for name in vars(ReadClients) if not name.startswith("_")} == set(words)
        for name, given in words.items():
            made = getattr(clients, name)(*given)
            assert not WRITING & set(dir(made)), name
            assert not any(isinstance(part, WriteChannel) for part in vars(made).values()), name


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/api/data/v9.2/PublishXml", b"{}"),
        ("/environment/x/lakeprofile/y/activate", b""),
        ("/api/data/v9.2/$batch", batch.encode(["/api/data/v9.2/a"], "").replace(b"GET", b"DELETE")),
        ("/api/data/v9.2/$batch", batch.encode(["/a", "/b"], "").replace(b"GET /b", b"POST /b")),
        ("/api/data/v9.2/$batch", batch.encode(["/a", "/b"], "").replace(b"GET /b HTTP/1.1", b"POST /b HTTP/2")),
        ("/api/data/v9.2/$batch", b""),
        ("/$batch", batch.encode(["/a"], "")),
        ("/providers/Microsoft.ResourceGraph/resources/../../x", b"{}"),
        ("/livyApi/versions/2019-11-01-preview/sparkPools/spark/sessions", b"{}"),
        ("/linkedservices/x", b"{}"),
        ("/roleAssignments", b"{}"),
        ("/environment/x/lakehouseArtifacts", b"{}"),
        ("/v1.0/$batch", b"{}"),
        ("/container?resource=filesystem", b""),
    ],
)
def test_the_transport_refuses_a_post_that_might_write(
    cloud: Cloud, configuration: Configuration, path: str, content: bytes
) -> None:
    with clients_of(cloud, configuration) as clients:
        target = Target(
            "x",
            "management.azure.com",
            clients.cloud.arm_scope,
            clients.identities.application(TENANT),
            clients.transport,
        )
        with pytest.raises(Refused, match="only reads"):
            ReadChannel(target).query(path, content, {})
    assert cloud.record.writes == []
    assert [entry.host for entry in cloud.record if entry.host == "management.azure.com"] == []


FORMATS = ("text", "json", "markdown")
LIVE = [
    *([command, "--format", form] for command in ("plan", "drift", "status", "preflight", "probe") for form in FORMATS),
    ["preflight", "--all", "--format", "json"],
    ["plan", "--out", "p.json"],
    ["plan", "--allow-unproven"],
    ["status", "--data", "--undeclared"],
    ["status", "--watch"],
    ["import", "out", "--tenant", TENANT],
    ["import", "manifests", "--tenant", TENANT, "--missing"],
    ["unlock"],
    ["unlock", "sales", "--format", "json"],
]
OFFLINE = [
    ["validate"],
    ["validate", "--format", "json"],
    ["export", "--solution", "sales-link"],
    ["journal"],
    ["journal", "--format", "json"],
    ["schema"],
]


def writes_refused(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The writes that a cloud is sent from now on, none of which it carries out. What is a write, its own table of
    routes says."""
    sent: list[str] = []
    answer = cloud.dispatch.answer

    def strictly(request: Request) -> Any:
        known, route = cloud.dispatch.routed(request)
        if known and (route is None or route.writes):
            sent.append(f"{request.method} {request.host}{request.path}")
            return Outcome(Response(500))
        return answer(request)

    monkeypatch.setattr(cloud.dispatch, "answer", strictly)
    return sent


@pytest.fixture
def reading(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """A cloud that carries out no write, by its own table of routes, and fails the test for each that it was sent."""
    sent = writes_refused(cloud, monkeypatch)

    def somebody_ends_the_watch(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(watching, "sleep", somebody_ends_the_watch)
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    yield cloud
    assert sent == []
    assert cloud.record.writes == []
    assert cloud.record.unserved == []


def test_a_write_would_be_seen(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    sent = writes_refused(cloud, monkeypatch)
    assert call(capsys, "apply", "--yes", "--endpoints", cloud.endpoints).code != 0
    assert any(each.startswith("PUT ") for each in sent)


@pytest.mark.parametrize("words", LIVE, ids=" ".join)
def test_no_reading_command_sends_a_write(reading: Cloud, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert call(capsys, *words, "--endpoints", reading.endpoints).code in {0, 2}
    assert len(reading.record) or words[0] == "unlock"


@pytest.mark.parametrize("words", [words for words in LIVE if words[-1] not in {"json", "markdown"}], ids=" ".join)
def test_no_reading_command_sends_a_write_when_calls_go_wrong(
    reading: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    for seed in range(2):
        storm = Storm(seed)
        storm.rage()
        monkeypatch.setattr(reading.dispatch, "_faults", storm)
        assert call(capsys, *words, "--endpoints", reading.endpoints).code in range(6)


@pytest.mark.parametrize("words", OFFLINE, ids=" ".join)
def test_what_needs_no_service_asks_none(
    reading: Cloud, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINTS", str(reading.endpoints))
    assert call(capsys, *words).code == 0
    assert len(reading.record) == 0


def test_an_apply_that_is_refused_sends_no_write(
    reading: Cloud, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """By a plan of other manifests, by a live state that moved, and by a guard."""
    at = ("--environment", "sales", "--endpoints", reading.endpoints)
    assert call(capsys, "plan", "--out", "p.json", *at).code == 2
    reading.edit("sales", "saleslake", interval=15)
    assert call(capsys, "apply", "p.json", *at).code == 4
    write_manifests(tmp_path / "manifests", tables="[account, contact, incident]")
    assert call(capsys, "apply", "p.json", *at).code == 4
    write_manifests(tmp_path / "manifests", tables="[account]\n  absentTables: [contact, task]")
    (tmp_path / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Configuration\nguards: {tablesRemoved: {count: 1}}\n", encoding="utf-8"
    )
    assert call(capsys, "apply", "--yes", *at).code == 4
