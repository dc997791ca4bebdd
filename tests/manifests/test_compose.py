"""Manifests of what is live: whatever exists, they load, and what they say is what is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifests import load
from reconciler.manifests.compose import compose, link_name
from reconciler.model.cloud import CLOUDS
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType, TableSource
from reconciler.model.live import LiveEnvironment, LiveLink, LiveTable, Snapshot
from reconciler.plan.build import build_plan
from tests.fleet import ENVIRONMENTS, storage, workspace

SALES = ENVIRONMENTS["sales"]

names = st.from_regex(r"[a-z][a-z0-9_]{0,20}", fullmatch=True) | st.sampled_from(["no", "on", "null", "y", "n", "e3"])
live_tables = st.builds(
    LiveTable,
    name=names,
    source=st.sampled_from([TableSource.DATAVERSE]),
    append_only=st.booleans(),
    partition=st.sampled_from(["year", "month", "halfMonth", "fiveDay"]),
    record_count_per_block=st.sampled_from([0, 125, 500]),
)


def link_of(*tables: LiveTable) -> LiveLink:
    """A live csv link with these tables."""
    return LiveLink(
        environment="sales",
        profile_id="p",
        folder_id="f",
        name="saleslake",
        destination_type=DestinationType.CSV,
        storage_account=storage("saleslake"),
        container="dataverse-sales",
        workspace=workspace("ws-service"),
        interval=60,
        attachments=False,
        files=True,
        profile_state=1,
        activated=True,
        tables={table.name: table for table in tables},
    )


@given(
    st.lists(live_tables, min_size=1, max_size=8, unique_by=lambda table: table.name), st.sampled_from([None, 15, 90])
)
def test_whatever_is_live_the_first_plan_is_empty(tables: list[LiveTable], interval: int | None) -> None:
    live = LiveEnvironment("sales", links=(replace(link_of(*tables), interval=interval),))
    composed = compose(SALES, live)
    assert composed.notes == ()
    with TemporaryDirectory() as folder:
        for path, text in composed.files.items():
            (Path(folder) / path).parent.mkdir(exist_ok=True)
            (Path(folder) / path).write_text(text, encoding="utf-8")
        loaded = load(Path(folder), CLOUDS["public"])
    assert loaded.state is not None, loaded.diagnostics
    plan = build_plan(loaded.state, Snapshot({"sales": live}), Configuration())
    assert (plan.changes, plan.diagnostics) == ((), ())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"destination_type": DestinationType.DELTA}, "Spark pool"),
        ({"destination_type": DestinationType.FABRIC}, "Fabric"),
        ({"storage_account": "saleslake"}, "subscription"),
        ({"container": None}, "container"),
        ({"tables": {}}, "no table"),
        ({"destination_type": DestinationType.INCREMENTAL, "interval": None}, "interval"),
    ],
)
def test_what_cannot_be_declared_is_said(change: dict[str, object], words: str) -> None:
    link = replace(link_of(LiveTable("account", TableSource.DATAVERSE, False, "month", 125)), **change)
    composed = compose(SALES, LiveEnvironment("sales", links=(link,)))
    assert (composed.links, len(composed.files)) == (0, 1)
    assert words in composed.notes[0]


def test_names_stay_within_what_a_manifest_may_be_called() -> None:
    assert len(link_name("e" * 80, link_of())) == 63
