"""Promise 1: reading commands cannot write, by type and below it by an allow-list of routes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.clients import batch
from reconciler.clients.channel import ReadChannel, Target
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.clients.dataverse import DataverseReader, DataverseWriter
from reconciler.clients.directory import DirectoryReader
from reconciler.clients.link_service import LinkServiceReader, LinkServiceWriter
from reconciler.clients.power_platform import PowerPlatformReader
from reconciler.clients.probing import DataverseProbe, LinkServiceProbe
from reconciler.clients.resource_manager import ResourceManagerReader
from reconciler.clients.workspace import WorkspaceReader
from reconciler.model.configuration import Configuration
from reconciler.model.errors import Refused
from reconciler.simulator import Cloud
from tests.cli.run import call
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, TENANT, write_manifests

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


@pytest.mark.parametrize(
    "words",
    [
        ["preflight"],
        ["plan"],
        ["plan", "--out", "p.json"],
        ["drift"],
        ["status"],
        ["probe"],
        ["import", "out", "--tenant", TENANT],
    ],
)
def test_no_reading_command_sends_a_write(
    cloud: Cloud,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifests(tmp_path / "manifests")
    assert call(capsys, *words, "--endpoints", cloud.endpoints).code in {0, 2}
    assert cloud.record.writes == []
    assert cloud.record.unserved == []
