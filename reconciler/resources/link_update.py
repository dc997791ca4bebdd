"""A declared link against the live link that it means: tables that come and go, settings, and what is final."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status, worst
from reconciler.model.desired import Partition, Scalar, SynapseLink, Table
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable
from reconciler.resources.kind import Comparison
from reconciler.resources.link_checks import check_tables, link_address, problem
from reconciler.resources.link_fields import (
    TableConflict,
    block_size_difference,
    destination_differences,
    setting_differences,
    table_conflict,
    table_field,
    unknown_settings,
)
from reconciler.resources.link_profile import agreement
from reconciler.resources.link_steps import ActivateProfile, EnableChangeTracking, RewriteProfile, VerifyLink, counted


@dataclass(frozen=True, slots=True)
class _Tables:
    """How declared and live tables relate."""

    add: tuple[Table, ...]
    remove: tuple[str, ...]
    undeclared: tuple[str, ...]
    resized: tuple[FieldChange, ...]
    conflicts: tuple[TableConflict, ...]


def compare_live_link(link: SynapseLink, live: LiveLink, environment: LiveEnvironment) -> Comparison:
    """The changes of one link that exists: at most one update, and a replacement for each table that is final.

    A link with another destination is refused whole: its tables may not be those that the manifest speaks of.
    """
    final = destination_differences(link, live)
    if final:
        refused, refusals = _refuse_destination(link, final)
        return Comparison((refused,), (*refusals, *_remarks(link, live)))
    tables = _compare_tables(link, live)
    update, problems = _update(link, live, environment, tables)
    changes = [update] if update else []
    for conflict in tables.conflicts:
        change, refusal = _replace_table(link, live, environment, conflict)
        changes.append(change)
        problems += refusal
    if tables.undeclared and not link.remove_undeclared_tables:
        changes.append(_report_undeclared(link, live, tables.undeclared))
    return Comparison(tuple(changes), (*problems, *_remarks(link, live)))


def _compare_tables(link: SynapseLink, live: LiveLink) -> _Tables:
    declared = {table.name for table in link.tables}
    common = [(table, live.tables[table.name]) for table in link.tables if table.name in live.tables]
    undeclared = tuple(name for name in live.tables if name not in declared and name not in link.absent_tables)
    remove = [name for name in link.absent_tables if name in live.tables]
    if link.remove_undeclared_tables:
        remove += undeclared
    resized = (block_size_difference(table, current) for table, current in common)
    conflicts = (table_conflict(table, current) for table, current in common)
    return _Tables(
        add=tuple(table for table in link.tables if table.name not in live.tables),
        remove=tuple(sorted(remove)),
        undeclared=undeclared,
        resized=tuple(field for field in resized if field),
        conflicts=tuple(conflict for conflict in conflicts if conflict),
    )


def _update(
    link: SynapseLink, live: LiveLink, environment: LiveEnvironment, tables: _Tables
) -> tuple[Change | None, list[Diagnostic]]:
    settings = setting_differences(link, live)
    fields = (
        *settings,
        *(table_field(table.name, None, table) for table in tables.add),
        *(table_field(name, live.tables[name], None) for name in tables.remove),
        *tables.resized,
        *([] if live.activated else [FieldChange("activated", before=False, after=True)]),
    )
    if not fields:
        return None, []
    problems, to_enable = check_tables(link, tables.add, environment.definitions)
    rewrite = _rewrite(link, live, tables, {field.path for field in settings})
    problems += _disagreement(link, live, rewrite)
    status, missing = _status(environment, problems)
    only_activation = len(fields) == 1 and not live.activated
    change = Change(
        address=link_address(link),
        action=Action.UPDATE,
        risk=worst(
            [Risk.DATA_LOSS if tables.remove else Risk.NONE, Risk.IRREVERSIBLE if to_enable else Risk.NONE],
        ),
        reason=Reason.NOT_ACTIVATED if only_activation else Reason.DIFFERENT,
        status=status,
        partition=link.environment,
        fields=fields,
        steps=(
            *([EnableChangeTracking(tuple(to_enable))] if to_enable else []),
            rewrite,
            ActivateProfile(),
            VerifyLink(),
        ),
        missing=missing,
        location=link.location,
    )
    return change, problems


def _rewrite(link: SynapseLink, live: LiveLink, tables: _Tables, changed: set[str]) -> RewriteProfile:
    """What is written is asserted whole where the stored profile may differ from what Dataverse shows."""
    resized = {field.path for field in tables.resized}
    ensure = tuple(
        _as_linked(table, live.tables.get(table.name))
        for table in link.tables
        if not live.activated or table.name not in live.tables or f"tables[{table.name}].recordCountPerBlock" in resized
    )
    asserted = changed | set(unknown_settings(link, live))
    return RewriteProfile(
        folder_id=live.folder_id,
        ensure=ensure,
        remove=tuple(sorted({*tables.remove, *link.absent_tables})),
        interval=link.interval if "interval" in asserted else None,
        attachments=link.attachments if "attachments" in asserted else None,
        files=link.files if "files" in asserted else None,
        healing=not live.activated,
    )


def _as_linked(table: Table, live: LiveTable | None) -> Table:
    """The table as it may be asserted: where it is linked, with the final settings that it has there.

    A stored profile that lost it gets it back as it was, never with the defaults of a new table.
    """
    if live is None:
        return table
    return replace(table, source=live.source, append_only=live.append_only, partition=Partition(live.partition))


def _disagreement(link: SynapseLink, live: LiveLink, rewrite: RewriteProfile) -> list[Diagnostic]:
    if live.service_tables is None:
        return []
    sets = agreement(
        live.service_tables,
        live.tables,
        ensured={table.name for table in rewrite.ensure},
        removed=set(rewrite.remove),
    )
    reason = sets.refuse(activated=live.activated)
    if reason is None:
        return []
    return [problem(link, "table-sets-disagree", f"Link '{link.name}': {reason}", "Look at the link in the portal.")]


def _replace_table(
    link: SynapseLink, live: LiveLink, environment: LiveEnvironment, conflict: TableConflict
) -> tuple[Change, list[Diagnostic]]:
    name = conflict.table.name
    consented = any(
        consent.table == name
        and all(consent.before.get(path) == value for path, value in conflict.before.items())
        and all(consent.after.get(path) == value for path, value in conflict.after.items())
        for consent in link.replace_tables
    )
    problems = [] if consented else [_needs_consent(link, conflict)]
    status, missing = _status(environment, problems)
    change = Change(
        address=link_address(link),
        action=Action.REPLACE,
        risk=Risk.DATA_LOSS,
        reason=Reason.IMMUTABLE,
        status=status,
        partition=link.environment,
        fields=conflict.fields,
        steps=(
            RewriteProfile(live.folder_id, remove=(name,)),
            ActivateProfile(),
            RewriteProfile(live.folder_id, ensure=(conflict.table,)),
            ActivateProfile(),
            VerifyLink(),
        ),
        missing=missing,
        location=conflict.table.location or link.location,
    )
    return change, problems


def _needs_consent(link: SynapseLink, conflict: TableConflict) -> Diagnostic:
    name = conflict.table.name
    consent = f"{{table: {name}, from: {_flow(conflict.before)}, to: {_flow(conflict.after)}}}"
    return Diagnostic(
        Severity.ERROR,
        "immutable-setting",
        f"Table '{name}' of link '{link.name}' is linked with other settings, which are final: "
        "changing them drops its lake data and loads it again",
        location=conflict.table.location or link.location,
        address=link_address(link),
        partition=link.environment,
        found=_flow(conflict.before),
        expected=_flow(conflict.after),
        remedy=f"Take the setting out, or consent by adding to replaceTables of the link: - {consent}",
    )


def _refuse_destination(link: SynapseLink, fields: list[FieldChange]) -> tuple[Change, list[Diagnostic]]:
    names = counted([field.path for field in fields])
    refusal = problem(
        link,
        "immutable-destination",
        f"Link '{link.name}' exists with another {names}, which can't be changed in place",
        "Correct the manifest; or unlink first (state: absent, and data: keep or delete), then declare the new link.",
        found=counted([str(field.before) for field in fields]),
        expected=counted([str(field.after) for field in fields]),
    )
    change = Change(
        address=link_address(link),
        action=Action.REPLACE,
        risk=Risk.DATA_LOSS,
        reason=Reason.IMMUTABLE,
        status=Status.BLOCKED,
        partition=link.environment,
        fields=tuple(fields),
        missing="See the errors at this link",
        location=link.location,
    )
    return change, [refusal]


def _report_undeclared(link: SynapseLink, live: LiveLink, names: tuple[str, ...]) -> Change:
    return Change(
        address=link_address(link),
        action=Action.NONE,
        risk=Risk.NONE,
        reason=Reason.UNDECLARED,
        status=Status.READY,
        partition=link.environment,
        fields=tuple(table_field(name, live.tables[name], None) for name in names),
        missing="Declare them, or list them under absentTables: until then they stay",
        location=link.location,
    )


def _remarks(link: SynapseLink, live: LiveLink) -> list[Diagnostic]:
    found = [
        Diagnostic(
            Severity.INFORMATION,
            "unknown-value",
            f"{name} of link '{link.name}' can't be read with this identity: apply asserts it when it writes the link",
            location=link.location,
            address=link_address(link),
            partition=link.environment,
        )
        for name in unknown_settings(link, live)
    ]
    declared, current = link.destination.storage_account or "", live.storage_account or ""
    if "/" in current and declared != current:
        found.append(
            Diagnostic(
                Severity.WARNING,
                "storage-account-moved",
                f"The storage account of link '{link.name}' is in another subscription or resource group than declared",
                location=link.location,
                address=link_address(link),
                partition=link.environment,
                found=current,
                expected=declared,
                remedy="Correct destination.storageAccount.",
            )
        )
    return found


def _status(environment: LiveEnvironment, problems: list[Diagnostic]) -> tuple[Status, str | None]:
    if problems:
        return Status.BLOCKED, "See the errors at this link"
    if environment.link_writes_missing:
        return Status.BLOCKED, environment.link_writes_missing
    return Status.READY, None


def _flow(settings: Mapping[str, Scalar]) -> str:
    """Settings as a YAML flow mapping, to be pasted into a manifest."""
    return "{" + ", ".join(f"{name}: {json.dumps(value).strip(chr(34))}" for name, value in settings.items()) + "}"
