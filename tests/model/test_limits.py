"""Limits: what a run takes of what a service lets one client send."""

from __future__ import annotations

import pytest

from reconciler.model.limits import LIMITS, Limit, Limits, Rate, Service, Share


def test_every_service_has_a_limit_and_the_guessed_ones_say_so() -> None:
    assert set(LIMITS) == set(Service)
    guessed = {service for service, limit in LIMITS.items() if not limit.documented}
    assert guessed == {Service.SYNAPSE, Service.LINK_SERVICE, Service.POWER_PLATFORM}


@pytest.mark.parametrize(
    ("service", "most", "seconds"),
    [
        (Service.DATAVERSE, 6000, 300),
        (Service.RESOURCE_GRAPH, 15, 5),
        (Service.STORAGE_PROVIDER, 800, 300),
        (Service.RESOURCE_MANAGER, 250 + 25 * 10, 10),
    ],
)
def test_no_window_holds_more_than_is_published(service: Service, most: int, seconds: int) -> None:
    rate = LIMITS[service].requests
    assert rate.window == seconds or rate.burst + rate.per_second * seconds <= most
    assert rate.burst <= most


def test_a_share_takes_less_and_never_nothing() -> None:
    limit = Limit(Rate(10, 2), 16, writes=Rate(4, 1), work=Rate(600, 2))
    assert limit.part(Share()) == limit
    assert limit.part(Share(50, 4)) == Limit(Rate(5, 1), 4, writes=Rate(2, 0.5), work=Rate(300, 1))
    assert limit.part(Share(1)).requests == Rate(1, 0.02)
    assert Limits({Service.LAKE: Share(concurrent=3)}).of(Service.LAKE).concurrent == 3
    assert Limits().of(Service.LAKE) == LIMITS[Service.LAKE]
