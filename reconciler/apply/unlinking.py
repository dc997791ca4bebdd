"""Ending links: by the recorded call of Fabric, or by one that is inferred."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.apply.settling import Wait, holds_soon, settled, until
from reconciler.clients.clients import WriteClients
from reconciler.clients.link_service import LinkServiceWriter
from reconciler.model.errors import NotFound, ReconcilerError, Refused, ServiceError
from reconciler.model.live import LiveLink
from reconciler.resources.link_steps import UnlinkFabric, UnlinkStorage, VerifyUnlinked

# The list of lakes empties some thirty seconds after the call (seen for Fabric).
_GONE_WAITS = (0, 2, 5, 10, 15, 15, 15)


def unlink(
    service: LinkServiceWriter, step: UnlinkStorage | UnlinkFabric, current: LiveLink | None, wait: Wait
) -> None:
    """Unlinks, unless the link is gone. ``current`` is the link as Dataverse shows it now. Refused where it is not the
    one that was confirmed."""
    if current is None:
        return
    if current.name != step.name:
        raise Refused(
            f"The link is named '{current.name}' now, not '{step.name}' as it was when it was planned: plan again"
        )
    if len(current.tables) > step.tables:
        raise Refused(
            f"The link '{step.name}' has {len(current.tables)} tables now, and had {step.tables} when it was planned: "
            "somebody goes on with it. Nothing was done; plan again"
        )
    fabric = isinstance(step, UnlinkFabric)

    def is_gone() -> bool:
        return step.folder_id not in _folders(service, managed=fabric)

    try:
        settled(_call(service, step), lambda: holds_soon(wait, is_gone, _GONE_WAITS))
    except NotFound as error:
        if is_gone():
            return
        raise ServiceError(
            "The service does not know the call that was inferred to unlink: nothing was done, and nothing is lost. "
            f"Unlink '{step.name}' in the maker portal (Azure Synapse Link, choose it, Unlink data lake); the next "
            f"plan sees it. It said: {error}",
            status=error.status,
        ) from None


def await_unlinked(service: LinkServiceWriter, folder_id: str, is_linked: Callable[[], bool], wait: Wait) -> None:
    """Waits until neither the service nor Dataverse shows a link."""

    def is_gone() -> bool:
        folders = {*_folders(service, managed=False), *_folders(service, managed=True)}
        return folder_id not in folders and not is_linked()

    until(wait, is_gone, "The link was ended, and is still shown. Look again in some minutes", waits=_GONE_WAITS)


def check_data(clients: WriteClients, tenant_id: str, step: VerifyUnlinked, wait: Wait) -> None:
    """Raises ReconcilerError where the container of an ended link stayed though its data was to be deleted, or went
    though it was to be kept. Nothing is said where it can't be read."""
    if not step.storage_account or not step.container:
        return
    container = clients.container(tenant_id, step.storage_account, step.container)
    try:
        if step.delete_data and not holds_soon(wait, lambda: not container.exists(), _GONE_WAITS):
            raise ReconcilerError(
                f"The link was ended, and its container '{step.container}' is still there: the service did not "
                "heed the wish to delete its data. Delete it, and its lake database if there was one, by hand"
            )
        if not step.delete_data and not container.exists():
            raise ReconcilerError(
                f"The link was ended, and its container '{step.container}' went with it, though its data was to be "
                "kept: the service did not heed that. Restore it at once, where the account keeps deleted containers"
            )
    except ServiceError:
        return


def _call(service: LinkServiceWriter, step: UnlinkStorage | UnlinkFabric) -> Callable[[], None]:
    if isinstance(step, UnlinkFabric):
        return lambda: service.unlink_fabric(step.folder_id)
    return lambda: service.unlink_storage(step.folder_id, delete_data=step.delete_data)


def _folders(service: LinkServiceWriter, *, managed: bool) -> set[str]:
    return {str(lake.get("Id") or "") for lake in service.lakes(managed=managed)}
