"""A cloud for the life of links: destinations of every type, and runs whose waiting moves the cloud's clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.model.change import Change
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, Destination, DestinationType, SynapseLink
from reconciler.model.outcome import Outcome
from reconciler.plan.build import build_plan
from reconciler.simulator import Cloud
from tests.fleet import CLOUD, changed, place, storage, tables, workspace
from tests.run import read

FABRIC_WORKSPACE = "55555555-5555-4555-8555-555555555555"
NO_CAPACITY = "66666666-6666-4666-8666-666666666666"
CONNECTION = "77777777-7777-4777-8777-777777777777"

LIFE: dict[str, Any] = {
    **CLOUD,
    "environments": [
        # Its containers end with this, as the portal names them: what a lost link left is recognised by it.
        {**each, **({"uniqueName": "service"} if each["name"] == "service" else {})}
        for each in CLOUD["environments"]
    ],
    "workspaces": [
        {
            "name": "ws-service",
            "resourceGroup": "rg-data",
            "storageAccount": "servicelake",
            "pools": [{"name": "convert", "sparkVersion": "3.4"}],
        }
    ],
    "fabricWorkspaces": [
        {"name": "analytics", "id": FABRIC_WORKSPACE, "environment": "service"},
        {"name": "sandbox", "id": NO_CAPACITY, "environment": "service", "capacity": False},
    ],
    "fabricConnections": [{"name": "dataverse", "id": CONNECTION, "environment": "service"}],
}


def service_link(kind: DestinationType, **fields: Any) -> SynapseLink:
    """A link of the environment ``service``, of any type."""
    account, container = storage("servicelake"), "dataverse-service"
    destinations = {
        DestinationType.CSV: Destination(kind, account, container),
        DestinationType.INCREMENTAL: Destination(kind, account, container),
        DestinationType.DELTA: Destination(kind, account, container, workspace("ws-service"), "convert"),
        DestinationType.FABRIC: Destination(kind, fabric_workspace=FABRIC_WORKSPACE, fabric_connection=CONNECTION),
    }
    link = SynapseLink("service-link", "service", destinations[kind], place(30), tables=tables("account", "incident"))
    return changed(link, **fields)


def carry_out(
    cloud: Cloud,
    clients: ReadClients,
    desired: DesiredState,
    configuration: Configuration,
    confirmed: Callable[[Change], bool] = lambda _change: True,
) -> tuple[Outcome, ...]:
    """Plans and applies what is pending; what is waited for passes on the cloud's clock."""
    live = read(clients, desired, configuration)
    changes = build_plan(desired, live, configuration).pending
    context = Context(
        WriteClients.beside(clients), desired, live, configuration, wait=cloud.clock.advance, confirmed=confirmed
    )
    return apply_changes(changes, context)
