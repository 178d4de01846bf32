"""The trainer: from a published dataset to a registered adapter, as a one-off job."""

__version__ = "0.1.0"
