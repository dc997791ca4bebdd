"""Locks as leases of blobs: the real client package and the local cloud, over TLS. Time is moved, never waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from uuid import uuid4

import pytest
from azure.core.pipeline.policies import RedirectPolicy

from reconciler.apply import blob_lock
from reconciler.apply.blob_lock import LEASE_SECONDS, REQUEST_SECONDS, BlobLocks, elapsed
from reconciler.clients.lock_blobs import LockBlobs
from reconciler.model.errors import Locked, LockLost, NotAuthorised, NotFound, NotReached, Refused, ServiceError
from reconciler.model.lock import LockState
from reconciler.simulator import Cloud, running
from reconciler.simulator.faults import FaultKind
from tests.locks import ACCOUNT, SEED, Clock, a_run, blobs_of, locks_in, name_of


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with running(tmp_path / "cloud", seed=SEED) as found:
        yield found


@pytest.fixture
def blobs(cloud: Cloud) -> Iterator[LockBlobs]:
    with blobs_of(cloud) as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def locks(blobs: LockBlobs, clock: Clock) -> Iterator[BlobLocks]:
    with locks_in(blobs, clock) as found:
        yield found


def test_another_run_is_told_who_has_it(blobs: LockBlobs) -> None:
    first = a_run()
    with locks_in(blobs, run=first) as one, locks_in(blobs) as two, one.hold("sales"):
        with pytest.raises(Locked) as caught, two.hold("sales"):
            pytest.fail("two runs hold one lock")
        text = str(caught.value)
        assert f"'sales' is locked by run {first.run}, since 2026-01-02T03:04:05Z, as application" in text
        assert "on runner-1 (process 4711), at commit c0ffee" in text
        assert "reconciler unlock sales" in text
        with two.hold("service"):
            assert two.state("service").held


def test_a_lock_is_given_back(blobs: LockBlobs, locks: BlobLocks) -> None:
    with locks.hold("sales"):
        assert locks.state("sales").held
    assert not locks.state("sales").held
    with locks_in(blobs) as other, other.hold("sales"):
        pass


def test_a_lock_is_given_back_after_an_exception(locks: BlobLocks) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold("sales"):
        _ = 1 / 0
    assert not locks.state("sales").held


def test_a_lock_that_never_was_is_not_held(locks: BlobLocks) -> None:
    assert locks.state("sales") == LockState(held=False)


def test_a_lease_that_is_not_renewed_is_anybodys_after_a_minute(cloud: Cloud, blobs: LockBlobs) -> None:
    blobs.acquire(name_of("sales"), str(uuid4()))
    with locks_in(blobs) as locks:
        cloud.clock.advance(LEASE_SECONDS - 1)
        with pytest.raises(Locked), locks.hold("sales"):
            pass
        cloud.clock.advance(1)
        with locks.hold("sales") as held:
            held.check()


def test_all_leases_are_renewed_together_and_by_one_thread(cloud: Cloud, locks: BlobLocks, clock: Clock) -> None:
    with locks.hold("sales") as sales, locks.hold("service") as service:
        assert [each.name for each in threading.enumerate()].count("renew locks") == 1
        for _ in range(6):
            for each in (cloud.clock.advance, clock.advance):
                each(20)
            assert locks.renew_all()
        sales.check()
        service.check()
    assert cloud.record.count(route="blob.lease.renew") == 12
    assert locks.renew_all()
    assert cloud.record.count(route="blob.lease.renew") == 12


def test_the_thread_renews_until_the_end(cloud: Cloud, blobs: LockBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause between renewals is what the thread waits for on its event: here none."""
    renewed = threading.Event()
    paused: list[float] = []

    class Soon(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            paused.append(timeout or 0)
            if cloud.record.count(route="blob.lease.renew") >= 2:
                renewed.set()
                return super().wait(10)
            return self.is_set()

    monkeypatch.setattr(blob_lock, "Event", Soon)
    cloud.faults.add("error", "blob.lease.renew")
    with locks_in(blobs) as locks, locks.hold("sales") as held:
        assert renewed.wait(10)
        held.check()
    assert paused[0] == 20
    assert 1 <= paused[1] <= 3
    assert not [each for each in threading.enumerate() if each.name == "renew locks"]


@pytest.mark.parametrize("taken", [False, True])
def test_a_broken_lease_is_noticed_before_the_next_write(
    blobs: LockBlobs, locks: BlobLocks, clock: Clock, taken: bool
) -> None:
    with locks.hold("sales") as held, locks_in(blobs) as other:
        held.check()
        assert other.break_lock("sales")
        if taken:
            blobs.acquire(name_of("sales"), str(uuid4()))
        clock.advance(6)
        for _ in range(2):
            with pytest.raises(LockLost, match="was broken, or taken by another run"):
                held.check()
        assert locks.renew_all()
        assert other.state("sales").held == taken


def test_time_goes_on_while_the_machine_sleeps() -> None:
    assert elapsed() == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1)


def test_what_nobody_foresaw_ends_no_other_renewal(
    blobs: LockBlobs, locks: BlobLocks, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package raises nothing that isn't known: it is made to."""
    with locks.hold("sales") as sales, locks.hold("service") as service:
        renew = blobs.renew
        monkeypatch.setattr(
            blobs, "renew", lambda name, lease: renew(name, lease) if name == name_of("service") else [].pop()
        )
        clock.advance(31)
        assert not locks.renew_all()
        service.check()
        with pytest.raises(LockLost, match="unforeseen IndexError"):
            sales.check()


def test_a_lease_of_a_deleted_container_is_lost(cloud: Cloud, locks: BlobLocks, clock: Clock) -> None:
    with locks.hold("sales") as held:
        cloud._world.forget("container", f"{ACCOUNT}/locks")
        clock.advance(6)
        with pytest.raises(LockLost):
            held.check()


def test_writing_goes_on_while_renewals_fail_until_a_request_might_outlast_the_lease(
    cloud: Cloud, locks: BlobLocks, clock: Clock
) -> None:
    cloud.faults.add("error", "blob.lease.renew", times=None)
    with locks.hold("sales") as held:
        clock.advance(LEASE_SECONDS - REQUEST_SECONDS)
        assert not locks.renew_all()
        held.check()
        clock.advance(1)
        with pytest.raises(LockLost, match=r"answered 503 .* 29 of its 60 seconds are left, and a request may take 30"):
            held.check()
        cloud.faults.clear()
        held.check()


@pytest.mark.parametrize("route", ["blob.put", "blob.lease.acquire", "blob.metadata"])
@pytest.mark.parametrize("kind", ["error", "reset-before", "reset-after"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_lost_answer_is_settled_by_asking_again_with_the_same_id(
    cloud: Cloud, locks: BlobLocks, route: str, kind: Literal["error", "reset-before", "reset-after"], times: int
) -> None:
    cloud.faults.add(kind, route, times=times)
    with locks.hold("sales") as held:
        held.check()
        assert locks.state("sales").info is not None
    assert not locks.state("sales").held


@pytest.mark.parametrize(
    ("route", "kind"),
    [
        ("blob.lease.acquire", "error"),
        ("blob.lease.acquire", "reset-before"),
        ("blob.lease.acquire", "throttle"),
        ("blob.lease.acquire", "refused"),
        ("blob.lease.acquire", "nonsense"),
        ("blob.metadata", "error"),
        ("blob.metadata", "refused"),
    ],
)
def test_nothing_is_written_without_a_lock(cloud: Cloud, locks: BlobLocks, route: str, kind: FaultKind) -> None:
    with locks.hold("sales"):
        pass
    cloud.faults.add(kind, route, times=None)
    with pytest.raises(ServiceError), locks.hold("sales"):
        pytest.fail("held without a lock")
    assert not locks.state("sales").held


def test_what_can_not_be_given_back_is_said(cloud: Cloud, blobs: LockBlobs) -> None:
    said: list[str] = []
    cloud.faults.add("error", "blob.lease.release", times=None)
    with locks_in(blobs, say=said.append) as locks, locks.hold("sales"):
        pass
    (text,) = said
    assert "'sales' could not be given back, and ends by itself within 60 seconds" in text


def test_that_it_was_given_back_already_is_nothing_to_say(cloud: Cloud, locks: BlobLocks) -> None:
    cloud.faults.add("reset-after", "blob.lease.release")
    with locks.hold("sales"):
        pass
    assert not locks.state("sales").held


def test_what_others_left_at_a_lock_is_not_believed(blobs: LockBlobs) -> None:
    blobs.acquire(name_of("sales"), lease := str(uuid4()))
    blobs.tell(name_of("sales"), lease, "[not a lock]")
    with locks_in(blobs) as locks:
        assert locks.state("sales") == LockState(held=True)
        with pytest.raises(Locked, match="by a run that did not say which"), locks.hold("sales"):
            pass


def test_who_has_it_may_be_unreadable(cloud: Cloud, blobs: LockBlobs) -> None:
    blobs.acquire(name_of("sales"), str(uuid4()))
    cloud.faults.add("refused", "blob.properties", times=None)
    with locks_in(blobs) as locks, pytest.raises(Locked, match="did not say"), locks.hold("sales"):
        pass


def test_a_missing_right_is_said_with_its_role(tmp_path: Path) -> None:
    with (
        running(tmp_path / "poor", seed=SEED | {"principals": {"app": {"storage": []}}}) as cloud,
        blobs_of(cloud) as blobs,
        locks_in(blobs) as locks,
        pytest.raises(
            NotAuthorised, match=r"container 'locks' of storage account 'contosolocks'.*Blob Data Contributor"
        ),
        locks.hold("sales"),
    ):
        pass


def test_a_missing_container_and_account_are_said(cloud: Cloud) -> None:
    with blobs_of(cloud, "gone") as blobs, locks_in(blobs) as locks:
        with pytest.raises(NotFound, match="Create the container, or correct lock in"), locks.hold("sales"):
            pass
        with pytest.raises(NotFound):
            locks.state("sales")
    with blobs_of(cloud, account="nosuchaccount") as blobs, pytest.raises(ServiceError):
        blobs.seen("one")


def test_no_token_and_no_answer_are_said(cloud: Cloud) -> None:
    cloud.faults.add("refused", "entra.token", times=None)
    with blobs_of(cloud) as blobs, pytest.raises(NotAuthorised, match="No token for"):
        blobs.acquire("one", str(uuid4()))
    cloud.faults.clear()
    with blobs_of(cloud) as blobs:
        blobs.acquire("one", str(uuid4()))
        cloud.stop()
        cloud._listener.close()
        with pytest.raises(NotReached):
            blobs.seen("one")


def test_no_token_goes_to_what_is_no_account(cloud: Cloud) -> None:
    with pytest.raises(Refused, match="no name of a storage account"), blobs_of(cloud, account="evil.example/"):
        pass
    assert cloud.record.count(route="entra.token") == 0


def test_a_redirect_is_not_followed(blobs: LockBlobs) -> None:
    """The local cloud redirects nobody: what is looked at is the package's own switch."""
    (policy,) = [each for each in blobs._blob("one")._pipeline._impl_policies if isinstance(each, RedirectPolicy)]
    assert policy.allow is False
