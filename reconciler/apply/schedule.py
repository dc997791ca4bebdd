"""Which changes may begin: those whose needs are done, one at a time in a partition. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from reconciler.model.address import Address
from reconciler.model.change import Change
from reconciler.model.errors import ReconcilerError
from reconciler.model.outcome import Result

_ENDED = {
    Result.FAILED: "failed",
    Result.UNKNOWN: "has an unknown outcome",
    Result.REFUSED: "was refused",
    Result.SKIPPED: "was skipped",
    Result.BLOCKED: "is blocked",
    Result.DEFERRED: "waits for a later run",
}
# After these nobody knows what is there: nothing more is written to it before a run has read it anew.
_UNSETTLED = frozenset({Result.FAILED, Result.UNKNOWN})
_MET = frozenset({Result.DONE, Result.DEFERRED})


class Schedule:
    """The order of a run. Changes are known by their number in the sequence given; ``begin`` and ``end`` are called by
    one thread.

    A change begins after those that it ``needs``, after the earlier ones of its own address, and when no other of its
    partition runs; of several in a partition the first goes first. Raises ReconcilerError where changes need each
    other.
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        self._changes = changes
        self._of: defaultdict[Address, list[int]] = defaultdict(list)
        for number, change in enumerate(changes):
            self._of[change.address].append(number)
        self._results: dict[int, Result] = {}
        self._busy: set[str] = set()
        self._waiting: defaultdict[str, list[int]] = defaultdict(list)
        self._left: defaultdict[str, int] = defaultdict(int)
        for change in changes:
            self._left[change.partition] += 1
        self._graph = TopologicalSorter({number: self._before(number) for number in range(len(changes))})
        try:
            self._graph.prepare()
        except CycleError as error:
            circle = " -> ".join(str(changes[number].address) for number in error.args[1])
            raise ReconcilerError(
                f"These changes need each other, so none can be the first: {circle}. Nothing was applied. "
                "Take one of them out, and apply it in a run of its own"
            ) from None

    @property
    def is_over(self) -> bool:
        """Whether every change has ended."""
        return len(self._results) == len(self._changes)

    def begin(self) -> list[int]:
        """The changes that may begin now; they count as begun. At most one of a partition."""
        for number in self._graph.get_ready():
            heappush(self._waiting[self._changes[number].partition], number)
        begun = [heappop(numbers) for name, numbers in self._waiting.items() if numbers and name not in self._busy]
        self._busy |= {self._changes[number].partition for number in begun}
        return sorted(begun)

    def end(self, number: int, result: Result) -> None:
        """A begun change has ended."""
        partition = self._changes[number].partition
        self._results[number] = result
        self._left[partition] -= 1
        self._busy.discard(partition)
        self._graph.done(number)

    def is_last(self, number: int) -> bool:
        """Whether nothing of a running change's partition is left but itself."""
        return self._left[self._changes[number].partition] == 1

    def hindrance(self, number: int) -> str | None:
        """Why a change that has its turn is not begun all the same; None where nothing speaks against it."""
        change = self._changes[number]
        for earlier in self._of[change.address]:
            if earlier < number and self._unsettled(earlier):
                return (
                    f"An earlier change of it {_ENDED[self._results[earlier]]}: nothing more is written to it before a "
                    "run has read it anew"
                )
        for need in change.needs:
            said = None if need == change.address else self._unmet(need)
            if said:
                return f"It needs {need}, which {said}"
        return None

    def _before(self, number: int) -> set[int]:
        change = self._changes[number]
        needed = {other for need in change.needs if need != change.address for other in self._of.get(need, ())}
        return needed | {other for other in self._of[change.address] if other < number}

    def _unsettled(self, number: int) -> bool:
        return self._results[number] in _UNSETTLED

    def _unmet(self, need: Address) -> str | None:
        """How a need ended, unless it is done: what of it is left to later runs by itself is no reason to wait."""
        numbers = self._of.get(need, [])
        if not numbers:
            return "is not made by this run"
        results = [self._results[number] for number in numbers]
        worst = next((result for result in results if result not in _MET), None)
        if worst is None and Result.DONE not in results:
            worst = Result.DEFERRED
        return None if worst is None else _ENDED[worst]
