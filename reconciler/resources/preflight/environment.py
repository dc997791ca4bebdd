"""What must hold of the environment, the cloud and Microsoft's applications (3.5, 4.4), and of Fabric (4.6).

The state of an environment in administration mode is ``states.runtime.id`` of its admin record: general knowledge.
"""

from __future__ import annotations

from reconciler.model import readings
from reconciler.model.applications import DATA_LAKE_STORAGE, FIRST_PARTY, INSIGHTS, LINK_SERVICE
from reconciler.model.check import Weight
from reconciler.model.desired import DestinationType
from reconciler.resources.preflight.case import Case, Found, Rule, at, by_eye, failed, judged, passed, rows, unsure

_REQUIRED = (LINK_SERVICE, DATA_LAKE_STORAGE, INSIGHTS)


def is_fabric(case: Case) -> bool:
    """Whether the link is a Link to Fabric."""
    return case.type is DestinationType.FABRIC


def _creates_fabric(case: Case) -> bool:
    return is_fabric(case) and case.creating


def _admin_mode(case: Case) -> Found:
    state = at(case.value(readings.ADMIN), "states", "runtime", "id")
    if not isinstance(state, str):
        return unsure("states.runtime.id is not said")
    return judged(state == "Enabled", f"states.runtime.id {state}", "states.runtime.id Enabled")


def _service_known(case: Case) -> Found:
    cloud = case.configuration.cloud
    said = f"cloud {cloud.name}"
    return judged(cloud.service_suffix is not None, said, "a cloud whose Synapse Link service has a known address")


def _applications(case: Case, wanted: tuple[str, ...]) -> Found:
    found = case.value(readings.SERVICE_PRINCIPALS)
    missing = [f"{FIRST_PARTY[each]} ({each})" for each in wanted if not at(found, each)]
    return judged(not missing, f"missing: {', '.join(missing) or 'none'}", "a service principal for each")


def _required(case: Case) -> Found:
    return _applications(case, _REQUIRED)


def _optional(case: Case) -> Found:
    return _applications(case, tuple(each for each in FIRST_PARTY if each not in _REQUIRED))


def _fabric_workspace(case: Case) -> Found:
    wanted = (case.link.destination.fabric_workspace or "").lower()
    found = [str(row.get("id")).lower() for row in rows(case.value(readings.FABRIC_WORKSPACES))]
    return judged(wanted in found, f"{len(found)} workspaces, {wanted} {'' if wanted in found else 'not '}among them",
                  wanted)  # fmt: skip


def _capacity(case: Case) -> Found:
    wanted = (case.link.destination.fabric_workspace or "").lower()
    for row in rows(case.value(readings.FABRIC_WORKSPACES)):
        if str(row.get("id")).lower() == wanted:
            capacity = row.get("capacityId")
            return judged(bool(capacity), f"capacityId {capacity}", "a workspace on a capacity")
    return unsure("the workspace is not among those that the service shows")


def _fabric_identity(case: Case) -> Found:
    if case.managed_identity:
        return failed("enterprisePolicies.identity is linked", "no managed identity")
    return passed("no enterprisePolicies.identity")


RULES = (
    Rule(
        "3.5", "administration-mode", "The environment is not in administration mode", Weight.BLOCKS, "D, K",
        "Power Platform administration, environment, states.runtime.id", "Nothing is synchronised (DV-804).",
        "Leave administration mode, and enable background operations.", _admin_mode, reads=(readings.ADMIN,),
    ),
    Rule(
        "3.1", "service-unknown-in-cloud", "The address of the Synapse Link service is known in this cloud",
        Weight.BREAKS, "O", "reconciler.yaml, cloud", "Links can be read and not be written by program.",
        "Make changes in the maker portal.", _service_known,
    ),
    Rule(
        "4.4", "application-missing", "Microsoft's applications have service principals in the tenant", Weight.BLOCKS,
        "D", "Microsoft Graph, servicePrincipals by appId", "The service refuses to create links.",
        "Create each by its id, as with 'az ad sp create --id ID'.", _required, "not fabric",
        lambda case: not is_fabric(case), (readings.SERVICE_PRINCIPALS,),
    ),
    Rule(
        "4.4", "application-absent", "Power Query and the maker portal have service principals", Weight.INFORMS,
        "S, O", "Microsoft Graph, servicePrincipals by appId", "Dataflows and the portal's own sign-in lack them.",
        "Create each by its id, where dataflows or the portal are used.", _optional, "not fabric",
        lambda case: not is_fabric(case), (readings.SERVICE_PRINCIPALS,),
    ),
    Rule(
        "4.6", "fabric-workspace-not-visible", "The signed-in person may link to the Fabric workspace", Weight.BLOCKS,
        "D, O", "Synapse Link service, fabric/workspaces, id", "The link can't be created there.",
        "Make the person administrator of the workspace.", _fabric_workspace, "fabric, with a person signed in",
        is_fabric, (readings.FABRIC_WORKSPACES,),
    ),
    Rule(
        "4.6", "fabric-capacity-missing", "The Fabric workspace is on a capacity", Weight.BLOCKS, "D, O",
        "Synapse Link service, fabric/workspaces, capacityId", "The link needs capacity P1 to P4, F2 to F2048, DCT1 "
        "or FT1.", "Assign a capacity to the workspace.", _capacity, "fabric, with a person signed in", is_fabric,
        (readings.FABRIC_WORKSPACES,),
    ),
    Rule(
        "4.6", "fabric-capacity-elsewhere", "The capacity is in the environment's geography", Weight.BLOCKS, "D",
        "Fabric administration, capacities", "The link is refused.", "Use a capacity in the same geography.", by_eye,
        "fabric, at creation", _creates_fabric, by_eye=True,
    ),
    Rule(
        "4.6", "fabric-tenant-settings", "Creating Fabric items and workspaces, and OneLake for external apps, is on",
        Weight.BLOCKS, "D", "Fabric administration, tenant settings", "The link is refused.",
        "Switch the three settings on.", by_eye, "fabric, at creation", _creates_fabric, by_eye=True,
    ),
    Rule(
        "4.6", "fabric-latency", "Up to 60 minutes of latency are acceptable", Weight.INFORMS, "D",
        "your own requirements", "Changes show in Fabric within an hour.", "Choose a Delta link for less.", by_eye,
        "fabric, at creation", _creates_fabric, by_eye=True,
    ),
    Rule(
        "4.6", "fabric-storage", "There is Dataverse storage for the copy", Weight.INFORMS, "D",
        "Power Platform administration, capacity", "The link consumes Dataverse database storage.",
        "Look at the capacity before.", by_eye, "fabric, at creation", _creates_fabric, by_eye=True,
    ),
    Rule(
        "4.6", "fabric-with-managed-identity", "The environment has no managed identity", Weight.WARNS, "D",
        "Power Platform administration, environment, enterprisePolicies.identity",
        "Links with a managed identity could not be linked to Fabric (2024).", "Try it in a test environment first.",
        _fabric_identity, "fabric, at creation", _creates_fabric, (readings.ADMIN,),
    ),
)  # fmt: skip
