"""Live links that no manifest declares: told, and ended only where the trusted configuration says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from reconciler.model.address import Address
from reconciler.model.change import Change, Reason
from reconciler.model.configuration import Configuration
from reconciler.model.desired import Destination, DestinationType, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Location, Severity
from reconciler.model.live import LiveEnvironment, LiveLink, Snapshot
from reconciler.model.phrases import number_of
from reconciler.resources.impact import impacts_of
from reconciler.resources.kind import Comparison
from reconciler.resources.link_checks import link_address
from reconciler.resources.link_unlink import unlink

KIND = "SynapseLink"
_NOWHERE = Location("")
_UNTOUCHED = f"leave it: it is never touched, unless prune names {KIND} and its environment (docs/ownership.md)"


def undeclared_links(links: Iterable[SynapseLink], live: Snapshot, configuration: Configuration) -> Comparison:
    """An information for every undeclared live link; where ``prune`` names its environment, the change that ends it.

    Its data is to be kept. A link is left alone all the same where its data can't be (a Link to Fabric), and where it
    can't be told from others: its storage account is not known, it has that of another link, or its name is that of a
    manifest.
    """
    declared = {link.key for link in links}
    taken = {link_address(link) for link in links}
    changes: list[Change] = []
    told: list[Diagnostic] = []
    for environment in live.environments.values():
        read = () if environment.unreadable else environment.links
        undeclared = [link for link in read if link.key not in declared]
        if not configuration.prunes(KIND, environment.name):
            told += [_told(link, _UNTOUCHED) for link in undeclared]
            continue
        for link in undeclared:
            otherwise = _left_alone(link, environment, taken)
            if otherwise:
                told.append(_told(link, otherwise))
            else:
                changes.append(_prune(link, environment, configuration))
    return Comparison(tuple(changes), tuple(told))


def _left_alone(link: LiveLink, environment: LiveEnvironment, taken: Collection[Address]) -> str | None:
    """What a person does about a link that is not ended in spite of the consent; None where it is."""
    if link.destination_type is DestinationType.FABRIC:
        return "unlink it by hand: its data goes with it, and prune keeps data"
    keys = Counter(other.key for other in environment.links)
    names = Counter(other.name for other in environment.links)
    alone = bool(link.key[1]) and keys[link.key] == names[link.name] == 1 and _address(link) not in taken
    return None if alone else "unlink it by hand: it can't be told from another link"


def _prune(current: LiveLink, environment: LiveEnvironment, configuration: Configuration) -> Change:
    """The change of a tombstone with ``data: keep``, for a link that has no manifest."""
    destination = Destination(current.destination_type, current.storage_account, current.container, current.workspace)
    tombstone = SynapseLink(current.name, environment.name, destination, _NOWHERE, absent=True, delete_data=False)
    (change,) = unlink(tombstone, current, environment, configuration).changes
    impacts = impacts_of(change, tombstone, current, environment, None)
    return replace(change, reason=Reason.UNDECLARED, location=None, impacts=impacts)


def _address(live: LiveLink) -> Address:
    return Address(KIND, live.environment, live.name)


def _told(live: LiveLink, otherwise: str) -> Diagnostic:
    return Diagnostic(
        Severity.INFORMATION,
        "undeclared-link",
        f"Environment '{live.environment}' has a link '{live.name}' ({live.destination_type}, "
        f"{number_of(len(live.tables), 'table')}) that no manifest declares",
        address=_address(live),
        partition=live.environment,
        remedy=f"Declare it ('reconciler import' writes the manifest), or {otherwise}.",
    )
