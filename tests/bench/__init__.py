"""The bench: whether what it divides by one another is the same work."""
