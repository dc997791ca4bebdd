"""Is the local cloud as a fleet was drawn to end? Judged by its state alone, not by what the reconciler says of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from reconciler.simulator import Cloud
from reconciler.simulator.views import LinkView
from tests.reliability.fleets import Expected, Fleet


def violations(fleet: Fleet, cloud: Cloud) -> list[str]:
    """What is not as it must be, a line each."""
    return [
        f"{part.expected.environment}/{part.expected.account}: {wrong}"
        for part in fleet.parts
        for wrong in _of_link(part.expected, cloud)
    ]


def journal_violations(journal: Path, kills: int) -> list[str]:
    """Lines that can't be read, but for one that each kill may have cut short."""
    if not journal.exists():
        return []
    text = journal.read_text(encoding="utf-8")
    spoilt = [line for line in text.split("\n") if line and not _is_told(line)]
    # What a kill cut short is a beginning of a line; what holds a second beginning was written on.
    mixed = [f"two lines in one: {line}" for line in spoilt if line.count('"event"') > 1]
    many = [f"{len(spoilt)} lines can't be read after {kills} kills"] if len(spoilt) > kills else []
    return mixed + many


def _is_told(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _of_link(expected: Expected, cloud: Cloud) -> Iterator[str]:
    found = [
        link
        for link in cloud.state.links
        if link.environment == expected.environment
        and expected.account == ("fabric" if link.type == "fabric" else link.account)
    ]
    live = [link for link in found if not link.deleted]
    yield from _losses(expected, found)
    for table in expected.tracked:
        if not cloud.state.change_tracking(expected.environment, table):
            yield f"change tracking of {table} is off"
    if expected.left is not None:
        containers = cloud.state.containers(expected.account)
        if bool(containers) is not expected.left:
            yield f"its container {'is gone' if expected.left else 'is still there'}"
    if expected.tables is None:
        if live:
            yield "it is still linked"
    elif len(live) != 1:
        yield f"{len(live)} links of it are live"
    else:
        yield from _of_live(expected, expected.tables, live[0])


def _of_live(expected: Expected, tables: frozenset[str], link: LinkView) -> Iterator[str]:
    if link.stored is None or link.running is None or not link.active:
        yield "what was written last does not run"
        return
    if set(link.running.tables) != tables:
        yield f"it has {sorted(link.running.tables)}, not {sorted(tables)}"
    for name, append_only in expected.settings.items():
        if name in link.running.tables and link.running.tables[name].append_only is not append_only:
            yield f"{name} is not as declared"
    if expected.interval is not None and link.stored.interval != expected.interval:
        yield f"its interval is {link.stored.interval}, not {expected.interval}"
    if expected.attachments is not None and link.stored.attachments is not expected.attachments:
        yield f"attachments are {link.stored.attachments}"
    for view in link.tables.values():
        most = 2 if view.name in expected.losses else 1
        if view.data_generation > most:
            yield f"{view.name} was loaded {view.data_generation} times"


def _losses(expected: Expected, links: list[LinkView]) -> Iterator[str]:
    lost = Counter(loss.table for link in links for loss in link.losses)
    for table, times in lost.items():
        if table not in expected.losses:
            yield f"the lake data of {table} was dropped, which nobody asked for"
        elif times > 1:
            yield f"the lake data of {table} was dropped {times} times"
