"""What must hold whatever went wrong, judged by the local cloud's own state and record: nothing of ours has a say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconciler.simulator import Cloud
from reconciler.simulator.record import Entry
from reconciler.simulator.views import LinkView
from tests.reliability.estates import Estate, Target

IDEMPOTENT = frozenset({"link.register", "dataverse.publish"})
"""Writes that do nothing the second time, whatever became of the first: each change sends one of its own."""
SHARED = IDEMPOTENT | {"link.lake.create", "dataverse.definition.put"}
"""Routes whose request is the same for every link of an environment."""
LINKS_AT_MOST = 2
"""Of one environment, in a fleet of ``estates``."""


def of_end(cloud: Cloud, estate: Estate) -> Iterator[str]:
    """What differs from the end that the manifests ask for."""
    for target in estate.targets:
        found = _links(cloud, target)
        if len(found) != 1:
            yield f"{len(found)} links on {target.account} and not 1"
        yield from (wrong for link in found if (wrong := differs(link, target)))


def of_state(cloud: Cloud, estate: Estate) -> Iterator[str]:
    """What may not be, at any time: duplicates, links nobody asked for, and losses nobody planned."""
    known = {target.account for target in estate.targets}
    yield from (f"a link on {link.account} nobody declared" for link in cloud.state.links if link.account not in known)
    for target in estate.targets:
        found = _links(cloud, target)
        if len(found) > 1:
            yield f"{len(found)} links on {target.account}"
        for link in found:
            lost = {loss.table for loss in link.losses} - target.may_lose
            if lost:
                yield f"{target.account} lost the data of {', '.join(sorted(lost))}, which nobody planned"


def of_record(entries: Sequence[Entry], runs: Sequence[int], hosts: dict[str, str]) -> Iterator[str]:
    """Requests that should not have been sent. ``runs`` are the numbers of the entries with which runs begin, ``hosts``
    what names an environment in a host or path, and its name."""
    yield from (f"{each.method} {each.host}{each.path} is not served" for each in entries if each.unserved)
    for number, entry in enumerate(entries):
        if not entry.write or _is_definite(entry):
            continue
        again = next((n for n in range(number + 1, len(entries)) if _same(entry, entries[n])), None)
        if again is None:
            continue
        what = f"{entry.method} {entry.path} ({entry.route}), answered {entry.fault or entry.status}, was sent again"
        if entry.status in (401, 403) or entry.route in IDEMPOTENT:
            begun = max((start for start in runs if start <= again), default=0)
            sent = sum(_same(entry, each) and not _is_definite(each) for each in entries[begun:again])
            if sent >= (LINKS_AT_MOST if entry.route in SHARED else 1):
                yield f"{what}, more often than there are changes that need it"
        elif not any(_reads(each, _environment(entry, hosts), hosts) for each in entries[number + 1 : again]):
            yield f"{what} without a look in between"


def differs(link: LinkView, target: Target) -> str | None:
    """How a link differs from its end, None where it doesn't."""
    running = link.running
    if running is None or link.stored != running:
        return f"{target.account} is not activated"
    if set(running.tables) != target.tables:
        return f"{target.account} has {sorted(running.tables)} and not {sorted(target.tables)}"
    if running.interval != target.interval:
        return f"{target.account} has interval {running.interval} and not {target.interval}"
    return None


def _links(cloud: Cloud, target: Target) -> list[LinkView]:
    return [link for link in cloud.state.links if link.account == target.account and not link.deleted]


def _is_definite(entry: Entry) -> bool:
    """Whether an answer says what became of a write, and nobody refused it."""
    return entry.status == 429 or (
        not entry.fault and 200 <= entry.status < 500 and entry.status not in (401, 403, 408)
    )


def _same(one: Entry, other: Entry) -> bool:
    return (one.method, one.host, one.path) == (other.method, other.host, other.path)


def _reads(entry: Entry, environment: str, hosts: dict[str, str]) -> bool:
    """Whether an entry shows how an environment is."""
    whole = 200 <= entry.status < 300 and entry.fault in (None, "slow")
    return whole and not entry.write and _environment(entry, hosts) == environment


def _environment(entry: Entry, hosts: dict[str, str]) -> str:
    return next((name for mark, name in hosts.items() if mark in f"{entry.host}{entry.path}"), "")
