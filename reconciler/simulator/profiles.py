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
from reconciler.simulator.storage import in_the_way, leave, make
from reconciler.simulator.troubles import settle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulator.nouns import Environment
    from reconciler.simulator.world import World

Error = tuple[str, str] | None
NO_TRACKING = ("ChangeTrackingDisabled", "Change Tracking is Disabled")
NO_TABLE = ("EntityNotFound", "The table does not exist in the organization")
MOST_LINKS = 10
MOST_FINOPS_TABLES = 1000
STAMP_STEP = 1.0
"""Dataverse keeps whole seconds. A script writes faster than that: stamps that must differ are put a second apart."""


class RefusedError(Exception):
    """The service won't; it says so with a status and no word."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def create_lake(world: World, environment: Environment, lake: Lake, kind: LinkType = "csv") -> Link:
    """The lake of a new link; for an account that has one already, whichever the switch says.

    RefusedError for an eleventh link (documented, the status a guess), and where the same environment's container or
    lake database is left over.
    """
    links = world.links_of.get(environment.id, [])
    same = [link for link in links if link.deleted is None and link.lake.account == lake.account]
    if same and world.answer("create-lake-twice") == "same":
        return same[0]
    if not same and in_the_way(world, environment, lake.account, lake.container, lake.workspace):
        raise RefusedError(403)
    return new_link(world, environment, lake, kind)


def new_link(world: World, environment: Environment, lake: Lake, kind: LinkType, folder: str | None = None) -> Link:
    """A link without a profile; RefusedError for an eleventh."""
    links = world.links_of.get(environment.id, [])
    all_count = world.answer("soft-deleted-links-count") == "yes"
    if sum(1 for link in links if all_count or link.deleted is None) >= MOST_LINKS:
        raise RefusedError(400)
    place = folder or derived_id(environment.id, "folder", lake.account, len(links), *_era(environment))
    link = Link(
        folder=place,
        # A folder that every organization has outlives its links.
        profile_id=derived_id(place, "profile", *([len(links), *_era(environment)] if folder else [])),
        environment=environment.id,
        type=kind,
        lake=lake,
        created=world.now(),
        organization_url=environment.url,
    )
    world.save_link(link)
    return link


def _era(environment: Environment) -> list[int]:
    return [environment.events] if environment.events else []


def write_profile(world: World, link: Link, profile: Profile) -> None:
    """Replace the stored profile as a whole. The running sync goes on as it was.

    RefusedError for a 1,001st table of Finance and Operations: the number is documented, the status a guess.
    """
    before = link.stored
    if sum(1 for table in profile.tables.values() if table.source == "FnO") > MOST_FINOPS_TABLES:
        raise RefusedError(400)
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
    link.suspended = not profile.enabled and world.answer("suspend-by-enabled-for-jobs") == "stops"
    settle(world, link)
    for name in [name for name in link.syncs if name not in profile.tables]:
        _drop(link, name, moment)
    for name in profile.tables:
        sync = link.syncs.get(name)
        if sync is None or (sync.error is not None and sync.failed_at is None):
            _begin(world, link, name, moment)
    link.running = profile
    link.shortcuts = [name for name in link.shortcuts if name in profile.tables]
    make(world, link)
    if link.activated is None or world.answer("activation-time-moves") == "always":
        link.activated = moment
    world.save_link(link)


def _drop(link: Link, name: str, moment: float) -> None:
    sync = link.syncs.pop(name)
    rows = progress_of(link, sync, moment).loaded
    if rows:
        link.losses.append(Loss(name, rows, sync.generation, moment))


def _begin(world: World, link: Link, name: str, moment: float) -> None:
    environment = world.environments[link.environment]
    source = link.stored.tables[name].source if link.stored else "Dataverse"
    rows, quiet, error = _source(world, environment, name, source)
    known = link.syncs.get(name)
    generation = known.generation if known else link.generations.get(name, 0) + 1
    link.generations[name] = generation
    link.syncs[name] = TableSync(moment, rows, generation, error, quiet=quiet)


def _source(world: World, environment: Environment, name: str, source: str) -> tuple[int, bool, Error]:
    if source == "FnO":
        found = next((table for table in environment.finops_tables if table["name"] == name), None)
        return (found.get("rows", 1000), bool(found.get("quiet")), None) if found else (0, False, NO_TABLE)
    table = world.tables(environment).get(name)
    if table is None:
        return 0, False, NO_TABLE
    return table.rows, table.quiet, None if tracking_enabled(world, environment, name) else NO_TRACKING


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
        resynchronise(world, link)


def resynchronise(world: World, link: Link) -> None:
    """Make the shortcuts of a link to Fabric anew: until then, tables that were added have none."""
    if link.managed and link.running is not None:
        link.shortcuts = list(link.running.tables)
        world.save_link(link)


def unlink(world: World, link: Link, *, keep_data: bool = False) -> None:
    """End a link: its profile row stays, soft-deleted; its lake data and database go, unless they are kept."""
    moment = max(world.now(), (link.activated or 0) + STAMP_STEP)
    rows = {name: progress_of(link, sync, moment).loaded for name, sync in link.syncs.items()}
    kept = keep_data and not link.managed
    leave(world, link, rows, delete=not kept)
    if not kept:
        for name in list(link.syncs):
            _drop(link, name, moment)
    link.deleted = moment
    link.kept = kept
    link.syncs.clear()
    link.shortcuts = []
    world.save_link(link)
