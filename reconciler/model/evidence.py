"""What was looked at for one link before it is created or changed, and what could not be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.model.canonical import JsonValue


@dataclass(frozen=True, slots=True)
class Reading:
    """What one call said. ``source`` names API and field as reports show them; ``unread`` says why there is no value.

    A value of None that was read means: the service says that there is no such thing.
    """

    source: str
    value: JsonValue = None
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The readings of one link, by name. What was not looked for is not there, and proves nothing."""

    readings: Mapping[str, Reading] = field(default_factory=dict)

    def get(self, name: str) -> Reading | None:
        """A reading that was made and gave an answer; None for what was not looked for or could not be read."""
        reading = self.readings.get(name)
        return reading if reading and reading.unread is None else None

    def __iter__(self) -> Iterator[str]:
        return iter(self.readings)
