"""What plans say and do about checks."""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import Action, Status
from reconciler.model.configuration import Configuration
from reconciler.model.diagnostic import Severity
from reconciler.model.live import Snapshot
from reconciler.model.plan import Plan
from reconciler.plan.build import build_plan, links_to_change
from reconciler.resources.kind import Comparison
from reconciler.resources.link_checks import link_address
from reconciler.resources.preflight import hold_back
from tests.builders import change, desired_link, desired_state, diagnostic, live_environment, live_link, workspace_id
from tests.resources.preflight.cases import CLOSED, CSV, account, link_to, live_with


def plan_of(live: Snapshot) -> Plan:
    return build_plan(desired_state(link_to()), live, Configuration())


def test_a_failed_blocking_check_blocks_its_link_and_says_so_at_its_manifest() -> None:
    plan = plan_of(live_with(readings={"storage": account(CLOSED)}))
    assert [(each.action, each.status) for each in plan.pending] == [(Action.CREATE, Status.BLOCKED)]
    (error,) = [each for each in plan.diagnostics if each.severity is Severity.ERROR]
    assert error.code == "storage-network-closed"
    assert error.location == link_to().location
    assert "ADLS-802" in error.summary
    assert error.remedy


def test_and_no_other_link() -> None:
    other = desired_link("account", name="test-link", environment="test")
    live = live_with(readings={"storage": account(CLOSED)})
    live = replace(live, environments={**live.environments, "test": live_environment(name="test")})
    plan = build_plan(desired_state(link_to(), other), live, Configuration())
    assert {each.environment: each.status for each in plan.pending} == {"dev": Status.BLOCKED, "test": Status.READY}


def test_a_warning_and_an_information_block_nothing() -> None:
    spoilt = account({"allowedCopyScope": "AAD"}, sku={"name": "Standard_LRS"})
    plan = plan_of(live_with(readings={"storage": spoilt}))
    assert [each.status for each in plan.pending] == [Status.READY]
    said = {each.code: each.severity for each in plan.diagnostics}
    assert said["copy-scope-limited"] is Severity.WARNING
    assert said["storage-without-read-access"] is Severity.INFORMATION


def test_checks_that_could_not_be_made_are_one_information_a_link() -> None:
    plan = plan_of(live_with(readings={"firewallRules": OSError("403"), "lifecycle": OSError("403")}))
    assert [each.status for each in plan.pending] == [Status.READY]
    (said,) = [each for each in plan.diagnostics if each.code == "checks-not-made"]
    assert said.severity is Severity.INFORMATION
    assert said.summary.startswith("3 checks of link 'dev-link' could not be made: lifecycle-deletes-data, ")


def test_without_evidence_a_plan_says_nothing_of_checks() -> None:
    plan = plan_of(replace(live_with(readings={"storage": account(CLOSED)}), evidence={}))
    assert plan.diagnostics == ()
    assert [each.status for each in plan.pending] == [Status.READY]


def test_what_plans_say_by_themselves_is_not_said_twice() -> None:
    link = link_to(replace(CSV, container=None), "unheard")
    plan = build_plan(desired_state(link), live_with(), Configuration())
    assert sorted(each.code for each in plan.diagnostics) == ["container-missing", "unknown-table"]


def test_a_container_that_a_lost_link_left_is_told_with_the_loss() -> None:
    link = link_to()
    lost = diagnostic(code="link-lost", address=link_address(link))
    live = live_with(readings={"container": {"name": "dataverse-dev"}})
    state, created = desired_state(link), change(action=Action.CREATE, status=Status.BLOCKED)
    assert hold_back(Comparison((created,), (lost,)), state, live, Configuration()).diagnostics == (lost,)
    told = hold_back(Comparison((created,)), state, live, Configuration()).diagnostics
    assert [each.code for each in told] == ["container-left-over"]


def test_what_is_only_reported_and_what_ends_a_link_is_not_held_back() -> None:
    live = live_with(readings={"storage": account(CLOSED)})
    kept = tuple(change(action=action) for action in (Action.NONE, Action.DELETE))
    found = hold_back(Comparison(kept), desired_state(link_to()), live, Configuration())
    assert found.changes == kept


def test_what_waits_for_a_later_run_goes_on_waiting() -> None:
    live = live_with(readings={"storage": account(CLOSED)})
    waits = change(action=Action.UPDATE, status=Status.DEFERRED, missing="Waits for the first load of account")
    found = hold_back(Comparison((waits,)), desired_state(link_to()), live, Configuration())
    assert found.changes == (waits,)


def test_links_to_look_at_are_those_with_pending_changes() -> None:
    state = desired_state(link_to())
    same = live_with(live_link("account", "contact", workspace=workspace_id()))
    assert links_to_change(state, build_plan(state, same, Configuration())) == ()
    assert links_to_change(state, build_plan(state, live_with(), Configuration())) == state.links
