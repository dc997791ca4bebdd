"""What befalls an environment, and what does that do to its links?

Source: the environment events of the Synapse Link pages. After a restore, copy (for the target), reset or move the
links are gone and their data stays; what is left of their rows is a switch. After a rename a link shows an error until
it is made again. Guessed: the code of that error, that the organization has to be registered anew, and that a reset
takes an environment's own tables with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.simulator.hosts import CLOUDS
from reconciler.simulator.progress import progress_of
from reconciler.simulator.storage import leave
from reconciler.simulator.troubles import CODES, settle
from reconciler.simulator.world import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.links import Link
    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World

ORGANIZATION = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+")
SUFFIXES = tuple(suffix for cloud in CLOUDS for suffix in cloud.dataverse)
ADMIN_MODE = ("DV-804", CODES["DV-804"])
RENAMED = ("OrganizationUrlChanged", "The URL of the organization is not the one that the link was made with.")


class UnusableEventError(ValueError):
    """The event can't befall this environment; the message says why."""


def befall(world: World, environment: Environment, event: str, value: str = "") -> None:
    """Let an event befall an environment.

    ``value``: the source of a copy, the new URL of a rename, the tenant of a move. UnusableEventError where it can't
    be.
    """
    known = EVENTS.get(event)
    if known is None:
        message = f"no event {event!r}; there are: {', '.join(EVENTS)}"
        raise UnusableEventError(message)
    takes, happen = known
    if bool(value) != bool(takes):
        message = f"{event} takes {takes or 'nothing more'}"
        raise UnusableEventError(message)
    happen(world, environment, value)
    world.save_environment(environment)
    world.index_hosts()


def _restore(world: World, environment: Environment, value: str) -> None:  # noqa: ARG001 - one signature for all events
    _lose_links(world, environment)


def _reset(world: World, environment: Environment, value: str) -> None:  # noqa: ARG001 - one signature for all events
    _lose_links(world, environment)
    environment.tables, environment.table_sets = [], []
    environment.edits, environment.pending = {}, {}


def _copy(world: World, environment: Environment, value: str) -> None:
    source = world.environment(value)
    if source is environment:
        raise UnusableEventError("an environment is copied to another one")
    _lose_links(world, environment)
    environment.tables, environment.table_sets = list(source.tables), list(source.table_sets)
    environment.edits, environment.pending = dict(source.edits), dict(source.pending)


def _rename(world: World, environment: Environment, value: str) -> None:
    url = value.rstrip("/").lower()
    host = url.removeprefix("https://")
    if not ORGANIZATION.fullmatch(url) or not host.endswith(SUFFIXES):
        message = f"expected a URL such as https://contoso.crm4.dynamics.com, found {value}"
        raise UnusableEventError(message)
    if host in world.by_host:
        message = f"{url} is the URL of {world.by_host[host].name!r}"
        raise UnusableEventError(message)
    environment.url = url
    for link in _live(world, environment):
        link.error = RENAMED
        settle(world, link)


def _move(world: World, environment: Environment, value: str) -> None:
    tenant = next((each for each in world.tenants.values() if value in (each.name, each.id)), None)
    if tenant is None:
        message = f"no tenant {value!r}; there are: {', '.join(each.name for each in world.tenants.values())}"
        raise UnknownNameError(message)
    _lose_links(world, environment)
    environment.tenant = tenant.id


def _admin_mode(world: World, environment: Environment, value: str) -> None:  # noqa: ARG001 - one signature for all events
    environment.state = "AdminMode"
    for link in _live(world, environment):
        link.error = link.error or ADMIN_MODE
        settle(world, link)


def _delete(world: World, environment: Environment, value: str) -> None:  # noqa: ARG001 - one signature for all events
    environment.state = "Deleted"
    for link in _live(world, environment):
        link.stalled = True
        settle(world, link)


def _recover(world: World, environment: Environment, value: str) -> None:  # noqa: ARG001 - one signature for all events
    environment.state = "Ready"
    for link in _live(world, environment):
        link.stalled = False
        link.error = None if link.error == ADMIN_MODE else link.error
        settle(world, link)


EVENTS: dict[str, tuple[str, Callable[[World, Environment, str], None]]] = {
    "restore": ("", _restore),
    "reset": ("", _reset),
    "copy": ("the environment that it was copied from (--from)", _copy),
    "rename": ("its new URL (--url)", _rename),
    "move": ("the tenant that it moved to (--tenant)", _move),
    "admin-mode": ("", _admin_mode),
    "delete": ("", _delete),
    "recover": ("", _recover),
}


def _live(world: World, environment: Environment) -> list[Link]:
    return [link for link in world.links_of.get(environment.id, []) if link.deleted is None]


def _lose_links(world: World, environment: Environment) -> None:
    """End every link. Containers and lake databases stay; of the rows, what the switch says."""
    moment = world.now()
    for link in _live(world, environment):
        rows = {name: progress_of(link, sync, moment).loaded for name, sync in link.syncs.items()}
        leave(world, link, rows, delete=False)
        if world.answer("event-rows") == "none":
            world.remove_link(link)
            continue
        link.deleted, link.kept, link.shortcuts = moment, True, []
        link.syncs.clear()
        world.save_link(link)
    environment.registered = False
    environment.events += 1
