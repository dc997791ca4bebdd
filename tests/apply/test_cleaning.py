"""A lost link is named, and made again only by consent: what it left is deleted only where it is an export."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.clients.clients import WriteClients
from reconciler.live.evidence import with_evidence
from reconciler.live.snapshot import read_snapshot
from reconciler.model.change import Reason, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Destination, DestinationType, Relink
from reconciler.model.outcome import Result
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud
from tests.apply.life import LIFE, carry_out, service_link
from tests.conftest import clients_of
from tests.fleet import changed, fleet, storage, workspace
from tests.run import plan, results

Start = Callable[..., AbstractContextManager[Cloud]]
CSV = service_link(DestinationType.CSV)
WITH_WORKSPACE = Destination(DestinationType.CSV, storage("servicelake"), "dataverse-service", workspace("ws-service"))
OTHERS = {
    **LIFE,
    "links": [
        {
            "environment": "sales",
            "account": "servicelake",
            "container": "dataverse-service",
            "interval": 60,
            "tables": ["account", "contact"],
        }
    ],
}
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


def test_the_database_of_a_csv_link_is_dropped_through_the_pool_that_the_manifest_names(
    start_cloud: Start, configuration: Configuration
) -> None:
    link = changed(CSV, destination=WITH_WORKSPACE)
    with start_cloud(LIFE) as cloud, clients_of(cloud, configuration) as clients:
        assert results(carry_out(cloud, clients, fleet(link), configuration)) == [Result.DONE]
        cloud.event("service", "reset")
        unclear = fleet(changed(link, relink=Relink.CLEAN))
        assert results(carry_out(cloud, clients, unclear, configuration)) == [Result.BLOCKED]
        clean = fleet(changed(link, relink=Relink.CLEAN, clean_up_pool="convert"))
        assert results(carry_out(cloud, clients, clean, configuration)) == [Result.DONE]
        assert cloud.state.databases("ws-service") == {"dataverse_service": True}
        assert plan(clients, clean, configuration).pending == ()


class TestWhatAnotherEnvironmentWritesTo:
    """Its container bears the name of ours, and it was never a link of ours."""

    clean = fleet(changed(CSV, relink=Relink.CLEAN))

    def test_is_seen_in_the_plan(self, start_cloud: Start, configuration: Configuration) -> None:
        with start_cloud(OTHERS) as cloud, clients_of(cloud, configuration) as clients:
            found = plan(clients, self.clean, configuration)
            assert [change.status for change in found.pending] == [Status.BLOCKED]
            assert "sales/servicelake" in str(found.diagnostics)

    @pytest.mark.parametrize("readable", [True, False])
    def test_is_never_deleted_by_a_run_that_did_not_read_it(
        self, start_cloud: Start, configuration: Configuration, readable: bool
    ) -> None:
        with start_cloud(OTHERS) as cloud, clients_of(cloud, configuration) as clients:
            live = read_snapshot(clients, self.clean, configuration, only=["service"])
            live = with_evidence(clients, self.clean, live, configuration, self.clean.links)
            (change,) = build_plan(self.clean, live, configuration).pending
            assert change.status is Status.READY
            if not readable:
                cloud.faults.add("refused", "dataverse.batch", times=None)
            context = Context(
                WriteClients.beside(clients),
                self.clean,
                live,
                configuration,
                wait=cloud.clock.advance,
                confirmed=lambda _change: True,
            )
            (outcome,) = apply_changes([change], context)
            assert outcome.result is Result.REFUSED
            assert ("sales/servicelake" if readable else "could not be read") in (outcome.detail or "")
            assert cloud.state.containers("servicelake")["dataverse-service"] is True


def test_a_customer_s_container_is_never_deleted(start_cloud: Start, configuration: Configuration) -> None:
    """An export lies there, and no row nor name says that a link of this environment made it."""
    environments = {**LIFE, "environments": [{**each, "uniqueName": "other"} for each in LIFE["environments"]]}
    clean = DesiredState(TestWhatAnotherEnvironmentWritesTo.clean.environments, (changed(CSV, relink=Relink.CLEAN),))
    with start_cloud(environments) as cloud, clients_of(cloud, configuration) as clients:
        carry_out(cloud, clients, fleet(CSV), configuration)
        cloud.event("service", "reset")
        assert results(carry_out(cloud, clients, clean, configuration)) == [Result.BLOCKED]
        assert cloud.state.containers("servicelake") == {"dataverse-service": False}
