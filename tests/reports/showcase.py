"""A plan and outcomes that show everything a report can say."""

from __future__ import annotations

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Impact, ImpactKind, Reason, Risk, Status
from reconciler.model.desired import Table
from reconciler.model.diagnostic import Location, Severity
from reconciler.model.outcome import Outcome, Result, Write
from reconciler.resources.link_steps import (
    ActivateProfile,
    CreateLink,
    DoInPortal,
    EnableChangeTracking,
    RewriteProfile,
    UnlinkFabric,
    VerifyLink,
    VerifyUnlinked,
)
from tests.builders import change, diagnostic, plan, storage_id

TABLE = {"source": "dataverse", "appendOnly": False, "partition": "month"}


def link(environment: str, name: str) -> Address:
    """The address of a link."""
    return Address("SynapseLink", environment, name)


def place(line: int) -> Location:
    """A line of the fleet's manifests."""
    return Location("manifests/links/emea.yaml", line)


CREATION = change(
    address=link("emea-dev", "sales-lake"),
    action=Action.CREATE,
    reason=Reason.MISSING,
    risk=Risk.IRREVERSIBLE,
    fields=(
        FieldChange("destination.type", None, "csv"),
        FieldChange("destination.storageAccount", None, storage_id("emeadevlake")),
        FieldChange("destination.container", None, "dataverse-emea-dev"),
        FieldChange("interval", None, 15),
        FieldChange("attachments", None, after=True),
        *(
            FieldChange(f"tables[{name}]", None, {"source": "dataverse"})
            for name in ("account", "contact", "lead", "task")
        ),
    ),
    steps=(
        EnableChangeTracking(("task",)),
        CreateLink(storage_id("emeadevlake"), "dataverse-emea-dev", None, (Table("account"),) * 4, 15, True, None),
        ActivateProfile(),
        VerifyLink(),
    ),
    impacts=(
        Impact(ImpactKind.FIRST_LOAD, "loads account, contact, lead, task for the first time"),
        Impact(ImpactKind.IRREVERSIBLE, "change tracking of task stays on for ever", ("task",)),
    ),
    location=place(3),
)
UPDATE = change(
    address=link("emea-prod", "sales-lake"),
    risk=Risk.DATA_LOSS,
    fields=(
        FieldChange("interval", 60, 15),
        FieldChange("tables[lead]", None, {"source": "dataverse", "appendOnly": True}),
        *(FieldChange(f"tables[contoso_archive{n}]", TABLE, None) for n in range(1, 10)),
        FieldChange("tables[account].recordCountPerBlock", 125, 500),
    ),
    steps=(
        RewriteProfile("f", (Table("lead"),), tuple(f"contoso_archive{n}" for n in range(1, 10)), 15),
        ActivateProfile(),
        VerifyLink(),
    ),
    impacts=(
        Impact(ImpactKind.DATA_DELETED, "deletes 1,204,331 rows of contoso_archive1 and 8 more", rows=1_204_331),
        Impact(ImpactKind.SCHEMA_BREAK, "account.age was exported as int64 and is String now", ("account",)),
        Impact(ImpactKind.DELTA_PAUSES, "changes in 12 tables wait until lead is loaded"),
    ),
    location=place(20),
)
UNDECLARED = change(
    address=link("emea-prod", "sales-lake"),
    action=Action.NONE,
    reason=Reason.UNDECLARED,
    fields=(FieldChange("tables[contoso_tmp]", TABLE, None),),
    missing="Declare them, or list them under absentTables: until then they stay",
    location=place(20),
)
REPLACEMENT = change(
    address=link("emea-prod", "service-lake"),
    action=Action.REPLACE,
    reason=Reason.IMMUTABLE,
    risk=Risk.DATA_LOSS,
    fields=(FieldChange("tables[incident].appendOnly", before=False, after=True),),
    steps=(RewriteProfile("f", remove=("incident",)), ActivateProfile(), VerifyLink()),
    impacts=(
        Impact(ImpactKind.DATA_DELETED, "deletes 88 rows of incident", ("incident",), 88),
        Impact(ImpactKind.ROWS_LOADED_AGAIN, "loads 88 rows of incident again", ("incident",), 88),
    ),
    location=place(41),
)
REFUSED = change(
    address=link("emea-prod", "finance-lake"),
    action=Action.REPLACE,
    reason=Reason.IMMUTABLE,
    risk=Risk.DATA_LOSS,
    status=Status.BLOCKED,
    fields=(FieldChange("destination.container", "dataverse-old", "dataverse-new"),),
    missing="See the errors at this link",
    location=place(60),
)
TOMBSTONE = change(
    address=link("emea-test", "old-lake"),
    action=Action.DELETE,
    reason=Reason.TOMBSTONE,
    risk=Risk.DATA_LOSS,
    status=Status.UNPROVEN,
    fields=(),
    steps=(DoInPortal(("Choose the link 'old', then Unlink data lake", "Confirm")), VerifyUnlinked("f")),
    missing="No public evidence shows the call that unlinks a storage account",
    confirm="old",
)
FABRIC_TOMBSTONE = change(
    address=link("emea-test", "old-fabric"),
    action=Action.DELETE,
    reason=Reason.TOMBSTONE,
    risk=Risk.DATA_LOSS,
    fields=(),
    steps=(UnlinkFabric("f", "CDS3_org", 3), VerifyUnlinked("f")),
    confirm="CDS3_org",
)
BLOCKED = change(
    address=link("emea-test", "sales-lake"),
    reason=Reason.NOT_ACTIVATED,
    status=Status.BLOCKED,
    fields=(FieldChange("activated", before=False, after=True),),
    steps=(RewriteProfile("f"), ActivateProfile(), VerifyLink()),
    impacts=(Impact(ImpactKind.SCHEMA_BREAK, "task.size was exported as int64 and is String now", ("task",)),),
    missing="Nobody is signed in for writing links: run 'az login' and pass --sign-in azure-cli",
)
DEFERRED = change(
    address=link("emea-test", "delta-lake"),
    action=Action.ADOPT,
    risk=Risk.RELOAD,
    reason=Reason.LOST,
    status=Status.DEFERRED,
    fields=(),
    missing="Waits for the first sync",
)
GRANT = change(
    address=Address("RoleAssignment", "", "lake-readers"),
    action=Action.CREATE,
    risk=Risk.PRIVILEGE,
    reason=Reason.MISSING,
    partition="subscription-1",
    fields=(FieldChange("role", None, "Storage Blob Data Reader"),),
)
CHANGES: tuple[Change, ...] = (
    GRANT,
    CREATION,
    REFUSED,
    UPDATE,
    UNDECLARED,
    REPLACEMENT,
    DEFERRED,
    TOMBSTONE,
    FABRIC_TOMBSTONE,
    BLOCKED,
)
DIAGNOSTICS = (
    diagnostic(
        code="immutable-destination",
        summary="Link 'finance-lake' exists with another destination.container, which can't be changed in place",
        location=place(60),
        address=REFUSED.address,
        partition="emea-prod",
        found="dataverse-old",
        expected="dataverse-new",
        remedy="Correct the manifest; or unlink first (state: absent), then declare the new link.",
    ),
    diagnostic(
        code="unknown-table",
        summary="Environment 'emea-dev' has no table 'acount'",
        location=Location("manifests/lists/sales.yaml", 12, 7),
        excerpt="    - acount",
        found="acount",
        nearest="account",
        related=(place(3),),
        remedy="Use the table's logical name, or deploy the solution that brings it first.",
    ),
    diagnostic(
        severity=Severity.WARNING,
        code="storage-account-moved",
        summary="The storage account of link 'sales-lake' is in another resource group than declared",
        location=place(20),
        remedy="Correct destination.storageAccount.",
    ),
    diagnostic(
        severity=Severity.INFORMATION,
        code="undeclared-link",
        summary="Environment 'emea-prod' has a csv link 'portal' of 3 tables that no manifest declares",
        remedy="Declare it, or leave it: it is never touched.",
    ),
)
PRINTS = dict.fromkeys(("emea-dev", "emea-prod", "emea-test"), "sha256:" + "a" * 64)
PLAN = plan(*CHANGES, diagnostics=DIAGNOSTICS, fingerprints=PRINTS)
EMPTY = plan(fingerprints=PRINTS)
OUTCOMES = (
    Outcome(CREATION.address, "emea-dev", Result.DONE, ("Activate the profile",)),
    Outcome(
        UPDATE.address,
        "emea-prod",
        Result.REFUSED,
        ("Enable change tracking of task (cannot be undone) and publish",),
        "Write the profile once, with lead",
        "After the write the profile differs from what was sent in WriteDeleteLog: it was not activated",
    ),
    Outcome(REPLACEMENT.address, "emea-prod", Result.FAILED, (), "Activate the profile", "The service said 500"),
    Outcome(BLOCKED.address, "emea-test", Result.BLOCKED, detail=BLOCKED.missing),
    Outcome(
        DEFERRED.address,
        "emea-test",
        Result.UNKNOWN,
        ("Write the profile once, with lead",),
        "Activate the profile",
        "The answer never came",
        (
            Write("id-1", "PUT", "https://service/lakeprofile/1", "2026-11-21T06:00:00.000Z", 200, "theirs-1"),
            Write("id-2", "POST", "https://service/lakeprofile/1/activate", "2026-11-21T06:00:01.000Z"),
        ),
    ),
    Outcome(FABRIC_TOMBSTONE.address, "emea-test", Result.DEFERRED, detail="Waits for the first load of account"),
    Outcome(TOMBSTONE.address, "emea-test", Result.SKIPPED, detail="The run was interrupted before it began"),
)
