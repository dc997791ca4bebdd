"""SynapseLink: declared links against live ones, matched by environment and storage account."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache

from reconciler.model.canonical import JsonValue
from reconciler.model.change import Change
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, SynapseLink
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable, Snapshot
from reconciler.resources.impact import impacts_of
from reconciler.resources.kind import Comparison
from reconciler.resources.link_checks import problem
from reconciler.resources.link_create import create
from reconciler.resources.link_prune import undeclared_links
from reconciler.resources.link_unlink import unlink
from reconciler.resources.link_update import compare_live_link
from reconciler.resources.preflight import hold_back


class SynapseLinks:
    """The kind SynapseLink: every type of link, and the whole life of one."""

    name = "SynapseLink"

    def compare(self, desired: DesiredState, live: Snapshot, configuration: Configuration) -> Comparison:
        """The changes of every declared link in an environment that was read, and what is to be said of the others.

        A link has one change for all that can be written at once, and one each for what waits, what is unproven and
        what must be replaced.
        """
        changes: list[Change] = []
        diagnostics: list[Diagnostic] = []
        for link in desired.links:
            environment = live.environments.get(link.environment)
            if environment is None or environment.unreadable:
                continue
            matching = [candidate for candidate in environment.links if candidate.key == link.key]
            found = _compare(link, matching, desired, live, configuration)
            diagnostics += found.diagnostics
            evidence = live.evidence.get(link.key)
            current = matching[0] if matching else None
            changes += (
                replace(change, impacts=impacts_of(change, link, current, environment, evidence))
                for change in found.changes
            )
        undeclared = undeclared_links(desired.links, live, configuration)
        changes += undeclared.changes
        diagnostics += undeclared.diagnostics
        return hold_back(Comparison(tuple(changes), tuple(diagnostics)), desired, live, configuration)

    def facts(self, partition: str, desired: DesiredState, live: Snapshot) -> JsonValue:
        """The compared fields of an environment's links, and the change tracking of tables that are to be added.

        Not who may write, nor what the service alone shows: a plan made with reading rights serves whoever applies it.
        """
        environment = live.environments.get(partition)
        if environment is None or environment.unreadable:
            return None
        return {
            "links": {_called(link, environment): _link_facts(link) for link in environment.links},
            "changeTracking": _tracking_facts(partition, desired, environment),
        }


def _compare(
    link: SynapseLink, matching: list[LiveLink], desired: DesiredState, live: Snapshot, configuration: Configuration
) -> Comparison:
    environment = live.environments[link.environment]
    if len(matching) > 1:
        return _ambiguous(link, matching)
    if link.absent:
        return unlink(link, matching[0], environment, configuration) if matching else Comparison()
    if not matching:
        return create(link, desired, live, configuration)
    return compare_live_link(
        link,
        matching[0],
        environment,
        desired.environments[link.environment],
        allow_unproven=configuration.allow_unproven,
    )


def _ambiguous(link: SynapseLink, matching: list[LiveLink]) -> Comparison:
    found = problem(
        link,
        "several-live-links",
        f"Environment '{link.environment}' holds {len(matching)} links to the same storage account",
        "Unlink all but one in the maker portal: which of them the manifest means can't be told.",
        found=", ".join(candidate.name for candidate in matching),
    )
    return Comparison(diagnostics=(found,))


def _called(link: LiveLink, environment: LiveEnvironment) -> str:
    """A live link by its storage account, with its profile where that does not tell it from another."""
    name = link.key[1]
    alone = name and sum(other.key == link.key for other in environment.links) == 1
    return name if alone else f"{name or 'unknown'} {link.profile_id}"


def _link_facts(link: LiveLink) -> JsonValue:
    seen_by_all = link.rows_alone
    return {
        "storageAccount": link.storage_account,
        "folderId": link.folder_id,
        "profileId": link.profile_id,
        "type": seen_by_all.destination_type.value,
        "container": link.container,
        "workspace": link.workspace,
        "interval": seen_by_all.interval,
        "attachments": link.attachments,
        "files": link.files,
        "activated": seen_by_all.activated,
        "snapshots": link.snapshots,
        "sparkPool": link.spark_pool,
        "fabricWorkspace": link.fabric_workspace,
        "tables": {table.name: _table_facts(table) for table in link.tables.values()},
    }


@lru_cache(maxsize=1 << 16)
def _table_facts(table: LiveTable) -> dict[str, JsonValue]:
    """One object for equal tables of many environments. Not to be changed."""
    return {
        "source": table.source.value,
        "appendOnly": table.append_only,
        "partition": table.partition,
        "recordCountPerBlock": table.record_count_per_block,
    }


def _tracking_facts(partition: str, desired: DesiredState, environment: LiveEnvironment) -> JsonValue:
    linked: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for live in environment.links:
        linked[live.key] |= live.tables.keys()
    facts: dict[str, JsonValue] = {}
    for link in desired.links:
        if link.environment == partition:
            for table in link.tables:
                definition = environment.definitions.get(table.name)
                if table.name not in linked[link.key]:
                    facts[table.name] = definition.change_tracking if definition else None
    return facts
