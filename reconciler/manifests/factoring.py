"""Which tables do links export alike? They become lists that the links include. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.manifests.naming import Names
from reconciler.model.desired import ExportedTables, SynapseLink, Table

FEWEST_LINKS = 2
FEWEST_TABLES = 3
MOST_LISTS = 8
"""More lists than these would be harder to read than the tables that they spare."""


@dataclass(frozen=True, slots=True)
class SharedList:
    """Tables that the same links export with the same settings. ``links`` are their names, sorted."""

    name: str
    tables: tuple[Table, ...]
    links: tuple[str, ...]


def fitting_lists(known: Iterable[ExportedTables], links: Sequence[SynapseLink]) -> tuple[SharedList, ...]:
    """Lists that are there already and of which some link exports every table, with the same settings."""
    found = []
    for each in known:
        tables = frozenset(each.tables)
        users = tuple(sorted(link.name for link in links if tables <= set(link.tables)))
        if users and len(tables) >= FEWEST_TABLES:
            found.append(SharedList(each.name, each.tables, users))
    return tuple(found)


def shared_lists(links: Sequence[SynapseLink], names: Names) -> tuple[SharedList, ...]:
    """The lists worth having. No table is in two lists of one link, so their settings can't be in conflict.

    A table counts as shared by exactly the links that export it with equal settings: lists follow from what is
    live, not from the order of anything. ``common-tables`` are those of all links, ``shared-tables-1`` and so on those
    of some, the list that spares most lines first.
    """
    exporters: defaultdict[Table, list[str]] = defaultdict(list)
    for link in sorted(links, key=lambda link: link.name):
        for table in link.tables:
            exporters[table].append(link.name)
    groups: defaultdict[tuple[str, ...], list[Table]] = defaultdict(list)
    for table, names_of_links in exporters.items():
        groups[tuple(names_of_links)].append(table)
    worth = [
        (users, tables)
        for users, tables in groups.items()
        if len(users) >= FEWEST_LINKS and len(tables) >= FEWEST_TABLES
    ]
    worth.sort(key=lambda group: (-(len(group[0]) - 1) * len(group[1]), group[0]))
    found, number = [], 0
    for users, tables in worth[:MOST_LISTS]:
        everywhere = len(users) == len(links)
        number += not everywhere
        name = names.free("common-tables" if everywhere else f"shared-tables-{number}")
        found.append(SharedList(name, tuple(sorted(tables, key=lambda table: table.name)), users))
    return tuple(found)
