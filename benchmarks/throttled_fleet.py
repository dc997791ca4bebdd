"""What do budgets that threads share cost and save, where the services enforce the limits that they publish?

Measured in one process: a fleet is read (environments side by side, Resource Graph once), and then, of each link,
resources of one subscription from their providers, against a local cloud that refuses what the real services would.
Twice: with the budgets of a run, and with each thread finding out for itself, as retry policies do. Then, where nothing
is refused, what the policy itself takes of a request.

Printed: seconds, requests, and how many of them were answered 429. Exits with 1 where something was not read.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import get_ident
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fleet_files import Fleet, write_fleet

from reconciler.clients.budgets import Budget, Budgets
from reconciler.clients.clients import ReadClients, open_clients
from reconciler.clients.endpoints import read_endpoints
from reconciler.live.snapshot import read_snapshot
from reconciler.manifests import load
from reconciler.model.configuration import Configuration, SignIn
from reconciler.model.desired import DesiredState
from reconciler.model.errors import NotFound, ServiceError
from reconciler.model.limits import Limits, Service, Share
from reconciler.simulator import Cloud, running

UNBOUNDED = Limits({service: Share(1_000_000, 1_000) for service in Service})


class Alone(Budgets):
    """No limits known, and no account but each thread's own."""

    def __init__(self) -> None:
        super().__init__(UNBOUNDED)

    def of(self, service: Service, host: str, identity: Hashable, method: str, path: str) -> Budget:
        """The budget of the thread that asks."""
        return super().of(service, host, (identity, get_ident()), method, path)


def read_fleet(clients: ReadClients, desired: DesiredState, configuration: Configuration) -> list[str]:
    """Reads everything; gives what could not be read."""
    live = read_snapshot(clients, desired, configuration)
    failed = [str(found.unreadable) for found in live.environments.values() if found.unreadable]
    tenants = {name: environment.tenant_id for name, environment in desired.environments.items()}

    def read(link: Any) -> list[str]:
        reader = clients.resource_manager(tenants[link.environment])
        account = link.destination.storage_account
        container = f"dataverse-{link.environment}"
        reads: list[Callable[[], object]] = [
            lambda: reader.resource(account),
            lambda: reader.container(account, container),
            lambda: reader.lifecycle_policy(account),
            lambda: reader.subscription(account.split("/")[2]),
        ]
        problems = []
        for each in reads:
            try:
                each()
            except NotFound:
                pass
            except ServiceError as error:
                problems.append(str(error))
        return problems

    with ThreadPoolExecutor(configuration.concurrency) as pool:
        for problems in pool.map(read, desired.links):
            failed += problems
    return failed


def measure(cloud: Cloud, desired: DesiredState, configuration: Configuration, budgets: Budgets) -> dict[str, Any]:
    """One reading of the fleet, and what it took."""
    before = len(list(cloud.record))
    # Long enough for every window and bucket to be as at first.
    cloud.clock.advance(3600)
    cloud.limits.refused = 0
    with open_clients(configuration, read_endpoints(Path(cloud.endpoints)), prompt=print) as clients:
        clients.budgets = budgets
        began = time.perf_counter()
        failed = read_fleet(clients, desired, configuration)
        took = time.perf_counter() - began
    requests = sum(not entry.inner for entry in list(cloud.record)[before:])
    return {
        "seconds": round(took, 2),
        "requests": requests,
        "refused": cloud.limits.refused,
        "failed": len(failed),
        "firstFailure": failed[0] if failed else None,
    }


def policy_cost(repeats: int = 50_000) -> float:
    """Microseconds that a request spends on its turn and its budget where it need not wait."""
    budgets = Budgets(UNBOUNDED)
    turns = budgets.turns(Service.DATAVERSE, "host")
    headers = {"x-ms-ratelimit-burst-remaining-xrm-requests": "5999", "Content-Type": "application/json"}
    began = time.perf_counter()
    for _ in range(repeats):
        budget = budgets.of(Service.RESOURCE_MANAGER, "host", "me", "GET", "/subscriptions/x/resourceGroups/y")
        with turns:
            budget.admit()
            budget.answered(0.0, headers)
    return (time.perf_counter() - began) / repeats * 1e6


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--environments", type=int, default=200)
    parser.add_argument("--tables", type=int, default=5)
    parser.add_argument("--latency", type=float, default=20, help="milliseconds of each answer")
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    configuration = Configuration(sign_in=SignIn.DEVICE_CODE, concurrency=options.concurrency)
    figures: dict[str, Any] = {"environments": options.environments, "concurrency": options.concurrency}
    with tempfile.TemporaryDirectory(prefix="throttled-") as name:
        folder = Path(name)
        manifests, seed = write_fleet(Fleet(options.environments, options.tables), folder)
        desired = load(manifests, configuration.cloud).state
        if desired is None:
            print("The generated manifests are wrong")
            return 1
        with running(folder / "cloud", seed=seed, latency_ms=options.latency) as cloud:
            figures["nothingRefused"] = {
                "budgets": measure(cloud, desired, configuration, Budgets(UNBOUNDED)),
                "alone": measure(cloud, desired, configuration, Alone()),
            }
            cloud.limits.enforce()
            figures["limitsEnforced"] = {
                "budgets": measure(cloud, desired, configuration, Budgets()),
                "alone": measure(cloud, desired, configuration, Alone()),
            }
    figures["policyMicroseconds"] = round(policy_cost(), 1)
    print(json.dumps(figures, indent=2) if options.json else _text(figures))
    return 1 if figures["limitsEnforced"]["budgets"]["failed"] else 0


def _text(figures: dict[str, Any]) -> str:
    lines = [f"{figures['environments']} environments, {figures['concurrency']} at once"]
    for case, said in (("nothingRefused", "nothing refused"), ("limitsEnforced", "limits enforced")):
        for kind, found in figures[case].items():
            lines.append(
                f"  {said}, {kind:<8} {found['seconds']:>7} s {found['requests']:>6} requests {found['refused']:>5} "
                f"refused {found['failed']:>4} failed"
            )
            if found["firstFailure"]:
                lines.append(f"    {found['firstFailure'][:200]}")
    lines.append(f"  the policy takes {figures['policyMicroseconds']} µs a request")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
