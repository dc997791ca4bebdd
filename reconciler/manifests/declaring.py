"""A live link as a declared one: what a manifest can say of it, what was chosen, and what is missing. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from reconciler.manifests.findings import Path
from reconciler.manifests.intake import PLACEHOLDER_MARK
from reconciler.manifests.link_rules import LEAST_INCREMENTAL_MINUTES
from reconciler.manifests.naming import LONGEST_NAME, slug
from reconciler.manifests.schemas import schema
from reconciler.manifests.writing import one_line
from reconciler.model.desired import Destination, DestinationType, Partition, SynapseLink, Table, TableSource, duration
from reconciler.model.diagnostic import Location
from reconciler.model.live import LiveLink, LiveTable

IMPORTED = Location("(import)")
STANDARD_BLOCKS = (0, 125)
_MOST_RECORDS = 2_147_483_647
_DESTINATION = ("destination",)


@dataclass(slots=True)
class Declaration:
    """A link as manifests say it, and sentences by the path below ``spec`` of what they explain; those of tables are
    below ``tables``, wherever the table is written.

    ``missing`` says what can't be had: then there is a manifest only once a person has filled it in.
    """

    link: SynapseLink
    comments: dict[tuple[str | int | None, ...], list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def remark(self, path: tuple[str | int | None, ...], sentence: str) -> None:
        """Adds a comment above what is at the path."""
        self.comments.setdefault(path, []).append(sentence)

    def lack(self, path: Path, what: str) -> None:
        """Something that a person has to fill in at the end of the mapping at the path."""
        self.missing.append(what)
        self.remark((*path, None), f"Missing: {what}")


def link_name(environment: str, account: str | None) -> str:
    """A name for the manifest of a link: environment and storage account, within 63 characters."""
    last = slug((account or "fabric").rpartition("/")[2])
    return f"{environment[: max(LONGEST_NAME - len(last) - 1, 0)].rstrip('-')}-{last}"[-LONGEST_NAME:].strip("-")


def declare(name: str, environment: str, live: LiveLink) -> Declaration:
    """The declared link whose plan is empty against the live one, as far as a manifest can say it."""
    kind = live.destination_type
    declaration = Declaration(
        SynapseLink(
            name=name,
            environment=environment,
            destination=Destination(kind),
            location=IMPORTED,
            attachments=live.attachments,
            files=live.files,
        )
    )
    fabric = kind is DestinationType.FABRIC
    destination = _fabric(declaration, live) if fabric else _lake(declaration, live)
    declaration.link = replace(
        declaration.link,
        destination=destination,
        interval=None if fabric else _interval(declaration, live),
        tables=_tables(declaration, live),
    )
    if not declaration.link.tables:
        declaration.lack((), "tables: the link exports no table that a manifest can name.")
    if live.suspended:
        declaration.remark(("environment",), "The link is suspended. Nothing is said of that here, so it stays so.")
    return declaration


def _lake(declaration: Declaration, live: LiveLink) -> Destination:
    account = fitting("storageAccount", live.storage_account)
    if account is None:
        declaration.lack(
            _DESTINATION,
            "storageAccount, the resource id of the storage account: Dataverse does not tell its subscription and "
            f"resource group (it says '{live.storage_account or ''}').",
        )
    container = fitting("container", live.container)
    if container is None:
        declaration.lack(_DESTINATION, f"container: Dataverse does not tell it (it says '{live.container or ''}').")
    workspace = _workspace(declaration, live, account)
    pool = _spark_pool(declaration, live) if live.destination_type is DestinationType.DELTA else None
    return Destination(live.destination_type, account, container, workspace, pool)


def _workspace(declaration: Declaration, live: LiveLink, account: str | None) -> str | None:
    if live.destination_type is DestinationType.INCREMENTAL:
        return None
    if fitting("workspace", live.workspace):
        return live.workspace
    if live.workspace:
        inferred = f"{(account or '').partition('/providers/')[0]}/providers/microsoft.synapse/workspaces/"
        if account and fitting("workspace", inferred + live.workspace):
            declaration.remark(
                (*_DESTINATION, "workspace"),
                "Dataverse tells the workspace's name alone. Inferred: it is in the resource group of the storage "
                "account, as the service wants it.",
            )
            return inferred + live.workspace
        declaration.lack(_DESTINATION, f"workspace, the resource id of the Synapse workspace '{live.workspace}'.")
    elif live.destination_type is DestinationType.DELTA:
        declaration.lack(_DESTINATION, "workspace, the resource id of the Synapse workspace: Dataverse names none.")
    return None


def _spark_pool(declaration: Declaration, live: LiveLink) -> str | None:
    """The pool named in ``sparkpoolconfig``, whose form is unpublished: taken where one value there can be a name."""
    pool = spark_pool_in(live.spark_pool)
    if pool is None:
        declaration.lack(
            _DESTINATION,
            "sparkPool, the name of the Apache Spark pool: what Dataverse says of it can't be read "
            f"(sparkpoolconfig: '{(live.spark_pool or '')[:200]}').",
        )
        return None
    declaration.remark(
        (*_DESTINATION, "sparkPool"), "Inferred from the link's sparkpoolconfig, whose form is unpublished: check it."
    )
    return pool


def spark_pool_in(text: str | None) -> str | None:
    """The one name of a Spark pool that a ``sparkpoolconfig`` holds, None where none or several can be meant."""
    try:
        parsed = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict):
        return None
    said = {key.lower(): value for key, value in parsed.items() if isinstance(value, str)}
    for key in ("sparkpoolname", "sparkpool", "poolname", "name"):
        if key in said:
            return fitting("sparkPool", said[key])
    return None


def _fabric(declaration: Declaration, live: LiveLink) -> Destination:
    workspace = fitting("guid", live.fabric_workspace)
    if workspace is None:
        declaration.lack(_DESTINATION, "fabricWorkspace, the id of the Fabric workspace: Dataverse does not tell it.")
    declaration.lack(
        _DESTINATION,
        "fabricConnection, the id of the connection from Fabric to Dataverse: no service tells it. Fabric shows it "
        "under Settings, Manage connections and gateways.",
    )
    return Destination(DestinationType.FABRIC, fabric_workspace=workspace)


def _interval(declaration: Declaration, live: LiveLink) -> int | None:
    if live.interval is None:
        where = ("environment",)
        declaration.remark(where, "No schedule of the link can be read: interval is left out, and not managed.")
    elif not _declarable_interval(live.interval, live.destination_type):
        declaration.remark(
            ("environment",), f"An interval of {live.interval} minutes can't be declared: it is left out."
        )
    else:
        return live.interval
    return None


def _declarable_interval(minutes: int, kind: DestinationType) -> bool:
    least = LEAST_INCREMENTAL_MINUTES if kind is DestinationType.INCREMENTAL else 1
    return minutes >= least and re.fullmatch(r"[1-9][0-9]{0,5}[mh]", duration(minutes)) is not None


def _tables(declaration: Declaration, live: LiveLink) -> tuple[Table, ...]:
    csv = live.destination_type is DestinationType.CSV
    found = []
    for table in live.tables.values():
        if not declarable_name(table.name, table.source):
            declaration.remark(
                ("environment",), f"Table '{one_line(table.name)}' is left out: no manifest can name it."
            )
        elif csv and table.source is TableSource.FINOPS:
            declaration.remark(
                ("environment",),
                f"Table '{table.name}' of finance and operations is left out: csv links have none.",
            )
        else:
            found.append(_table(declaration, table, heeded=csv))
    return tuple(sorted(found, key=lambda table: table.name))


def _table(declaration: Declaration, live: LiveTable, *, heeded: bool) -> Table:
    """``heeded`` is False for links of a type that takes no notice of how its tables are written: nothing is said."""
    sayable = sayable_partition(live.partition, append_only=live.append_only) if heeded else None
    if heeded and sayable is None:
        declaration.remark(
            ("tables", live.name),
            f"Partitioned by {live.partition}{', and append-only' if live.append_only else ''}: manifests can't say "
            "that. Left out, it stays as it is.",
        )
    block = live.record_count_per_block
    return Table(
        live.name,
        live.source,
        live.append_only if heeded else None,
        sayable,
        block if block not in STANDARD_BLOCKS and 0 < block <= _MOST_RECORDS else None,
    )


def sayable_partition(partition: str, *, append_only: bool | None) -> Partition | None:
    """The partition as manifests may say it: year or month, and for append-only tables year alone."""
    if partition == "year" or (partition == "month" and not append_only):
        return Partition(partition)
    return None


def declarable_name(name: str, source: TableSource) -> bool:
    """Whether a manifest can name the table. Dataverse's own names are in lower case."""
    return fitting("tableName", name) is not None and (source is TableSource.FINOPS or name == name.lower())


def fitting(definition: str, value: Any) -> str | None:
    """The value where it is a text as the schema of links wants it, None otherwise. Placeholders are no such text:
    a service can't make a manifest take another value."""
    if not isinstance(value, str) or PLACEHOLDER_MARK in value:
        return None
    return value if _pattern(definition).fullmatch(value) else None


@cache
def _pattern(definition: str) -> re.Pattern[str]:
    definitions: Mapping[str, Any] = schema("SynapseLink")["$defs"]
    return re.compile(definitions[definition]["pattern"], re.ASCII)
