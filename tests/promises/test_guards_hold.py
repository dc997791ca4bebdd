"""Promise 2, for what is lost on purpose: no more than the guards let pass, and nothing undeclared without consent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Reason, Risk
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, SynapseLink
from reconciler.model.guard import Guards, Limit, Loss, Prune
from reconciler.model.live import LiveLink
from reconciler.plan.build import build_plan
from reconciler.plan.guard import judge, permitted
from reconciler.simulator import Cloud
from tests.builders import change, desired_environment, live_environment, live_link, snapshot, storage_id
from tests.cli.conftest import folder as folder  # noqa: PLC0414 - the fixture of the command line's tests
from tests.cli.run import call
from tests.strategies import pairs

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NAMES = ("dev", "prod", "test")
ENVIRONMENTS = {name: desired_environment(name) for name in NAMES}
limits = st.builds(
    Limit, st.none() | st.integers(0, 12), st.none() | st.sampled_from([0, 10, 50, 100]), st.integers(0, 3)
)


@st.composite
def losing_changes(draw: st.DrawFn) -> list[Change]:
    """Changes that take tables out, or end links, in three environments of two links with ten tables each."""
    found = []
    for name in NAMES:
        for link in ("a", "b"):
            address = Address("SynapseLink", name, link)
            gone = draw(st.integers(0, 10))
            fields = tuple(FieldChange(f"tables[t{n}]", {"source": "dataverse"}, None) for n in range(gone))
            ended = draw(st.booleans())
            made = change(
                address=address,
                partition=name,
                action=Action.DELETE if ended else Action.UPDATE,
                risk=Risk.DATA_LOSS,
                reason=draw(st.sampled_from([Reason.TOMBSTONE, Reason.UNDECLARED])) if ended else Reason.DIFFERENT,
                fields=() if ended else fields,
            )
            found += [made] if draw(st.booleans()) else []
    return found


def ten_tables(environment: str, account: str) -> LiveLink:
    tables = [f"t{number}" for number in range(10)]
    return live_link(*tables, environment=environment, name=account, storage_account=storage_id(account))


LIVE = snapshot(*(live_environment(ten_tables(name, "a"), ten_tables(name, "b"), name=name) for name in NAMES))


@settings(deadline=None)
@given(losing_changes(), limits, limits)
def test_no_more_is_lost_than_the_limits_let_pass(changes: list[Change], tables: Limit, links: Limit) -> None:
    guards = Guards({**Guards().limits, Loss.TABLES_REMOVED: tables, Loss.LINKS_UNLINKED: links})
    configuration = Configuration(guards=guards)
    desired = DesiredState(dict(ENVIRONMENTS))

    left = permitted(changes, judge(changes, desired, LIVE, configuration, NOW))

    for of_tables, of_links, scope in [(20, 2, {name}) for name in NAMES] + [(60, 6, set(NAMES))]:
        here = [each for each in left if each.environment in scope]
        removed = sum(len(each.fields) for each in here if each.action is Action.UPDATE)
        ended = sum(each.action is Action.DELETE for each in here)
        for lost, most in ((removed, tables.most(of_tables)), (ended, links.most(of_links))):
            assert most is None or lost <= most
    # No manifest declares a link here: nothing goes for being undeclared, whatever the limits are.
    assert all(each.reason is not Reason.UNDECLARED for each in left)
    # What was let pass would pass again.
    assert not any(verdict.refused for verdict in judge(left, desired, LIVE, configuration, NOW))


@settings(deadline=None)
@given(pairs(), st.sampled_from(["none", "elsewhere", "here"]), st.booleans())
def test_nothing_undeclared_is_removed_without_consent_to_its_kind_and_place(
    pair: tuple[SynapseLink, LiveLink], consent: str, declared: bool
) -> None:
    link, linked = pair
    stranger = live_link("task", name="stranger", folder_id="folder-9", storage_account=storage_id("strangerlake"))
    consents = {"none": (), "elsewhere": ("prod",), "here": ("dev",)}[consent]
    configuration = Configuration(prune=(Prune("SynapseLink", frozenset(consents)),), allow_unproven=True)
    desired = DesiredState({"dev": desired_environment()}, (link,) if declared else ())

    plan = build_plan(desired, snapshot(linked, stranger), configuration)

    ended = {each.confirm for each in plan.changes if each.action is Action.DELETE}
    undeclared = {"stranger"} if declared else {"stranger", linked.name}
    assert ended == (undeclared if consent == "here" else set())
    named = {table.name for table in link.tables} | set(link.absent_tables)
    for each in plan.changes:
        gone = {field.path[7:-1] for field in each.fields if field.path.endswith("]") and field.after is None}
        if each.action is Action.UPDATE and not link.remove_undeclared_tables:
            assert gone <= set(link.absent_tables) <= named


@settings(deadline=None)
@given(pairs())
def test_a_tombstone_is_a_word_and_needs_no_other_consent(pair: tuple[SynapseLink, LiveLink]) -> None:
    link, linked = pair
    tombstone = replace(link, absent=True, delete_data=False)
    plan = build_plan(DesiredState({"dev": desired_environment()}, (tombstone,)), snapshot(linked), Configuration())
    assert [each.reason for each in plan.changes if each.action is Action.DELETE] == [Reason.TOMBSTONE]


@pytest.mark.parametrize("option", [(), ("--approve", "linksUnlinked=9"), ("--approve", "tablesRemoved=9")])
def test_a_folder_that_lost_its_links_unlinks_no_fleet(
    folder: Path, cloud: Cloud, capsys: pytest.CaptureFixture[str], option: tuple[str, ...]
) -> None:
    (folder / "reconciler.yaml").write_text(
        "apiVersion: reconciler/v1\nkind: Configuration\nprune: [{kind: SynapseLink, environments: [sales, service]}]\n"
    )
    (folder / "manifests" / "links.yaml").unlink()
    said = call(capsys, "apply", "--yes", "--allow-unproven", "--confirm", "saleslake", *option)
    assert (said.code, cloud.record.writes) == (4, [])
