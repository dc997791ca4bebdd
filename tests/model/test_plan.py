from __future__ import annotations

from reconciler.model.change import Action, Reason, Status
from tests.builders import change, plan

READY = change()
BLOCKED = change(status=Status.BLOCKED)
REPORT = change(action=Action.NONE, reason=Reason.UNDECLARED)
SILENT = change(action=Action.NONE, reason=Reason.DIFFERENT)


def test_what_is_only_reported_is_not_pending() -> None:
    assert plan(READY, BLOCKED, REPORT).pending == (READY, BLOCKED)


def test_what_is_blocked_is_pending_and_not_ready() -> None:
    assert plan(READY, BLOCKED, REPORT).ready == (READY,)


def test_undeclared_tables_are_drift() -> None:
    assert plan(READY, REPORT, SILENT).drifted == (READY, REPORT)


def test_the_summary_counts_every_action_also_those_that_do_not_occur() -> None:
    counted = plan(READY, BLOCKED, REPORT).summary()
    assert counted == {"create": 0, "update": 2, "replace": 0, "delete": 0, "adopt": 0, "none": 1}


def test_an_empty_plan_is_a_plan() -> None:
    assert plan().pending == plan().ready == plan().drifted == ()
