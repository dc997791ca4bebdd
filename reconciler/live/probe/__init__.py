"""Which assumptions about the services hold on a real tenant, seen by reading alone and told without a fact of it."""
