"""What may tests see of the state behind the services?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.simulator.metadata import tracking_enabled
from reconciler.simulator.progress import NOT_STARTED, progress_of
from reconciler.simulator.storage import containers_of, databases_of, writing_link

if TYPE_CHECKING:
    from reconciler.simulator.links import Link, Loss, Profile
    from reconciler.simulator.world import World


@dataclass(frozen=True, slots=True)
class TableView:
    """The running sync of a table."""

    name: str
    phase: str
    loaded_rows: int
    data_generation: int
    """1 for a first load; more once data was dropped and loaded anew."""
    error: str | None


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link as the domain sees it: what was written, what runs, and what was lost."""

    environment: str
    folder: str
    profile_id: str
    type: str
    account: str
    stored: Profile | None
    running: Profile | None
    active: bool
    deleted: bool
    tables: dict[str, TableView]
    """By name: the tables of the running sync."""
    losses: tuple[Loss, ...]
    """Lake data that was dropped, ever."""
    suspended: bool = False
    """Whether its switch stopped it."""
    error: str | None = None
    """The code of what befell the link as a whole."""
    shortcuts: tuple[str, ...] = ()
    """Tables of a link to Fabric that its lakehouse shows."""


class State:
    """Read access to the links of a local cloud."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def links(self) -> list[LinkView]:
        """Every link, soft-deleted ones too."""
        with self._world.lock:
            return [self._view(link) for link in self._world.links.values()]

    def link(self, environment: str, account: str) -> LinkView:
        """One link by environment and storage account (or ``fabric``)."""
        with self._world.lock:
            return self._view(self._world.link(environment, account))

    def containers(self, account: str) -> dict[str, bool]:
        """The containers that links made in a storage account, by name: whether a link writes to each."""
        with self._world.lock:
            return {each.name: writing_link(self._world, each) is not None
                    for each in containers_of(self._world, account) if each.environment}  # fmt: skip

    def databases(self, workspace: str) -> dict[str, bool]:
        """The lake databases of a workspace, by name: whether a link writes to each."""
        with self._world.lock:
            return {each.name: writing_link(self._world, each) is not None
                    for each in databases_of(self._world, workspace)}  # fmt: skip

    def change_tracking(self, environment: str, table: str) -> bool:
        """Whether change tracking is on for a table."""
        with self._world.lock:
            return tracking_enabled(self._world, self._world.environment(environment), table)

    def _view(self, link: Link) -> LinkView:
        now = self._world.now()
        tables = {}
        for name, sync in link.syncs.items():
            progress = progress_of(link, sync, now) if sync else NOT_STARTED
            error = progress.error[1] if progress.error else None
            tables[name] = TableView(name, progress.phase, progress.loaded, sync.generation, error)
        return LinkView(
            environment=self._world.environments[link.environment].name,
            folder=link.folder,
            profile_id=link.profile_id,
            type=link.type,
            account=link.lake.account,
            stored=link.stored,
            running=link.running,
            active=link.active,
            deleted=link.deleted is not None,
            tables=tables,
            losses=tuple(link.losses),
            suspended=link.suspended,
            error=link.error[0] if link.error else None,
            shortcuts=tuple(link.shortcuts),
        )
