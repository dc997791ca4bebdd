"""Leases of blobs as the service lends them, seen by the real client package: one test for each row of its table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobClient, BlobLeaseClient

from reconciler.clients.lock_blobs import LockBlobs
from reconciler.simulator import Cloud, running
from tests.fleet import storage
from tests.locks import ACCOUNT, CONTAINER, SEED, blobs_of

MINE, OTHERS = str(uuid4()), str(uuid4())


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with running(tmp_path / "cloud", seed=SEED) as found:
        yield found


@pytest.fixture
def blobs(cloud: Cloud) -> Iterator[LockBlobs]:
    with blobs_of(cloud) as found:
        yield found


@pytest.fixture
def blob(blobs: LockBlobs) -> BlobClient:
    """A blob that exists and nobody has."""
    found = blobs._blob("fleet/one")
    found.upload_blob(b"", overwrite=False)
    return found


@contextmanager
def assert_refused(status: int, code: str) -> Iterator[None]:
    with pytest.raises(HttpResponseError) as caught:
        yield
    assert (caught.value.status_code, caught.value.response.headers["x-ms-error-code"]) == (status, code)


def lease(blob: BlobClient, lease_id: str = MINE) -> BlobLeaseClient:
    return BlobLeaseClient(blob, lease_id)


def state(blob: BlobClient) -> tuple[str, str, str | None]:
    found = blob.get_blob_properties().lease
    return found.state, found.status, found.duration


def test_a_blob_is_created_only_if_absent(blob: BlobClient) -> None:
    with assert_refused(409, "BlobAlreadyExists"):
        blob.upload_blob(b"", overwrite=False)


def test_who_acquires_first_has_it(blob: BlobClient) -> None:
    assert state(blob) == ("available", "unlocked", None)
    lease(blob).acquire(60)
    assert state(blob) == ("leased", "locked", "fixed")
    with assert_refused(409, "LeaseAlreadyPresent"):
        lease(blob, OTHERS).acquire(60)


def test_a_lease_is_acquired_twice_with_one_id(blob: BlobClient, cloud: Cloud) -> None:
    lease(blob).acquire(60)
    cloud.clock.advance(50)
    lease(blob).acquire(60)
    cloud.clock.advance(50)
    assert state(blob)[0] == "leased"


@pytest.mark.parametrize("seconds", [14, 61, 0])
def test_a_lease_has_15_to_60_seconds_or_no_end(blob: BlobClient, seconds: int) -> None:
    with assert_refused(400, "InvalidHeaderValue"):
        lease(blob).acquire(seconds)
    lease(blob).acquire(-1)
    assert state(blob) == ("leased", "locked", "infinite")


def test_a_leased_blob_is_written_with_its_lease_alone(blob: BlobClient) -> None:
    lease(blob).acquire(60)
    with assert_refused(412, "LeaseIdMissing"):
        blob.set_blob_metadata({"lock": "x"})
    with assert_refused(412, "LeaseIdMismatchWithBlobOperation"):
        blob.set_blob_metadata({"lock": "x"}, lease=OTHERS)
    blob.set_blob_metadata({"lock": "mine"}, lease=MINE)
    assert blob.get_blob_properties().metadata == {"lock": "mine"}


def test_a_lease_that_nobody_has_writes_nothing(blob: BlobClient) -> None:
    with assert_refused(412, "LeaseNotPresentWithBlobOperation"):
        blob.set_blob_metadata({"lock": "x"}, lease=MINE)


def test_a_lease_runs_out_and_is_renewed_unless_another_took_it(blob: BlobClient, cloud: Cloud) -> None:
    lease(blob).acquire(15)
    cloud.clock.advance(14)
    lease(blob).renew()
    cloud.clock.advance(14)
    assert state(blob)[0] == "leased"
    cloud.clock.advance(1)
    assert state(blob) == ("expired", "unlocked", None)
    lease(blob).renew()
    assert state(blob)[0] == "leased"
    cloud.clock.advance(15)
    lease(blob, OTHERS).acquire(60)
    with assert_refused(409, "LeaseIdMismatchWithLeaseOperation"):
        lease(blob).renew()


def test_a_released_lease_is_anybodys(blob: BlobClient) -> None:
    lease(blob).acquire(60)
    with assert_refused(409, "LeaseIdMismatchWithLeaseOperation"):
        lease(blob, OTHERS).release()
    lease(blob).release()
    assert state(blob)[0] == "available"
    with assert_refused(409, "LeaseIdMismatchWithLeaseOperation"):
        lease(blob).renew()
    lease(blob, OTHERS).acquire(60)


@pytest.mark.parametrize("seconds", [60, -1])
def test_a_broken_lease_is_not_renewed_and_is_anybodys(blob: BlobClient, seconds: int) -> None:
    lease(blob).acquire(seconds)
    BlobLeaseClient(blob).break_lease(lease_break_period=0)
    assert state(blob)[:2] == ("broken", "unlocked")
    with assert_refused(409, "LeaseIsBrokenAndCannotBeRenewed"):
        lease(blob).renew()
    lease(blob, OTHERS).acquire(60)
    assert state(blob)[0] == "leased"


def test_a_lease_that_is_being_broken_keeps_others_out_until_then(blob: BlobClient, cloud: Cloud) -> None:
    lease(blob).acquire(60)
    assert BlobLeaseClient(blob).break_lease(lease_break_period=20) == 20
    assert state(blob)[:2] == ("breaking", "locked")
    with assert_refused(409, "LeaseAlreadyPresent"):
        lease(blob, OTHERS).acquire(60)
    with assert_refused(409, "LeaseIsBreakingAndCannotBeAcquired"):
        lease(blob).acquire(60)
    cloud.clock.advance(20)
    lease(blob, OTHERS).acquire(60)


def test_nothing_is_broken_where_there_is_no_lease(blob: BlobClient) -> None:
    with assert_refused(409, "LeaseNotPresentWithLeaseOperation"):
        BlobLeaseClient(blob).break_lease(lease_break_period=0)


def test_a_lease_outlives_the_server(tmp_path: Path) -> None:
    with running(tmp_path / "other", seed=SEED) as cloud, blobs_of(cloud) as blobs:
        blobs.acquire("one", MINE)
    with running(tmp_path / "other") as cloud, blobs_of(cloud) as blobs:
        assert state(blobs._blob("one"))[0] == "leased"


def test_blobs_are_in_containers_and_leases_on_blobs(cloud: Cloud, blobs: LockBlobs) -> None:
    missing = blobs._blob("none")
    with assert_refused(404, "BlobNotFound"):
        lease(missing).acquire(60)
    with blobs_of(cloud, "elsewhere") as others, assert_refused(404, "ContainerNotFound"):
        others._blob("one").upload_blob(b"", overwrite=False)


def test_a_reader_may_look_and_not_take(tmp_path: Path) -> None:
    seed = SEED | {"principals": {"app": {"storage": []}}}
    with running(tmp_path / "other", seed=seed) as cloud, blobs_of(cloud) as blobs:
        blob = blobs._blob("one")
        with assert_refused(403, "AuthorizationPermissionMismatch"):
            blob.get_blob_properties()
        role = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
        scope = f"{storage(ACCOUNT)}/blobServices/default/containers/{CONTAINER}"
        cloud._world.assignments.append({"principalId": cloud._world.app.id, "role": role, "scope": scope})
        with assert_refused(404, "BlobNotFound"):
            blob.get_blob_properties()
        with assert_refused(403, "AuthorizationPermissionMismatch"):
            blob.upload_blob(b"", overwrite=False)


def test_only_empty_blobs_are_served(blobs: LockBlobs) -> None:
    with assert_refused(400, "InvalidHeaderValue"):
        blobs._blob("one").upload_blob(b"text")
