"""From clients to one snapshot of what exists, read in bulk."""
