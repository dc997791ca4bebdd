"""Links to Fabric: created, kept in step with their tables, and ended, by the calls that the portal makes.

Order and bodies: docs/sources.md, The link service.
"""

from __future__ import annotations

from reconciler.apply.settling import Wait, holds_soon, settled, until
from reconciler.clients.link_service import LinkServiceWriter
from reconciler.model.desired import Environment
from reconciler.model.errors import NotAuthorised, Refused
from reconciler.model.live import LiveEnvironment
from reconciler.resources.link_profile import OrganizationNames, fabric_body, resynchronise_body
from reconciler.resources.link_steps import CreateFabricLink, ResynchroniseFabric

# The creating call takes some forty seconds: a lost answer is looked for as long again.
_CREATION_WAITS = (0, 5, 10, 15, 15, 15)


def create_fabric_link(
    service: LinkServiceWriter, step: CreateFabricLink, environment: Environment, live: LiveEnvironment, wait: Wait
) -> str:
    """Links the environment to Fabric unless it is; gives the folder id. Refused where the workspace can't hold it."""
    service.register_organization()
    folder_id = _managed_folder(service)
    if folder_id:
        return folder_id
    _check_licence(service)
    _check_workspace(service, step.workspace)
    body = fabric_body(step, _names(environment, live))
    settled(
        lambda: service.link_to_fabric(body),
        lambda: holds_soon(wait, lambda: bool(_managed_folder(service)), _CREATION_WAITS),
    )
    until(
        wait,
        lambda: bool(_managed_folder(service)),
        "Fabric took the link, and the Synapse Link service does not show it",
    )
    return _managed_folder(service)


def resynchronise_fabric(
    service: LinkServiceWriter, step: ResynchroniseFabric, environment: Environment, live: LiveEnvironment
) -> None:
    """Rebuilds the shortcuts. A run that dies just before leaves a state that the next plan sees by the tables whose
    shortcut was not made."""
    service.register_organization()
    service.resynchronise_fabric(resynchronise_body(step.folder_id, step.workspace, _names(environment, live)))


def _names(environment: Environment, live: LiveEnvironment) -> OrganizationNames:
    return OrganizationNames(live.organization_id, environment.url + "/", live.friendly_name, live.unique_name)


def _managed_folder(service: LinkServiceWriter) -> str:
    return next((str(lake.get("Id") or "") for lake in service.lakes(managed=True)), "")


def _check_licence(service: LinkServiceWriter) -> None:
    try:
        allowed = service.may_link_to_fabric()
    except NotAuthorised:
        # Seen: a bodiless 403 for an organization that is not registered. Registering took a moment, or got lost.
        service.register_organization()
        allowed = service.may_link_to_fabric()
    if not allowed:
        raise Refused(
            "The service says that the signed-in user can't link to Fabric: a Fabric or Power BI Premium capacity is "
            "needed, and the tenant setting that lets users create Fabric items"
        )


def _check_workspace(service: LinkServiceWriter, wanted: str) -> None:
    found = {str(workspace.get("id") or "").lower(): workspace for workspace in service.fabric_workspaces()}
    workspace = found.get(wanted.lower())
    if workspace is None:
        raise Refused(
            f"The signed-in user sees no Fabric workspace {wanted}: make them an administrator of it, or correct "
            "destination.fabricWorkspace"
        )
    if not workspace.get("capacityId"):
        raise Refused(
            f"The Fabric workspace '{workspace.get('name')}' has no capacity, and only one with a capacity can hold a "
            "link: assign one in the geography of the environment"
        )
