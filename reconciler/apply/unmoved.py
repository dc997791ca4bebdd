"""The last look before a partition's first write: is it still what was planned from?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.clients.clients import ReadClients
from reconciler.live.environment import from_rows
from reconciler.live.snapshot import assumed
from reconciler.model.canonical import digest
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.errors import Refused
from reconciler.model.live import Snapshot
from reconciler.model.plan import Plan
from reconciler.plan.build import facts
from reconciler.plan.moved import what_moved


def unmoved(
    clients: ReadClients, desired: DesiredState, live: Snapshot, configuration: Configuration, plan: Plan
) -> Callable[[str], None]:
    """A function that reads a partition again and compares it with a plan that was made of ``live``.

    It costs one batch: plans rest on what Dataverse's rows say, so the service is not asked again. The function raises
    Refused, with what moved, where the compared fields are others now, and the ServiceError of a reading that failed.
    Called before a run's first write to the partition, or what the run wrote would count as moved.
    """

    def look(partition: str) -> None:
        environment, before = desired.environments.get(partition), live.environments.get(partition)
        if environment is None or before is None:
            return
        rows = clients.dataverse(environment).link_rows(definitions=bool(before.definitions))
        moves = assumed(configuration, "activation-time-moves") == "always"
        now = from_rows(environment, rows, activation_time_moves=moves)
        if now.unreadable:
            raise Refused(f"{now.unreadable.summary}. Nothing was done there")
        found = facts(partition, desired, replace(live, environments={partition: now}))
        if digest(found) != plan.fingerprints.get(partition):
            what = what_moved(plan.facts.get(partition), found) or "what was compared is no longer known"
            raise Refused(
                f"Environment '{partition}' changed since it was planned: nothing was done there. "
                f"What moved: {what}. Plan again and review what is different now"
            )

    return look
