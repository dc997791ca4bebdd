"""Desired and live become a plan. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.model.canonical import JsonValue, digest
from reconciler.model.change import Action, Change
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, SynapseLink
from reconciler.model.diagnostic import Diagnostic, sorted_diagnostics
from reconciler.model.live import LiveEnvironment, Snapshot
from reconciler.model.plan import Plan, Seen
from reconciler.plan.needs import with_needs
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
    touched = {change.address for change in changes if change.action is not Action.NONE}
    read = sorted(name for name, environment in live.environments.items() if not environment.unreadable)
    known = {name: facts(name, desired, live) for name in read}
    return Plan(
        cloud=configuration.cloud.name,
        desired_digest=digest(desired),
        fingerprints={name: digest(value) for name, value in known.items()},
        changes=with_needs(sorted(changes, key=order), desired),
        diagnostics=sorted_diagnostics(found),
        facts=known,
        seen={
            name: _seen(environment.environment_id, live.environments[name])
            for name, environment in sorted(desired.environments.items())
            if name in live.environments
        },
        declared={link_address(link): digest(link) for link in desired.links if link_address(link) in touched},
        assumptions=dict(sorted(configuration.assumptions.items())),
    )


def links_to_change(desired: DesiredState, plan: Plan) -> tuple[SynapseLink, ...]:
    """The declared links with pending changes: those whose ground is worth a look before the plan is made again."""
    pending = {change.address for change in plan.pending}
    return tuple(link for link in desired.links if link_address(link) in pending)


def facts(partition: str, desired: DesiredState, live: Snapshot) -> JsonValue:
    """The compared live fields of a partition, by kind: its fingerprint is their digest."""
    found = {kind.name: kind.facts(partition, desired, live) for kind in KINDS}
    return {name: value for name, value in found.items() if value is not None}


def _seen(identity: str, environment: LiveEnvironment) -> Seen:
    return Seen(
        identity,
        tuple(link.name for link in environment.links if link.service_tables is None),
        environment.link_writes_missing,
        environment.unreadable.summary if environment.unreadable else None,
    )


def order(change: Change) -> tuple[str, str, int, str]:
    """Plans are sorted by environment, address and action, whatever the order of manifests."""
    return (change.environment, str(change.address), _ACTIONS.index(change.action), str(change.fields))
