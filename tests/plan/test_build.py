from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings

from reconciler.model.address import Address
from reconciler.model.canonical import digest
from reconciler.model.change import Action
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, LaterResource, SynapseLink
from reconciler.model.diagnostic import Location
from reconciler.model.live import LiveLink
from reconciler.model.plan import Seen
from reconciler.plan.build import build_plan, facts, order
from tests.builders import (
    PLACE,
    change,
    desired_link,
    desired_state,
    diagnostic,
    live_environment,
    live_link,
    plan_of,
    snapshot,
    storage_id,
)
from tests.strategies import pairs


def test_a_plan_names_its_cloud_and_the_digest_of_all_that_is_desired() -> None:
    link = desired_link("account")
    plan = plan_of(link, live_link("account"))
    assert plan.cloud == "public"
    assert plan.desired_digest == plan_of(link, live_link("lead")).desired_digest
    assert plan.desired_digest != plan_of(desired_link("account", interval=15), live_link("account")).desired_digest


def test_what_a_later_kind_asks_for_counts_in_the_digest() -> None:
    later = LaterResource("RoleAssignment", "readers", "dev", {"role": "Reader"}, PLACE)
    assert (
        plan_of(desired_state(later=(later,)), snapshot()).desired_digest
        != plan_of(desired_state(), snapshot()).desired_digest
    )


def test_an_environment_that_could_not_be_read_has_no_fingerprint_and_no_changes_and_its_diagnostic_says_why() -> None:
    why = diagnostic(code="environment-unreadable")
    plan = plan_of(desired_state(desired_link("account")), snapshot(live_environment(unreadable=why)))
    assert (plan.changes, plan.fingerprints, plan.diagnostics) == ((), {}, (why,))


def test_that_azure_could_not_be_read_is_said() -> None:
    why = diagnostic(code="azure-unreadable")
    assert plan_of(desired_state(), snapshot(resources_unreadable=why)).diagnostics == (why,)


def test_diagnostics_of_the_manifests_are_carried_along_in_order() -> None:
    first, second = diagnostic(summary="a"), diagnostic(summary="b")
    plan = plan_of(desired_state(), snapshot(), diagnostics=(second, first))
    assert plan.diagnostics == (first, second)


def test_changes_are_sorted_by_environment_then_address_then_action_as_apply_takes_them() -> None:
    links = (
        desired_link("lead", name="b-link", environment="test"),
        desired_link(
            "lead",
            name="a-link",
            environment="test",
            destination=Destination(DestinationType.CSV, storage_id("other"), "c"),
        ),
        desired_link("lead", absent_tables=("contact",)),
    )
    live = snapshot(live_environment(live_link("account", "contact")), live_environment(name="test"))
    changes = plan_of(desired_state(*links), live).changes
    assert [(str(c.address), c.action) for c in changes] == [
        ("SynapseLink/dev/dev-link", Action.UPDATE),
        ("SynapseLink/dev/dev-link", Action.NONE),
        ("SynapseLink/test/a-link", Action.CREATE),
        ("SynapseLink/test/b-link", Action.CREATE),
    ]


def test_an_update_of_a_link_comes_before_a_replacement_in_it() -> None:
    actions = [change(action=action) for action in reversed(Action)]
    assert [found.action for found in sorted(actions, key=order)] == list(Action)


@settings(deadline=None, max_examples=60)
@given(pairs())
def test_every_plan_is_sorted_and_its_environments_fingerprinted(pair: tuple[SynapseLink, LiveLink]) -> None:
    plan = plan_of(*pair)
    assert all(order(one) <= order(other) for one, other in pairwise(plan.changes))
    assert list(plan.fingerprints) == ["dev"]


def test_fingerprints_are_the_digests_of_the_facts_and_change_with_what_is_compared() -> None:
    desired = desired_state(desired_link("account"))
    plan = plan_of(desired, snapshot(live_link("account")))
    assert plan.facts == {"dev": facts("dev", desired, snapshot(live_link("account")))}
    assert plan.fingerprints == {"dev": digest(plan.facts["dev"])}
    assert plan_of(desired, snapshot(live_link("lead"))).fingerprints != plan.fingerprints


def test_what_moves_in_one_environment_leaves_the_fingerprint_of_another() -> None:
    test = live_environment(live_link("account", environment="test"), name="test")
    desired = desired_state(desired_link("account"))
    before = plan_of(desired, snapshot(live_environment(live_link("account")), test)).fingerprints
    after = plan_of(desired, snapshot(live_environment(live_link("lead")), test)).fingerprints
    assert before["dev"] != after["dev"]
    assert before["test"] == after["test"]


def test_what_was_seen_is_told_of_environments_that_could_be_read_and_of_those_that_could_not() -> None:
    desired = desired_state(desired_link("account"), desired_link("account", name="other", environment="test"))
    signed_in = live_link("account", name="whole", service_tables=frozenset({"account"}))
    live = snapshot(
        live_environment(signed_in, live_link(name="part"), link_writes_missing="Sign in"),
        live_environment(name="test", unreadable=diagnostic(summary="Nobody answers")),
    )
    assert plan_of(desired, live).seen == {
        "dev": Seen("id-dev", by_rows=("part",), writes_missing="Sign in"),
        "test": Seen("id-test", unreadable="Nobody answers"),
    }


def test_what_is_declared_is_told_by_digest_of_resources_that_are_to_change() -> None:
    changing, other = desired_link("account", "lead"), desired_link("account", name="b", environment="test")
    live = snapshot(
        live_environment(live_link("account")),
        live_environment(live_link("account", environment="test"), name="test"),
    )
    address = Address("SynapseLink", "dev", "dev-link")
    declared = plan_of(desired_state(changing, other), live).declared
    assert declared == {address: digest(changing)}
    elsewhere = replace(changing, location=Location("other.yaml"))
    assert plan_of(desired_state(elsewhere, other), live).declared == declared
    wider = replace(changing, interval=15)
    assert plan_of(desired_state(wider, other), live).declared != declared


def test_answers_that_the_configuration_gives_are_told() -> None:
    configuration = Configuration(assumptions={"removed-table-row": "disabled", "lake-database-name": "hyphens"})
    plan = build_plan(desired_state(), snapshot(), configuration)
    assert list(plan.assumptions.items()) == [("lake-database-name", "hyphens"), ("removed-table-row", "disabled")]


def test_a_plan_cut_down_to_some_partitions_speaks_of_them_alone() -> None:
    desired = desired_state(
        desired_link("account", "lead"), desired_link("account", "lead", name="b", environment="test")
    )
    live = snapshot(
        live_environment(live_link("account")),
        live_environment(live_link("account", environment="test"), name="test"),
    )
    said = (diagnostic(partition="dev"), diagnostic(partition="test"))
    cut = plan_of(desired, live, diagnostics=said).of({"test"})
    assert {change.partition for change in cut.changes} == {"test"}
    assert [list(part) for part in (cut.fingerprints, cut.facts, cut.seen)] == [["test"]] * 3
    assert [each.partition for each in cut.diagnostics if each.code == "some-code"] == ["test"]
