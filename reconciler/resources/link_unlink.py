"""The tombstone of a link: unlinked by the recorded call of Fabric, by hand, or by an inferred call where allowed."""

from __future__ import annotations

from reconciler.model.change import Action, Change, Reason, Risk, Status, Step
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, SynapseLink
from reconciler.model.live import LiveEnvironment, LiveLink
from reconciler.resources.link_access import write_status
from reconciler.resources.link_checks import link_address
from reconciler.resources.link_portal import unlink_by_hand, unpublished
from reconciler.resources.link_steps import UnlinkFabric, UnlinkStorage, VerifyUnlinked


def unlink(link: SynapseLink, current: LiveLink, environment: LiveEnvironment, configuration: Configuration) -> Change:
    """The change that ends a link. It is made only when the live link's name was typed or passed.

    The risk is the loss of data even where the manifest says to keep it: nothing shows that the choice is heeded.
    """
    delete_data = bool(link.delete_data)
    tables = len(current.tables)
    status, missing = write_status(environment, ())
    first: Step
    if current.destination_type is DestinationType.FABRIC:
        first = UnlinkFabric(current.folder_id, current.name, tables)
    elif configuration.allow_unproven:
        first = UnlinkStorage(current.folder_id, current.name, tables, delete_data)
    else:
        first = unlink_by_hand(current, delete_data=delete_data)
        status, missing = Status.UNPROVEN, unpublished("unlinks a storage account")
    return Change(
        address=link_address(link),
        action=Action.DELETE,
        risk=Risk.DATA_LOSS,
        reason=Reason.TOMBSTONE,
        status=status,
        partition=link.environment,
        steps=(first, VerifyUnlinked(current.folder_id)),
        missing=missing,
        confirm=current.name,
        location=link.location,
    )
