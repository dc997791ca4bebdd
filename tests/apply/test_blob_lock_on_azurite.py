"""The same locks on Azurite, the emulator of the storage service, where it is installed: nothing here is ours but the
locks. RECONCILER_AZURITE names its command azurite-blob; without it, it is looked for on PATH."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trustme
from azure.core.credentials import AccessToken
from azure.storage.blob import ContainerClient

from reconciler.clients.channel import Target
from reconciler.clients.connection import open_transport
from reconciler.clients.endpoints import Endpoints
from reconciler.clients.lake import STORAGE_SCOPE
from reconciler.clients.lock_blobs import LockBlobs
from reconciler.model.errors import Locked, LockLost, NotFound
from tests.locks import CONTAINER, Clock, a_run, locks_in, name_of

AZURITE = os.environ.get("RECONCILER_AZURITE") or shutil.which("azurite-blob")
pytestmark = pytest.mark.skipif(AZURITE is None, reason="Azurite is not installed: 'npm install azurite' brings it")
ACCOUNT = "devstoreaccount1"
HOST = f"{ACCOUNT}.blob.core.windows.net"


class Signed:
    """A token as Azurite looks at it: for whom, by whom and until when; nobody's signature."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        now = int(time.time())
        claims = {"aud": "https://storage.azure.com", "iss": f"https://sts.windows.net/{uuid4()}/", "iat": now}
        claims |= {"nbf": now, "exp": now + 3600, "ver": "1.0"}
        parts = [json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "none"}, claims)]
        text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        return AccessToken(f"{text}.none", now + 3600)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """Azurite under the real name of an account, reached by the pinned connections of a local cloud."""
    folder: Path = tmp_path_factory.mktemp("azurite")
    ca, port = trustme.CA(), free_port()
    certificate = ca.issue_cert(HOST)
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(folder / "cert.pem", append=True)
    command = [
        *(str(AZURITE), "--silent", "--disableTelemetry", "--inMemoryPersistence", "--blobPort", str(port)),
        *("--oauth", "basic", "--cert", str(folder / "cert.pem"), "--key", str(folder / "key.pem")),
    ]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if answers(port) or process.poll() is not None:
                break
            time.sleep(0.1)
        endpoints = Endpoints("127.0.0.1", port, ca.cert_pem.bytes().decode(), "", "", None)
        transport = open_transport(endpoints, 4)
        made = Target("The lock service", HOST, STORAGE_SCOPE, Signed(), transport)
        ContainerClient(
            f"https://{HOST}", CONTAINER, credential=Signed(), transport=transport, api_version="2023-11-03"
        ).create_container()
        yield made
        transport.session.close()
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def blobs(target: Target) -> LockBlobs:
    return LockBlobs(target, ACCOUNT, CONTAINER)


def test_one_run_at_a_time(blobs: LockBlobs) -> None:
    run = a_run()
    with locks_in(blobs, run=run) as one, locks_in(blobs) as two:
        with one.hold("sales"):
            with pytest.raises(Locked, match=f"by run {run.run}, since 2026-01-02T03:04:05Z"), two.hold("sales"):
                pytest.fail("two runs hold one lock")
            assert two.state("sales").held
        with two.hold("sales"):
            assert one.state("sales").held
        assert not one.state("sales").held


def test_a_lease_is_acquired_once_with_one_id(blobs: LockBlobs) -> None:
    mine = str(uuid4())
    assert blobs.acquire("twice", mine)
    assert blobs.acquire("twice", mine)
    assert not blobs.acquire("twice", str(uuid4()))
    blobs.release("twice", mine)
    blobs.release("twice", mine)


def test_renewing_goes_on_and_a_broken_lease_is_lost(blobs: LockBlobs) -> None:
    clock = Clock()
    with locks_in(blobs, clock) as locks, locks.hold("sales") as held:
        assert locks.renew_all()
        clock.advance(6)
        held.check()
        assert locks.break_lock("sales")
        assert not locks.state("sales").held
        clock.advance(6)
        with pytest.raises(LockLost):
            held.check()


def test_after_a_break_it_is_anybodys(blobs: LockBlobs) -> None:
    assert blobs.acquire("broken", str(uuid4()))
    assert blobs.break_lease("broken")
    other = str(uuid4())
    assert blobs.acquire("broken", other)
    blobs.release("broken", other)
    assert not blobs.break_lease("broken")
    assert not blobs.break_lease("never")


def test_what_is_not_there(target: Target, blobs: LockBlobs) -> None:
    assert not blobs.seen(name_of("service")).held
    with pytest.raises(NotFound, match="Create the container"):
        LockBlobs(target, ACCOUNT, "elsewhere").acquire("one", str(uuid4()))
