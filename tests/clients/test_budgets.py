"""Budgets: what may be sent when, by one account for all threads. Time is a number here, and nobody waits."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.clients.budgets import Bucket, Budget, Budgets, Clock
from reconciler.model.limits import Limits, Rate, Service, Share

HOST = "contoso.crm4.dynamics.com"
SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-00000000000a"
STORAGE = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/a"


class Time(Clock):
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = 0.0

    def now(self) -> float:
        return self.moment

    def utc(self) -> float:
        return 1_800_000_000.0 + self.moment

    def wait_until(self, moment: float) -> None:
        self.moment = max(self.moment, moment)


@pytest.fixture
def time() -> Time:
    return Time()


def budget(time: Clock, service: Service = Service.DATAVERSE, path: str = "/", method: str = "GET") -> Budget:
    return Budgets(clock=time).of(service, HOST, "me", method, path)


def sent_within(time: Time, found: Budget, seconds: float) -> list[float]:
    """The moments at which one who never rests sends."""
    sent = []
    end = time.moment + seconds
    while time.moment <= end:
        moment = found.admit()
        if moment is None:
            sent.append(time.moment)
        else:
            assert moment > time.moment
            time.wait_until(moment)
    return sent


def first_sent(time: Time, found: Budget) -> float:
    """The moment at which one who waits may send."""
    while (moment := found.admit()) is not None:
        time.wait_until(moment)
    return time.moment


@pytest.mark.parametrize(
    ("service", "path", "most", "seconds"),
    [
        (Service.DATAVERSE, "/api/data/v9.2/$batch", 6000, 300),
        (Service.RESOURCE_MANAGER, "/providers/Microsoft.ResourceGraph/resources?api-version=1", 15, 5),
        (Service.RESOURCE_MANAGER, STORAGE, 800, 300),
    ],
)
def test_no_window_holds_more_than_the_service_takes(
    time: Time, service: Service, path: str, most: int, seconds: int
) -> None:
    sent = sent_within(time, budget(time, service, path), 3 * seconds)
    for number, moment in enumerate(sent):
        later = sent[number + most] if number + most < len(sent) else float("inf")
        assert later - moment > seconds * 0.999


@settings(deadline=None)
@given(st.floats(1, 60), st.floats(0.5, 20))
def test_a_bucket_never_gives_more_than_it_holds_and_gains(burst: float, per_second: float) -> None:
    bucket, now, sent = Bucket(Rate(burst, per_second)), 0.0, 0
    while now <= 5:
        moment = bucket.ready(now, 1)
        if moment <= now + 1e-6:
            bucket.spend(now, 1, 1)
            sent += 1
        now = max(now, moment)
    assert burst + per_second * 5 - 2 <= sent <= burst + per_second * 5 + 2


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 90), st.sampled_from([None, 0.0, 1.0, 7.5, 59.0])), min_size=1, max_size=8),
    st.integers(0, 2**32),
)
def test_after_a_throttle_nobody_sends_before_the_time_and_all_go_on(
    throttles: list[tuple[float, float | None]], seed: int
) -> None:
    random.seed(seed)
    time = Time()
    found = budget(time)
    for later, asked in throttles:
        time.moment += later
        began = time.moment
        found.throttled(began, asked)
        first = first_sent(time, found)
        assert began + (asked or 0) <= first <= began + (asked or 0) * 1.05 + 21 + 16


def test_answers_to_what_was_sent_before_the_pause_do_not_slow_further() -> None:
    sent = []
    for answers in (0, 20):
        time = Time()
        found = budget(time)
        found.throttled(0, 5)
        time.moment = 0.1
        for _ in range(answers):
            found.throttled(-1, 0)
        sent.append(len(sent_within(time, found, 60)))
    assert sent[1] > 0.9 * sent[0] > 100


def test_it_goes_on_at_half_the_rate_and_recovers(time: Time) -> None:
    found = budget(time)
    found.throttled(0, 5)
    slow = sent_within(time, found, 20)
    assert len(slow) <= 20 * 20 / 2
    for _ in range(40):
        found.answered(0.01, {})
    assert len(sent_within(time, found, 20)) > 1.8 * len(slow)


@pytest.mark.parametrize(
    ("headers", "at_once"),
    [
        ({"x-ms-ratelimit-burst-remaining-xrm-requests": "3"}, 3),
        ({"X-MS-RateLimit-Remaining-Subscription-Reads": "7"}, 7),
        ({"x-ms-ratelimit-remaining-subscription-reads": "11999", "x-ms-user-quota-remaining": "2"}, 2),
        ({"x-ms-ratelimit-remaining-resource": "Microsoft.Compute/LowCost;4"}, 6000),
        ({"x-ms-ratelimit-burst-remaining-xrm-requests": "many"}, 6000),
        ({"x-ms-ratelimit-time-remaining-xrm-requests": "0"}, 0),
    ],
)
def test_what_the_service_says_is_left_counts_before_it_refuses(
    time: Time, headers: dict[str, str], at_once: int
) -> None:
    found = budget(time)
    found.answered(0.01, headers)
    sent = 0
    while found.admit() is None:
        sent += 1
    assert sent == at_once


def test_a_quota_that_is_used_up_is_waited_for_until_it_is_given_anew(time: Time) -> None:
    found = budget(time, Service.RESOURCE_MANAGER, "/providers/Microsoft.ResourceGraph/resources")
    found.answered(0.1, {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:04"})
    assert (found.admit() or 0) >= 4


def test_the_time_that_a_service_works_is_counted(time: Time) -> None:
    found = budget(time)
    for _ in range(120):
        assert found.admit() is None
        found.answered(10, {})
    assert found.admit() == pytest.approx(300)


def test_what_is_asked_for_beyond_a_minute_closes_it_until_then(time: Time) -> None:
    found = budget(time)
    found.throttled(0, 61)
    assert found.closed_until == time.utc() + 61
    assert (found.admit() or 0) >= 61
    time.moment = 120
    assert found.admit() is None
    assert found.closed_until is None


def test_each_unit_that_a_service_counts_by_has_its_own(time: Time) -> None:
    budgets = Budgets(clock=time)
    arm = Service.RESOURCE_MANAGER
    host = "management.azure.com"
    different = [
        budgets.of(arm, host, "me", "GET", SUBSCRIPTION),
        budgets.of(arm, host, "me", "PUT", SUBSCRIPTION),
        budgets.of(arm, host, "me", "DELETE", SUBSCRIPTION),
        budgets.of(arm, host, "me", "GET", SUBSCRIPTION[:-1] + "b"),
        budgets.of(arm, host, "you", "GET", SUBSCRIPTION),
        budgets.of(arm, host, "me", "GET", "/subscriptions?api-version=2022-12-01"),
        budgets.of(arm, host, "me", "POST", "/providers/Microsoft.ResourceGraph/resources"),
        budgets.of(arm, host, "me", "GET", STORAGE),
        budgets.of(Service.DATAVERSE, HOST, "me", "GET", "/"),
    ]
    assert len(set(map(id, different))) == len(different)
    assert (
        budgets.of(arm, host, "me", "GET", SUBSCRIPTION.upper().replace("SUBSCRIPTIONS", "subscriptions"))
        is (different[0])
    )
    assert budgets.of(Service.DATAVERSE, HOST, "me", "POST", "/x") is different[-1]


def test_the_storage_provider_takes_from_its_subscription_as_well(time: Time) -> None:
    budgets = Budgets(clock=time)
    accounts = budgets.of(Service.RESOURCE_MANAGER, "arm", "me", "GET", STORAGE)
    others = budgets.of(Service.RESOURCE_MANAGER, "arm", "me", "GET", SUBSCRIPTION)
    for _ in range(250):
        assert accounts.admit() is None
    assert others.admit() is not None


def test_many_threads_take_no_more_than_there_is(time: Time) -> None:
    budgets, barrier = Budgets(clock=time), Barrier(16)

    def take(_number: int) -> int:
        barrier.wait()
        found = budgets.of(Service.RESOURCE_MANAGER, "arm", "me", "GET", SUBSCRIPTION)
        return sum(found.admit() is None for _ in range(50))

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(take, range(16))) == 250


def test_turns_at_a_host_are_bounded_whatever_the_service_asks(time: Time) -> None:
    budgets = Budgets(Limits({Service.GRAPH: Share(concurrent=2)}), time)
    turns = budgets.turns(Service.GRAPH, "graph")
    assert turns.acquire(blocking=False)
    assert turns.acquire(blocking=False)
    assert not budgets.turns(Service.GRAPH, "graph").acquire(blocking=False)
    assert budgets.turns(Service.GRAPH, "another").acquire(blocking=False)


def test_the_real_clock_waits() -> None:
    """The only wait of these tests: a hundredth of a second, and one that is over before it begins."""
    clock = Clock()
    assert clock.utc() > 1_700_000_000
    clock.wait_until(clock.now() - 1)
