"""The main job as tests drive it: read, plan, apply, with clients of a local cloud."""

from __future__ import annotations

from reconciler.apply.executor import Context
from reconciler.apply.run import apply_changes
from reconciler.clients.clients import ReadClients, WriteClients
from reconciler.live.evidence import with_evidence
from reconciler.live.snapshot import read_snapshot
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.live import Snapshot
from reconciler.model.outcome import Outcome, Result
from reconciler.model.plan import Plan
from reconciler.plan.build import build_plan, links_to_change


def read(clients: ReadClients, desired: DesiredState, configuration: Configuration) -> Snapshot:
    """What is live, with evidence for the links that are to change."""
    live = read_snapshot(clients, desired, configuration)
    touched = links_to_change(desired, build_plan(desired, live, configuration))
    return with_evidence(clients, desired, live, configuration, touched) if touched else live


def plan(clients: ReadClients, desired: DesiredState, configuration: Configuration) -> Plan:
    """A plan of what is live now."""
    return build_plan(desired, read(clients, desired, configuration), configuration)


def apply(clients: ReadClients, desired: DesiredState, configuration: Configuration) -> tuple[Outcome, ...]:
    """Plans and applies everything that is pending, without ever sleeping."""
    live = read(clients, desired, configuration)
    changes = build_plan(desired, live, configuration).pending
    context = Context(WriteClients.beside(clients), desired, live, configuration, wait=lambda _seconds: None)
    return apply_changes(changes, context)


def results(outcomes: tuple[Outcome, ...]) -> list[Result]:
    """How each change ended."""
    return [outcome.result for outcome in outcomes]
