"""Plans become deeds: scheduled by partition, step by step, read back."""

from __future__ import annotations

from reconciler.apply.executor import MakeExecutor
from reconciler.apply.synapse_link import LinkExecutor

EXECUTORS: dict[str, MakeExecutor] = {"SynapseLink": LinkExecutor}
