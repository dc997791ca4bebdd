"""What must hold of the tables, their number, and the settings that go with the type of link (reference, 4.5)."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.model import readings
from reconciler.model.check import Weight
from reconciler.model.desired import DestinationType, Table, TableSource
from reconciler.model.schema import columns_of, relationships_of
from reconciler.resources.link_checks import MOST_LINKS, check_destination, check_tables, links_that_count
from reconciler.resources.preflight.case import Case, Found, Rule, at, by_eye, failed, judged, passed, unsure

MOST_FINOPS_TABLES = 1_000
MOST_FABRIC_TABLES = 2_000
MOST_AT_ONCE = 5
LEAST_INTERVAL = 15
COLUMNS = "columns"
RELATIONSHIPS = "relationships"


def _finops(case: Case) -> list[Table]:
    return [table for table in case.link.tables if table.source is TableSource.FINOPS]


def _has_finops(case: Case) -> bool:
    return bool(_finops(case))


def _adds(case: Case) -> bool:
    return any(table.source is TableSource.DATAVERSE for table in case.adding) and bool(case.environment.definitions)


def _exported(case: Case) -> set[str]:
    linked = set(case.current.tables) if case.current else set()
    return (linked | {table.name for table in case.link.tables}) - set(case.link.absent_tables)


def _known(code: str, holds: Callable[[Case], str]) -> Callable[[Case], Found | list[Found]]:
    """The judgement of a check that plans make by themselves, in their words; ``holds`` says what is right."""

    def judge(case: Case) -> Found | list[Found]:
        problems, _ = check_tables(case.link, case.adding, case.environment.definitions)
        if case.creating:
            problems += check_destination(case.link, case.environment, case.live, case.configuration)
        by_name = {table.name: table for table in case.link.tables}
        found = [
            failed(each.summary, each.expected, table=by_name.get(each.found or ""), remedy=each.remedy)
            for each in problems
            if each.code == code
        ]
        return found or passed(holds(case))

    return judge


def _to_add(case: Case) -> str:
    return f"{len(case.adding)} tables to be added"


def _links(case: Case) -> Found:
    count = links_that_count(case.environment, case.configuration)
    return judged(count < MOST_LINKS, f"{count} links", f"fewer than {MOST_LINKS}")


def _many_finops(case: Case) -> Found:
    linked = case.current.tables.values() if case.current else ()
    names = {table.name for table in (*linked, *case.link.tables) if table.source is TableSource.FINOPS}
    return judged(len(names) <= MOST_FINOPS_TABLES, f"{len(names)} tables", f"{MOST_FINOPS_TABLES} at the most")


def _many_fabric(case: Case) -> Found:
    count = len(_exported(case))
    return judged(count <= MOST_FABRIC_TABLES, f"{count} tables", f"{MOST_FABRIC_TABLES} at the most")


def _audit(case: Case) -> Found:
    table = next(table for table in case.link.tables if table.name == "audit")
    if case.type is DestinationType.DELTA:
        return passed("link of type delta")
    return failed(f"link of type {case.type}", "link of type delta", table=table)


def _intersects(case: Case) -> Found:
    exported = _exported(case)
    found = relationships_of(case.value(RELATIONSHIPS))
    missing = {
        each.intersect for each in found if {each.first, each.second} <= exported and each.intersect not in exported
    }
    return judged(not missing, f"not exported: {', '.join(sorted(missing)) or 'none'}", "the tables that join them")


def _base_tables(case: Case) -> Found:
    exported = _exported(case)
    missing = {
        f"{base} (for {table}.{name})"
        for table, columns in columns_of(case.value(COLUMNS)).items()
        for name, column in columns.items()
        for base in column.base_tables
        if table in exported and base not in exported
    }
    return judged(not missing, f"not exported: {', '.join(sorted(missing)) or 'none'}", "the tables that they read")


def _of_type(kind: str, prefix: str | None = None) -> Callable[[Case], Found | list[Found]]:
    def judge(case: Case) -> Found | list[Found]:
        found = []
        for table in case.adding:
            definition = case.environment.definitions.get(table.name)
            if (definition and definition.table_type == kind) or (prefix and table.name.startswith(prefix)):
                found.append(failed(f"table '{table.name}', TableType {kind}", "a standard table", table=table))
        return found or passed(f"none of {len(case.adding)} tables to be added")

    return judge


def _offered(case: Case) -> Found | list[Found]:
    reasons = case.value(readings.SERVICE_TABLES)
    found = []
    for table in case.adding:
        definition = case.environment.definitions.get(table.name)
        reason = at(reasons, table.name)
        if reason is None or (definition is not None and not definition.change_tracking):
            continue
        found.append(failed(f"table '{table.name}': {reason}", "a table that the service offers", table=table))
    return found or passed("no reason against the tables to be added")


def _new_link(case: Case) -> Found:
    has = case.current is not None and any(each.source is TableSource.FINOPS for each in case.current.tables.values())
    return judged(case.creating or has, "the link exists without such tables", "a new link")


def _finops_linked(case: Case) -> Found:
    url = at(case.value(readings.ADMIN), "linkedAppMetadata", "url")
    return passed(f"linkedAppMetadata.url {url}") if url else unsure("linkedAppMetadata is not said")


def _not_in_china(case: Case) -> Found:
    name = case.configuration.cloud.name
    return judged(name != "china", f"cloud {name}", "another cloud")


def _interval(case: Case) -> Found:
    interval = case.link.interval
    said = "interval not managed" if interval is None else f"{interval} minutes"
    return judged(interval is None or interval >= LEAST_INTERVAL, said, f"{LEAST_INTERVAL} minutes or more")


def _no_workspace(case: Case) -> Found:
    workspace = case.link.destination.workspace
    return judged(workspace is None, f"workspace {workspace or 'none'}", "no workspace")


def _at_once(case: Case) -> Found:
    count, most = len(case.adding), case.link.add_at_most
    said = f"{count} tables to be added, addAtMost {'not set' if most is None else most}"
    return judged(count <= MOST_AT_ONCE or (most or count) <= MOST_AT_ONCE, said, f"{MOST_AT_ONCE} at a time")


def _copies(case: Case) -> Found:
    wanted = [name for name, on in (("attachments", case.link.attachments), ("files", case.link.files)) if on]
    return passed(f"copied: {', '.join(wanted) or 'nothing'}")


_DEFINITIONS = "Dataverse Web API, EntityDefinitions"
RULES = (
    Rule(
        "4.1", "container-missing", "The manifest names a container", Weight.BLOCKS, "D",
        "destination.container of the manifest", "The link can't be created.", "Name it under destination.container.",
        _known("container-missing", lambda case: f"'{case.link.destination.container}'"), "at creation, not fabric",
        lambda case: case.creating and case.type is not DestinationType.FABRIC,
    ),
    Rule(
        "4.1", "resource-not-visible", "The account and the workspace are there, and can be read", Weight.BLOCKS, "D",
        "Azure Resource Graph, resources", "Nothing about them is known.",
        "Create them, or give the application the Reader role on them.",
        _known("resource-not-visible", lambda _case: "each was read"),
        "at creation, not fabric",
        lambda case: case.creating and bool(case.account) and case.live.resources_unreadable is None,
    ),
    Rule(
        "4.1", "not-hierarchical", "The storage account has a hierarchical namespace", Weight.BLOCKS, "D, K",
        "Azure Resource Manager, storageAccounts, properties.isHnsEnabled",
        "The service refuses the account; it can't be switched on without migration.", "Use another account.",
        _known("not-hierarchical", lambda _case: "isHnsEnabled true"), "at creation, not fabric",
        lambda case: case.creating and case.link.destination.storage_account in case.live.resources,
    ),
    Rule(
        "4.5", "too-many-links", "The environment holds fewer than ten links", Weight.BLOCKS, "D",
        "Dataverse Web API, synapselinkprofiles, profilestate ne 3", "The service refuses an eleventh.",
        "Unlink one first.", _links, "at creation", lambda case: case.creating,
    ),
    Rule(
        "4.5", "unknown-table", "Every table exists", Weight.BLOCKS, "D", f"{_DEFINITIONS}, LogicalName",
        "The table can't be added.", "Use the table's logical name.", _known("unknown-table", _to_add),
        "where Dataverse tables are added", _adds,
    ),
    Rule(
        "4.5", "change-tracking-off", "Every table tracks changes", Weight.BLOCKS, "D",
        f"{_DEFINITIONS}, ChangeTrackingEnabled", "The portal greys the table out.",
        "Switch it on, or set changeTracking: enable.", _known("change-tracking-off", _to_add),
        "where Dataverse tables are added", _adds,
    ),
    Rule(
        "4.5", "table-not-exportable", "Every table can be exported", Weight.BLOCKS, "D",
        f"{_DEFINITIONS}, CanChangeTrackingBeEnabled; Attachment, String Map and Calendar never",
        "The table can't be linked.", "Take it out of the list.", _known("table-not-exportable", _to_add),
        "where Dataverse tables are added", _adds,
    ),
    Rule(
        "4.5", "too-many-finops-tables", "At most 1,000 Finance and Operations tables", Weight.BLOCKS, "D",
        "Dataverse Web API, synapselinkprofileentities, entitysource; the manifest", "The service refuses more.",
        "Spread them over several links.", _many_finops, "with Finance and Operations tables", _has_finops,
    ),
    Rule(
        "4.5", "too-many-fabric-tables", "At most 2,000 tables in a Link to Fabric", Weight.WARNS, "D",
        "Dataverse Web API, synapselinkprofileentities; the manifest", "The link may fail.", "Link fewer tables.",
        _many_fabric, "fabric", lambda case: case.type is DestinationType.FABRIC,
    ),
    Rule(
        "4.5", "audit-not-on-delta", "The audit table is in a Delta link", Weight.WARNS, "D, O", "the manifest",
        "The portal offers it for Delta links alone; the service has taken it for others.",
        "Use a Delta link, or watch whether it is synchronised.", _audit, "with the table audit",
        lambda case: any(table.name == "audit" for table in case.link.tables),
    ),
    Rule(
        "4.5", "intersect-table-missing", "Tables that join exported tables are exported", Weight.WARNS, "D, O",
        f"{_DEFINITIONS}, ManyToManyRelationships", "The join can't be made in the lake.",
        "Add them to a list, or to the link.", _intersects, "where relationships were read",
        reads=(RELATIONSHIPS,),
    ),
    Rule(
        "4.5", "base-table-missing", "Tables that calculated columns read are exported", Weight.WARNS, "D",
        f"{_DEFINITIONS}, Attributes, SourceType", "Values grow stale.", "Add the base tables to the list.",
        _base_tables, "where columns were read", reads=(COLUMNS,),
    ),
    Rule(
        "4.5", "virtual-table", "No table is virtual", Weight.WARNS, "D, O",
        f"{_DEFINITIONS}, TableType, or the prefix mserp_",
        "Virtual tables may be refused; those of Finance and Operations need row-version tracking.",
        "Switch row-version tracking on, or take the table's data from its source.", _of_type("Virtual", "mserp_"),
        "where Dataverse tables are added", _adds,
    ),
    Rule(
        "4.5", "elastic-table", "No table is elastic", Weight.WARNS, "O, K", f"{_DEFINITIONS}, TableType",
        "The service may refuse it.", "Watch whether it is synchronised.", _of_type("Elastic"),
        "where Dataverse tables are added", _adds,
    ),
    Rule(
        "4.5", "table-refused-by-service", "The service offers every table", Weight.WARNS, "O",
        "Synapse Link service, entities, ReasonIfDisabled",
        "The service may refuse it: it is elastic, retained for long, or not tracked.", "Take it out of the list.",
        _offered, "where Dataverse tables are added, with a person signed in", _adds, (readings.SERVICE_TABLES,),
    ),
    Rule(
        "4.5", "finops-on-csv", "Finance and Operations tables are in a delta or incremental link", Weight.BLOCKS,
        "D", "the manifest", "The service refuses them.", "Put them in a link of type delta or incremental.",
        _known("finops-on-csv", lambda case: f"link of type {case.type}"),
        "with Finance and Operations tables", _has_finops,
    ),
    Rule(
        "4.5", "finops-needs-new-link", "Finance and Operations tables begin in a new link", Weight.BLOCKS, "D",
        "Dataverse Web API, synapselinkprofileentities, entitysource", "The portal does not offer them there.",
        "Declare another link for them.", _new_link, "with Finance and Operations tables", _has_finops,
    ),
    Rule(
        "4.5", "finops-not-linked", "Finance and Operations is linked to Power Platform", Weight.BLOCKS, "D, K",
        "Power Platform administration, environment, linkedAppMetadata", "There are no such tables.",
        "Link the environments.", _finops_linked, "with Finance and Operations tables", _has_finops,
        (readings.ADMIN,),
    ),
    Rule(
        "4.5", "finops-version", "Finance and Operations is 10.0.36 (7.0.7036.133), 10.0.37 (7.0.7068.109), 10.0.38 "
        "(7.0.7120.59) or later", Weight.BLOCKS, "D", "Finance and Operations, About", "Tables are not offered.",
        "Update it.", by_eye, "with Finance and Operations tables", _has_finops, by_eye=True,
    ),
    Rule(
        "4.5", "finops-in-china", "Finance and Operations tables are not in China", Weight.BLOCKS, "D",
        "reconciler.yaml, cloud", "Not offered there (2024).", "Take them out of the list.", _not_in_china,
        "with Finance and Operations tables", _has_finops,
    ),
    Rule(
        "4.5", "finops-columns", "No column that is left out is needed", Weight.WARNS, "D",
        "the table in Finance and Operations",
        "AOS-authorised, array and binary columns are missing, long texts end after 2,000 characters, and tables valid "
        "in time hold their present rows alone.", "Look at the columns that readers need.", by_eye,
        "with Finance and Operations tables", _has_finops, by_eye=True,
    ),
    Rule(
        "4.5", "interval-too-short", "Folders are made every 15 minutes at the most", Weight.BLOCKS, "D",
        "interval of the manifest", "The service refuses it.", "Set interval: 15m or more.", _interval,
        "incremental", lambda case: case.type is DestinationType.INCREMENTAL,
    ),
    Rule(
        "4.5", "incremental-with-workspace", "An incremental link has no workspace", Weight.BLOCKS, "D",
        "destination.workspace of the manifest", "The service refuses it.", "Take the workspace out.", _no_workspace,
        "incremental", lambda case: case.type is DestinationType.INCREMENTAL,
    ),
    Rule(
        "4.5", "many-tables-at-once", "At most five tables are added at a time", Weight.WARNS, "D",
        "the manifest; Dataverse Web API, synapselinkprofileentities",
        "First loads are slow, and changes of the other tables wait meanwhile.", "Set addAtMost: 5.", _at_once,
        "where tables are added to a link", lambda case: not case.creating and bool(case.adding),
    ),
    Rule(
        "4.5", "copies-of-files", "Attachments and files are copied for every table of the link, or for none",
        Weight.INFORMS, "D", "attachments and files of the manifest", "They take space.",
        "Nothing, if that is meant.", _copies,
        "at creation", lambda case: case.creating,
    ),
)  # fmt: skip
