"""Plans: built from desired and live, saved to files and held against the present."""
