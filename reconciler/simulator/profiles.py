"""What does each operation of the Synapse Link service do to a link?

Facts: the recorded traffic of the maker portal (PUT replaces the whole document, nothing runs before activate, an
omitted table is removed, a block size of 0 becomes 125 for a new table). Inferred, and marked so in docs/fidelity.md:
settings of a table that is linked already stay as they are, and a table without change tracking fails on activate.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.simulator.links import DEFAULT_BLOCK, Lake, Link, LinkType, Loss, Profile, TableSettings, TableSync
from reconciler.simulator.metadata import tracking_enabled
from reconciler.simulator.nouns import derived_id
from reconciler.simulator.progress import progress_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World

NO_TRACKING = ("ChangeTrackingDisabled", "Change Tracking is Disabled")
NO_TABLE = ("EntityNotFound", "The table does not exist in the organization")
STAMP_STEP = 1.0
"""Dataverse keeps whole seconds. A script writes faster than that: stamps that must differ are put a second apart."""


def create_lake(world: World, environment: Environment, lake: Lake, kind: LinkType = "csv") -> Link:
    """The lake of a new link; for an account that has one already, whichever the switch says."""
    links = world.links_of.get(environment.id, [])
    same = [link for link in links if link.deleted is None and link.lake.account == lake.account]
    if same and world.answer("create-lake-twice") == "same":
        return same[0]
    folder = derived_id(environment.id, "folder", lake.account, len(links))
    link = Link(
        folder=folder,
        profile_id=derived_id(folder, "profile"),
        environment=environment.id,
        type=kind,
        lake=lake,
        created=world.now(),
    )
    world.save_link(link)
    return link


def write_profile(world: World, link: Link, profile: Profile) -> None:
    """Replace the stored profile as a whole. The running sync goes on as it was."""
    before = link.stored
    tables = {table.name: _settled(link, table) for table in profile.tables.values()}
    after = max(world.now(), (link.activated or 0) + STAMP_STEP, (before.updated + STAMP_STEP) if before else 0)
    link.stored = replace(profile, tables=tables, updated=after)
    link.past |= tables
    world.save_link(link)


def _settled(link: Link, table: TableSettings) -> TableSettings:
    known = link.stored.tables.get(table.name) if link.stored else None
    if known is None:
        return replace(table, block=table.block or DEFAULT_BLOCK)
    return replace(known, block=table.block or known.block, settings=table.settings)


def activate(world: World, link: Link) -> None:
    """Make the stored profile run: removed tables lose their lake data, added ones begin their first sync."""
    profile = link.stored
    if profile is None:
        return
    moment = max(world.now(), profile.updated)
    _switch(link, enabled=profile.enabled, moment=moment)
    for name in [name for name in link.syncs if name not in profile.tables]:
        _drop(link, name, moment)
    for name in profile.tables:
        sync = link.syncs.get(name)
        if sync is None or sync.error is not None:
            _begin(world, link, name, moment)
    link.running = profile
    if link.activated is None or world.answer("activation-time-moves") == "always":
        link.activated = moment
    world.save_link(link)


def _switch(link: Link, *, enabled: bool, moment: float) -> None:
    if not enabled:
        link.paused = moment if link.paused is None else link.paused
    elif link.paused is not None:
        stood = moment - link.paused
        link.paused = None
        for sync in link.syncs.values():
            sync.since += stood


def _drop(link: Link, name: str, moment: float) -> None:
    sync = link.syncs.pop(name)
    rows = progress_of(link, sync, moment).loaded
    if rows:
        link.losses.append(Loss(name, rows, sync.generation, moment))


def _begin(world: World, link: Link, name: str, moment: float) -> None:
    environment = world.environments[link.environment]
    table = world.tables(environment).get(name)
    error = None
    if table is None:
        error = NO_TABLE
    elif not tracking_enabled(world, environment, name):
        error = NO_TRACKING
    known = link.syncs.get(name)
    generation = known.generation if known else link.generations.get(name, 0) + 1
    link.generations[name] = generation
    link.syncs[name] = TableSync(moment, table.rows if table else 0, generation, error)


def edit(  # noqa: PLR0913 - one keyword for every control of the portal's form
    world: World,
    link: Link,
    *,
    add_tables: Iterable[str | TableSettings] = (),
    remove_tables: Iterable[str] = (),
    interval: int | None = None,
    attachments: bool | None = None,
    files: bool | None = None,
    enabled: bool | None = None,
    leave_inactive: bool = False,
) -> None:
    """Change a link as a person in the portal would: the whole profile written, then activated unless left so."""
    stored = link.stored or Profile({}, 0, attachments=False, files=False, enabled=True, updated=0)
    gone = set(remove_tables)
    tables = {name: table for name, table in stored.tables.items() if name not in gone}
    added = (TableSettings(table) if isinstance(table, str) else table for table in add_tables)
    tables |= {table.name: table for table in added}
    written = replace(
        stored,
        tables=tables,
        interval=stored.interval if interval is None else interval,
        attachments=stored.attachments if attachments is None else attachments,
        files=stored.files if files is None else files,
        enabled=stored.enabled if enabled is None else enabled,
    )
    write_profile(world, link, written)
    if not leave_inactive:
        activate(world, link)


def unlink(world: World, link: Link) -> None:
    """End a link: its rows stay, soft-deleted. Only for seeds and outside changes: no such call is published."""
    link.deleted = world.now()
    link.syncs.clear()
    world.save_link(link)
