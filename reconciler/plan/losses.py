"""What changes would cost, counted by partition and held against the limits. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.model.change import Action, Change, ImpactKind
from reconciler.model.guard import GuardVerdict, Limit, Loss
from reconciler.model.live import Snapshot
from reconciler.model.phrases import number_of

_NOUNS = {
    Loss.TABLES_REMOVED: ("table", "be removed"),
    Loss.LINKS_UNLINKED: ("link", "be unlinked"),
    Loss.ROWS_RELOADED: ("row", "be loaded again"),
    Loss.ASSIGNMENTS_REVOKED: ("role assignment", "be revoked"),
}


@dataclass(frozen=True, slots=True)
class Lost:
    """How much of one loss: ``found`` of ``of`` (None where there is no whole), and more where ``uncounted``."""

    found: int
    of: int | None = None
    uncounted: bool = False

    def __add__(self, other: Lost) -> Lost:
        of = None if self.of is None or other.of is None else self.of + other.of
        return Lost(self.found + other.found, of, self.uncounted or other.uncounted)


def loss_verdicts(changes: Sequence[Change], live: Snapshot, limits: Mapping[Loss, Limit]) -> tuple[GuardVerdict, ...]:
    """A verdict for each loss of each partition, and one for the run where several partitions have that loss.

    The whole, which percents are of, is what was read: of the run, all partitions together.
    """
    verdicts = []
    for loss in Loss:
        by_partition = _counted(loss, changes, live)
        for partition, lost in sorted(by_partition.items()):
            verdicts.append(_verdict(loss, partition, lost, limits[loss]))
        if len(by_partition) > 1:
            run = Lost(0, _whole(loss, live, live.environments))
            for lost in by_partition.values():
                run += Lost(lost.found, 0, lost.uncounted)
            verdicts.append(_verdict(loss, "", run, limits[loss]))
    return tuple(verdicts)


def removed_tables(change: Change) -> int:
    """How many tables a change takes out of a link that stays."""
    if change.action is not Action.UPDATE:
        return 0
    gone = (field.path for field in change.fields if field.before is not None and field.after is None)
    return sum(path.startswith("tables[") and path.endswith("]") for path in gone)


def _counted(loss: Loss, changes: Iterable[Change], live: Snapshot) -> dict[str, Lost]:
    found: defaultdict[str, Lost] = defaultdict(lambda: Lost(0, 0))
    for change in changes:
        lost = _of_change(loss, change)
        if lost.found or lost.uncounted:
            found[change.partition] += lost
    return {name: Lost(lost.found, _whole(loss, live, [name]), lost.uncounted) for name, lost in found.items()}


def _of_change(loss: Loss, change: Change) -> Lost:
    deleted = change.action is Action.DELETE
    match loss:
        case Loss.TABLES_REMOVED:
            return Lost(removed_tables(change), 0)
        case Loss.LINKS_UNLINKED:
            return Lost(int(deleted and change.address.kind == "SynapseLink"), 0)
        case Loss.ASSIGNMENTS_REVOKED:
            return Lost(int(deleted and change.address.kind == "RoleAssignment"), 0)
        case _:
            rows = [each.rows for each in change.impacts if each.kind is ImpactKind.ROWS_LOADED_AGAIN]
            return Lost(sum(count or 0 for count in rows), 0, None in rows)


def _whole(loss: Loss, live: Snapshot, partitions: Iterable[str]) -> int | None:
    read = [live.environments[name] for name in partitions if name in live.environments]
    match loss:
        case Loss.TABLES_REMOVED:
            return sum(len(link.tables) for environment in read for link in environment.links)
        case Loss.LINKS_UNLINKED:
            return sum(len(environment.links) for environment in read)
        case _:
            return None


def _verdict(loss: Loss, partition: str, lost: Lost, limit: Limit) -> GuardVerdict:
    most = limit.most(lost.of)
    refused = most is not None and (lost.found > most or lost.uncounted)
    noun, verb = _NOUNS[loss]
    scope = loss.value if not partition else f"{loss.value}:{partition}"
    where = f"In environment '{partition}'" if partition else "In all,"
    approval = f"{scope}={'unknown' if lost.uncounted else lost.found}"
    return GuardVerdict(
        guard=loss.value,
        partition=partition,
        refused=refused,
        summary=f"{where} {_amount(lost, noun)} would {verb}",
        found=lost.found,
        of=lost.of,
        limit=in_words(limit, lost.of),
        approval=approval,
        remedy=f"If all of it is meant: --approve {approval}. Or change guards.{loss} in reconciler.yaml.",
        uncounted=lost.uncounted,
    )


def _amount(lost: Lost, noun: str) -> str:
    if lost.uncounted:
        return f"at least {number_of(lost.found, noun)}" if lost.found else f"an unknown number of {noun}s"
    return number_of(lost.found, noun) if lost.of is None else f"{lost.found:,} of {number_of(lost.of, noun)}"


def in_words(limit: Limit, of: int | None = None) -> str:
    """How much a limit lets pass, of a whole where there is one."""
    most = limit.most(of)
    if most is None:
        return "no limit"
    share = "" if limit.percent is None or of is None else f", percent {limit.percent}, atLeast {limit.at_least}"
    count = f"count {limit.count:,}" if limit.count is not None else ""
    return f"at most {most:,} ({(count + share).removeprefix(', ')})"
