"""The exporter: from consented gradings to a verifiable dataset, and back out again on withdrawal."""

__version__ = "0.1.0"
