"""What does not go together in one link, where it takes the type of the link to tell.

Rules: docs/sources.md, Synapse Link tables (write modes, incremental folders, Finance and Operations tables).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.manifests.findings import Finding
from reconciler.manifests.intake import Manifest
from reconciler.model.desired import DestinationType, Table, TableSource
from reconciler.model.diagnostic import Severity

LEAST_INCREMENTAL_MINUTES = 15
_UNHEEDING = {
    DestinationType.INCREMENTAL: "always appends, by year",
    DestinationType.DELTA: "keeps its tables in place",
    DestinationType.FABRIC: "keeps its tables in place",
}


def check_type(
    manifest: Manifest, spec: Mapping[str, Any], tables: Sequence[Table], interval: int | None
) -> Iterator[Finding]:
    """Findings for a link that should exist; ``interval`` in minutes, None where none is set."""
    kind = DestinationType(spec["destination"]["type"])
    if kind is DestinationType.INCREMENTAL and interval is not None and interval < LEAST_INCREMENTAL_MINUTES:
        yield _too_short(manifest, spec)
    if kind is DestinationType.CSV:
        yield from (_finops_on_csv(manifest, table) for table in tables if table.source is TableSource.FINOPS)
    if "cleanUpPool" in spec and (spec.get("relink") != "clean" or "workspace" not in spec["destination"]):
        yield _no_clean_up(manifest, spec)
    ignored = [table for table in tables if table.append_only is not None or table.partition is not None]
    if kind in _UNHEEDING and ignored:
        yield _ignored(manifest, kind, ignored)


def _too_short(manifest: Manifest, spec: Mapping[str, Any]) -> Finding:
    return Finding(
        code="interval-too-short",
        summary=f"Link '{manifest.name}' is of type incremental, and its interval is shorter than the service takes.",
        place=manifest.place("spec", "interval"),
        found=str(spec["interval"]),
        expected=f"{LEAST_INCREMENTAL_MINUTES}m or more",
        remedy=f"Write {LEAST_INCREMENTAL_MINUTES}m, or a longer time.",
    )


def _no_clean_up(manifest: Manifest, spec: Mapping[str, Any]) -> Finding:
    wrong = "destination" if "workspace" not in spec["destination"] else "relink"
    needs = "destination.workspace" if wrong == "destination" else "relink: clean"
    return Finding(
        code="field-not-allowed",
        summary=f"cleanUpPool of link '{manifest.name}' has no meaning without {needs}.",
        place=manifest.place("spec", "cleanUpPool"),
        expected=needs,
        remedy=f"Delete it, or add {needs}.",
        related=(manifest.place("spec", wrong),) if wrong in spec else (),
    )


def _finops_on_csv(manifest: Manifest, table: Table) -> Finding:
    return Finding(
        code="finops-on-csv",
        summary=f"Finance and Operations table '{table.name}' can't be in csv link '{manifest.name}'.",
        place=table.location or manifest.place("spec", "tables"),
        found="type: csv",
        expected="type: delta, incremental or fabric",
        remedy="Put the table into another link, of one of these types.",
        related=(manifest.place("spec", "destination", "type"),),
    )


def _ignored(manifest: Manifest, kind: DestinationType, tables: Sequence[Table]) -> Finding:
    first = tables[0]
    several = f"{len(tables)} tables of link '{manifest.name}' say" if len(tables) > 1 else f"Table '{first.name}' says"
    return Finding(
        code="setting-ignored",
        summary=f"{several} appendOnly or partition, of which a link of type {kind} takes no notice: "
        f"it {_UNHEEDING[kind]}.",
        place=manifest.place("spec", "destination", "type"),
        found=f"type: {kind}",
        remedy="Take the settings out, or leave them for links of type csv that include the same list.",
        related=(first.location,) if first.location else (),
        severity=Severity.WARNING,
    )
