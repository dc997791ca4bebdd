"""Harnesses that attack the whole of it: crashes, races, faults, nonsense; each runs at any size."""
