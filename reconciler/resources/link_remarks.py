"""What is said of a live link besides its changes."""

from __future__ import annotations

from reconciler.model.desired import DestinationType, SynapseLink
from reconciler.model.diagnostic import Diagnostic, Severity
from reconciler.model.live import LiveLink
from reconciler.resources.link_checks import said_of
from reconciler.resources.link_fields import unknown_settings, unseen_settings


def remarks(link: SynapseLink, live: LiveLink) -> list[Diagnostic]:
    """Values that can't be read, and differences that are told and never acted on."""
    asserted = "can't be read with this identity: apply asserts it when it writes the link"
    unseen = "can't be read with this identity: it is not compared"
    found = [_unknown(link, name, asserted) for name in unknown_settings(link, live)]
    found += [_unknown(link, name, unseen) for name in unseen_settings(link, live)]
    declared, current = link.destination.storage_account or "", live.storage_account or ""
    if "/" in current and declared != current:
        found.append(
            said_of(
                link,
                Severity.WARNING,
                "storage-account-moved",
                f"The storage account of link '{link.name}' is in another subscription or resource group than declared",
                found=current,
                expected=declared,
                remedy="Correct destination.storageAccount.",
            )
        )
    return found + _unactivated_write(link, live) + _other_pool(link, live)


def _unactivated_write(link: SynapseLink, live: LiveLink) -> list[Diagnostic]:
    """Whoever activates a profile activates all of it. A table that its last write took out, and whose row went with
    that, is shown by nothing but the lake."""
    if live.activated or not any(table.started for table in live.tables.values()):
        return []
    return [
        said_of(
            link,
            Severity.WARNING,
            "unactivated-write",
            f"The profile of link '{link.name}' was written and never activated: apply activates it, and a table that "
            "this write took out loses its lake data then, even one that Dataverse no longer shows",
            remedy="If no run of yours wrote it, look at the link in the maker portal, and declare each table that is "
            "to stay.",
        )
    ]


def _unknown(link: SynapseLink, name: str, why: str) -> Diagnostic:
    return said_of(
        link,
        Severity.INFORMATION,
        "unknown-value",
        f"{name} of link '{link.name}' {why}",
    )


def _other_pool(link: SynapseLink, live: LiveLink) -> list[Diagnostic]:
    """The text that holds a delta link's Spark pool has no published format: only that a name is not in it can be
    told. No call changes the pool; the portal has an upgrade in place."""
    pool = link.destination.spark_pool
    if link.destination.type is not DestinationType.DELTA or not pool or not live.spark_pool:
        return []
    if pool.lower() in live.spark_pool.lower():
        return []
    return [
        said_of(
            link,
            Severity.WARNING,
            "spark-pool-differs",
            f"Link '{link.name}' seems to use another Spark pool than declared",
            expected=pool,
            remedy="Correct destination.sparkPool; or upgrade the link's pool in the maker portal, to one in the same "
            "workspace and at least as large.",
        )
    ]
