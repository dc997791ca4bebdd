"""Who must hold which role (reference, 4.2 for the workspace's identity, 4.3).

A right may come through a group or a team, which no reading resolves: what is not held directly is then not known.
"""

from __future__ import annotations

from collections.abc import Collection

from reconciler.model import readings
from reconciler.model.applications import LINK_SERVICE, POWER_QUERY
from reconciler.model.check import Weight
from reconciler.model.desired import DestinationType
from reconciler.resources.preflight.case import Case, Found, Rule, at, by_eye, failed, judged, passed, rows, unsure
from reconciler.resources.preflight.storage import creates_in_account, has_account
from reconciler.resources.preflight.workspace import creates_with_workspace, has_workspace, is_delta

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
BLOB_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
ACCOUNT_CONTRIBUTOR = "17d1049b-9a84-46fb-8f53-869881c3d3ab"
READER_AND_DATA_ACCESS = "c12c1c16-33a1-487b-954d-41c89c60f349"
SYNAPSE_ADMINISTRATOR = "6e4bf58a-b8e1-4cc3-bbf9-d73143322b78"
SYSTEM_ADMINISTRATOR = "627090ff-40a3-4053-8790-584edc5be201"
_NAMES = {
    OWNER: "Owner",
    READER: "Reader",
    BLOB_OWNER: "Storage Blob Data Owner",
    BLOB_CONTRIBUTOR: "Storage Blob Data Contributor",
    ACCOUNT_CONTRIBUTOR: "Storage Account Contributor",
    READER_AND_DATA_ACCESS: "Reader and Data Access",
}


def _held(case: Case, principal: str, roles: Collection[str], scope: str) -> Found:
    """Whether a principal holds one of some roles at a scope or above it."""
    wanted = " or ".join(_NAMES[role] for role in roles if role in _NAMES)
    groups = []
    for row in rows(case.value(readings.ASSIGNMENTS)):
        if str(row.get("role")).lower() not in roles or not covers(str(row.get("scope")), scope):
            continue
        if str(row.get("principalId")).lower() == principal.lower():
            return passed(f"{wanted} at {row.get('scope')}")
        if row.get("principalType") == "Group":
            groups.append(str(row.get("principalId")))
    if groups:
        return unsure(f"{wanted} is held by {len(groups)} groups, and who is in them was not read")
    return failed(f"{principal} does not hold {wanted} at {scope}", f"{wanted}")


def covers(scope: str, target: str) -> bool:
    """Whether an assignment at a scope counts for a resource: at it, or above it. Management groups are above all that
    Resource Graph shows them for."""
    above = scope.lower().rstrip("/")
    return "/managementgroups/" in above or (target.lower() + "/").startswith(above + "/")


def _person_holds(case: Case, roles: Collection[str], scope: str) -> Found:
    person = case.value(readings.USER)
    if not isinstance(person, str):
        return unsure("the token of the signed-in person tells no object id")
    return _held(case, person, roles, scope)


def _account(case: Case) -> str:
    return case.link.destination.storage_account or ""


def _person_owns_account(case: Case) -> Found:
    return _person_holds(case, (OWNER,), _account(case))


def _person_writes_blobs(case: Case) -> Found:
    return _person_holds(case, (BLOB_CONTRIBUTOR, BLOB_OWNER), _account(case))


def _person_reads_group(case: Case) -> Found:
    return _person_holds(case, (READER, CONTRIBUTOR, OWNER), _account(case).partition("/providers/")[0])


def _person_owns_workspace(case: Case) -> Found:
    return _person_holds(case, (OWNER,), case.link.destination.workspace or "")


def _administers_synapse(case: Case, principal: str) -> Found:
    groups = 0
    for row in rows(case.value(readings.SYNAPSE_ROLES)):
        if str(row.get("roleDefinitionId")).lower() != SYNAPSE_ADMINISTRATOR:
            continue
        if str(row.get("principalId")).lower() == principal.lower():
            return passed(f"Synapse Administrator at {row.get('scope')}")
        groups += row.get("principalType") == "Group"
    if groups:
        return unsure(f"Synapse Administrator is held by {groups} groups, and who is in them was not read")
    return failed(f"{principal} is not Synapse Administrator", "Synapse Administrator")


def _person_administers_synapse(case: Case) -> Found:
    person = case.value(readings.USER)
    if not isinstance(person, str):
        return unsure("the token of the signed-in person tells no object id")
    return _administers_synapse(case, person)


def _person_administers_system(case: Case) -> Found:
    roles = case.value(readings.DATAVERSE_ROLES)
    if roles is None:
        return failed("the signed-in person is no user of the environment", "a user with System Administrator")
    held = [str(role.get("name")) for role in rows(roles)]
    if any(at(role, "_roletemplateid_value") == SYSTEM_ADMINISTRATOR for role in rows(roles)):
        return passed(f"roles held directly: {', '.join(held)}")
    said = f"roles held directly: {', '.join(held) or 'none'}; System Administrator may come through a team"
    return unsure(said)


def _application(case: Case, application: str) -> str | None:
    found = at(case.value(readings.SERVICE_PRINCIPALS), application)
    return found if isinstance(found, str) else None


def _service_on_account(case: Case) -> Found:
    service = _application(case, LINK_SERVICE)
    if service is None:
        return unsure("the service has no service principal in the tenant")
    found = [
        _held(case, service, (role,), _account(case))
        for role in (OWNER, BLOB_OWNER, BLOB_CONTRIBUTOR, ACCOUNT_CONTRIBUTOR)
    ]
    return _worst(found, f"Owner, {_NAMES[BLOB_OWNER]}, {_NAMES[BLOB_CONTRIBUTOR]}, {_NAMES[ACCOUNT_CONTRIBUTOR]}")


def _worst(found: list[Found], wanted: str) -> Found:
    missing = [each for each in found if each.verdict == "failed"]
    if missing:
        return failed("; ".join(each.said for each in missing), wanted)
    return next((each for each in found if each.verdict == "unknown"), passed(f"holds {wanted}"))


def _service_in_workspace(case: Case) -> Found:
    service = _application(case, LINK_SERVICE)
    if service is None:
        return unsure("the service has no service principal in the tenant")
    return _administers_synapse(case, service)


def _dataflows(case: Case) -> Found:
    service = _application(case, POWER_QUERY)
    if service is None:
        return unsure("Microsoft Power Query has no service principal in the tenant")
    container = f"{_account(case)}/blobservices/default/containers/power-platform-dataflows"
    found = [
        _held(case, service, (READER_AND_DATA_ACCESS,), _account(case)),
        _held(case, service, (BLOB_OWNER,), container),
    ]
    return _worst(found, f"{_NAMES[READER_AND_DATA_ACCESS]} and {_NAMES[BLOB_OWNER]}")


def _workspace_reads(case: Case) -> Found:
    identity = at(case.value(readings.WORKSPACE), "identity", "principalId")
    if not isinstance(identity, str):
        return judged(holds=False, said="the workspace has no system identity", expected="identity.principalId")
    return _held(case, identity, (BLOB_CONTRIBUTOR, BLOB_OWNER), _account(case))


def _creates_with_account_roles(case: Case) -> bool:
    return creates_in_account(case) and not case.managed_identity


_RESOURCE_GRAPH = "Azure Resource Graph, authorizationresources"
_SYNAPSE = "development endpoint of the workspace, roleAssignments"
_ON_CREATION = "at creation, with a person signed in, not fabric"
RULES = (
    Rule(
        "4.2", "workspace-cannot-read", "The workspace's identity is Storage Blob Data Contributor on the account",
        Weight.BREAKS, "D", f"{_RESOURCE_GRAPH}; Azure Resource Manager, workspaces, identity.principalId",
        "Snapshot tables fail in serverless SQL.",
        "Assign Storage Blob Data Contributor on the account to the workspace's identity.", _workspace_reads,
        "csv with a workspace", lambda case: has_workspace(case) and case.type is DestinationType.CSV,
        (readings.WORKSPACE, readings.ASSIGNMENTS),
    ),
    Rule(
        "4.3", "person-no-system-administrator", "The signed-in person is System Administrator of the environment",
        Weight.BLOCKS, "D, K", "Dataverse Web API, systemusers, systemuserroles_association",
        "The service refuses the person.", "Assign System Administrator to the person.", _person_administers_system,
        "with a person signed in", reads=(readings.DATAVERSE_ROLES,),
    ),
    Rule(
        "4.3", "person-not-owner-of-account", "The signed-in person is Owner of the storage account", Weight.WARNS,
        "D", f"{_RESOURCE_GRAPH}; the person's token, oid", "The service can't be given its roles.",
        "Assign Owner, or have the service's roles assigned by somebody who may.", _person_owns_account, _ON_CREATION,
        creates_in_account, (readings.ASSIGNMENTS, readings.USER),
    ),
    Rule(
        "4.3", "person-no-blob-contributor", "The signed-in person is Storage Blob Data Contributor on the account",
        Weight.WARNS, "D", f"{_RESOURCE_GRAPH}; the person's token, oid", "The container can't be made for the link.",
        "Assign Storage Blob Data Contributor.", _person_writes_blobs, _ON_CREATION, creates_in_account,
        (readings.ASSIGNMENTS, readings.USER),
    ),
    Rule(
        "4.3", "person-no-reader-of-group", "The signed-in person reads the account's resource group", Weight.WARNS,
        "D", f"{_RESOURCE_GRAPH}; the person's token, oid", "The portal does not offer the account.",
        "Assign Reader on the resource group.", _person_reads_group, _ON_CREATION, creates_in_account,
        (readings.ASSIGNMENTS, readings.USER),
    ),
    Rule(
        "4.3", "person-no-synapse-administrator", "The signed-in person is Synapse Administrator of the workspace",
        Weight.WARNS, "D", f"{_SYNAPSE}; the person's token, oid", "The service can't be given its Synapse role.",
        "Assign Synapse Administrator in Synapse Studio.", _person_administers_synapse,
        "at creation, with a person signed in and a workspace", creates_with_workspace,
        (readings.SYNAPSE_ROLES, readings.USER),
    ),
    Rule(
        "4.3", "person-not-owner-of-workspace", "The signed-in person is Owner of the workspace", Weight.WARNS, "D",
        f"{_RESOURCE_GRAPH}; the person's token, oid", "The conversion to Delta can't be set up.",
        "Assign Owner on the workspace.", _person_owns_workspace, "at creation, with a person signed in, delta",
        lambda case: case.creating and is_delta(case) and has_workspace(case), (readings.ASSIGNMENTS, readings.USER),
    ),
    Rule(
        "4.3", "service-no-storage-role", "The link service holds its four roles on the storage account",
        Weight.BREAKS, "S", f"{_RESOURCE_GRAPH}; Microsoft Graph, servicePrincipals by appId",
        "The service can't write (ADLS-802).",
        "Assign Owner, Storage Blob Data Owner, Storage Blob Data Contributor and Storage Account Contributor to the "
        "service principal of 7f15f9d9-cad0-44f1-bbba-d36650e07765.", _service_on_account,
        "not fabric, without managed identity", lambda case: has_account(case) and not case.managed_identity,
        (readings.ASSIGNMENTS, readings.SERVICE_PRINCIPALS),
    ),
    Rule(
        "4.3", "service-no-synapse-administrator", "The link service is Synapse Administrator of the workspace",
        Weight.BREAKS, "S", f"{_SYNAPSE}; Microsoft Graph, servicePrincipals by appId",
        "The service can't make the lake database.",
        "Assign Synapse Administrator to the service principal of 7f15f9d9-cad0-44f1-bbba-d36650e07765.",
        _service_in_workspace, "with a workspace", has_workspace,
        (readings.SYNAPSE_ROLES, readings.SERVICE_PRINCIPALS),
    ),
    Rule(
        "4.3", "dataflows-no-storage-role", "Power Query may read the account, for dataflows", Weight.INFORMS, "S",
        f"{_RESOURCE_GRAPH}; Microsoft Graph, servicePrincipals by appId", "Dataflows can't use the account.",
        "Assign Reader and Data Access on the account, and Storage Blob Data Owner on the container "
        "power-platform-dataflows, if dataflows are used.", _dataflows,
        "at creation, not fabric, without managed identity", _creates_with_account_roles,
        (readings.ASSIGNMENTS, readings.SERVICE_PRINCIPALS),
    ),
    Rule(
        "4.3", "policy-reader", "The policy's administrator is Reader on it, and Power Platform administrator",
        Weight.WARNS, "D", "access control of the enterprise policy", "The policy is not offered.",
        "Assign Reader on the enterprise policy.", by_eye, "at creation, with managed identity",
        lambda case: creates_in_account(case) and case.managed_identity is True, by_eye=True,
    ),
    Rule(
        "4.3", "fabric-connection-role", "The Fabric connection's identity may read the environment", Weight.BLOCKS,
        "O, D", "application users of the environment",
        "Fabric can't read the tables.",
        "Give it the role Synapse Link Service Access (observed) or System Administrator (documented).", by_eye,
        "fabric, at creation", lambda case: case.creating and case.type is DestinationType.FABRIC, by_eye=True,
    ),
)  # fmt: skip
