"""What each service lets one client send, and how much of that a run takes.

Sources: for Dataverse its service protection limits; for Azure Resource Manager its throttling since 2024, a bucket a
subscription, client and kind of operation; for Resource Graph its guidance for throttled requests; for the storage
provider its scalability targets (docs/sources.md). Limits of other services are not published: theirs are guesses that
hold nothing back before the service itself does, and are marked so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType


class Service(StrEnum):
    """Whose limits a request counts against, by the name that reconciler.yaml uses."""

    DATAVERSE = "dataverse"
    RESOURCE_MANAGER = "resourceManager"
    RESOURCE_GRAPH = "resourceGraph"
    STORAGE_PROVIDER = "storageProvider"
    LAKE = "lake"
    GRAPH = "graph"
    SYNAPSE = "synapse"
    LINK_SERVICE = "linkService"
    POWER_PLATFORM = "powerPlatform"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second once they are used up; within a window of so many seconds never more than
    ``burst``, where there is one."""

    burst: float
    per_second: float
    window: float | None = None

    def part(self, percent: int) -> Rate:
        """That much of it, and one at once at the least."""
        return Rate(max(1.0, self.burst * percent / 100), self.per_second * percent / 100, self.window)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one unit of a service takes from one client: requests, of which ``concurrent`` at a time to one host.

    ``writes`` and ``deletes`` are counted apart from ``requests`` where a service does so. ``work`` are the seconds
    that the service spends on answers.
    """

    requests: Rate
    concurrent: int
    writes: Rate | None = None
    deletes: Rate | None = None
    work: Rate | None = None
    documented: bool = True

    def part(self, share: Share) -> Limit:
        """What a run takes of it."""
        rates = {
            name: rate.part(share.percent)
            for name in ("requests", "writes", "deletes", "work")
            if (rate := getattr(self, name)) is not None
        }
        return replace(self, **rates, concurrent=share.concurrent or self.concurrent)


def _window(number: int, seconds: int) -> Rate:
    return Rate(number, number / seconds, seconds)


def _guess(concurrent: int) -> Limit:
    return Limit(Rate(2000, 50), concurrent, documented=False)


LIMITS: Mapping[Service, Limit] = MappingProxyType(
    {
        # An organization and user: 6,000 requests, 1,200 s of execution in 300 s, 52 at a time.
        Service.DATAVERSE: Limit(_window(6000, 300), 16, work=_window(1200, 300)),
        # A subscription (or tenant), client and kind of operation.
        Service.RESOURCE_MANAGER: Limit(Rate(250, 25), 16, writes=Rate(200, 10), deletes=Rate(200, 10)),
        # A tenant and user: 15 queries in 5 s.
        Service.RESOURCE_GRAPH: Limit(_window(15, 5), 16),
        # A subscription and region, beneath Resource Manager: 800 reads in 5 minutes, 1,200 writes an hour.
        Service.STORAGE_PROVIDER: Limit(_window(800, 300), 16, writes=Rate(10, 0.3)),
        # An account: 20,000 requests a second and more. Bounded by the connections of a run.
        Service.LAKE: Limit(Rate(2000, 1000), 16),
        # An application and small tenant: 3,500 units in 10 s. A request is taken for ten of them.
        Service.GRAPH: Limit(Rate(350, 35), 16),
        Service.SYNAPSE: _guess(16),
        Service.LINK_SERVICE: _guess(32),
        Service.POWER_PLATFORM: _guess(32),
    }
)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a service's limit a run takes: ``percent`` of the rates, and ``concurrent`` requests to one host
    (None: the default)."""

    percent: int = 100
    concurrent: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The ``limits`` of reconciler.yaml: shares by service, and for how many minutes services are asked for one
    environment's state, and for one change."""

    shares: Mapping[Service, Share] = field(default_factory=dict)
    minutes_per_environment: int = 10
    minutes_per_change: int = 30

    def of(self, service: Service) -> Limit:
        """What a run may send to a unit of a service."""
        return LIMITS[service].part(self.shares.get(service, Share()))
