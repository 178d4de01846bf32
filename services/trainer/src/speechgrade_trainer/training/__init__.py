"""The base, its adapter, and the loop that fits it."""
