"""A run from its first row to its last event."""
