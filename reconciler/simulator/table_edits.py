"""How does a table's schema change under a running link?

A column that is edited keeps the types that it had, each with the time until when: what was exported before stays as it
was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.attributes import attributes_of
from reconciler.simulator.world import UnknownNameError

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World


def retype_columns(world: World, environment: Environment, table: str, types: dict[str, str]) -> dict[str, str]:
    """Gives columns of a table new types, and adds those that it lacks. The types of all its columns afterwards."""
    found = world.tables(environment).get(table)
    if found is None:
        message = f"no table {table!r} in {environment.name!r}"
        raise UnknownNameError(message)
    present = {attribute.name: attribute.type for attribute in attributes_of(found)}
    edits: list[dict[str, Any]] = []
    for name, kind in types.items():
        entry: dict[str, Any] = {"name": name, "type": kind}
        if name in present:
            entry["history"] = [[world.now(), present[name]]]
        edits.append(entry)
    environment.tables.append({"name": table, "columns": edits})
    world.save_environment(environment)
    return present | types
