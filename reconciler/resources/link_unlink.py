"""The tombstone of a link: unlinked by the recorded call of Fabric, by hand, or by an inferred call where allowed."""

from __future__ import annotations

from reconciler.model.change import Action, Change, Reason, Risk, Status, Step
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, SynapseLink
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.resources.kind import Comparison
from reconciler.resources.link_access import write_status
from reconciler.resources.link_checks import link_address, problem
from reconciler.resources.link_portal import unlink_by_hand, unpublished
from reconciler.resources.link_steps import UnlinkFabric, UnlinkStorage, VerifyUnlinked


def unlink(
    link: SynapseLink, current: LiveLink, environment: LiveEnvironment, configuration: Configuration
) -> Comparison:
    """The change that ends a link. It is made only when the live link's name was typed or passed; a link to another
    container than the tombstone's is refused.

    The risk is the loss of data even where the manifest says to keep it: nothing shows that the choice is heeded.
    """
    delete_data = bool(link.delete_data)
    tables = len(current.tables)
    problems = _another_container(link, current)
    status, missing = write_status(environment, problems)
    first: Step
    last = VerifyUnlinked(
        current.folder_id,
        link.destination.storage_account,
        current.container or link.destination.container,
        delete_data,
    )
    if current.destination_type is DestinationType.FABRIC:
        first, last = UnlinkFabric(current.folder_id, current.name, tables), VerifyUnlinked(current.folder_id)
    elif configuration.allow_unproven:
        first = UnlinkStorage(current.folder_id, current.name, tables, delete_data)
    else:
        first = unlink_by_hand(current, delete_data=delete_data)
        if not problems:
            status, missing = Status.UNPROVEN, unpublished("unlinks a storage account")
    change = Change(
        address=link_address(link),
        action=Action.DELETE,
        risk=Risk.DATA_LOSS,
        reason=Reason.TOMBSTONE,
        status=status,
        partition=link.environment,
        steps=(first, last),
        missing=missing,
        confirm=current.name,
        location=link.location,
    )
    return Comparison((change,), tuple(problems))


def _another_container(link: SynapseLink, current: LiveLink) -> list[Diagnostic]:
    declared, found = link.destination.container, current.container
    if not declared or not found or declared == found:
        return []
    return [
        problem(
            link,
            "immutable-destination",
            f"Link '{link.name}' is to go, and the live one of its storage account exports to another container",
            "Write the container that the live link has, if it is the one that is meant.",
            found=found,
            expected=declared,
        )
    ]
