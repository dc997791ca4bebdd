from __future__ import annotations

import pytest

from reconciler.model.desired import Destination, DestinationType
from reconciler.resources.link_portal import create_by_hand, unlink_by_hand
from tests.builders import desired_link, live_link, storage_id, workspace_id

DELTA = Destination(DestinationType.DELTA, storage_id(), "dataverse-dev", workspace_id(), "convert")
INCREMENTAL = Destination(DestinationType.INCREMENTAL, storage_id(), "dataverse-dev")


def lines(destination: Destination, interval: int | None = None, tables: int = 2) -> str:
    names = [f"table{number:03}" for number in range(tables)]
    return "\n".join(create_by_hand(desired_link(*names, destination=destination, interval=interval), ()).lines)


def test_a_delta_link_is_made_with_workspace_and_pool() -> None:
    assert "devworkspace" in lines(DELTA)
    assert "'Use Spark pool for processing': convert" in lines(DELTA)
    assert "time interval" not in lines(DELTA)
    assert "time interval 15m" in lines(DELTA, 15)


@pytest.mark.parametrize(("interval", "words"), [(None, "structure\n"), (30, "structure, every 30m\n")])
def test_an_incremental_link_is_made_without_workspace_in_folders(interval: int | None, words: str) -> None:
    assert "unticked" in lines(INCREMENTAL)
    assert words in lines(INCREMENTAL, interval)


def test_many_tables_are_counted_and_not_all_named() -> None:
    assert "choose 90 tables: table000, " in lines(DELTA, tables=90)
    assert "and 50 more, as the manifest lists them" in lines(DELTA, tables=90)


def test_an_account_that_is_no_resource_id_breaks_nothing() -> None:
    assert "Subscription ?" in lines(Destination(DestinationType.INCREMENTAL))


def test_unlinking_says_what_to_tick_and_when_to_stop() -> None:
    assert "then cancel" in unlink_by_hand(live_link(), delete_data=False).lines[2]
    assert "Choose to delete" in unlink_by_hand(live_link(), delete_data=True).lines[2]
