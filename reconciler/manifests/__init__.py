"""Manifests: found, read, validated and resolved to the desired state."""

from reconciler.manifests.loading import LoadResult, load

__all__ = ["LoadResult", "load"]
