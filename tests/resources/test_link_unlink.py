from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import Action, Change, Reason, Risk, Status
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DestinationType
from reconciler.resources.link_steps import DoInPortal, UnlinkFabric, UnlinkStorage, VerifyUnlinked
from reconciler.resources.link_unlink import unlink
from tests.builders import desired_link, live_environment, live_link, storage_id


def unlinked(*, delete: bool | None = True, allow: bool = False, fabric: bool = False, **environment: Any) -> Change:
    fields = {"destination_type": DestinationType.FABRIC, "name": "CDS3_org"} if fabric else {}
    live = live_link("account", "lead", **fields)
    link = desired_link(absent=True, delete_data=delete)
    found = unlink(link, live, live_environment(live, **environment), Configuration(allow_unproven=allow))
    assert not found.diagnostics
    return found.changes[0]


@pytest.mark.parametrize("delete", [True, False, None])
class TestALinkToAStorageAccount:
    def test_is_unlinked_by_a_person_and_asks_for_its_name(self, delete: bool | None) -> None:
        change = unlinked(delete=delete)
        assert (change.action, change.risk, change.reason, change.status) == (
            Action.DELETE,
            Risk.DATA_LOSS,
            Reason.TOMBSTONE,
            Status.UNPROVEN,
        )
        first, second = change.steps
        assert isinstance(first, DoInPortal)
        assert "'devlake'" in first.lines[1]
        assert first.lines[2].startswith("Choose to delete" if delete else "Leave")
        last = VerifyUnlinked("folder-1", storage_id(), "dataverse-dev", bool(delete))
        assert (second, change.confirm) == (last, "devlake")

    def test_is_unlinked_by_the_inferred_call_where_that_is_allowed(self, delete: bool | None) -> None:
        change = unlinked(delete=delete, allow=True)
        assert change.status is Status.READY
        assert change.steps[0] == UnlinkStorage("folder-1", "devlake", 2, bool(delete))
        words = change.steps[0].describe()
        assert "2 tables" in words
        assert ("not proven" in words) is not bool(delete)


def test_a_link_to_fabric_is_unlinked_by_the_recorded_call() -> None:
    change = unlinked(fabric=True)
    assert (change.status, change.confirm, change.risk) == (Status.READY, "CDS3_org", Risk.DATA_LOSS)
    assert change.steps == (UnlinkFabric("folder-1", "CDS3_org", 2), VerifyUnlinked("folder-1"))
    assert "lakehouse" in change.steps[0].describe()


def test_without_a_signed_in_user_a_call_is_blocked_and_a_person_is_not() -> None:
    assert unlinked(fabric=True, link_writes_missing="Sign in").status is Status.BLOCKED
    assert unlinked(allow=True, link_writes_missing="Sign in").status is Status.BLOCKED
    assert unlinked(link_writes_missing="Sign in").status is Status.UNPROVEN


@pytest.mark.parametrize("allow", [True, False])
def test_a_link_to_another_container_than_the_tombstone_names_is_not_ended(allow: bool) -> None:
    live = live_link("account", container="another")
    link = desired_link(absent=True, delete_data=True)
    found = unlink(link, live, live_environment(live), Configuration(allow_unproven=allow))
    assert [change.status for change in found.changes] == [Status.BLOCKED]
    assert [(said.code, said.found, said.expected) for said in found.diagnostics] == [
        ("immutable-destination", "another", "dataverse-dev")
    ]
    unread = live_link("account", container=None)
    assert not unlink(link, unread, live_environment(unread), Configuration()).diagnostics
