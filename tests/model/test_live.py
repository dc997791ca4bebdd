from __future__ import annotations

from reconciler.model.desired import Destination, DestinationType
from tests.builders import desired_link, live_link, storage_id


def test_a_live_link_has_the_key_of_the_manifest_that_means_it() -> None:
    assert live_link().key == desired_link().key


def test_a_bare_account_name_of_any_case_gives_the_same_key() -> None:
    assert live_link(storage_account="DevLake").key == live_link(storage_account=storage_id()).key


def test_a_fabric_link_is_known_by_its_type() -> None:
    fabric = desired_link(destination=Destination(DestinationType.FABRIC))
    assert live_link(destination_type=DestinationType.FABRIC, storage_account=None).key == fabric.key


def test_a_link_whose_account_is_not_known_is_nobodys_and_no_fabric_link() -> None:
    unknown = live_link(storage_account=None)
    assert unknown.key not in {desired_link().key, desired_link(destination=Destination(DestinationType.FABRIC)).key}
