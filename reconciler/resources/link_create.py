"""Creating a link, of every type: the steps, and whether they may be taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reconciler.model.change import Action, Change, Reason, Risk, Status, Step
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState, DestinationType, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.live import LiveEnvironment, Snapshot
from reconciler.resources.kind import Comparison
from reconciler.resources.link_access import write_status
from reconciler.resources.link_checks import check_destination, check_tables, link_address, said_of
from reconciler.resources.link_fields import creation_fields, unproven_settings
from reconciler.resources.link_lost import find_loss, relink
from reconciler.resources.link_portal import create_by_hand, unpublished
from reconciler.resources.link_steps import (
    ActivateProfile,
    CreateFabricLink,
    CreateLink,
    EnableChangeTracking,
    VerifyLink,
)
from reconciler.resources.link_waves import Wave, deferred, next_wave

# The bodies that create a csv link and a Link to Fabric are recorded; those of the others are inferred.
PROVEN = frozenset({DestinationType.CSV, DestinationType.FABRIC})


@dataclass(frozen=True, slots=True)
class _Terms:
    """How a link would be created: the tables of this run, by whom, and what has to be said."""

    wave: Wave
    by_hand: bool
    to_enable: tuple[str, ...]
    problems: Sequence[Diagnostic]


def create(link: SynapseLink, desired: DesiredState, live: Snapshot, configuration: Configuration) -> Comparison:
    """The creation of a link that is not live, and what of its tables waits for later runs.

    A link that existed and is gone is made again only as its ``relink`` says.
    """
    environment = live.environments[link.environment]
    problems, to_enable = check_tables(link, link.tables, environment.definitions)
    problems += check_destination(link, environment, live, configuration)
    by_hand = link.destination.type not in PROVEN and not configuration.allow_unproven
    wave = Wave(link.tables) if by_hand else next_wave(link, link.tables)
    names = {table.name for table in wave.now}
    terms = _Terms(wave, by_hand, tuple(name for name in to_enable if name in names), problems)
    changes: tuple[Change, ...] = (_creation(link, environment, terms),)
    hyphens = configuration.assumptions.get("lake-database-name") == "hyphens"
    loss = find_loss(link, environment, live.evidence.get(link.key), database_hyphens=hyphens)
    if loss:
        changes, refusals = relink(link, loss, changes[0], desired, live)
        problems = [*problems, *refusals]
    return Comparison((*changes, *deferred(link, wave)), (*problems, *_later_settings(link)))


def _creation(link: SynapseLink, environment: LiveEnvironment, terms: _Terms) -> Change:
    status, missing = write_status(environment, terms.problems)
    if terms.by_hand and not terms.problems:
        what = f"creates a link of type {link.destination.type}"
        status, missing = Status.UNPROVEN, unpublished(what)
    of_wave = replace(link, tables=terms.wave.now)
    return Change(
        address=link_address(link),
        action=Action.CREATE,
        risk=Risk.IRREVERSIBLE if terms.to_enable else Risk.NONE,
        reason=Reason.MISSING,
        status=status,
        partition=link.environment,
        fields=creation_fields(of_wave),
        steps=tuple(_steps(of_wave, terms)),
        missing=missing,
        location=link.location,
    )


def _steps(link: SynapseLink, terms: _Terms) -> Iterable[Step]:
    if terms.by_hand:
        yield create_by_hand(link, terms.to_enable)
        yield VerifyLink()
        return
    if terms.to_enable:
        yield EnableChangeTracking(terms.to_enable)
    destination = link.destination
    if destination.type is DestinationType.FABRIC:
        yield CreateFabricLink(destination.fabric_workspace or "", destination.fabric_connection or "", link.tables)
        yield VerifyLink()
        return
    yield CreateLink(
        storage_account=destination.storage_account or "",
        container=destination.container or "",
        workspace=destination.workspace,
        tables=link.tables,
        interval=link.interval,
        attachments=link.attachments,
        files=link.files,
        kind=destination.type,
        spark_pool=destination.spark_pool,
    )
    yield ActivateProfile()
    yield VerifyLink()


def _later_settings(link: SynapseLink) -> list[Diagnostic]:
    return [
        said_of(
            link,
            Severity.INFORMATION,
            "set-after-creation",
            f"{name} of link '{link.name}' can't be set while it is created: the next plan takes it up",
        )
        for name, value in unproven_settings(link).items()
        if value is not False
    ]
