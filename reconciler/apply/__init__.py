"""Plans become deeds: scheduled by partition, step by step, read back."""
