"""What is unlinked before something else takes its place."""

from __future__ import annotations

import pytest

from reconciler.model.address import Address
from reconciler.model.change import Action
from reconciler.model.desired import Destination, DestinationType, SynapseLink
from reconciler.plan.needs import with_needs
from tests.builders import change, desired_link, desired_state, storage_id, workspace_id

OLD = Address("SynapseLink", "old", "old-link")
NEW = Address("SynapseLink", "new", "new-link")


def link(name: str, account: str, container: str | None, workspace: str | None = None, **fields: object) -> SynapseLink:
    destination = Destination(
        DestinationType.CSV, storage_id(account), container, workspace_id(workspace) if workspace else None
    )
    return desired_link("account", name=f"{name}-link", environment=name, destination=destination, **fields)


def needs(old: SynapseLink, new: SynapseLink, action: Action = Action.CREATE) -> list[tuple[Address, ...]]:
    changes = [
        change(address=NEW, partition="new", action=action),
        change(address=OLD, partition="old", action=Action.DELETE),
    ]
    return [each.needs for each in with_needs(changes, desired_state(old, new))]


@pytest.mark.parametrize(
    ("old", "needed"),
    [
        (link("old", "lake", "dataverse", absent=True), True),
        (link("old", "lake", None, absent=True), True),
        (link("old", "lake", "other", absent=True), False),
        (link("old", "other", "dataverse", absent=True), False),
        (link("old", "other", None, absent=True), False),
        (link("old", "other", "dataverse", "ws", absent=True), True),
        (link("old", "other", "dataverse", "another", absent=True), False),
        (link("old", "lake", "dataverse"), False),
    ],
)
def test_a_link_is_created_after_those_that_write_there_are_unlinked(old: SynapseLink, needed: bool) -> None:
    assert needs(old, link("new", "lake", "dataverse", "ws")) == [(OLD,) if needed else (), ()]


def test_what_is_changed_in_place_or_is_no_link_needs_nothing() -> None:
    old, new = link("old", "lake", "dataverse", absent=True), link("new", "lake", "dataverse")
    assert needs(old, new, Action.UPDATE) == [(), ()]
    foreign = change(address=Address("RoleAssignment", "new", "x"), action=Action.CREATE)
    assert with_needs([foreign], desired_state(old)) == (foreign,)


def test_two_tombstones_wait_for_nobody() -> None:
    old, new = link("old", "lake", "dataverse", absent=True), link("new", "lake", "dataverse", absent=True)
    assert needs(old, new) == [(), ()]
