"""Desired and live become a plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.canonical import digest
from reconciler.model.change import Action, Change
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, SynapseLink
from reconciler.model.diagnostic import Diagnostic, sorted_diagnostics
from reconciler.model.live import Snapshot
from reconciler.model.plan import Plan
from reconciler.resources import KINDS
from reconciler.resources.link_checks import link_address

_ACTIONS = tuple(Action)


def build_plan(
    desired: DesiredState,
    live: Snapshot,
    configuration: Configuration,
    diagnostics: Sequence[Diagnostic] = (),
) -> Plan:
    """The plan that makes live what is desired.

    ``diagnostics`` of the manifests are carried along. A partition that could not be read has no fingerprint and no
    changes, and its diagnostic says why.
    """
    found = list(diagnostics)
    changes: list[Change] = []
    for kind in KINDS:
        comparison = kind.compare(desired, live, configuration)
        changes += comparison.changes
        found += comparison.diagnostics
    found += [environment.unreadable for environment in live.environments.values() if environment.unreadable]
    if live.resources_unreadable:
        found.append(live.resources_unreadable)
    return Plan(
        cloud=configuration.cloud.name,
        desired_digest=digest(desired),
        fingerprints=fingerprints(desired, live),
        changes=tuple(sorted(changes, key=order)),
        diagnostics=sorted_diagnostics(found),
    )


def links_to_change(desired: DesiredState, plan: Plan) -> tuple[SynapseLink, ...]:
    """The declared links with pending changes: those whose ground is worth a look before the plan is made again."""
    pending = {change.address for change in plan.pending}
    return tuple(link for link in desired.links if link_address(link) in pending)


def fingerprints(desired: DesiredState, live: Snapshot) -> dict[str, str]:
    """The digest of the compared live fields of every partition that was read, by partition, sorted."""
    return {
        name: digest([kind.facts(name, desired, live) for kind in KINDS])
        for name, environment in sorted(live.environments.items())
        if not environment.unreadable
    }


def order(change: Change) -> tuple[str, str, int, str]:
    """Plans are sorted by environment, address and action, whatever the order of manifests."""
    return (change.environment, str(change.address), _ACTIONS.index(change.action), str(change.fields))
