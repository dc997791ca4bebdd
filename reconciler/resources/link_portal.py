"""What a person clicks where no public evidence shows the call, and what is said about it.

Words of the maker portal: docs/sources.md, Synapse Link tables (the kinds of link that it offers, and unlinking).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reconciler.model.desired import DestinationType, SynapseLink, account_name, duration
from reconciler.model.live import LiveLink
from reconciler.model.phrases import number_of
from reconciler.resources.link_steps import DoInPortal

_MOST_NAMES = 40


def create_by_hand(link: SynapseLink, to_track: Sequence[str]) -> DoInPortal:
    """The clicks that create an incremental or delta link. Tables of ``to_track`` have no change tracking yet."""
    destination = link.destination
    account = destination.storage_account
    lines = [
        *([f"Switch on 'Track changes' of {_names(to_track)}: it can't be switched off again"] if to_track else []),
        f"Open make.powerapps.com in environment '{link.environment}': Azure Synapse Link, New link",
        f"Subscription {_part(account, 2)}, resource group {_part(account, 4)}, account {account_name(account)}",
    ]
    if destination.type is DestinationType.DELTA:
        lines += [
            f"Tick 'Connect to your Azure Synapse Analytics workspace': {account_name(destination.workspace)}",
            f"Tick 'Use Spark pool for processing': {destination.spark_pool}",
        ]
    else:
        lines.append("Leave 'Connect to your Azure Synapse Analytics workspace' unticked")
    lines.append(f"Next; choose {number_of(len(link.tables), 'table')}: {_names(table.name for table in link.tables)}")
    lines += _advanced(link)
    lines.append("Save. The portal names the container itself; correct destination.container where it names another")
    return DoInPortal(tuple(lines))


def _advanced(link: SynapseLink) -> list[str]:
    lines = []
    every = duration(link.interval) if link.interval else None
    if link.destination.type is DestinationType.INCREMENTAL:
        lines.append(
            "Advanced: show advanced configuration settings, enable incremental update folder structure"
            + (f", every {every}" if every else "")
        )
    elif every:
        lines.append(f"Advanced: show advanced configuration settings, time interval {every}")
    return lines


def unlink_by_hand(live: LiveLink, *, delete_data: bool) -> DoInPortal:
    """The clicks that unlink."""
    data = (
        "Choose to delete the data lake file system and the Synapse database, where the dialog offers it"
        if delete_data
        else "Leave 'Delete data lake file system' unticked. A dialog without that choice deletes the data: then cancel"
    )
    return DoInPortal(
        (
            f"Open make.powerapps.com in environment '{live.environment}': Azure Synapse Link",
            f"Choose the link '{live.name}', then Unlink data lake",
            data,
            f"Confirm; where it asks for the name of the link, type {live.name}",
        )
    )


def unpublished(what: str) -> str:
    """Why a change is unproven, and the two ways on."""
    return (
        f"No public evidence shows the call that {what}. Do it by hand as its steps say; the next plan sees that it "
        "was done. Or let --allow-unproven send the call that is inferred"
    )


def _names(names: Iterable[str]) -> str:
    found = list(names)
    rest = len(found) - _MOST_NAMES
    return ", ".join(found[:_MOST_NAMES]) + (f" and {rest} more, as the manifest lists them" if rest > 0 else "")


def _part(resource_id: str | None, number: int) -> str:
    parts = (resource_id or "").split("/")
    return parts[number] if len(parts) > number else "?"
