"""Which files of a repository a base consists of: weights as safetensors, configuration, tokenizer. Pure."""

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase

_NEEDED = ("*.safetensors", "*.json", "*.model", "*.jinja", "merges.txt", "LICENSE*", "NOTICE*")
_LEFT = ("consolidated*", "params.json", "*.bin*", "*.h5*", "*.msgpack*", ".*")
"""The same weights again in other formats, and what nothing loads."""
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json")
CONFIGURATION = "config.json"
INDEX = "model.safetensors.index.json"


def needed(names: Iterable[str]) -> list[str]:
    """Those of the names that belong to a base; files in sub-folders never do."""
    return sorted(name for name in names if "/" not in name and _fits(name, _NEEDED) and not _fits(name, _LEFT))


def missing(names: Iterable[str], index: bytes | None) -> list[str]:
    """What a base with these files still lacks, in words; ``index``: the file that names the shards, if any."""
    present = set(names)
    lacking = [] if CONFIGURATION in present else [CONFIGURATION]
    if not any(name.endswith(".safetensors") for name in present):
        lacking.append("weights (*.safetensors)")
    if not present.intersection(_TOKENIZERS):
        lacking.append(f"a tokenizer ({', '.join(_TOKENIZERS)})")
    return lacking + sorted(_shards(index) - present)


def _shards(index: bytes | None) -> set[str]:
    if index is None:
        return set()
    try:
        return {str(name) for name in json.loads(index)["weight_map"].values()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {f"a readable {INDEX}"}


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
