"""Which tables a change of a link touches, and how many rows they have as far as anyone counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.change import Action, Change
from reconciler.model.desired import SynapseLink
from reconciler.model.live import LiveLink
from reconciler.model.phrases import counted

_TABLE = "tables["


@dataclass(frozen=True, slots=True)
class TouchedTables:
    """Names, each tuple sorted: tables that come, that go, and that are dropped and loaded anew.

    ``kept`` are live tables that the change leaves as they are. ``elsewhere`` says that the link would be made again at
    another destination: then what is replaced is not deleted by this change.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def exported(self) -> tuple[str, ...]:
        """The tables that the link exports after the change."""
        return tuple(sorted({*self.kept, *self.added, *self.replaced}))

    @property
    def all(self) -> frozenset[str]:
        """Every table that comes, goes or is replaced."""
        return frozenset((*self.added, *self.removed, *self.replaced))


def touched_tables(change: Change, link: SynapseLink, live: LiveLink | None) -> TouchedTables:
    """What the fields of a change say of tables, beside the live ones."""
    linked = set(live.tables) if live else set()
    if change.action is Action.DELETE:
        return TouchedTables(removed=_sorted(linked))
    if change.action is Action.REPLACE and any(field.path.startswith("destination.") for field in change.fields):
        declared = {table.name for table in link.tables}
        return TouchedTables(_sorted(declared - linked), replaced=_sorted(linked), elsewhere=True)
    added: set[str] = set()
    removed: set[str] = set()
    replaced: set[str] = set()
    for field in change.fields:
        if not field.path.startswith(_TABLE):
            continue
        name, _, setting = field.path.removeprefix(_TABLE).rpartition("]")
        if setting:
            replaced |= {name} if change.action is Action.REPLACE else set()
        elif field.before is None:
            added.add(name)
        else:
            removed.add(name)
    kept = linked - added - removed - replaced
    return TouchedTables(_sorted(added), _sorted(removed), _sorted(replaced), _sorted(kept))


def _sorted(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def rows_of(names: Sequence[str], counts: Mapping[str, int]) -> tuple[int | None, str]:
    """The rows of tables together, and words for them: ``1,204,331 rows of contact``.

    Where no count is known of a table the number is None, and the words say what is known.
    """
    known = [counts[name] for name in names if name in counts]
    shown, total = counted(list(names)), sum(known)
    if not known:
        return None, f"all rows of {shown} (how many is not known)"
    words = f"{total:,} {'row' if total == 1 else 'rows'} of {shown}"
    missing = len(names) - len(known)
    if missing:
        return None, f"at least {words} (not counted: {missing} of them)"
    return total, words
