"""Links, declared and live, as hypothesis draws them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reconciler.model.desired import Partition, SynapseLink, Table, TableReplacement
from reconciler.model.live import LiveLink, LiveTable
from reconciler.resources.link_fields import table_conflict
from tests.builders import TABLES, desired_link, live_link, live_table

names = st.sampled_from(sorted(TABLES))
block_sizes = st.sampled_from([0, 50, 125])
intervals = st.sampled_from([15, 60])
switches = st.none() | st.booleans()
tables = st.builds(
    Table,
    names,
    append_only=switches,
    partition=st.sampled_from([None, Partition.YEAR, Partition.MONTH]),
    record_count_per_block=st.none() | block_sizes,
)
linked_tables: st.SearchStrategy[LiveTable] = st.builds(
    live_table,
    names,
    append_only=st.booleans(),
    partition=st.sampled_from(["year", "month", "halfMonth", "fiveDay"]),
    record_count_per_block=block_sizes,
)


def _by_name(items: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, min_size=least, max_size=6, unique_by=lambda item: item.name)


@st.composite
def live_links(draw: st.DrawFn) -> LiveLink:
    """A live csv link of the environment ``dev``: activated or not, its interval known or not."""
    return live_link(
        *draw(_by_name(linked_tables)),
        interval=draw(st.none() | intervals),
        attachments=draw(st.booleans()),
        files=draw(st.booleans()),
        activated=draw(st.booleans()),
    )


@st.composite
def desired_links(draw: st.DrawFn, live: LiveLink | None = None) -> SynapseLink:
    """The manifest of that link, consenting to replace some of the tables that only replacing can make as declared."""
    declared = draw(_by_name(tables, least=1))
    absent = draw(st.frozensets(names)) - {table.name for table in declared}
    linked = live.tables if live else {}
    conflicts = [found for t in declared if t.name in linked and (found := table_conflict(t, linked[t.name]))]
    consents = [TableReplacement(c.table.name, c.before, c.after) for c in conflicts if draw(st.booleans())]
    return desired_link(
        *declared,
        absent_tables=tuple(sorted(absent)),
        interval=draw(st.none() | intervals),
        attachments=draw(switches),
        files=draw(switches),
        enable_change_tracking=True,
        remove_undeclared_tables=draw(st.booleans()),
        replace_tables=tuple(consents),
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[SynapseLink, LiveLink]:
    """A live link and its manifest."""
    live = draw(live_links())
    return draw(desired_links(live)), live
