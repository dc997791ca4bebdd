"""A declared link against the live link that it means: tables that come and go, settings, and what is final."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status, worst
from reconciler.model.desired import DestinationType, Environment, Partition, SynapseLink, Table, TableSource
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable
from reconciler.model.phrases import counted
from reconciler.resources.kind import Comparison
from reconciler.resources.link_access import renamed, write_status
from reconciler.resources.link_checks import check_tables, link_address, problem
from reconciler.resources.link_fields import (
    TableConflict,
    asserted_settings,
    block_size_difference,
    destination_differences,
    setting_differences,
    table_conflict,
    table_field,
)
from reconciler.resources.link_profile import agreement
from reconciler.resources.link_remarks import remarks
from reconciler.resources.link_replace import refuse_destination, replace_table, resynchronising
from reconciler.resources.link_steps import (
    ActivateProfile,
    EnableChangeTracking,
    RewriteProfile,
    VerifyLink,
)
from reconciler.resources.link_switches import switch_change
from reconciler.resources.link_waves import Wave, deferred, next_wave

# The types whose links take no notice of append-only and partition settings: the first two always append by year,
# Delta tables are kept in place, and the call that creates a Link to Fabric has no place for either (docs/sources.md).
UNHEEDING = frozenset({DestinationType.INCREMENTAL, DestinationType.DELTA, DestinationType.FABRIC})


@dataclass(frozen=True, slots=True)
class _Tables:
    """How declared and live tables relate. ``wave`` are those to add, now and later."""

    wave: Wave
    remove: tuple[str, ...]
    undeclared: tuple[str, ...]
    resized: tuple[FieldChange, ...]
    conflicts: tuple[TableConflict, ...]

    @property
    def add(self) -> tuple[Table, ...]:
        """The tables that this run adds."""
        return self.wave.now


def compare_live_link(
    link: SynapseLink,
    live: LiveLink,
    environment: LiveEnvironment,
    declared: Environment,
    *,
    allow_unproven: bool = False,
) -> Comparison:
    """The changes of one link that exists: at most one update, one of what waits, one of switches that no published
    call writes, and a replacement for each table that is final.

    A link with another destination is refused whole: its tables may not be those that the manifest speaks of.
    """
    final = destination_differences(link, live)
    if final:
        refused, refusals = refuse_destination(link, final)
        return Comparison((refused,), (*refusals, *remarks(link, live)))
    failing = renamed(link, live, declared)
    tables = _compare_tables(link, live)
    update, problems = _update(link, live, environment, tables, failing)
    changes = [change for change in (update, *deferred(link, tables.wave)) if change]
    changes += switch_change(link, live, environment, failing, allow_unproven=allow_unproven)
    for conflict in tables.conflicts:
        change, refusals = replace_table(link, live, environment, conflict, failing)
        changes.append(change)
        problems += refusals
    if tables.undeclared and not link.remove_undeclared_tables:
        changes.append(_report_undeclared(link, live, tables.undeclared))
    return Comparison(tuple(changes), (*failing, *problems, *remarks(link, live)))


def _compare_tables(link: SynapseLink, live: LiveLink) -> _Tables:
    declared = {table.name for table in link.tables}
    common = [(table, live.tables[table.name]) for table in link.tables if table.name in live.tables]
    undeclared = tuple(name for name in live.tables if name not in declared and name not in link.absent_tables)
    remove = [name for name in link.absent_tables if name in live.tables]
    if link.remove_undeclared_tables:
        remove += undeclared
    resized = (block_size_difference(table, current) for table, current in common)
    heeded = live.destination_type not in UNHEEDING
    conflicts = (table_conflict(table, current, heeded=heeded) for table, current in common)
    missing = tuple(table for table in link.tables if table.name not in live.tables)
    return _Tables(
        wave=next_wave(link, missing, live),
        remove=tuple(sorted(remove)),
        undeclared=undeclared,
        resized=tuple(field for field in resized if field),
        conflicts=tuple(conflict for conflict in conflicts if conflict),
    )


def _update(
    link: SynapseLink, live: LiveLink, environment: LiveEnvironment, tables: _Tables, failing: Sequence[Diagnostic]
) -> tuple[Change | None, list[Diagnostic]]:
    settings = setting_differences(link, live)
    written = (
        *settings,
        *(table_field(table.name, None, table) for table in tables.add),
        *(table_field(name, live.tables[name], None) for name in tables.remove),
        *tables.resized,
        *([] if live.activated else [FieldChange("activated", before=False, after=True)]),
    )
    unseen = sorted(live.shortcuts_missing - set(tables.remove))
    fields = (*written, *(FieldChange(f"tables[{name}].shortcut", before=False, after=True) for name in unseen))
    # Tables of later waves are checked with the first: what is wrong with them should be known before it begins.
    problems, untracked = check_tables(link, (*tables.wave.now, *tables.wave.later), environment.definitions)
    problems += _new_finops(link, live, (*tables.wave.now, *tables.wave.later))
    if not fields:
        return None, problems
    now = {table.name for table in tables.add}
    to_enable = [name for name in untracked if name in now]
    rewrite = _rewrite(link, live, tables, {field.path for field in settings})
    problems += _disagreement(link, live, rewrite)
    status, missing = write_status(environment, (*problems, *failing))
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
            *((rewrite, ActivateProfile()) if written else ()),
            *resynchronising(link, live),
            VerifyLink(),
        ),
        missing=missing,
        location=link.location,
    )
    return change, problems


def _new_finops(link: SynapseLink, live: LiveLink, tables: Iterable[Table]) -> list[Diagnostic]:
    """Finance and Operations tables can't come to a link that was made without any (documented)."""
    names = [table.name for table in tables if table.source is TableSource.FINOPS]
    has_some = any(table.source is TableSource.FINOPS for table in live.tables.values())
    if not names or has_some or link.destination.type is DestinationType.CSV:
        return []
    return [
        problem(
            link,
            "finops-needs-new-link",
            f"Link '{link.name}' has no Finance and Operations tables, and can't get any: it was made without",
            "Declare a new link for them, to another storage account.",
            found=counted(names),
        )
    ]


def _rewrite(link: SynapseLink, live: LiveLink, tables: _Tables, changed: set[str]) -> RewriteProfile:
    """What is written is asserted whole where the stored profile may differ from what Dataverse shows."""
    resized = {field.path for field in tables.resized}
    waiting = {table.name for table in tables.wave.later}
    ensure = tuple(
        _as_linked(table, live.tables.get(table.name))
        for table in link.tables
        if table.name not in waiting
        and (
            not live.activated
            or table.name not in live.tables
            or f"tables[{table.name}].recordCountPerBlock" in resized
        )
    )
    asserted = changed | set(asserted_settings(link, live))
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
