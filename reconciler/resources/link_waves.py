"""Tables in waves: what one run adds of many, and what waits for a later one.

While a new table loads, the changes of the others are queued (documented in 2021): ``addAtMost`` bounds that.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Risk, Status
from reconciler.model.desired import SynapseLink, Table
from reconciler.model.live import LiveLink
from reconciler.model.phrases import counted
from reconciler.resources.link_fields import table_field


@dataclass(frozen=True, slots=True)
class Wave:
    """Tables that are added now, and those that wait, with what they wait for."""

    now: tuple[Table, ...]
    later: tuple[Table, ...] = ()
    waits_for: str = ""


def next_wave(link: SynapseLink, tables: tuple[Table, ...], live: LiveLink | None = None) -> Wave:
    """The first tables of those to add, by name; none while others of the link still load for the first time."""
    most = link.add_at_most
    if most is None:
        return Wave(tables)
    ordered = tuple(sorted(tables, key=lambda table: table.name))
    loading = sorted(live.loading & live.tables.keys()) if live else []
    if loading:
        return Wave((), ordered, f"the first load of {counted(loading)}")
    now, later = ordered[:most], ordered[most:]
    return Wave(now, later, f"the first load of {counted([table.name for table in now])}" if later else "")


def deferred(link: SynapseLink, wave: Wave) -> tuple[Change, ...]:
    """The change that a later run takes up; none where nothing waits."""
    if not wave.later:
        return ()
    return (
        Change(
            address=Address("SynapseLink", link.environment, link.name),
            action=Action.UPDATE,
            risk=Risk.NONE,
            reason=Reason.DIFFERENT,
            status=Status.DEFERRED,
            partition=link.environment,
            fields=tuple(table_field(table.name, None, table) for table in wave.later),
            missing=f"Waits for {wave.waits_for}: a later run adds {counted([table.name for table in wave.later])} "
            f"(addAtMost: {link.add_at_most})",
            location=link.location,
        ),
    )
