"""Guards on plans: what is counted, what is refused, and what goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, FieldChange, Impact, ImpactKind, Reason, Risk
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.guard import Freeze, Guards, GuardVerdict, Limit, Loss, Protected, Prune, Span
from reconciler.model.live import Snapshot
from reconciler.plan.guard import in_force, judge, permitted, refusals, without_target
from tests.builders import change, desired_environment, desired_link, live_environment, live_link, snapshot

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
THROUGH = Span(datetime(2026, 12, 20, tzinfo=UTC), datetime(2027, 1, 4, tzinfo=UTC))


def link_in(environment: str, name: str = "link", **fields: Any) -> Any:
    return desired_link("account", name=name, environment=environment, **fields)


def fleet_of(*links: Any, labels: dict[str, dict[str, str]] | None = None) -> DesiredState:
    names = {"dev", "prod", *(link.environment for link in links)}
    environments = {name: desired_environment(name, labels=(labels or {}).get(name, {})) for name in sorted(names)}
    return DesiredState(environments, tuple(links))


BOTH = fleet_of(link_in("dev"), link_in("prod"))


def live_of(**tables: int) -> Snapshot:
    """Environments with one link each, of so many tables."""
    return snapshot(
        *(
            live_environment(live_link(*(f"t{n}" for n in range(number)), environment=name), name=name)
            for name, number in tables.items()
        )
    )


def removal(number: int, environment: str = "dev", name: str = "link", **fields: Any) -> Change:
    """A change that takes so many tables out of a link."""
    gone = tuple(FieldChange(f"tables[t{n}]", {"source": "dataverse"}, None) for n in range(number))
    other = FieldChange("tables[t].recordCountPerBlock", 125, None)
    return at(environment, name, fields=(*gone, other), risk=Risk.DATA_LOSS, **fields)


def at(environment: str, name: str = "link", kind: str = "SynapseLink", **fields: Any) -> Change:
    return change(address=Address(kind, environment, name), partition=environment, **fields)


def unlinking(environment: str = "dev", name: str = "link", **fields: Any) -> Change:
    return at(environment, name, action=Action.DELETE, risk=Risk.DATA_LOSS, fields=(), **fields)


def reload(rows: int | None, environment: str = "dev", *more: int | None) -> Change:
    impacts = tuple(Impact(ImpactKind.ROWS_LOADED_AGAIN, "loads", ("t",), count) for count in (rows, *more))
    return at(environment, action=Action.REPLACE, risk=Risk.DATA_LOSS, impacts=impacts)


def said(changes: list[Change], live: Snapshot, desired: DesiredState = BOTH, **settings: Any) -> list[GuardVerdict]:
    return list(judge(changes, desired, live, Configuration(**settings), NOW))


@pytest.mark.parametrize(
    ("found", "of", "refused"),
    [
        # docs/guards.md shows this table: the defaults, of one environment.
        (1, 3, False),
        (3, 3, False),
        (3, 10, False),
        (4, 10, True),
        (4, 20, False),
        (5, 20, True),
        (20, 100, False),
        (21, 100, True),
        (50, 1000, False),
        (51, 1000, True),
    ],
)
def test_tables_removed_by_default(found: int, of: int, refused: bool) -> None:
    (verdict,) = said([removal(found)], live_of(dev=of))
    assert (verdict.guard, verdict.partition, verdict.refused) == ("tablesRemoved", "dev", refused)
    assert (verdict.found, verdict.of, verdict.approval) == (found, of, f"tablesRemoved:dev={found}")


def test_a_refusal_says_name_count_limit_and_remedy() -> None:
    (refusal,) = refusals(said([removal(30)], live_of(dev=100)))
    assert refusal.code == "guard-refused"
    assert refusal.summary == (
        "In environment 'dev' 30 of 100 tables would be removed: nothing is done there (guard 'tablesRemoved')"
    )
    assert (refusal.found, refusal.expected) == ("30 of 100", "at most 20 (count 50, percent 20, atLeast 3)")
    assert refusal.remedy is not None
    assert "--approve tablesRemoved:dev=30" in refusal.remedy


def test_what_passes_is_told_in_the_plan_and_is_no_refusal() -> None:
    verdicts = said([removal(1)], live_of(dev=100))
    assert [verdict.refused for verdict in verdicts] == [False]
    assert refusals(verdicts) == ()


def test_losses_of_several_environments_are_counted_together_as_well() -> None:
    verdicts = said([removal(18), removal(18, "prod")], live_of(dev=90, prod=90))
    assert [(v.partition, v.found, v.of, v.refused) for v in verdicts] == [
        ("dev", 18, 90, False),
        ("prod", 18, 90, False),
        ("", 36, 180, False),
    ]
    verdicts = said([removal(30), removal(30, "prod")], live_of(dev=400, prod=400))
    assert [(v.partition, v.approval, v.refused) for v in verdicts][-1] == ("", "tablesRemoved=60", True)
    assert verdicts[-1].summary == "In all, 60 of 800 tables would be removed"


def test_links_are_counted_by_default_one_a_run() -> None:
    live = snapshot(
        *(
            live_environment(
                *(live_link("t", environment=name, name=f"l{n}", storage_account=f"a{n}") for n in range(3)), name=name
            )
            for name in ("dev", "prod")
        )
    )
    (one,) = said([unlinking()], live)
    assert (one.guard, one.found, one.of, one.refused) == ("linksUnlinked", 1, 3, False)
    *_, run = said([unlinking(), unlinking("prod")], live)
    assert (run.partition, run.found, run.of, run.refused) == ("", 2, 6, True)


def test_rows_are_those_that_are_loaded_again_and_an_unknown_number_is_over_any_limit() -> None:
    live = live_of(dev=1, prod=1)
    assert [v.refused for v in said([reload(9_000_000, "dev", 1_000_000)], live)] == [False]
    (many,) = said([reload(10_000_001)], live)
    assert (many.refused, many.of, many.limit) == (True, None, "at most 10,000,000 (count 10,000,000)")
    (unknown,) = said([reload(None)], live)
    assert (unknown.refused, unknown.uncounted, unknown.approval) == (True, True, "rowsReloaded:dev=unknown")
    assert "an unknown number of rows" in unknown.summary
    (partly,) = refusals(said([reload(5, "dev", None)], live))
    assert "at least 5 rows" in partly.summary
    assert partly.found == "5, and more that nobody counted"
    (only,) = refusals(said([reload(None)], live))
    assert only.found == "0, and more that nobody counted"


def test_assignments_have_no_whole_yet() -> None:
    revoked = [at("dev", f"a{n}", "RoleAssignment", action=Action.DELETE, fields=()) for n in range(11)]
    (verdict,) = said(revoked, live_of(dev=1))
    assert (verdict.guard, verdict.found, verdict.of, verdict.refused) == ("assignmentsRevoked", 11, None, True)


def test_what_a_policy_vetoes_has_no_number() -> None:
    (refusal,) = refusals([GuardVerdict("policy:p", "", refused=True, summary="Policy 'p' refuses: no")])
    assert (refusal.found, refusal.expected) == (None, None)


def test_without_a_limit_nothing_is_refused_and_a_share_alone_is_one() -> None:
    limits = {loss: Limit() for loss in Loss} | {Loss.LINKS_UNLINKED: Limit(None, 10, 0)}
    verdicts = said([reload(None), removal(99), unlinking("prod")], live_of(dev=99, prod=1), guards=Guards(limits))
    assert [(v.guard, v.refused, v.limit) for v in verdicts] == [
        ("tablesRemoved", False, "no limit"),
        ("linksUnlinked", True, "at most 0 (percent 10, atLeast 0)"),
        ("rowsReloaded", False, "no limit"),
    ]


def test_a_plan_names_every_guard_that_is_in_force() -> None:
    configuration = Configuration(
        freezes=(Freeze("year-end", THROUGH, "from A to B"),), protected=(Protected(environment="prod"),)
    )
    verdicts = in_force(judge([removal(30)], BOTH, live_of(dev=100), configuration, THROUGH.end), configuration)
    assert [(verdict.guard, verdict.refused, verdict.limit) for verdict in verdicts] == [
        ("tablesRemoved", True, "at most 20 (count 50, percent 20, atLeast 3)"),
        ("linksUnlinked", False, "at most 1 (count 1)"),
        ("rowsReloaded", False, "at most 10,000,000 (count 10,000,000)"),
        ("assignmentsRevoked", False, "at most 10 (count 10)"),
        ("freeze:year-end", False, "no change from A to B"),
        ("protected", False, "no loss"),
        ("emptyInput", False, "nothing goes because nothing is said"),
    ]
    quiet = Configuration(guards=Guards({}, empty_input=True))
    assert in_force((), quiet) == ()


class TestEmptyInput:
    def test_undeclared_links_stay_where_manifests_say_nothing_of_an_environment(self) -> None:
        changes = [unlinking("dev", reason=Reason.UNDECLARED), unlinking("prod", reason=Reason.UNDECLARED)]
        only_dev = fleet_of(link_in("dev", "other"))
        first, *_ = said(changes, live_of(dev=1, prod=1), only_dev)
        assert (first.guard, first.refused, first.approval) == ("emptyInput", True, None)
        assert first.addresses == ("SynapseLink/prod/link",)
        assert "allow" in str(first.remedy)

    def test_a_tombstone_is_a_word(self) -> None:
        assert "emptyInput" not in [v.guard for v in said([unlinking()], live_of(dev=1), fleet_of())]

    def test_a_link_that_names_no_table_loses_none(self) -> None:
        bare = replace(link_in("dev"), tables=())
        first, *_ = said([removal(2)], live_of(dev=50), fleet_of(bare))
        assert (first.guard, first.addresses) == ("emptyInput", ("SynapseLink/dev/link",))
        assert [v.guard for v in said([removal(2)], live_of(dev=50))] == ["tablesRemoved"]

    def test_the_configuration_allows_it(self) -> None:
        changes = [unlinking("prod", reason=Reason.UNDECLARED)]
        verdicts = said(changes, live_of(prod=1), fleet_of(), guards=Guards(empty_input=True))
        assert [v.guard for v in verdicts] == ["linksUnlinked"]


class TestFreezes:
    def names(self, freeze: Freeze, **labels: dict[str, str]) -> list[str]:
        """The addresses that a freeze refuses, of one change in each environment."""
        verdicts = said([at("dev"), at("prod")], live_of(dev=1, prod=1), fleet_of(labels=labels), freezes=(freeze,))
        return [address for verdict in verdicts for address in verdict.addresses]

    def test_everything_is_frozen_where_no_place_is_named(self) -> None:
        assert self.names(Freeze("x", THROUGH, "now")) == ["SynapseLink/dev/link", "SynapseLink/prod/link"]

    def test_environments_are_named_or_known_by_labels(self) -> None:
        assert self.names(Freeze("x", THROUGH, "now", environments=frozenset({"dev"}))) == ["SynapseLink/dev/link"]
        prod = Freeze("x", THROUGH, "now", labels={"stage": "prod"})
        assert self.names(prod, prod={"stage": "prod", "team": "a"}) == ["SynapseLink/prod/link"]
        assert self.names(prod, prod={"stage": "test"}) == []
        both = replace(prod, environments=frozenset({"dev"}))
        assert self.names(both, prod={"stage": "prod"}) == ["SynapseLink/dev/link", "SynapseLink/prod/link"]

    def test_outside_its_time_it_says_nothing(self) -> None:
        assert self.names(Freeze("x", Span(THROUGH.end, THROUGH.end), "later")) == []

    def test_it_says_why_until_when_and_how_to_go_on(self) -> None:
        freeze = Freeze("year-end", THROUGH, "from A to B", "closing")
        (refusal,) = refusals(said([at("dev")], live_of(dev=1), freezes=(freeze,)))
        assert refusal.summary.startswith("Frozen, for closing: SynapseLink/dev/link may not be changed now (guard 'f")
        assert refusal.expected == "no change from A to B"
        assert "--approve freeze:year-end" in str(refusal.remedy)

    def test_what_is_of_no_environment_is_frozen_by_what_is_frozen_everywhere(self) -> None:
        elsewhere = [at("", "a", "RoleAssignment")]
        labelled = Freeze("x", THROUGH, "now", labels={"stage": "prod"})
        assert said(elsewhere, live_of(dev=1), freezes=(labelled,)) == []
        assert len(said(elsewhere, live_of(dev=1), freezes=(Freeze("x", THROUGH, "now"),))) == 1


class TestProtection:
    def refused(self, entry: Protected, changes: list[Change], desired: DesiredState = BOTH) -> list[str]:
        limits = Guards({loss: Limit() for loss in Loss}, empty_input=True)
        verdicts = said(changes, live_of(dev=5, prod=5), desired, protected=(entry,), guards=limits)
        assert all(v.approval is None for v in verdicts if v.refused)
        return [address for verdict in verdicts if verdict.refused for address in verdict.addresses]

    def test_an_address_loses_nothing_and_may_gain(self) -> None:
        entry = Protected(address="SynapseLink/dev/link")
        assert self.refused(entry, [removal(1)]) == ["SynapseLink/dev/link"]
        assert self.refused(entry, [unlinking()]) == ["SynapseLink/dev/link"]
        assert self.refused(entry, [reload(1)]) == ["SynapseLink/dev/link"]
        assert self.refused(entry, [at("dev")]) == []
        assert self.refused(entry, [removal(1, "prod")]) == []

    def test_an_environment(self) -> None:
        assert self.refused(Protected(environment="prod"), [removal(1), removal(1, "prod")]) == [
            "SynapseLink/prod/link"
        ]

    def test_labels_of_a_link_or_of_its_environment(self) -> None:
        entry = Protected(labels={"stage": "prod"})
        desired = fleet_of(
            link_in("dev", labels={"stage": "prod"}), link_in("prod"), labels={"prod": {"stage": "prod"}}
        )
        assert self.refused(entry, [removal(1)], desired) == ["SynapseLink/dev/link"]
        assert self.refused(entry, [removal(1, "prod")], desired) == ["SynapseLink/prod/link"]
        assert self.refused(entry, [removal(1)]) == []
        assert self.refused(entry, [unlinking("gone")]) == []

    def test_a_storage_account_whatever_the_manifest_is_called(self) -> None:
        entry = Protected(storage_account="devlake")
        assert self.refused(entry, [removal(1, name="link")]) == ["SynapseLink/dev/link"]
        # An undeclared link is called by its own name.
        assert self.refused(entry, [unlinking("dev", "devlake", reason=Reason.UNDECLARED)]) == [
            "SynapseLink/dev/devlake"
        ]
        assert self.refused(entry, [unlinking("dev", "another", reason=Reason.UNDECLARED)]) == []
        assert self.refused(entry, [unlinking("gone")]) == []
        assert self.refused(Protected(storage_account="elsewhere"), [removal(1)]) == []

    def test_an_undeclared_link_may_be_the_protected_one_whose_manifest_is_gone(self) -> None:
        entry = Protected(address="SynapseLink/dev/was-here")
        assert self.refused(entry, [unlinking("dev", "devlake", reason=Reason.UNDECLARED)]) == [
            "SynapseLink/dev/devlake"
        ]
        assert self.refused(entry, [unlinking("prod", "devlake", reason=Reason.UNDECLARED)]) == []
        declared = Protected(address="SynapseLink/dev/link")
        assert self.refused(declared, [unlinking("dev", "devlake", reason=Reason.UNDECLARED)]) == []


def verdict(*, partition: str = "", addresses: tuple[str, ...] = (), refused: bool = True) -> GuardVerdict:
    return GuardVerdict("g", partition, refused, "s", addresses=addresses)


class TestWhatGoesOn:
    changes = (at("dev"), at("prod"), at("prod", "other"))

    @pytest.mark.parametrize(
        ("given", "left"),
        [
            (verdict(), 0),
            (verdict(refused=False), 3),
            (verdict(partition="prod"), 1),
            (verdict(partition="prod", addresses=("SynapseLink/prod/other",)), 2),
            (verdict(addresses=("SynapseLink/dev/link", "SynapseLink/prod/other")), 1),
        ],
    )
    def test_a_verdict_refuses_what_it_speaks_of(self, given: GuardVerdict, left: int) -> None:
        assert len(permitted(self.changes, (given,))) == left

    def test_what_needs_a_refused_change_is_not_begun(self) -> None:
        first, second, third = self.changes
        second = replace(second, needs=(first.address,))
        third = replace(third, needs=(second.address,))
        free = at("test")
        assert permitted((first, second, third, free), (verdict(partition="dev"),)) == (free,)

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.sets(st.sampled_from("xyz")))))
    def test_nothing_that_is_left_was_refused_or_needs_what_was(self, drawn: list[tuple[str, str, set[str]]]) -> None:
        changes = [
            at(environment, name, needs=tuple(Address("SynapseLink", environment, other) for other in needs))
            for environment, name, needs in drawn
        ]
        left = permitted(changes, (verdict(partition="a"), verdict(addresses=("SynapseLink/b/x",))))
        gone = {each.address for each in changes} - {each.address for each in left}
        assert all(each.partition != "a" and str(each.address) != "SynapseLink/b/x" for each in left)
        assert all(gone.isdisjoint(each.needs) for each in left)


def test_a_guard_that_names_what_nobody_declares_is_told() -> None:
    configuration = Configuration(
        freezes=(Freeze("f", THROUGH, "now", environments=frozenset({"dev", "pord"})),),
        protected=(
            Protected(address="SynapseLink/dev/link"),
            Protected(address="SynapseLink/dev/lnk"),
            Protected(environment="prod"),
            Protected(environment="prd"),
            Protected(storage_account="devlake"),
            Protected(storage_account="devlak"),
            Protected(labels={"stage": "prod"}),
        ),
        prune=(Prune("SynapseLink", frozenset({"dev", "devv"})),),
    )
    warnings = without_target(configuration, BOTH)
    assert {warning.code for warning in warnings} == {"guard-without-target"}
    assert [warning.summary.split("'")[1] for warning in warnings] == [
        "pord",
        "SynapseLink/dev/lnk",
        "devlak",
        "prd",
        "devv",
    ]
    assert without_target(Configuration(), BOTH) == ()
