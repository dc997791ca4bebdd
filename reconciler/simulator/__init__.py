"""The local cloud: one HTTPS server on loopback that speaks every service the reconciler calls."""

from reconciler.simulator.fleet import fleet_seed
from reconciler.simulator.running import Cloud, running

__all__ = ["Cloud", "fleet_seed", "running"]
