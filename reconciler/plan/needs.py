"""Which changes need others to be done before them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Action, Change
from reconciler.model.desired import DesiredState, SynapseLink, account_name
from reconciler.resources.link_checks import link_address


def with_needs(changes: Iterable[Change], desired: DesiredState) -> tuple[Change, ...]:
    """The changes, each with the addresses that it needs.

    A link is created after those are unlinked that write where it is to write: to its container, or to the lake
    database that a workspace makes for a container of that name. Of a tombstone without a container any of its storage
    account's may be meant.
    """
    found = tuple(changes)
    links = {link_address(link): link for link in desired.links}
    ending = [
        links[change.address]
        for change in found
        if change.action is Action.DELETE and change.address in links and links[change.address].absent
    ]
    return tuple(_with_needs(change, links.get(change.address), ending) for change in found)


def _with_needs(change: Change, link: SynapseLink | None, ending: Sequence[SynapseLink]) -> Change:
    if link is None or link.absent or change.action is not Action.CREATE:
        return change
    needs: set[Address] = {link_address(other) for other in ending if _write_alike(link, other)}
    return replace(change, needs=tuple(sorted(needs))) if needs else change


def _write_alike(link: SynapseLink, other: SynapseLink) -> bool:
    here, there = link.destination, other.destination
    account = account_name(here.storage_account)
    workspace = account_name(here.workspace)
    same_account = bool(account) and account == account_name(there.storage_account)
    same_workspace = bool(workspace) and workspace == account_name(there.workspace)
    if same_account and there.container is None:
        return True
    return (same_account or same_workspace) and here.container == there.container
