"""What a kind of resource must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from reconciler.model.canonical import JsonValue
from reconciler.model.change import Change
from reconciler.model.configuration import Configuration
from reconciler.model.desired import DesiredState
from reconciler.model.diagnostic import Diagnostic
from reconciler.model.live import Snapshot


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a comparison found: changes, and what is to be said besides."""

    changes: tuple[Change, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Kind(Protocol):
    """One kind of manifest.

    ``compare`` must be pure: the same desired and live state give the same comparison, whatever the order of manifests.
    It must not speak of partitions that could not be read. ``facts`` gives, for one partition, the live fields that
    ``compare`` rests on, in JSON form and nothing else: they are the partition's fingerprint, so no counts, no times
    of syncing, no versions of rows.
    """

    @property
    def name(self) -> str:
        """The ``kind`` of its manifests."""
        ...

    def compare(self, desired: DesiredState, live: Snapshot, configuration: Configuration) -> Comparison:
        """The changes that make live what is desired, under the terms of the trusted configuration."""
        ...

    def facts(self, partition: str, desired: DesiredState, live: Snapshot) -> JsonValue:
        """The compared live fields of a partition; None where it holds none of this kind."""
        ...
