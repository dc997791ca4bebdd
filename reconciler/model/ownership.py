"""The mark of what this tool made: names that follow from what they name.

Facts: names of Azure role assignments are GUIDs that the client chooses, unique in a tenant; a role definition's id has
another prefix at each scope, and its last part is the same (docs/sources.md).
"""

from __future__ import annotations

from uuid import UUID, uuid5

_OURS = UUID("a94ae091-adae-492f-b7b4-e2f2ce07e362")
"""The namespace of namespaces: texts of reconciler.yaml become UUIDs under it."""


def namespace_id(namespace: str | None) -> UUID:
    """The namespace of a repository as a UUID: as it is written where it is one, else made from its text.

    None is the namespace that all repositories without one share: names in it are as stable, and mark nothing.
    """
    try:
        return UUID((namespace or "").strip())
    except ValueError:
        return uuid5(_OURS, (namespace or "").strip())


def assignment_name(namespace: str | None, scope: str, role_definition_id: str, principal_id: str) -> str:
    """The name of a role assignment: the same for the same three, however their ids are spelt.

    ``scope`` is a resource id, ``role_definition_id`` one too or its last part alone, ``principal_id`` an object id.
    """
    role = role_definition_id.strip().rstrip("/").rpartition("/")[2]
    parts = ("/" + scope.strip().strip("/"), role, principal_id.strip())
    return str(uuid5(namespace_id(namespace), "|".join(parts).lower()))


def is_ours(namespace: str | None, name: str, scope: str, role_definition_id: str, principal_id: str) -> bool:
    """Whether a role assignment bears the mark of this repository. Never without a namespace: others share that one."""
    if not (namespace or "").strip():
        return False
    return name.strip().lower() == assignment_name(namespace, scope, role_definition_id, principal_id)
