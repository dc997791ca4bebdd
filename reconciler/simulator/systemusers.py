"""Which people does an organization know, and which security roles do they hold?

Source: the table reference of systemuser and role. Two people at the most: the local cloud's user and its application.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.nouns import derived_id

if TYPE_CHECKING:
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World

USER_FILTER = re.compile(r"azureactivedirectoryobjectid eq '?([0-9a-fA-F-]{36})'?")
SYSTEM_ADMINISTRATOR = "627090ff-40a3-4053-8790-584edc5be201"
"""The template of the role, the same in every organization."""
BASIC_USER = "119f245c-3cc8-4b62-b31c-d1a046ced15d"


def users_of(world: World, environment: Environment, object_id: str) -> list[dict[str, Any]]:
    """The rows of one person, by Entra object id."""
    for principal in (world.user, world.app):
        if principal.id == object_id and principal.enters(environment):
            administers = principal.administers_links(environment)
            name, template = (
                ("System Administrator", SYSTEM_ADMINISTRATOR) if administers else ("Basic User", BASIC_USER)
            )
            role = {
                "roleid": derived_id(environment.id, template),
                "name": name,
                "_roletemplateid_value": template,
            }
            row = {"systemuserid": derived_id(environment.id, principal.id), "isdisabled": False}
            return [{**row, "systemuserroles_association": [role]}]
    return []
