"""Which columns does a table have, and which tables does it join?

Names and types of the few built-in columns are Dataverse's own, but they are a plausible handful and not the whole; a
seed adds more. The shape of attributes and relationships follows the Web API's metadata types from memory: nobody read
it on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.simulator.nouns import derived_id

if TYPE_CHECKING:
    from reconciler.simulator.tables import Table

BASE_TYPES = {
    "MultiSelectPicklist": "Virtual",
    "Image": "Virtual",
    "File": "Virtual",
}
"""What ``AttributeType`` shows for types that came later: ``AttributeTypeName`` alone names them."""
EVERYWHERE = (
    ("modifiedon", "DateTime"),
    ("versionnumber", "BigInt"),
    ("statecode", "State"),
    ("statuscode", "Status"),
    ("ownerid", "Owner"),
    ("createdby", "Lookup"),
)
BUILT_IN: dict[str, tuple[tuple[str, str], ...]] = {
    "account": (
        ("telephone1", "String"),
        ("description", "Memo"),
        ("revenue", "Money"),
        ("numberofemployees", "Integer"),
        ("industrycode", "Picklist"),
        ("donotemail", "Boolean"),
        ("primarycontactid", "Lookup"),
    ),
    "contact": (("emailaddress1", "String"), ("birthdate", "DateTime"), ("parentcustomerid", "Customer")),
    "opportunity": (("estimatedvalue", "Money"), ("estimatedclosedate", "DateTime"), ("customerid", "Customer")),
}
ROLLUPS = {"account": (("opendeals", "Integer", "opportunity"), ("openrevenue", "Money", "opportunity"))}
"""Rollup columns that ship with Dynamics 365 Sales, and the table that each is reckoned from."""
JOINS = {
    "accountleads": ("account", "lead"),
    "contactleads": ("contact", "lead"),
    "contactinvoices": ("contact", "invoice"),
    "contactorders": ("contact", "salesorder"),
    "contactquotes": ("contact", "quote"),
    "opportunitycompetitors": ("opportunity", "competitor"),
    "leadcompetitors": ("lead", "competitor"),
    "leadproduct": ("lead", "product"),
    "competitorproduct": ("competitor", "product"),
    "campaignitem": ("campaign", "list"),
    "systemuserroles": ("systemuser", "role"),
    "teamroles": ("team", "role"),
    "teammembership": ("team", "systemuser"),
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column. ``source_type`` is 1 for calculated and 2 for rollup columns, None for plain ones."""

    table: str
    name: str
    type: str
    source_type: int | None = None
    base_tables: tuple[str, ...] = ()
    history: tuple[tuple[float, str], ...] = ()
    """Types that it had, each with the time until when."""

    def type_at(self, moment: float) -> str:
        """The type that the column had at a moment."""
        return next((kind for until, kind in self.history if moment < until), self.type)


def attributes_of(table: Table) -> list[Attribute]:
    """The columns of a table, by name."""
    found = [Attribute(table.name, table.name + "id", "Uniqueidentifier")]
    if table.created_on:
        found.append(Attribute(table.name, "createdon", "DateTime"))
    if not table.intersect:
        found += [Attribute(table.name, "name", "String"), *(Attribute(table.name, *each) for each in EVERYWHERE)]
    found += [Attribute(table.name, *each) for each in BUILT_IN.get(table.name, ())]
    found += [Attribute(table.name, name, kind, 2, (base,)) for name, kind, base in ROLLUPS.get(table.name, ())]
    found += [Attribute(table.name, end + "id", "Uniqueidentifier") for end in sorted(set(joined(table) or ()))]
    by_name = {attribute.name: attribute for attribute in found}
    for entry in table.columns:
        by_name[entry["name"]] = _declared(table, entry, by_name.get(entry["name"]))
    return [by_name[name] for name in sorted(by_name)]


def _declared(table: Table, entry: dict[str, Any], known: Attribute | None) -> Attribute:
    return Attribute(
        table.name,
        entry["name"],
        entry.get("type") or (known.type if known else "String"),
        entry.get("sourceType", known.source_type if known else None),
        tuple(entry.get("baseTables", known.base_tables if known else ())),
        (*(known.history if known else ()), *((until, kind) for until, kind in entry.get("history", ()))),
    )


def joined(table: Table) -> tuple[str, ...] | None:
    """The two tables that an intersect table joins; None where it is none, or nobody said."""
    if not table.intersect:
        return None
    return table.joins or JOINS.get(table.name)


def attribute_metadata(attribute: Attribute) -> dict[str, Any]:
    """The definition of a column. What belongs to a derived type comes last."""
    base = BASE_TYPES.get(attribute.type, attribute.type)
    return {
        "@odata.type": f"#Microsoft.Dynamics.CRM.{attribute.type}AttributeMetadata",
        "MetadataId": derived_id("attribute", attribute.table, attribute.name),
        "LogicalName": attribute.name,
        "SchemaName": attribute.name,
        "EntityLogicalName": attribute.table,
        "AttributeType": base,
        "AttributeTypeName": {"Value": f"{attribute.type}Type"},
        "AttributeOf": None,
        "IsValidForRead": True,
        "IsLogical": False,
        "SourceType": attribute.source_type or 0,
    }


def formula(attribute: Attribute) -> str | None:
    """The definition of a calculated or rollup column: XAML that names the tables that it reads."""
    if not attribute.source_type:
        return None
    steps = "".join(
        f'<mxswa:GetEntityProperty Attribute="{base}id" Entity="[InputEntities(&quot;related_{base}&quot;)]" '
        f'EntityName="{base}" />'
        for base in (attribute.table, *attribute.base_tables)
    )
    return f'<Activity xmlns="http://schemas.microsoft.com/netfx/2009/xaml/activities">{steps}</Activity>'


def relationships_of(table: Table, tables: dict[str, Table]) -> list[dict[str, Any]]:
    """The N:N relationships that a table takes part in, as an end or as the one that joins."""
    found = []
    for each in tables.values():
        ends = joined(each)
        if ends is not None and table.name in (*ends, each.name) and ends[0] in tables and ends[1] in tables:
            found.append({
                "SchemaName": f"{each.name}_association",
                "MetadataId": derived_id("relationship", each.name),
                "RelationshipType": "ManyToManyRelationship",
                "IntersectEntityName": each.name,
                "Entity1LogicalName": ends[0],
                "Entity2LogicalName": ends[1],
            })  # fmt: skip
    return found
