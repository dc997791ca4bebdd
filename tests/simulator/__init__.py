"""Promises of the local cloud."""
