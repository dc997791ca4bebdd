"""A lost link is named, and made again only by consent: what it left is deleted only where it is an export."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from reconciler.model.change import Reason, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, Relink
from reconciler.model.outcome import Result
from reconciler.simulator import Cloud
from tests.apply.life import LIFE, carry_out, service_link
from tests.conftest import clients_of
from tests.fleet import changed, fleet
from tests.run import plan, results

Start = Callable[..., AbstractContextManager[Cloud]]
CSV = service_link(DestinationType.CSV)
DELTA = service_link(DestinationType.DELTA)


@pytest.fixture
def allowed(configuration: Configuration) -> Configuration:
    return replace(configuration, allow_unproven=True)


@pytest.mark.parametrize("event", ["restore", "reset"])
@pytest.mark.parametrize("rows", ["none", "soft-deleted"])
def test_a_link_that_went_with_its_environment_is_named_and_not_made_again(
    start_cloud: Start, configuration: Configuration, event: str, rows: str
) -> None:
    with start_cloud(LIFE, assume={"event-rows": rows}) as cloud, clients_of(cloud, configuration) as clients:
        carry_out(cloud, clients, fleet(CSV), configuration)
        cloud.event("service", event)
        found = plan(clients, fleet(CSV), configuration)
        (change,) = found.pending
        assert (change.reason, change.status) == (Reason.LOST, Status.BLOCKED)
        assert "link-lost" in {said.code for said in found.diagnostics}
        cloud.record.clear()
        assert results(carry_out(cloud, clients, fleet(CSV), configuration)) == [Result.BLOCKED]
        assert cloud.record.writes == []


def test_with_consent_its_container_is_deleted_and_it_is_made_again(
    start_cloud: Start, configuration: Configuration
) -> None:
    clean = fleet(changed(CSV, relink=Relink.CLEAN))
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        carry_out(cloud, clients, fleet(CSV), configuration)
        cloud.event("service", "reset")
        (change,) = plan(clients, clean, configuration).pending
        assert (change.status, change.confirm) == (Status.READY, "dataverse-service")
        refused = carry_out(cloud, clients, clean, configuration, confirmed=lambda _change: False)
        assert results(refused) == [Result.REFUSED]
        assert results(carry_out(cloud, clients, clean, configuration)) == [Result.DONE]
        assert cloud.state.containers("servicelake") == {"dataverse-service": True}
        assert plan(clients, clean, configuration).pending == ()


def test_its_lake_database_is_dropped_through_the_spark_pool(start_cloud: Start, allowed: Configuration) -> None:
    clean = fleet(changed(DELTA, relink=Relink.CLEAN))
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        assert results(carry_out(cloud, clients, fleet(DELTA), allowed)) == [Result.DONE]
        cloud.event("service", "reset")
        assert cloud.state.databases("ws-service") == {"dataverse_service": False}
        assert results(carry_out(cloud, clients, clean, allowed)) == [Result.DONE]
        assert cloud.state.databases("ws-service") == {"dataverse_service": True}
        assert cloud.record.count(route="synapse.spark.session.end") == 1
        assert plan(clients, clean, allowed).pending == ()


@pytest.mark.parametrize("kind", ["reset-before", "reset-after", "error", "nonsense", "refused"])
@pytest.mark.parametrize(
    "route",
    [
        "synapse.spark.session.create",
        "synapse.spark.statement.create",
        "synapse.spark.session.end",
        "arm.container.delete",
        "link.lake.create",
    ],
)
def test_a_fault_at_any_call_is_healed_by_the_next_run(
    start_cloud: Start, allowed: Configuration, route: str, kind: str
) -> None:
    clean = fleet(changed(DELTA, relink=Relink.CLEAN))
    with start_cloud(LIFE) as cloud, clients_of(cloud, allowed) as clients:
        carry_out(cloud, clients, fleet(DELTA), allowed)
        cloud.event("service", "reset")
        cloud.faults.add(kind, route, times=1)
        carry_out(cloud, clients, clean, allowed)
        cloud.faults.clear()
        carry_out(cloud, clients, clean, allowed)
        assert plan(clients, clean, allowed).pending == ()
        assert cloud.state.databases("ws-service") == {"dataverse_service": True}


def test_what_a_person_unlinked_is_made_again_where_nothing_is_left(
    start_cloud: Start, configuration: Configuration
) -> None:
    allow = fleet(changed(CSV, relink=Relink.ALLOW))
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        carry_out(cloud, clients, allow, configuration)
        cloud.unlink("service", "servicelake")
        assert results(carry_out(cloud, clients, allow, configuration)) == [Result.DONE]
        assert plan(clients, allow, configuration).pending == ()
