"""What a person does in the portal while apply runs, and what must have become of it.

The service takes whole documents, whoever comes last, and has no version to hold them against: an edit that falls
between apply's last reading of a profile and its write can't be seen by anybody. Those are counted, not judged.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from reconciler.simulator import Cloud
from reconciler.simulator.links import Profile
from reconciler.simulator.views import LinkView
from tests.reliability.fleets import TABLES, Expected, Part

INTERVAL = 45


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing done to a link. ``table`` is added or removed; ``inactive`` leaves it written and not activated."""

    kind: str
    part: Part
    table: str = ""
    inactive: bool = False

    def __str__(self) -> str:
        return f"{self.kind} {self.table}".rstrip() + (", not activated" if self.inactive else "")

    def do(self, cloud: Cloud) -> frozenset[str]:
        """Does it, or nothing where the link is gone; gives the tables whose data had been dropped when it was done.
        Who activates a profile that somebody else had left so drops what that one had taken out."""
        self._do(cloud)
        link = live_link(cloud, self.part.expected)
        return frozenset(loss.table for loss in link.losses) if link else frozenset()

    def _do(self, cloud: Cloud) -> None:
        place = (self.part.expected.environment, self.part.expected.account)
        if live_link(cloud, self.part.expected) is None:
            return
        match self.kind:
            case "add":
                cloud.edit(*place, add_tables=[self.table], leave_inactive=self.inactive)
            case "remove":
                cloud.edit(*place, remove_tables=[self.table], leave_inactive=self.inactive)
            case "interval":
                cloud.edit(*place, interval=INTERVAL, leave_inactive=self.inactive)
            case _:
                cloud.unlink(*place)

    @property
    def needs_two_runs(self) -> bool:
        """Whether the next run activates a table that rows don't show before, and only the one after can remove it."""
        return self.kind == "add" and self.inactive and self._is_unwanted

    @property
    def _is_unwanted(self) -> bool:
        return _manifest(self.part).get("undeclaredTables") == "remove"

    def wrong(self, cloud: Cloud, dropped: frozenset[str], said: str) -> Iterator[str]:
        """What the run that it fell into should not have made of it. ``dropped`` is what ``do`` gave, ``said`` the plan
        that was shown: what it names was asked for."""
        link = live_link(cloud, self.part.expected)
        if self.kind == "unlink":
            if link is not None:
                yield "a link that was ended is there again"
        elif link is None or link.stored is None:
            yield "the link is gone"
        else:
            named = self._is_unwanted and f"- tables[{self.table}]" in said
            yield from self._lost(link, dropped, named=named)
            yield from self._undone(link.stored, named=named)

    def _lost(self, link: LinkView, dropped: frozenset[str], *, named: bool) -> Iterator[str]:
        lost = {loss.table for loss in link.losses} - self.part.expected.losses - dropped
        if named or (self.kind == "remove" and not self.inactive):
            lost.discard(self.table)
        if lost:
            yield f"the lake data of {', '.join(sorted(lost))} was dropped"

    def _undone(self, stored: Profile, *, named: bool) -> Iterator[str]:
        if self.kind == "remove" and self.table in stored.tables and self.table not in _declared(self.part):
            yield f"{self.table} is back, which nobody declared"
        if self.kind == "add" and self.table not in stored.tables and not named:
            yield f"{self.table} is gone again"
        if self.kind == "interval" and stored.interval != INTERVAL and not _manages_interval(self.part):
            yield f"the interval is {stored.interval} again"

    def expected_after(self, dropped: frozenset[str]) -> Expected | None:
        """What the next run must make of the link; None where only a person can say."""
        expected = replace(self.part.expected, losses=self.part.expected.losses | dropped)
        removes = self._is_unwanted
        match self.kind:
            case "add" if removes:
                return replace(expected, losses=expected.losses | {self.table})
            case "add":
                return replace(expected, tables=_tables(expected) | {self.table})
            case "remove" if self.inactive and not removes and self.table not in _named(self.part):
                return None
            case "remove":
                kept = _tables(expected) if self.table in _declared(self.part) else _tables(expected) - {self.table}
                return replace(expected, tables=kept, losses=expected.losses | {self.table})
            case "interval" if not _manages_interval(self.part) and expected.account != "fabric":
                return replace(expected, interval=INTERVAL)
            case "unlink":
                return None
        return expected


def draw_edit(chance: random.Random, part: Part) -> Edit:
    """Something that a person may do to a link that is live."""
    named = _named(part) | set((part.live or {})["tables"])
    free = [name for name in TABLES if name not in named]
    kinds = ["remove", "unlink", *(["interval"] * 2 if part.expected.account != "fabric" else [])]
    kind = chance.choice([*kinds, *(["add"] * 4 if free else [])])
    inactive = chance.random() < 0.3
    if kind == "add":
        return Edit(kind, part, chance.choice(free), inactive)
    if kind == "remove":
        return Edit(kind, part, chance.choice((part.live or {})["tables"]), inactive)
    return Edit(kind, part, inactive=inactive and kind == "interval")


def live_link(cloud: Cloud, expected: Expected) -> LinkView | None:
    """The link that is live, if there is one."""
    return next(
        (
            link
            for link in cloud.state.links
            if link.environment == expected.environment
            and not link.deleted
            and expected.account == ("fabric" if link.type == "fabric" else link.account)
        ),
        None,
    )


def _manifest(part: Part) -> dict[str, Any]:
    return part.manifest or {}


def _declared(part: Part) -> set[str]:
    return {table if isinstance(table, str) else table["name"] for table in _manifest(part)["tables"]}


def _named(part: Part) -> set[str]:
    return _declared(part) | set(_manifest(part).get("absentTables", ()))


def _tables(expected: Expected) -> frozenset[str]:
    return expected.tables or frozenset()


def _manages_interval(part: Part) -> bool:
    return "interval" in _manifest(part)
