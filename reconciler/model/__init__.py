"""The nouns: frozen, pure, without I/O, clock or environment."""
