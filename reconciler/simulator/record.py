"""Which requests came, and what became of them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

KEPT_ENTRIES = 200_000
UNSERVED = "unserved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One request."""

    method: str
    host: str
    path: str
    """With the query, as the client sent it."""
    route: str
    status: int
    """0 where the connection was closed without an answer."""
    fault: str | None
    identity: str | None
    """``app``, ``user``, or None without a token."""
    correlation: str | None
    write: bool
    inner: bool = False
    """Whether it came inside a batch."""
    unserved: bool = False


class Record(Sequence[Entry]):
    """The requests of a local cloud, oldest first, without those inside batches; totals outlive the kept entries."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._inner: list[Entry] = []
        self.totals: Counter[tuple[str, str]] = Counter()
        """How many by route and outcome: a status, or the name of the fault."""

    def add(self, entry: Entry) -> None:
        """Note one request."""
        kept = self._inner if entry.inner else self._entries
        if len(kept) >= KEPT_ENTRIES:
            del kept[: KEPT_ENTRIES // 2]
        kept.append(entry)
        outcome = UNSERVED if entry.unserved else entry.fault or str(entry.status)
        self.totals[entry.route, outcome] += 1

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def inner(self) -> list[Entry]:
        """The requests that came inside batches."""
        return list(self._inner)

    @property
    def unserved(self) -> list[Entry]:
        """Requests for what the local cloud does not serve, those inside batches too."""
        return [entry for entry in [*self._entries, *self._inner] if entry.unserved]

    @property
    def writes(self) -> list[Entry]:
        """Requests that change something, whatever became of them."""
        return [entry for entry in [*self._entries, *self._inner] if entry.write]

    def count(self, value: object = None, *, route: str | None = None) -> int:
        """How many requests went to a route, inside batches too; without a route, how often an entry occurs."""
        if route is None:
            return self._entries.count(value) if isinstance(value, Entry) else len(self._entries)
        return sum(entry.route == route for entry in [*self._entries, *self._inner])

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self._inner.clear()
        self.totals.clear()
