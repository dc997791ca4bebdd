from __future__ import annotations

import pytest

from reconciler.model.configuration import Configuration
from reconciler.model.desired import LaterResource
from reconciler.model.diagnostic import Severity
from reconciler.resources.later import LaterKinds
from tests.builders import PLACE, desired_link, desired_state, snapshot

ASSIGNMENT = LaterResource("RoleAssignment", "lake-readers", "dev", {"role": "Reader"}, PLACE)


def test_manifests_of_later_kinds_are_named_with_their_place_and_change_nothing() -> None:
    found = LaterKinds().compare(desired_state(later=(ASSIGNMENT,)), snapshot(), Configuration())
    (said,) = found.diagnostics
    assert found.changes == ()
    assert (said.severity, said.code, said.location) == (Severity.INFORMATION, "not-carried-out", PLACE)
    assert said.summary == "RoleAssignment 'lake-readers' is valid; this version neither plans nor applies it"
    assert str(said.address) == "RoleAssignment/dev/lake-readers"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, []),
        ({"service_roles": "none"}, []),
        ({"service_roles": "assign"}, ["serviceRoles"]),
        ({"suspend": True}, []),
    ],
)
def test_fields_of_links_that_are_not_carried_out_are_named_where_they_ask_for_something(
    fields: dict[str, object], named: list[str]
) -> None:
    found = LaterKinds().compare(desired_state(desired_link("account", **fields)), snapshot(), Configuration())
    assert [said.summary.split()[0] for said in found.diagnostics] == named


def test_no_live_field_counts() -> None:
    assert LaterKinds().facts("dev", desired_state(later=(ASSIGNMENT,)), snapshot()) is None
