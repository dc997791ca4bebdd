"""The name of a thing in plans, reports and messages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Kind, environment and name of a resource: sorts, prints as ``Kind/environment/name``.

    ``environment`` is the name of an Environment manifest, or empty for what belongs to none. An address names; it does
    not identify: the key of a live link is its environment and destination, so renaming a manifest unlinks nothing.
    """

    kind: str
    environment: str
    name: str

    def __str__(self) -> str:
        return "/".join(part for part in (self.kind, self.environment, self.name) if part)
