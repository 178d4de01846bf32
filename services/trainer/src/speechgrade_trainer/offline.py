"""The model libraries' own settings: no calls to anyone, no chatter. To be set before the first of them is imported."""

import logging
import os
import warnings
from collections.abc import Mapping

_SETTINGS: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}


def says_offline(value: str) -> bool:
    """Whether ``HF_HUB_OFFLINE`` is set to something that the hub's library takes for a yes."""
    return value.strip().upper() in {"1", "ON", "YES", "TRUE"}


def let_libraries_reach_the_hub() -> None:
    """Take our own choice back, before the hub's library is imported. Only for what the operator has allowed."""
    os.environ.update(HF_HUB_OFFLINE="0")


def keep_libraries_offline() -> None:
    """Keep the model libraries off the network, unless the operator has set it otherwise."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    # On a CPU it says at every start that it has no compiled 4-bit kernel and takes the plain one.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    # PEFT 0.21 asks transformers 5.23 by an old name.
    warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing", category=FutureWarning)
