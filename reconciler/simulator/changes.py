"""Which changes can be made from outside the services, and what does each do?

One table of named changes serves the control host of a running cloud and the commands on one that is not running.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reconciler.simulator.profiles import edit, unlink
from reconciler.simulator.seeds import SeedError, apply_seed
from reconciler.simulator.world import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.faults import Faults
    from reconciler.simulator.world import World

Body = dict[str, Any]


class ChangeError(ValueError):
    """The change can't be made; the message says why."""


class Changes:
    """Changes to the world behind the services."""

    def __init__(self, world: World, faults: Faults | None = None, reseeded: Callable[[], None] = lambda: None) -> None:
        self._world = world
        self._faults = faults
        self._reseeded = reseeded
        self._by_name: dict[str, Callable[[Body], Body]] = {
            "seed": self._seed,
            "clock": self._clock,
            "edit": self._edit,
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
        except (UnknownNameError, SeedError) as error:
            raise ChangeError(str(error)) from error

    def _seed(self, body: Body) -> Body:
        # A seed comes here checked, by the process that has its file and knows its lines.
        apply_seed(self._world, body["seed"], replace=body.get("replace", False))
        self._reseeded()
        return {
            "environments": len(self._world.environments),
            "links": len(self._world.links),
            "resources": len(self._world.resources),
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
            unlink(self._world, link)
        else:
            edit(self._world, link, **values)
        return {"tables": sorted(link.stored.tables) if link.stored else [], "active": link.active}

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

    def _fault(self, body: Body) -> Body:
        if self._faults is None:
            raise ChangeError("faults belong to a running server: start one with 'simulator serve'")
        if body.get("clear"):
            self._faults.clear()
        elif body:
            try:
                self._faults.add(**body)
            except re.error as error:
                message = f"{body['request']!r} is no regular expression: {error}"
                raise ChangeError(message) from error
        return {"faults": [f"{fault.kind} {fault.route} (hit {fault.hits})" for fault in self._faults]}
