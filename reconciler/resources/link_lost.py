"""Links that existed and are gone: seen by what they left, named, and made again only by consent.

A restore, reset, copy or move of an environment ends its links and leaves their data; unlinking may leave it too. What
has to be cleaned before a link can be made again: docs/sources.md, Synapse Link tables (relinking).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reconciler.model.change import Action, Change, FieldChange, Reason, Risk, Status, Step
from reconciler.model.desired import DesiredState, Destination, Relink, SynapseLink, account_name
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.evidence import Evidence
from reconciler.model.live import FormerLink, LiveEnvironment, LiveLink, Snapshot
from reconciler.model.readings import CONTAINER
from reconciler.resources.link_access import SEE_ERRORS
from reconciler.resources.link_checks import problem
from reconciler.resources.link_steps import DeleteContainer, DropLakeDatabase

EXPORTED_MODEL = "exportedModel"
"""The reading of ``model.json`` at the container's root."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A link that was. ``container`` is the declared container where it is known to be left over, with the database
    that goes with it where there may be one; ``is_export`` tells that it holds what a link exported, ``is_own`` that it
    was a link of this environment."""

    happened: str
    container: str | None = None
    database: str | None = None
    is_export: bool = False
    is_own: bool = False


def find_loss(
    link: SynapseLink, environment: LiveEnvironment, evidence: Evidence | None, *, database_hyphens: bool = False
) -> Loss | None:
    """What is known of the link's former self; None for a link that never was.

    ``database_hyphens`` answers the assumption ``lake-database-name``.

    A lake that the service has registered is a creation that stopped halfway: it goes on, and nothing was lost.
    """
    account, container = link.key[1], link.destination.container
    if (account, container) in environment.lakes:
        return None
    former = next((found for found in reversed(environment.former_links) if found.account == account), None)
    left = evidence.get(CONTAINER) if evidence else None
    is_left = left is not None and left.value is not None
    if former is None and not is_left:
        return None
    model = evidence.get(EXPORTED_MODEL) if evidence else None
    # A former link to another container of the account says nothing of this one, nor of its database.
    owner = next(
        (
            found
            for found in reversed(environment.former_links)
            if (found.account, found.container) == (account, container)
        ),
        None,
    )
    return Loss(
        _happened(former),
        container if is_left else None,
        _database(link, owner, hyphens=database_hyphens) if is_left else None,
        is_export=model is not None and model.value is not None,
        is_own=owner is not None or _bears_name(container, environment),
    )


def _bears_name(container: str | None, environment: LiveEnvironment) -> bool:
    """Whether a container is named after the environment's organization, as the portal names them."""
    unique_name = environment.unique_name.lower()
    return bool(unique_name) and (container or "").endswith(f"-{unique_name}")


def relink(
    link: SynapseLink, loss: Loss, creation: Change, desired: DesiredState, live: Snapshot
) -> tuple[tuple[Change, ...], list[Diagnostic]]:
    """The changes that make a lost link again, under the terms of its manifest, and why they may not be made."""
    again = replace(creation, reason=Reason.LOST)
    if link.relink is Relink.REFUSE:
        return _blocked(again, _not_asked_for(link, loss))
    if loss.container is None:
        return (again,), []
    if link.relink is Relink.ALLOW:
        return _blocked(again, _left_over(link, loss, "Delete them, or set relink: clean."))
    refusal = _not_cleanable(link, loss, loss.container, desired, live)
    if refusal:
        return _blocked(again, refusal)
    return _cleaned(link, loss, loss.container, again), []


def _blocked(change: Change, refusal: Diagnostic) -> tuple[tuple[Change, ...], list[Diagnostic]]:
    return (replace(change, status=Status.BLOCKED, missing=SEE_ERRORS),), [refusal]


def _not_asked_for(link: SynapseLink, loss: Loss) -> Diagnostic:
    left = f" Left over: {_leftovers(loss)}." if loss.container else ""
    return problem(
        link,
        "link-lost",
        f"Link '{link.name}' existed and is gone: {loss.happened}",
        f"Find out who did that, and why.{left} To make it again, with every table loaded anew, set relink: allow, or "
        "relink: clean to have what it left deleted first; to let it go, set state: absent.",
    )


def _left_over(link: SynapseLink, loss: Loss, remedy: str) -> Diagnostic:
    return problem(
        link,
        "link-leftovers",
        f"Link '{link.name}' can't be made again: its former self left {_leftovers(loss)}",
        remedy,
        found=loss.container,
    )


def _not_cleanable(
    link: SynapseLink, loss: Loss, container: str, desired: DesiredState, live: Snapshot
) -> Diagnostic | None:
    """Why what is left may not be deleted by a program; None where it may."""
    users = users_of(link.destination, container, loss.database, live)
    if users:
        return _left_over(link, loss, f"It is not deleted: live links write there ({', '.join(users)}).")
    declared = _also_declared(link, container, desired)
    if declared:
        return _left_over(
            link,
            loss,
            f"It is not deleted: other manifests name the same container ({', '.join(declared)}). Give each its own.",
        )
    if not loss.is_export:
        return _left_over(
            link,
            loss,
            "It is not deleted, since no model.json was read at its root, which would show that it holds a link's "
            "export and nothing else. Give the application Storage Blob Data Reader, or look, and delete it by hand.",
        )
    if not loss.is_own:
        return _left_over(
            link,
            loss,
            "It is not deleted, since nothing shows that it was a link of this environment: no row of a former link "
            "names it, and its name does not end with that of the organization. Look, and delete it by hand.",
        )
    if loss.database and not _pool(link):
        return _left_over(
            link,
            loss,
            "The manifest names no Spark pool to drop the database through. Name one under cleanUpPool, or run in a "
            f"notebook of the workspace: spark.sql('DROP DATABASE IF EXISTS `{loss.database}` CASCADE'); then delete "
            "the container.",
        )
    return None


def _cleaned(link: SynapseLink, loss: Loss, container: str, again: Change) -> tuple[Change, ...]:
    """Cleaning and creating as one change; where a person creates, cleaning is a change of its own."""
    destination = link.destination
    steps: list[Step] = []
    fields = [FieldChange("leftovers.container", container, None)]
    if loss.database:
        steps.append(DropLakeDatabase(destination.workspace or "", _pool(link), loss.database))
        fields.append(FieldChange("leftovers.database", loss.database, None))
    steps.append(DeleteContainer(destination.storage_account or "", container))
    if again.status is Status.UNPROVEN:
        cleaning = replace(
            again,
            action=Action.DELETE,
            risk=Risk.DATA_LOSS,
            status=Status.READY,
            fields=tuple(fields),
            steps=tuple(steps),
            missing=None,
            confirm=container,
        )
        return (cleaning, again)
    return (
        replace(
            again,
            risk=Risk.DATA_LOSS,
            fields=(*fields, *again.fields),
            steps=(*steps, *again.steps),
            confirm=container,
        ),
    )


def _happened(former: FormerLink | None) -> str:
    if former is None:
        return (
            "nothing of it is left in Dataverse, and its container is still there. That is how a restore, reset or "
            "copy of the environment leaves it, or its move to another tenant"
        )
    when = f" on {former.gone_at}" if former.gone_at else ""
    return f"its profile was deleted{when}, by somebody who unlinked it, or by a reset of the environment"


def _database(link: SynapseLink, former: FormerLink | None, *, hyphens: bool) -> str | None:
    """The lake database that goes with the container: only a link with a workspace has one. Where no row tells its
    name it is inferred (assumption ``lake-database-name``)."""
    if not link.destination.workspace:
        return None
    if former and former.database:
        return former.database
    container = link.destination.container or ""
    return container if hyphens else container.replace("-", "_")


def _leftovers(loss: Loss) -> str:
    container = f"the container '{loss.container}'"
    return f"{container} and the lake database '{loss.database}'" if loss.database else container


def _pool(link: SynapseLink) -> str:
    return link.clean_up_pool or link.destination.spark_pool or ""


def _also_declared(link: SynapseLink, container: str, desired: DesiredState) -> Sequence[str]:
    account = account_name(link.destination.storage_account)
    return sorted(
        f"{other.environment}/{other.name}"
        for other in desired.links
        if not other.absent
        and other.key != link.key
        and (account_name(other.destination.storage_account), other.destination.container) == (account, container)
    )


def users_of(destination: Destination, container: str | None, database: str | None, live: Snapshot) -> Sequence[str]:
    """The live links that write to a container of the destination's account, or to a lake database of its workspace.

    A link whose container can't be read may write to any of its account.
    """
    account, workspace = account_name(destination.storage_account), account_name(destination.workspace)
    return sorted(
        f"{found.environment}/{found.name}"
        for environment in live.environments.values()
        for found in environment.links
        if (container and account_name(found.storage_account) == account and found.container in (None, container))
        or (database and account_name(found.workspace) == workspace and database.lower() in _databases(found))
    )


def _databases(live: LiveLink) -> set[str]:
    """The names that a live link's lake database may have, in lower case."""
    container = live.container or ""
    return {live.database.lower()} if live.database else {container, container.replace("-", "_")}
