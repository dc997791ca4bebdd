"""What is the whole state of the local cloud, and how is a change to it kept?

Everything is in memory while a process holds the store; every change is written through. One lock orders the server's
requests with what tests and commands do from outside.
"""

from __future__ import annotations

import secrets
import threading
import uuid
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from reconciler.model.assumption import BY_ID
from reconciler.simulator.clock import Clock
from reconciler.simulator.links import Link
from reconciler.simulator.nouns import Environment, Principal, Resource, Settings, Tenant, derived_id
from reconciler.simulator.storage import Container, LakeDatabase
from reconciler.simulator.store import Store, UnusableError
from reconciler.simulator.tables import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from reconciler.simulator.tables import Table

Noun = Tenant | Environment | Principal | Resource | Settings | Container | LakeDatabase
FORMAT = 2
"""Of the documents in the store."""
SEEDED_KINDS = (
    "tenant", "environment", "principal", "resource", "assignment", "tables", "link", "container", "database", "fabric",
    "blob",
)  # fmt: skip


WORKSPACE_TYPE = "microsoft.synapse/workspaces"


class UnknownNameError(LookupError):
    """There is no such environment, link, switch or table."""


def document_of(noun: Noun) -> dict[str, Any]:
    """The form of a noun in the store."""
    return {field.name: getattr(noun, field.name) for field in fields(noun)}


class World:
    """The state behind every service."""

    def __init__(self, directory: Path) -> None:
        self.lock = threading.RLock()
        self.store = Store(directory)
        self.epoch = 0
        """Grows when everything may have changed: a seed, a switch, a setting."""
        self._changes: dict[str, int] = {}
        self._identify()
        self.clock = Clock(self._setting("clock").get("offset", 0.0))
        self.settings = Settings(**self._setting("settings"))
        self.load()

    def _setting(self, key: str) -> dict[str, Any]:
        return self.store.get("setting", key) or {}

    def _identify(self) -> None:
        identity = self.store.get("setting", "identity")
        if identity is None:
            identity = {
                "format": FORMAT,
                "instance": str(uuid.uuid4()),
                "key": secrets.token_hex(32),
                "client_secret": "sim-" + secrets.token_urlsafe(24),
            }
            self.store.put("setting", "identity", identity)
        if identity.get("format") != FORMAT:
            self.store.close()
            message = f"{self.store.path} was written by another version: delete it and seed anew"
            raise UnusableError(message)
        self.instance: str = identity["instance"]
        self.key = bytes.fromhex(identity["key"])
        self.client_secret: str = identity["client_secret"]

    def load(self) -> None:
        """Take everything from the store anew."""
        self.epoch += 1
        self.tenants = {key: Tenant(**body) for key, body in self.store.all("tenant")}
        self.environments = {key: Environment(**body) for key, body in self.store.all("environment")}
        self.resources = {key: Resource(**body) for key, body in self.store.all("resource")}
        self.assignments = [body for _, body in self.store.all("assignment")]
        self.shared_tables = {key: body["tables"] for key, body in self.store.all("tables")}
        self.links = {key: Link.from_document(body) for key, body in self.store.all("link")}
        self.containers = {key: Container(**body) for key, body in self.store.all("container")}
        self.databases = {key: LakeDatabase(**body) for key, body in self.store.all("database")}
        self.fabric = dict(self.store.all("fabric"))
        """Workspaces of Fabric, and connections from them to Dataverse, by id."""
        stored = {key: Principal(**body) for key, body in self.store.all("principal")}
        self.app = stored.get("app") or default_principal("app", self.instance)
        self.user = stored.get("user") or default_principal("user", self.instance)
        self.links_of: dict[str, list[Link]] = {}
        for link in self.links.values():
            self.links_of.setdefault(link.environment, []).append(link)
        self.by_workspace = {
            resource.body["name"].lower(): resource
            for resource in self.resources.values()
            if resource.type.lower() == WORKSPACE_TYPE
        }
        """Synapse workspaces by name, which is a part of their host's."""
        self.index_hosts()

    def index_hosts(self) -> None:
        """Know which environment is behind which host: none that is deleted."""
        there = [environment for environment in self.environments.values() if environment.state != "Deleted"]
        self.by_host = {environment.host: environment for environment in there}
        self.by_link_host: dict[str, list[Environment]] = {}
        for environment in there:
            self.by_link_host.setdefault(environment.link_host, []).append(environment)

    def principal(self, kind: str) -> Principal:
        """The application or the user."""
        return self.user if kind == "user" else self.app

    def now(self) -> float:
        """The time in the local cloud."""
        return self.clock.now()

    def answer(self, assumption: str) -> str:
        """The answer that holds for an open question."""
        return self.settings.assumptions.get(assumption) or BY_ID[assumption].assumed

    def assume(self, assumption: str, answer: str) -> None:
        """Switch one open question to one of its answers."""
        known = BY_ID.get(assumption)
        if known is None or answer not in known.answers:
            offered = BY_ID if known is None else known.answers
            message = f"{assumption}={answer}: expected one of {', '.join(offered)}"
            raise UnknownNameError(message)
        self.settings.assumptions[assumption] = answer
        self.save_settings()

    def environment(self, name: str) -> Environment:
        """An environment by its name or id."""
        for environment in self.environments.values():
            if name in (environment.name, environment.id):
                return environment
        message = (
            f"no environment {name!r}; there are: {', '.join(e.name for e in self.environments.values()) or 'none'}"
        )
        raise UnknownNameError(message)

    def link(self, environment: str, account: str) -> Link:
        """The link of an environment that writes to an account; ``fabric`` for the one to Fabric."""
        found = self.links_of.get(self.environment(environment).id, [])
        for link in found:
            if link.deleted is None and account in (link.lake.account, link.type if link.managed else None):
                return link
        known = ", ".join(link.lake.account for link in found) or "none"
        message = f"no link of {environment!r} to {account!r}; there are: {known}"
        raise UnknownNameError(message)

    def tables(self, environment: Environment) -> dict[str, Table]:
        """The tables of an environment as they were seeded."""
        return tables_of(tuple(environment.table_sets), self.shared_tables, environment.tables)

    def save_link(self, link: Link) -> None:
        """Keep a link as it is now."""
        if link.profile_id not in self.links:
            self.links[link.profile_id] = link
            self.links_of.setdefault(link.environment, []).append(link)
        self._touch(link.environment)
        self.store.put("link", link.profile_id, link.as_document())

    def remove_link(self, link: Link) -> None:
        """Forget a link as if it had never been, rows and all."""
        del self.links[link.profile_id]
        self.links_of[link.environment].remove(link)
        self._touch(link.environment)
        self.store.delete("link", link.profile_id)

    def save_storage(self, kind: str, noun: Container | LakeDatabase) -> None:
        """Keep a container or a lake database as it is now."""
        if isinstance(noun, Container):
            self.containers[noun.key] = noun
        else:
            self.databases[noun.key] = noun
        self.store.put(kind, noun.key, document_of(noun))

    def forget(self, kind: str, key: str) -> bool:
        """Forget a container or a lake database; False where there is none."""
        held: dict[str, Any] = self.containers if kind == "container" else self.databases
        if held.pop(key, None) is None:
            return False
        self.store.delete(kind, key)
        return True

    def save_environment(self, environment: Environment) -> None:
        """Keep an environment as it is now."""
        self._touch(environment.id)
        self.store.put("environment", environment.id, document_of(environment))

    def save_resource(self, resource: Resource) -> None:
        """Keep an Azure resource as it is now."""
        self.resources[resource.id.lower()] = resource
        if resource.type.lower() == WORKSPACE_TYPE:
            self.by_workspace[resource.body["name"].lower()] = resource
        self.store.put("resource", resource.id.lower(), document_of(resource))

    def save_settings(self) -> None:
        """Keep the settings and the clock as they are now."""
        self.epoch += 1
        self.store.put("setting", "settings", document_of(self.settings))
        self.store.put("setting", "clock", {"offset": self.clock.offset})

    def _touch(self, environment: str) -> None:
        self._changes[environment] = self._changes.get(environment, 0) + 1

    def stamp(self, environment: Environment) -> tuple[int, int]:
        """What an answer about an environment was computed from: under another stamp it is stale."""
        return self.epoch, self._changes.get(environment.id, 0)

    def replace_all(self, documents: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
        """Exchange everything that a seed brings for these documents."""
        self.store.drop(SEEDED_KINDS)
        self.store.put_all(documents)
        self.load()

    @property
    def seeded(self) -> bool:
        """Whether there is anything that a seed brings."""
        return bool(self.tenants)

    def close(self) -> None:
        """Give up the store."""
        self.store.close()


def default_principal(kind: str, instance: str) -> Principal:
    """The application or the user with every right, as they are where a seed says nothing."""
    user = kind == "user"
    return Principal(
        kind="user" if user else "app",
        id=derived_id(instance, kind),
        name="admin@contoso.onmicrosoft.com" if user else "reconciler",
        dataverse=True,
        bap=True,
        azure=True,
        metadata_write=True,
        link_administrator=user,
    )
