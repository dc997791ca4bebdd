from __future__ import annotations

from typing import Any

import pytest

from reconciler.model.change import Action, FieldChange, Status
from reconciler.resources.link_steps import ActivateProfile, RewriteProfile, VerifyLink
from reconciler.resources.link_switches import switch_change
from tests.builders import desired_link, diagnostic, live_environment, live_link


def switched(declared: dict[str, Any], live: dict[str, Any], *, allow: bool = False, **environment: Any) -> Any:
    found = switch_change(
        desired_link("account", **declared),
        live_link("account", **live),
        live_environment(**environment),
        (),
        allow_unproven=allow,
    )
    return found[0] if found else None


@pytest.mark.parametrize(
    ("declared", "live"),
    [
        ({}, {"suspended": True, "snapshots": 5}),
        ({"suspend": True}, {"suspended": True}),
        ({"suspend": True}, {"suspended": None}),
        ({"snapshots": 5}, {"snapshots": 5}),
        ({"snapshots": 5}, {"snapshots": None}),
    ],
)
def test_nothing_is_changed_that_is_as_declared_unmanaged_or_unknown(
    declared: dict[str, Any], live: dict[str, Any]
) -> None:
    assert switched(declared, live) is None


@pytest.mark.parametrize("suspend", [True, False])
def test_suspending_and_resuming_are_unproven(suspend: bool) -> None:
    change = switched({"suspend": suspend}, {"suspended": not suspend})
    assert (change.action, change.status, change.steps) == (Action.UPDATE, Status.UNPROVEN, ())
    assert change.fields == (FieldChange("suspend", not suspend, suspend),)
    assert "no control" in (change.missing or "")


@pytest.mark.parametrize("suspend", [True, False])
def test_where_unproven_calls_are_allowed_the_switch_of_the_profile_is_written(suspend: bool) -> None:
    change = switched({"suspend": suspend}, {"suspended": not suspend}, allow=True)
    assert (change.status, change.missing) == (Status.READY, None)
    assert change.steps == (RewriteProfile("folder-1", enabled=not suspend), ActivateProfile(), VerifyLink())


def test_snapshots_are_written_alone() -> None:
    change = switched({"snapshots": 3}, {"snapshots": 5, "suspended": False}, allow=True)
    assert change.steps[0] == RewriteProfile("folder-1", snapshots=3)
    assert "snapshots 3" in change.steps[0].describe()


def test_nobody_who_may_write_blocks_it() -> None:
    change = switched({"suspend": True}, {"suspended": False}, allow=True, link_writes_missing="Sign in")
    assert (change.status, change.missing) == (Status.BLOCKED, "Sign in")


def test_a_failing_link_is_blocked_and_not_unproven() -> None:
    (change,) = switch_change(
        desired_link(suspend=True),
        live_link(suspended=False),
        live_environment(),
        [diagnostic()],
        allow_unproven=False,
    )
    assert change.status is Status.BLOCKED
