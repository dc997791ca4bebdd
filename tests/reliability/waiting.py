"""What apply waits for passes in the cloud while it asks, so that its processes need not wait."""

from __future__ import annotations

from reconciler.simulator import Cloud
from reconciler.simulator.interruption import Moment, Visit

# Seconds that pass with each asking: until a Spark session is ready, and until a list is empty.
_PASSES = {"synapse.spark.session": 60, "synapse.spark.statement": 60, "link.lakes": 10}


def let_time_pass(cloud: Cloud, visit: Visit) -> None:
    """Moves the cloud's clock where a request asks for what takes time."""
    if visit.moment is Moment.BEFORE and (seconds := _PASSES.get(visit.route)):
        cloud.clock.advance(seconds)
