"""What is said of a lock that another run has, or that this run lost."""

from __future__ import annotations

from reconciler.model.errors import Locked, LockLost
from reconciler.model.lock import LockInfo


def locked(partition: str, info: LockInfo | None) -> Locked:
    """The error for a partition that another run writes."""
    holder = f"by {holder_words(info)}" if info else "by a run that did not say which"
    return Locked(
        f"'{partition}' is locked {holder}",
        "Nothing of it was written. Wait for that run, or pass --lock-timeout 10m; "
        f"'reconciler unlock {partition}' shows who holds it, and with --force ends a lock that was left behind",
    )


def lost(partition: str, why: str) -> LockLost:
    """The error for a lock that can't be relied on any more."""
    return LockLost(
        f"The lock of '{partition}' {why}. What was sent before stands, and nothing more is sent. See who holds it "
        f"with 'reconciler unlock {partition}', then apply again: it finishes what was begun"
    )


def holder_words(info: LockInfo) -> str:
    """Who a holder is, in a line: the run, since when, as whom, and where."""
    words = [f"run {info.run}"]
    if info.since:
        words.append(f"since {info.since}")
    for each in info.who:
        identity = each.object_id or each.application_id
        words.append(f"as {each.kind} {identity}".rstrip())
    if info.host:
        process = f" (process {info.pid})" if info.pid else ""
        words.append(f"on {info.host}{process}")
    if info.commit:
        words.append(f"at commit {info.commit[:12]}")
    return ", ".join(words)
