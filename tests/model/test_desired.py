from __future__ import annotations

import pytest

from reconciler.model.desired import Destination, DestinationType, account_name
from tests.builders import desired_link, storage_id


@pytest.mark.parametrize(
    ("storage_account", "name"),
    [
        (storage_id("devlake"), "devlake"),
        (storage_id("devlake").upper(), "devlake"),
        ("devlake", "devlake"),
        (None, ""),
        ("", ""),
    ],
)
def test_an_account_is_known_by_the_name_at_the_end_of_its_id(storage_account: str | None, name: str) -> None:
    assert account_name(storage_account) == name


def test_a_link_is_identified_by_environment_and_storage_account_not_by_its_name() -> None:
    assert desired_link(name="one").key == desired_link(name="other").key == ("dev", "devlake")


def test_a_move_of_the_account_to_another_group_leaves_the_key() -> None:
    moved = Destination(DestinationType.CSV, storage_id().replace("rg-data", "rg-lake"))
    assert desired_link(destination=moved).key == desired_link().key


def test_a_fabric_link_is_the_one_of_its_environment() -> None:
    assert desired_link(destination=Destination(DestinationType.FABRIC)).key == ("dev", "fabric")
