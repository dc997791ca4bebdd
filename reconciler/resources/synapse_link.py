"""SynapseLink: declared links against live ones, matched by environment and storage account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from reconciler.model.address import Address
from reconciler.model.canonical import JsonValue
from reconciler.model.change import Action, Change, Reason, Risk, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, DestinationType, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.live import LiveEnvironment, LiveLink, Snapshot
from reconciler.resources.kind import Comparison
from reconciler.resources.link_checks import check_destination, check_tables, link_address, problem
from reconciler.resources.link_fields import creation_fields
from reconciler.resources.link_steps import ActivateProfile, CreateLink, EnableChangeTracking, VerifyLink
from reconciler.resources.link_update import compare_live_link


class SynapseLinks:
    """The kind SynapseLink: csv links in full; of the other types, the tables of links that exist."""

    name = "SynapseLink"

    def compare(self, desired: DesiredState, live: Snapshot, configuration: Configuration) -> Comparison:  # noqa: ARG002
        """One change a link at the most for what is missing or different, and one each for what must be replaced."""
        changes: list[Change] = []
        diagnostics: list[Diagnostic] = []
        for link in desired.links:
            environment = live.environments.get(link.environment)
            if environment is None or environment.unreadable:
                continue
            found = _compare(link, environment, live)
            changes += found.changes
            diagnostics += found.diagnostics
        diagnostics += _undeclared(desired.links, live.environments.values())
        return Comparison(tuple(changes), tuple(diagnostics))

    def facts(self, partition: str, desired: DesiredState, live: Snapshot) -> JsonValue:
        """The compared fields of an environment's links, and the change tracking of tables that are to be added.

        Not who may write, nor what the service alone shows: a plan made with reading rights serves whoever applies it.
        """
        environment = live.environments.get(partition)
        if environment is None or environment.unreadable:
            return None
        return {
            "links": [_link_facts(link) for link in environment.links],
            "changeTracking": _tracking_facts(partition, desired, environment),
        }


def _compare(link: SynapseLink, environment: LiveEnvironment, live: Snapshot) -> Comparison:
    matching = [candidate for candidate in environment.links if candidate.key == link.key]
    if len(matching) > 1:
        return _ambiguous(link, matching)
    current = matching[0] if matching else None
    if link.absent:
        return Comparison((_unlink(link, current),)) if current else Comparison()
    if current is None:
        return _create(link, environment, live)
    return compare_live_link(link, current, environment)


def _create(link: SynapseLink, environment: LiveEnvironment, live: Snapshot) -> Comparison:
    problems, to_enable = check_tables(link, link.tables, environment.definitions)
    if link.destination.type is DestinationType.CSV:
        problems += check_destination(link, environment, live)
    destination = link.destination
    steps = (
        *([EnableChangeTracking(tuple(to_enable))] if to_enable else []),
        CreateLink(
            storage_account=destination.storage_account or "",
            container=destination.container or "",
            workspace=destination.workspace,
            tables=link.tables,
            interval=link.interval,
            attachments=link.attachments,
            files=link.files,
        ),
        ActivateProfile(),
        VerifyLink(),
    )
    status, missing = Status.READY, None
    if problems:
        status, missing = Status.BLOCKED, "See the errors at this link"
    elif destination.type is not DestinationType.CSV:
        status, missing = Status.UNPROVEN, _portal_words(link)
    elif environment.link_writes_missing:
        status, missing = Status.BLOCKED, environment.link_writes_missing
    change = Change(
        address=link_address(link),
        action=Action.CREATE,
        risk=Risk.IRREVERSIBLE if to_enable else Risk.NONE,
        reason=Reason.MISSING,
        status=status,
        partition=link.environment,
        fields=creation_fields(link),
        steps=() if status is Status.UNPROVEN else steps,
        missing=missing,
        location=link.location,
    )
    return Comparison((change,), tuple(problems))


def _unlink(link: SynapseLink, current: LiveLink) -> Change:
    data = "delete its data" if link.delete_data else "keep its data"
    return Change(
        address=link_address(link),
        action=Action.DELETE,
        risk=Risk.DATA_LOSS,
        reason=Reason.TOMBSTONE,
        status=Status.UNPROVEN,
        partition=link.environment,
        missing=(
            "No public evidence shows the call that unlinks. In the maker portal open Azure Synapse Link of the "
            f"environment, choose the link '{current.name}', then Unlink, and {data}"
        ),
        location=link.location,
    )


def _portal_words(link: SynapseLink) -> str:
    return (
        f"No public evidence shows the call that creates a link of type {link.destination.type}. Create it in the "
        f"maker portal (Azure Synapse Link, New link) with {len(link.tables)} tables; the next plan takes it up"
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


def _undeclared(links: Iterable[SynapseLink], environments: Iterable[LiveEnvironment]) -> list[Diagnostic]:
    """Live links that no manifest declares: said, never touched."""
    declared = {link.key for link in links}
    return [
        Diagnostic(
            Severity.INFORMATION,
            "undeclared-link",
            f"Environment '{live.environment}' has a {live.destination_type} link '{live.name}' of {len(live.tables)} "
            "tables that no manifest declares",
            address=Address("SynapseLink", live.environment, live.name),
            partition=live.environment,
            remedy="Declare it ('reconciler import' writes the manifest), or leave it: it is never touched.",
        )
        for environment in environments
        for live in environment.links
        if live.key not in declared
    ]


def _link_facts(link: LiveLink) -> JsonValue:
    tables: dict[str, JsonValue] = {
        table.name: [table.source.value, table.append_only, table.partition, table.record_count_per_block]
        for table in link.tables.values()
    }
    return [
        link.storage_account,
        link.folder_id,
        link.profile_id,
        link.destination_type.value,
        link.container,
        link.workspace,
        link.interval,
        link.attachments,
        link.files,
        link.activated,
        tables,
    ]


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
