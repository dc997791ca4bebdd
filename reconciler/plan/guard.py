"""Guards judge a plan: what would be lost, when it may be changed, what is protected. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.guard import GuardVerdict
from reconciler.model.live import Snapshot
from reconciler.model.phrases import counted
from reconciler.plan.freeze import freeze_verdicts, protection_verdicts
from reconciler.plan.losses import in_words, loss_verdicts, removed_tables
from reconciler.resources.link_checks import link_address

EMPTY_INPUT = "nothing goes because nothing is said"


def judge(
    changes: Sequence[Change], desired: DesiredState, live: Snapshot, configuration: Configuration, now: datetime
) -> tuple[GuardVerdict, ...]:
    """What every guard that has something to say says of these changes. ``now`` knows its offset."""
    return (
        *_empty_input(changes, desired, configuration),
        *loss_verdicts(changes, live, configuration.guards.limits),
        *freeze_verdicts(configuration.freezes, changes, desired, now),
        *protection_verdicts(configuration.protected, changes, desired, live),
    )


def in_force(verdicts: Iterable[GuardVerdict], configuration: Configuration) -> tuple[GuardVerdict, ...]:
    """The verdicts, and one that passes for each configured guard that has nothing to say: a plan names them all."""
    told = tuple(verdicts)
    spoke = {verdict.guard for verdict in told}
    guards = configuration.guards
    silent = [
        *(
            (loss.value, f"Nothing is lost that {loss} counts", in_words(limit))
            for loss, limit in guards.limits.items()
        ),
        *(
            (f"freeze:{each.name}", "Nothing is frozen by it now", f"no change {each.words}")
            for each in configuration.freezes
        ),
        *([("protected", "Nothing protected loses anything", "no loss")] if configuration.protected else []),
        *([] if guards.empty_input else [("emptyInput", "Nothing goes because nothing is said", EMPTY_INPUT)]),
    ]
    passing = (
        GuardVerdict(name, "", refused=False, summary=why, limit=limit)
        for name, why, limit in silent
        if name not in spoke
    )
    return (*told, *passing)


def permitted(changes: Sequence[Change], verdicts: Iterable[GuardVerdict]) -> tuple[Change, ...]:
    """The changes that no verdict refuses, in their order, without those that need a refused one."""
    refusing = [verdict for verdict in verdicts if verdict.refused]
    kept = [change for change in changes if not any(_speaks_of(verdict, change) for verdict in refusing)]
    gone = {change.address for change in changes} - {change.address for change in kept}
    while waiting := {change.address for change in kept if not gone.isdisjoint(change.needs)}:
        gone |= waiting
        kept = [change for change in kept if change.address not in waiting]
    return tuple(kept)


def refusals(verdicts: Iterable[GuardVerdict]) -> tuple[Diagnostic, ...]:
    """An error for each guard that refuses: what was found, the limit, and the way on."""
    return tuple(
        Diagnostic(
            Severity.ERROR,
            "guard-refused",
            f"{verdict.summary}{_consequence(verdict)} (guard '{verdict.guard}')",
            partition=verdict.partition,
            found=_found(verdict),
            expected=verdict.limit or None,
            remedy=verdict.remedy,
        )
        for verdict in verdicts
        if verdict.refused
    )


def without_target(configuration: Configuration, desired: DesiredState) -> tuple[Diagnostic, ...]:
    """A warning for each name in guards that nothing declared bears: a guard that names nothing holds nothing."""
    addresses = {str(link_address(link)) for link in desired.links}
    accounts = {link.key[1] for link in desired.links}
    named: list[tuple[str, str, Iterable[str]]] = []
    for freeze in configuration.freezes:
        named += [(f"freeze '{freeze.name}'", name, desired.environments) for name in freeze.environments]
    for entry in configuration.protected:
        if entry.address:
            named.append(("protected", entry.address, addresses))
        elif entry.environment:
            named.append(("protected", entry.environment, desired.environments))
        elif entry.storage_account:
            named.append(("protected", entry.storage_account.lower(), accounts))
    for prune in configuration.prune:
        named += [("prune", name, desired.environments) for name in prune.environments]
    return tuple(
        Diagnostic(
            Severity.WARNING,
            "guard-without-target",
            f"'{name}' is named by {where} in reconciler.yaml, and no manifest declares it",
            remedy="Correct the name there, or take it out if it is of the past.",
        )
        for where, name, known in sorted(named, key=lambda each: each[:2])
        if name not in known
    )


def _speaks_of(verdict: GuardVerdict, change: Change) -> bool:
    if verdict.addresses:
        return str(change.address) in verdict.addresses
    return verdict.partition in {"", change.partition}


def _consequence(verdict: GuardVerdict) -> str:
    """What a refusal keeps from being done, where the summary does not name it."""
    if verdict.addresses:
        return ""
    return ": nothing is done there" if verdict.partition else ": nothing is done"


def _found(verdict: GuardVerdict) -> str | None:
    if not verdict.found and not verdict.uncounted:
        return None
    number = f"{verdict.found:,}" + (f" of {verdict.of:,}" if verdict.of is not None else "")
    return f"{number}, and more that nobody counted" if verdict.uncounted else number


def _empty_input(changes: Sequence[Change], desired: DesiredState, configuration: Configuration) -> list[GuardVerdict]:
    """Manifests that say nothing are no order to end everything: a folder may have vanished, a list may have been
    emptied. Refuses undeclared links to be ended in an environment without any declared one, and a link to lose tables
    that declares none."""
    if configuration.guards.empty_input:
        return []
    inhabited = {link.environment for link in desired.links}
    bare = {link_address(link) for link in desired.links if not link.absent and not link.tables}
    ended: defaultdict[str, set[Address]] = defaultdict(set)
    for change in changes:
        undeclared = change.action is Action.DELETE and change.reason is Reason.UNDECLARED
        if undeclared and change.environment not in inhabited:
            ended[f"Environment '{change.environment}' has no link in the manifests"].add(change.address)
        elif removed_tables(change) and change.address in bare:
            ended[f"Link '{change.address.name}' names no table in its manifest"].add(change.address)
    return [
        GuardVerdict(
            guard="emptyInput",
            partition="",
            refused=True,
            summary=f"{why}, so everything there would go: {counted([str(address) for address in sorted(gone)])}",
            found=len(gone),
            limit=EMPTY_INPUT,
            remedy="Bring back what is missing. A link that is to go gets a manifest with state: absent, a table a "
            "line in absentTables. Or set guards.emptyInput: allow in reconciler.yaml.",
            addresses=tuple(str(address) for address in sorted(gone)),
        )
        for why, gone in sorted(ended.items())
    ]
