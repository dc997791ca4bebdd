"""Per kind: desired and live become changes and steps. Pure. A new kind adds a module here and one in apply/."""

from __future__ import annotations

from reconciler.resources.kind import Comparison, Kind
from reconciler.resources.later import LaterKinds
from reconciler.resources.synapse_link import SynapseLinks

KINDS: tuple[Kind, ...] = (SynapseLinks(), LaterKinds())

__all__ = ["KINDS", "Comparison", "Kind"]
