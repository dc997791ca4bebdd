"""Which tables does an environment have, and what does its metadata say of them?

The names, types and intersect flags of the built-in tables are Dataverse's own. Row counts are invented. Which tables
have change tracking on out of the box differs between environments: the defaults here are plausible, not a promise.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from reconciler.simulator.nouns import derived_id

FIRST_CUSTOM_CODE = 10000


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an environment, as far as links and change tracking are concerned."""

    name: str
    set_name: str
    schema_name: str
    code: int
    type: str
    tracking: bool
    can_track: bool
    intersect: bool
    custom: bool
    managed: bool
    created_on: bool
    rows: int
    quiet: bool = False
    """Whether nothing changes in it after a first load."""
    joins: tuple[str, ...] = ()
    """The two tables that an intersect table joins."""
    columns: tuple[dict[str, Any], ...] = ()
    """Columns as a seed or an edit declares them, beside those that every table has."""

    @property
    def metadata_id(self) -> str:
        """Its GUID, the same in every environment, as it is for tables that Microsoft ships."""
        return derived_id("table", self.name)


@cache
def built_in() -> dict[str, Table]:
    """The standard tables that every environment has."""
    text = resources.files("reconciler.simulator").joinpath("catalogue.csv").read_text("utf-8")
    return {row["name"]: _from_row(row) for row in csv.DictReader(text.splitlines())}


def _from_row(row: dict[str, str]) -> Table:
    flags = row["flags"]
    return Table(
        name=row["name"],
        set_name=row["set"],
        schema_name=row["schema"],
        code=int(row["code"]),
        type={"a": "Activity", "v": "Virtual", "e": "Elastic"}.get(row["type"], "Standard"),
        tracking="t" in flags,
        can_track="n" not in flags,
        intersect="i" in flags,
        custom="_" in row["name"],
        managed=True,
        created_on="i" not in flags and row["name"] != "activityparty",
        rows=int(row["rows"]),
    )


def tables_of(sets: tuple[str, ...], shared: dict[str, list[Any]], own: list[dict[str, Any]]) -> dict[str, Table]:
    """The built-in tables, those of the named shared sets, and an environment's own; later ones change earlier ones.

    The same tables are the same mapping, in whichever cloud."""
    key = json.dumps([[shared[name] for name in sets], own])
    return _tables(key)


@cache
def _tables(key: str) -> dict[str, Table]:
    shared, own = json.loads(key)
    found = dict(built_in())
    code = FIRST_CUSTOM_CODE
    for entry in [*(item for group in shared for item in group), *own]:
        values = {"name": entry} if isinstance(entry, str) else entry
        code += 1
        found[values["name"]] = _declared(values, found.get(values["name"]), code)
    return found


def _declared(values: dict[str, Any], known: Table | None, code: int) -> Table:
    name = values["name"]
    base = known or Table(
        name=name,
        set_name=plural(name),
        schema_name=name,
        code=code,
        type="Standard",
        tracking=True,
        can_track=True,
        intersect=False,
        custom=True,
        managed=False,
        created_on=True,
        rows=1000,
    )
    changes = {field: values[key] for key, field in SEED_FIELDS.items() if key in values}
    if changes.get("can_track") is False and "tracking" not in changes:
        changes["tracking"] = False
    if "joins" in changes:
        changes["joins"] = tuple(changes["joins"])
        changes.setdefault("intersect", True)
    if "columns" in changes:
        changes["columns"] = (*base.columns, *changes["columns"])
    if changes.get("intersect") and "created_on" not in changes:
        changes["created_on"] = False
    return replace(base, **changes)


SEED_FIELDS = {
    "rows": "rows",
    "changeTracking": "tracking",
    "canEnableChangeTracking": "can_track",
    "tableType": "type",
    "isIntersect": "intersect",
    "hasCreatedOn": "created_on",
    "isManaged": "managed",
    "entitySetName": "set_name",
    "quiet": "quiet",
    "joins": "joins",
    "columns": "columns",
}


def plural(name: str) -> str:
    """The entity set name that Dataverse would give a new table."""
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return name[:-1] + "ies"
    return name + ("es" if name.endswith(("s", "x", "z", "ch", "sh")) else "s")
