"""What carries out the changes of each kind."""

from __future__ import annotations

from reconciler.apply.executor import MakeExecutor
from reconciler.apply.synapse_link import LinkExecutor

EXECUTORS: dict[str, MakeExecutor] = {"SynapseLink": LinkExecutor}
