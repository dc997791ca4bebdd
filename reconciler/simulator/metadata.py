"""What does the metadata of a table say, to whom, and how is it changed?

A PUT replaces the definition: what is left out reverts to its default. It is seen at once by readers that ask for
``Consistency: Strong``, and by the others after publishing or about half a minute later.
Source: the Web API pages on creating and updating table definitions. The set of properties is a plausible part of
EntityMetadata, not all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.tables import Table
    from reconciler.simulator.world import World

SPREAD_SECONDS = 30.0
LABELS = ("DisplayName", "DisplayCollectionName", "Description")
DEFAULTS: dict[str, Any] = {
    "ChangeTrackingEnabled": False,
    "IsOptimisticConcurrencyEnabled": True,
    "HasActivities": False,
    "HasNotes": False,
    "HasFeedback": False,
    "IsAuditEnabled": {"Value": False, "CanBeChanged": True, "ManagedPropertyLogicalName": "canmodifyauditsettings"},
    "IsDocumentManagementEnabled": False,
    "IsQuickCreateEnabled": False,
    "IsRetentionEnabled": False,
    "IsArchivalEnabled": False,
    "EntityColor": None,
    "DisplayName": None,
    "DisplayCollectionName": None,
    "Description": None,
    "IsRenameable": None,
    "IsCustomizable": None,
    "CanCreateAttributes": None,
}
"""What a property that may be written becomes when a PUT leaves it out."""


def managed_property(value: bool, name: str) -> dict[str, Any]:
    """A BooleanManagedProperty."""
    return {"Value": value, "CanBeChanged": True, "ManagedPropertyLogicalName": name}


def label(text: str, languages: list[int]) -> dict[str, Any]:
    """A Label in every language of the organization."""
    labels = [
        {"Label": text if code == languages[0] else f"{text} ({code})", "LanguageCode": code, "IsManaged": True,
         "MetadataId": None, "HasChanged": None}
        for code in languages
    ]  # fmt: skip
    return {"LocalizedLabels": labels, "UserLocalizedLabel": labels[0]}


def display_name(table: Table) -> str:
    """The name of a table in the organization's first language."""
    return table.name.replace("_", " ").title()


def definition(table: Table, languages: list[int]) -> dict[str, Any]:
    """The definition of a table as it was seeded."""
    words = display_name(table)
    return {
        "MetadataId": table.metadata_id,
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.set_name,
        "LogicalCollectionName": table.set_name,
        "ObjectTypeCode": table.code,
        "TableType": table.type,
        "CanChangeTrackingBeEnabled": managed_property(table.can_track, "canchangetrackingbeenabled"),
        "IsCustomEntity": table.custom,
        "IsManaged": table.managed,
        "IsIntersect": table.intersect,
        "IsActivity": table.type == "Activity",
        "IsPrivate": False,
        "IsLogicalEntity": False,
        "DataProviderId": "7015a531-cc0d-4537-b5f2-c882a1eb65ad" if table.type == "Virtual" else None,
        "ExternalName": table.name if table.type == "Virtual" else None,
        "OwnershipType": "None" if table.intersect else "UserOwned",
        "PrimaryIdAttribute": "activityid" if table.type == "Activity" else table.name + "id",
        "PrimaryNameAttribute": None if table.intersect else "name",
        "HasChanged": None,
    } | {
        **DEFAULTS,
        "ChangeTrackingEnabled": table.tracking,
        "HasActivities": table.name in ("account", "contact", "lead", "opportunity", "incident"),
        "HasNotes": table.name in ("account", "contact", "lead", "opportunity", "incident", "quote"),
        "DisplayName": label(words, languages),
        "DisplayCollectionName": label(words + "s", languages),
        "Description": label(f"Records of {words}.", languages),
        "IsRenameable": managed_property(value=True, name="isrenameable"),
        "IsCustomizable": managed_property(value=True, name="iscustomizable"),
        "CanCreateAttributes": managed_property(value=True, name="cancreateattributes"),
    }


def edits_seen(world: World, environment: Environment, *, strong: bool) -> dict[str, dict[str, Any]]:
    """What readers see changed, by table: with ``strong`` everything, otherwise what was published or has spread."""
    seen = dict(environment.edits)
    for name, change in environment.pending.items():
        if strong or change["at"] + SPREAD_SECONDS <= world.now():
            seen[name] = change["values"]
    return seen


def tracking_enabled(world: World, environment: Environment, name: str) -> bool:
    """Whether change tracking is on for a table, as the platform itself knows it."""
    edits = edits_seen(world, environment, strong=True)
    if name in edits and "ChangeTrackingEnabled" in edits[name]:
        return bool(edits[name]["ChangeTrackingEnabled"])
    table = world.tables(environment).get(name)
    return table is not None and table.tracking


def tracked(world: World, environment: Environment) -> set[str]:
    """Every table that ``tracking_enabled`` holds for."""
    edits = edits_seen(world, environment, strong=True)
    tables = world.tables(environment).values()
    return {each.name for each in tables if edits.get(each.name, {}).get("ChangeTrackingEnabled", each.tracking)}


def current_definition(world: World, environment: Environment, table: Table, *, strong: bool) -> dict[str, Any]:
    """The whole definition of a table as a reader sees it."""
    edits = edits_seen(world, environment, strong=strong).get(table.name, {})
    return definition(table, environment.languages) | edits


class DefinitionRefusedError(Exception):
    """The platform refuses a definition; the message says why."""


def put_definition(world: World, environment: Environment, table: Table, body: dict[str, Any], *, merge: bool) -> None:
    """Replace the definition of a table: what ``body`` leaves out reverts to its default."""
    before = current_definition(world, environment, table, strong=True)
    unknown = [key for key in body if key not in before and "@" not in key]
    if unknown:
        message = f"The property '{unknown[0]}' does not exist on type 'Microsoft.Dynamics.CRM.EntityMetadata'."
        raise DefinitionRefusedError(message)
    after = {key: body.get(key, default) for key, default in DEFAULTS.items()}
    wrong = [key for key, value in after.items() if not isinstance(value, type(before[key]) | type(DEFAULTS[key]))]
    if wrong:
        message = f"Cannot convert the value of property '{wrong[0]}' to the expected type."
        raise DefinitionRefusedError(message)
    if before["ChangeTrackingEnabled"] and not after["ChangeTrackingEnabled"]:
        message = f"Change tracking cannot be disabled for entity {table.name}."
        raise DefinitionRefusedError(message)
    changed = after["ChangeTrackingEnabled"] is True and not before["ChangeTrackingEnabled"]
    if changed and not before["CanChangeTrackingBeEnabled"]["Value"]:
        message = f"Change tracking cannot be enabled for entity {table.name}: CanChangeTrackingBeEnabled is false."
        raise DefinitionRefusedError(message)
    if merge:
        after |= {key: _merged(before[key], after[key]) for key in LABELS}
    environment.pending[table.name] = {"at": world.now(), "values": after}
    world.save_environment(environment)


def _merged(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any] | None:
    if before is None or after is None:
        return after or before
    given = {item["LanguageCode"]: item for item in after.get("LocalizedLabels") or []}
    kept = [item for item in before["LocalizedLabels"] if item["LanguageCode"] not in given]
    return {**after, "LocalizedLabels": [*given.values(), *kept]}


def publish(world: World, environment: Environment, names: set[str] | None) -> None:
    """Make what was PUT seen by every reader: for the named tables, or for all."""
    for name in list(environment.pending):
        if names is None or name in names:
            environment.edits[name] = environment.pending.pop(name)["values"]
    world.save_environment(environment)
