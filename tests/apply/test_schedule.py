"""The order of a run: whatever needs what, and whatever fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.apply.schedule import Schedule
from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.errors import ReconcilerError
from reconciler.model.outcome import Result
from tests.builders import change

# What a change that has its turn may come to; one that is hindered is skipped.
ENDS = [result for result in Result if result is not Result.SKIPPED]


def named(name: str, *needs: str, partition: str = "dev") -> Change:
    return change(address=address(name), partition=partition, needs=tuple(map(address, needs)))


def address(name: str) -> Address:
    return Address("SynapseLink", "any", name)


@st.composite
def graphs(draw: st.DrawFn) -> list[Change]:
    """Changes of few addresses in few partitions, in any order, each needing addresses that come before its own."""
    names = [f"link-{number}" for number in range(draw(st.integers(1, 8)))]
    partition = {name: draw(st.sampled_from(["a", "b", "c"])) for name in names}
    found = []
    for number, name in enumerate(names):
        for _ in range(draw(st.integers(1, 2))):
            needs = draw(st.lists(st.sampled_from(names[:number] or [name]), max_size=3))
            found.append(named(name, *needs, partition=partition[name]))
    return draw(st.permutations(found))


def run(changes: Sequence[Change], data: st.DataObject) -> tuple[dict[int, Result], list[int]]:
    """Ends what runs in any order, with any result. Gives the results, and the order in which changes began."""
    schedule = Schedule(changes)
    running: dict[int, str | None] = {}
    results: dict[int, Result] = {}
    began: list[int] = []
    while not schedule.is_over:
        for number in schedule.begin():
            running[number] = schedule.hindrance(number)
            began.append(number)
            last = schedule.is_last(number)
            rest = {other for other, each in enumerate(changes) if each.partition == changes[number].partition}
            assert last == (rest - results.keys() == {number})
        assert running, "nothing runs, and something is left"
        partitions = [changes[number].partition for number in running]
        assert len(partitions) == len(set(partitions)), "two of one partition at a time"
        number = data.draw(st.sampled_from(sorted(running)))
        results[number] = Result.SKIPPED if running.pop(number) else data.draw(st.sampled_from(ENDS))
        schedule.end(number, results[number])
    assert schedule.begin() == []
    return results, began


@given(graphs(), st.data())
def test_any_changes_in_any_order_with_any_failures(changes: list[Change], data: st.DataObject) -> None:
    results, began = run(changes, data)
    assert sorted(began) == list(range(len(changes)))
    for number, each in enumerate(changes):
        numbers = {need: [n for n, other in enumerate(changes) if other.address == need] for need in each.needs}
        earlier = [n for n, other in enumerate(changes[:number]) if other.address == each.address]
        needed = [n for need, found in numbers.items() if need != each.address for n in found]
        assert all(began.index(before) < began.index(number) for before in [*earlier, *needed])
        unmet = any(results[n] not in {Result.DONE, Result.DEFERRED} for n in needed)
        unsettled = any(results[n] in {Result.FAILED, Result.UNKNOWN} for n in earlier)
        if unmet or unsettled:
            assert results[number] is Result.SKIPPED


def test_changes_that_need_nothing_are_begun_side_by_side_in_the_order_given() -> None:
    schedule = Schedule([named("a"), named("b"), named("c", partition="other")])
    assert schedule.begin() == [0, 2]
    assert schedule.begin() == []
    schedule.end(0, Result.FAILED)
    assert schedule.begin() == [1]
    assert schedule.hindrance(1) is None


def test_a_change_that_waits_for_another_partition_lets_the_others_of_its_own_go_first() -> None:
    schedule = Schedule([named("a", "z"), named("b"), named("z", partition="other")])
    assert schedule.begin() == [1, 2]
    schedule.end(1, Result.DONE)
    assert schedule.begin() == []
    schedule.end(2, Result.DONE)
    assert schedule.begin() == [0]
    assert schedule.hindrance(0) is None


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Result.FAILED, "which failed"),
        (Result.UNKNOWN, "which has an unknown outcome"),
        (Result.REFUSED, "which was refused"),
        (Result.SKIPPED, "which was skipped"),
        (Result.BLOCKED, "which is blocked"),
        (Result.DEFERRED, "which waits for a later run"),
    ],
)
def test_what_is_not_done_hinders_what_needs_it_by_name(result: Result, said: str) -> None:
    schedule = Schedule([named("a"), named("b", "a")])
    schedule.begin()
    schedule.end(0, result)
    assert schedule.begin() == [1]
    assert schedule.hindrance(1) == f"It needs SynapseLink/any/a, {said}"


def test_what_a_done_change_leaves_to_later_runs_hinders_nothing() -> None:
    schedule = Schedule([named("a"), named("a"), named("b", "a")])
    for number, result in ((0, Result.DONE), (1, Result.DEFERRED)):
        assert schedule.begin() == [number]
        schedule.end(number, result)
    assert schedule.begin() == [2]
    assert schedule.hindrance(2) is None


def test_a_need_that_the_run_does_not_make_is_not_taken_for_done() -> None:
    schedule = Schedule([named("b", "a")])
    assert schedule.begin() == [0]
    assert schedule.hindrance(0) == "It needs SynapseLink/any/a, which is not made by this run"


@pytest.mark.parametrize("result", [Result.FAILED, Result.UNKNOWN])
def test_nothing_more_is_written_to_an_address_whose_state_is_not_known(result: Result) -> None:
    schedule = Schedule([named("a"), named("a")])
    schedule.begin()
    schedule.end(0, result)
    schedule.begin()
    assert "nothing more is written to it" in (schedule.hindrance(1) or "")


def test_a_refusal_leaves_the_other_changes_of_its_address_alone() -> None:
    schedule = Schedule([named("a"), named("a", "a")])
    schedule.begin()
    schedule.end(0, Result.REFUSED)
    schedule.begin()
    assert schedule.hindrance(1) is None


def test_changes_that_need_each_other_are_one_clear_error() -> None:
    with pytest.raises(ReconcilerError, match=r"need each other.*any/[ab] -> .*any/[ab].*Nothing was applied"):
        Schedule([named("a", "b"), named("b", "a", partition="other")])


def test_no_changes_are_over_at_once() -> None:
    assert Schedule([]).is_over
