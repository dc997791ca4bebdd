"""What can go wrong with the sync of a link or a table, and what does that do to its state?

Codes: the troubleshooting page of Synapse Link. Which of them stop a whole link, that such a link's profile row shows
state 2 and its tables state 32 (Paused) or 8, and the wording of messages, are guesses.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from reconciler.simulator.progress import progress_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.simulator.links import Link, TableSync
    from reconciler.simulator.world import World

CODES = {
    "MSI-801": "No access to the storage account through the managed identity. The link is paused.",
    "ADLS-802": "No access to the storage account. The link is paused.",
    "CT-803": "The row version configuration key of Finance and Operations is off.",
    "DV-804": "The environment is in administration mode.",
    "SYN-805": "The Synapse workspace can't be reached.",
    "SYN-806": "The default container of the Synapse workspace is missing.",
    "SPARK-807": "The Spark pool is missing.",
    "SPARK-808": "The Spark pool is too small.",
    "SYN-809": "The Synapse workspace is protected against data exfiltration.",
    "SYN-810": "The network of the workspace's default container is restricted.",
    "CT-809": "Row version change tracking is off for the table.",
    "CT-810": "Row version change tracking is not allowed for the table.",
    "FnO-810": "The Finance and Operations environment is down.",
    "FnO-811": "The Finance and Operations environment is outdated.",
    "FnO-812": "The table lacks an index that the export needs.",
    "FnO-813": "The table holds an unexpected null value.",
}
OF_TABLES = ("CT-809", "CT-810", "FnO-812", "FnO-813")
"""What befalls one table; all else befalls a link, and may be set for a table as well."""
PAUSING = ("MSI-801", "ADLS-802", "DV-804")
"""What the service says it pauses for, and resumes from on its own."""


class UnusableTroubleError(LookupError):
    """There is no such code, or no such table in the link."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The names that somebody may have meant, for a message."""
    all_ = sorted(known)
    found = get_close_matches(name, all_, 3, 0.5) or get_close_matches(name.upper(), all_, 3, 0.5) or all_[:10]
    return ", ".join(found) or "none"


def fail(world: World, link: Link, troubles: Iterable[str]) -> None:
    """Let a link (``CODE``) or tables of it (``TABLE=CODE``) fail from now on; nothing where one of them is wrong."""
    wanted = [trouble.rpartition("=")[::2] for trouble in troubles]
    for table, code in wanted:
        if code not in CODES:
            message = f"no code {code!r}; near: {nearest(code, CODES)}"
            raise UnusableTroubleError(message)
        if table and table not in link.syncs:
            message = f"no table {table!r} is being exported by the link; near: {nearest(table, link.syncs)}"
            raise UnusableTroubleError(message)
        if not table and code in OF_TABLES:
            message = f"{code} befalls a table: TABLE={code}"
            raise UnusableTroubleError(message)
    for table, code in wanted:
        if not table:
            link.error = (code, CODES[code])
        elif link.syncs[table].error is None or link.syncs[table].failed_at is not None:
            sync = link.syncs[table]
            sync.error = (code, CODES[code])
            sync.failed_at = sync.failed_at or link.effective(world.now())
    settle(world, link)


def heal(world: World, link: Link) -> None:
    """End every trouble that was set: syncs go on where they stood."""
    link.error = None
    link.stalled = False
    settle(world, link)
    for sync in link.syncs.values():
        if sync.failed_at is not None:
            _go_on(link, sync, sync.failed_at, world.now())
            sync.error = sync.failed_at = None
    world.save_link(link)


def settle(world: World, link: Link) -> None:
    """Halt the sync, or let it run on, as the link's state now says."""
    moment = world.now()
    stands = link.suspended or link.stalled or link.error is not None
    if stands and link.halted is None:
        link.halted = moment
    elif not stands and link.halted is not None:
        for sync in link.syncs.values():
            _go_on(link, sync, link.halted, moment)
        link.halted = None
    world.save_link(link)


def _go_on(link: Link, sync: TableSync, stood_since: float, moment: float) -> None:
    """A first load goes on where it stood; later updates catch up at once."""
    before = progress_of(link, sync, moment)
    if before.completed is not None:
        sync.resumed, sync.converted = moment, before.converted
    elif sync.since > stood_since:
        sync.since = moment
    else:
        sync.since += moment - stood_since
