"""Which changes can be made from outside the services, and what does each do?

One table of named changes serves the control host of a running cloud and the commands on one that is not running.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from reconciler.simulator.events import UnusableEventError, befall
from reconciler.simulator.profiles import RefusedError, edit, unlink
from reconciler.simulator.resource_graph import INDEXED
from reconciler.simulator.seeds import SeedError, apply_seed
from reconciler.simulator.table_edits import retype_columns
from reconciler.simulator.troubles import UnusableTroubleError, fail, heal, nearest, settle
from reconciler.simulator.world import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.faults import Faults
    from reconciler.simulator.links import Link
    from reconciler.simulator.world import World

Body = dict[str, Any]
COUNTED = INDEXED | {"subscription", "group"}
"""The resources that a seed names, without what belongs to them."""


class ChangeError(ValueError):
    """The change can't be made; the message says why."""


class Changes:
    """Changes to the world behind the services."""

    def __init__(self, world: World, faults: Faults | None = None, reseeded: Callable[[], None] = lambda: None) -> None:
        self._world = world
        self._faults = faults
        self._reseeded = reseeded
        self.routes: Callable[[], set[str]] = set
        """The names of the routes that are served."""
        self._by_name: dict[str, Callable[[Body], Body]] = {
            "seed": self._seed,
            "clock": self._clock,
            "edit": self._edit,
            "event": self._event,
            "columns": self._columns,
            "assume": self._assume,
            "fault": self._fault,
            "settings": self._settings,
        }

    def apply(self, name: str, body: Any) -> Body:
        """Make one change and say how things are after it; ChangeError where it can't be made."""
        change = self._by_name.get(name)
        if change is None:
            message = f"no change is named {name!r}; there are: {', '.join(self._by_name)}"
            raise ChangeError(message)
        if not isinstance(body, dict):
            raise ChangeError("a change is described by an object")
        try:
            return change(body)
        except RefusedError as error:
            message = f"the service would refuse this with {error.status}"
            raise ChangeError(message) from error
        except (UnknownNameError, SeedError, UnusableEventError, UnusableTroubleError) as error:
            raise ChangeError(str(error)) from error

    def _seed(self, body: Body) -> Body:
        # A seed comes here checked, by the process that has its file and knows its lines.
        apply_seed(self._world, body["seed"], replace=body.get("replace", False))
        self._reseeded()
        return {
            "environments": len(self._world.environments),
            "links": len(self._world.links),
            "resources": sum(resource.type.lower() in COUNTED for resource in self._world.resources.values()),
        }

    def _clock(self, body: Body) -> Body:
        if body.get("reset"):
            self._world.clock.reset()
        self._world.clock.advance(float(body.get("advance", 0)))
        self._world.save_settings()
        return {"now": self._world.now(), "offset": self._world.clock.offset}

    def _edit(self, body: Body) -> Body:
        values = dict(body)
        link = self._world.link(values.pop("environment"), values.pop("account"))
        if values.pop("unlink", False):
            unlink(self._world, link, keep_data=values.get("keep_data", False))
        elif not self._trouble(link, values) or values:
            self._known_tables(link, values)
            edit(self._world, link, **values)
        return {"tables": sorted(link.stored.tables) if link.stored else [], "active": link.active}

    def _trouble(self, link: Link, values: Body) -> bool:
        """Let something befall a link, or end; whether there was anything of the kind."""
        ends, troubles, stalls = values.pop("heal", False), _names(values.pop("fail", ())), values.pop("stall", False)
        if ends:
            heal(self._world, link)
        fail(self._world, link, troubles)
        if stalls:
            link.stalled = True
            settle(self._world, link)
        return bool(ends or troubles or stalls)

    def _known_tables(self, link: Link, values: Body) -> None:
        environment = self._world.environments[link.environment]
        there = {*self._world.tables(environment), *(table["name"] for table in environment.finops_tables)}
        linked = link.stored.tables if link.stored else {}
        for names, known in ((values.get("add_tables", ()), there), (values.get("remove_tables", ()), linked)):
            for name in _names(names):
                if name not in known:
                    message = f"no table {name!r}; near: {nearest(name, known)}"
                    raise ChangeError(message)

    def _event(self, body: Body) -> Body:
        environment = self._world.environment(body["environment"])
        event, value = _names([body["event"], body.get("value", "")])
        befall(self._world, environment, event, value)
        links = [link for link in self._world.links_of.get(environment.id, []) if link.deleted is None]
        return {"links": len(links), "url": environment.url, "state": environment.state}

    def _columns(self, body: Body) -> Body:
        environment = self._world.environment(body["environment"])
        return {"columns": retype_columns(self._world, environment, body["table"], body["columns"])}

    def _assume(self, body: Body) -> Body:
        for assumption, answer in body.items():
            self._world.assume(assumption, answer)
        return dict(self._world.settings.assumptions)

    def _settings(self, body: Body) -> Body:
        for name, value in body.items():
            held = getattr(self._world.settings, name, None)
            if held is None or not isinstance(value, (int, float) if isinstance(held, float) else type(held)):
                message = f"{name}={value!r} is no setting"
                raise ChangeError(message)
            setattr(self._world.settings, name, value)
        self._world.save_settings()
        return {}

    def _known_route(self, pattern: str) -> None:
        known = self.routes()
        if known and not any(fnmatchcase(name, pattern) for name in known):
            message = f"no route is named {pattern!r}; near: {nearest(pattern, known)}"
            raise ChangeError(message)

    def _fault(self, body: Body) -> Body:
        if self._faults is None:
            raise ChangeError("faults belong to a running server: start one with 'simulator serve'")
        if body.get("clear"):
            self._faults.clear()
        elif body:
            self._known_route(body.get("route", "*"))
            try:
                self._faults.add(**body)
            except re.error as error:
                message = f"{body['request']!r} is no regular expression: {error}"
                raise ChangeError(message) from error
        return {"faults": [f"{fault.kind} {fault.route} ({fault.hits} hit so far)" for fault in self._faults]}


def _names(values: Any) -> list[str]:
    if not isinstance(values, (list, tuple)) or not all(isinstance(value, str) for value in values):
        message = f"expected names, found {values!r}"
        raise ChangeError(message)
    return list(values)
