"""Times in which nothing is changed, and resources that must not lose anything. Pure: the time is passed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from reconciler.model.address import Address
from reconciler.model.change import Action, Change, Reason, Risk
from reconciler.model.desired import DesiredState, account_name
from reconciler.model.guard import Freeze, GuardVerdict, Protected
from reconciler.model.live import Snapshot
from reconciler.model.phrases import counted
from reconciler.resources.link_checks import link_address


def freeze_verdicts(
    freezes: Iterable[Freeze], changes: Sequence[Change], desired: DesiredState, now: datetime
) -> tuple[GuardVerdict, ...]:
    """A refusal for each freeze that holds at ``now``, which knows its offset, and that some change is under."""
    verdicts = []
    for freeze in freezes:
        frozen = [change for change in changes if _covers(freeze, change, desired)]
        if frozen and freeze.when.holds(now):
            because = f", for {freeze.reason}" if freeze.reason else ""
            verdicts.append(
                GuardVerdict(
                    guard=f"freeze:{freeze.name}",
                    partition="",
                    refused=True,
                    summary=f"Frozen{because}: {counted(_addresses(frozen))} may not be changed now",
                    found=len(frozen),
                    limit=f"no change {freeze.words}",
                    approval=f"freeze:{freeze.name}",
                    remedy=f"Wait for its end; what can't wait, approve with --approve freeze:{freeze.name}.",
                    addresses=_addresses(frozen),
                )
            )
    return tuple(verdicts)


def protection_verdicts(
    protected: Iterable[Protected], changes: Sequence[Change], desired: DesiredState, live: Snapshot
) -> tuple[GuardVerdict, ...]:
    """A refusal for each protection that some losing change is under. No word lets it pass."""
    verdicts = []
    for entry in protected:
        losing = [change for change in changes if _loses(change) and _protects(entry, change, desired, live)]
        if losing:
            verdicts.append(
                GuardVerdict(
                    guard="protected",
                    partition="",
                    refused=True,
                    summary=f"'{entry}' is protected, and would lose something: {counted(_addresses(losing))}",
                    found=len(losing),
                    limit="no loss",
                    remedy="Take what loses something out of the manifests, or the entry out of protected in "
                    "reconciler.yaml.",
                    addresses=_addresses(losing),
                )
            )
    return tuple(verdicts)


def _covers(freeze: Freeze, change: Change, desired: DesiredState) -> bool:
    if not freeze.environments and not freeze.labels:
        return True
    environment = desired.environments.get(change.environment)
    return change.environment in freeze.environments or bool(
        environment and _carries(environment.labels, freeze.labels)
    )


def _loses(change: Change) -> bool:
    return change.risk is Risk.DATA_LOSS or change.action in {Action.DELETE, Action.REPLACE}


def _protects(entry: Protected, change: Change, desired: DesiredState, live: Snapshot) -> bool:
    if entry.environment:
        return change.environment == entry.environment
    if entry.storage_account:
        return _account(change, desired, live) == entry.storage_account.lower()
    if entry.labels:
        link = next((link for link in desired.links if link_address(link) == change.address), None)
        environment = desired.environments.get(change.environment)
        return any(thing is not None and _carries(thing.labels, entry.labels) for thing in (link, environment))
    return str(change.address) == entry.address or _may_be(entry.address, change, desired)


def _may_be(address: str, change: Change, desired: DesiredState) -> bool:
    """Whether an undeclared resource could be a protected one whose manifest is gone: its name is not known then."""
    declared = {str(link_address(link)) for link in desired.links}
    prefix = f"{change.address.kind}/{change.environment}/"
    return change.reason is Reason.UNDECLARED and address.startswith(prefix) and address not in declared


def _account(change: Change, desired: DesiredState, live: Snapshot) -> str:
    for link in desired.links:
        if link_address(link) == change.address:
            return link.key[1]
    environment = live.environments.get(change.environment)
    for current in environment.links if environment else ():
        if Address("SynapseLink", current.environment, current.name) == change.address:
            return account_name(current.storage_account)
    return ""


def _carries(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return bool(wanted) and wanted.items() <= labels.items()


def _addresses(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(sorted({str(change.address) for change in changes}))
