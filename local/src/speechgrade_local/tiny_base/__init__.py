"""A tiny Mistral that can listen and note, made on a CPU: the demo's stand-in for a 7B base."""

from speechgrade_local.tiny_base.build import BASE_MODEL, ensure_tiny_base

__all__ = ["BASE_MODEL", "ensure_tiny_base"]
