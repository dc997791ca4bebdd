"""Promise 2, for whole links: nothing is unlinked, deleted or made again but by words in a manifest and a name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, DestinationType, Relink
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from tests.apply.life import LIFE, carry_out, service_link
from tests.conftest import clients_of
from tests.fleet import ENVIRONMENTS, SALES_LINK, changed, fleet
from tests.run import plan, results

Start = Callable[..., AbstractContextManager[Cloud]]
DELETIONS = ("link.unlink", "link.fabric.unlink", "arm.container.delete", "synapse.spark.statement.create")
TYPES = [DestinationType.CSV, DestinationType.DELTA, DestinationType.FABRIC]


def deletions(cloud: Cloud) -> int:
    return sum(cloud.record.count(route=route) for route in DELETIONS)


@pytest.fixture
def allowed(configuration: Configuration) -> Configuration:
    return replace(configuration, allow_unproven=True)


@pytest.mark.parametrize("kind", TYPES)
def test_a_manifest_that_is_gone_deletes_nothing_whatever_is_allowed(
    start_cloud: Start, allowed: Configuration, kind: DestinationType
) -> None:
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        carry_out(cloud, clients, fleet(service_link(kind)), allowed)
        carry_out(cloud, clients, DesiredState(dict(ENVIRONMENTS)), allowed)
        assert deletions(cloud) == 0


@pytest.mark.parametrize("kind", TYPES)
def test_a_tombstone_without_its_name_deletes_nothing_and_the_others_go_on(
    start_cloud: Start, allowed: Configuration, kind: DestinationType
) -> None:
    tombstone = service_link(kind, absent=True, delete_data=True)
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        carry_out(cloud, clients, fleet(service_link(kind)), allowed)
        ended = carry_out(
            cloud, clients, fleet(SALES_LINK, tombstone), allowed, confirmed=lambda change: change.confirm == "another"
        )
        assert sorted(results(ended)) == [Result.DONE, Result.REFUSED]
        assert deletions(cloud) == 0


@pytest.mark.parametrize("consent", [Relink.REFUSE, Relink.ALLOW])
def test_a_lost_link_has_nothing_deleted_without_the_word_clean(
    start_cloud: Start, allowed: Configuration, consent: Relink
) -> None:
    link = service_link(DestinationType.CSV, relink=consent)
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        carry_out(cloud, clients, fleet(link), allowed)
        cloud.event("service", "restore")
        assert results(carry_out(cloud, clients, fleet(link), allowed)) == [Result.BLOCKED]
        assert deletions(cloud) == 0
        assert cloud.state.containers("servicelake") == {"dataverse-service": False}


def test_with_every_word_said_it_is_done_once(start_cloud: Start, allowed: Configuration) -> None:
    link = service_link(DestinationType.CSV)
    tombstone = fleet(changed(link, absent=True, delete_data=True))
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        carry_out(cloud, clients, fleet(link), allowed)
        for _ in range(2):
            carry_out(cloud, clients, tombstone, allowed)
        assert deletions(cloud) == 1
        assert plan(clients, tombstone, allowed).pending == ()
