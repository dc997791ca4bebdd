"""What do links leave in Azure: containers of storage accounts, and lake databases of workspaces?

They outlive their links. A link that is unlinked with its data kept, or lost with its environment, leaves both, and
they stand in the way of the next one: documented for links with a managed identity and for lake databases, a guess for
the rest. When the service makes them is not published: here, at the first activate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconciler.simulator.links import Link
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World


@dataclass(slots=True)
class Container:
    """A container (file system) of a storage account."""

    account: str
    name: str
    environment: str
    """The id of the environment whose link made it; empty for a container of other data."""
    created: float
    link: str = ""
    """The folder of the link that writes, or wrote, to it."""
    type: str = "csv"
    tables: dict[str, int] = field(default_factory=dict)
    """Tables that it still holds from a link that is gone, with their rows."""

    @property
    def key(self) -> str:
        """What it is kept under."""
        return container_key(self.account, self.name)

    @property
    def holds_model(self) -> bool:
        """Whether model.json lies in its root: in those of near-real-time links and of Delta links."""
        return bool(self.environment) and self.type in ("csv", "delta")


@dataclass(slots=True)
class LakeDatabase:
    """A lake database of a Synapse workspace."""

    workspace: str
    name: str
    container: str
    environment: str
    created: float
    account: str = ""
    link: str = ""
    """The folder of the link that made it."""
    type: str = "csv"
    tables: dict[str, int] = field(default_factory=dict)
    """Tables that it still holds from a link that is gone, with their rows."""

    @property
    def key(self) -> str:
        """What it is kept under."""
        return database_key(self.workspace, self.name)


def container_key(account: str, name: str) -> str:
    """What a container is kept under."""
    return f"{account}/{name}".lower()


def database_key(workspace: str, name: str) -> str:
    """What a lake database is kept under."""
    return f"{workspace}/{name}".lower()


def container(world: World, account: str, name: str) -> Container | None:
    """A container by its account and name."""
    return world.containers.get(container_key(account, name))


def containers_of(world: World, account: str) -> list[Container]:
    """The containers of a storage account, by name."""
    found = (each for each in world.containers.values() if each.account == account.lower())
    return sorted(found, key=lambda each: each.name)


def delete_container(world: World, account: str, name: str) -> bool:
    """Delete a container with all that it holds; False where there is none."""
    return world.forget("container", container_key(account, name))


def databases_of(world: World, workspace: str) -> list[LakeDatabase]:
    """The lake databases of a workspace, by name."""
    found = (each for each in world.databases.values() if each.workspace.lower() == workspace.lower())
    return sorted(found, key=lambda each: each.name)


def drop_database(world: World, workspace: str, name: str) -> bool:
    """Drop a lake database with its tables; False where there is none."""
    return world.forget("database", database_key(workspace, name))


def database_name(world: World, container_name: str) -> str:
    """How the lake database of a container is named: a switch."""
    return database_named(container_name, world.answer("lake-database-name"))


def database_named(container_name: str, answer: str) -> str:
    """The name of a lake database under an answer to ``lake-database-name``."""
    return container_name.replace("-", "_") if answer == "underscores" else container_name


def writing_link(world: World, noun: Container | LakeDatabase) -> Link | None:
    """The live link that writes there; None for what is left over."""
    links = world.links_of.get(noun.environment, [])
    return next((link for link in links if link.folder == noun.link and link.deleted is None), None)


def made_by(link: Link, at: float) -> tuple[Container | None, LakeDatabase | None]:
    """What the first activate of a link makes. The lake of a link to Fabric belongs to Dataverse: nobody sees it."""
    if link.managed:
        return None, None
    lake = link.lake
    made = Container(lake.account.lower(), lake.container, link.environment, at, link.folder, link.type)
    if not lake.workspace:
        return made, None
    database = LakeDatabase(
        lake.workspace,
        lake.database,
        lake.container,
        link.environment,
        at,
        lake.account.lower(),
        link.folder,
        link.type,
    )
    return made, database


def make(world: World, link: Link) -> None:
    """Make what an activated link writes to, where it isn't there."""
    for made in made_by(link, world.now()):
        if made is None:
            continue
        kind, held = ("container", world.containers) if isinstance(made, Container) else ("database", world.databases)
        if made.key not in held:
            world.save_storage(kind, made)


def leave(world: World, link: Link, rows: dict[str, int], *, delete: bool) -> None:
    """What becomes of a link's container and database when it ends: deleted, or left over with its tables."""
    for made in made_by(link, world.now()):
        if made is None:
            continue
        kind = "container" if isinstance(made, Container) else "database"
        held: dict[str, Any] = world.containers if kind == "container" else world.databases
        found = held.get(made.key)
        if found is None or found.link != link.folder:
            continue
        if delete:
            world.forget(kind, made.key)
        else:
            found.tables = dict(rows)
            world.save_storage(kind, found)


def in_the_way(world: World, environment: Environment, account: str, name: str, workspace: str) -> bool:
    """Whether a container or lake database of the same environment is left over where a new link would write."""
    found = container(world, account, name)
    database = world.databases.get(database_key(workspace, database_name(world, name))) if workspace else None
    return any(
        each is not None and each.environment == environment.id and writing_link(world, each) is None
        for each in (found, database)
    )
