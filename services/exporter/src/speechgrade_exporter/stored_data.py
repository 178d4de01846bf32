"""``evaluation_data`` as it can be worked with: an object, without characters that no database or model can take."""

import re
from collections.abc import Mapping
from typing import Any

from speechgrade_shared.canonicalize import parse_evaluation_data
from speechgrade_shared.errors import SectionsUnreadable

# A JSON string inside the column can spell what PostgreSQL's text cannot hold: NUL, and halves of characters.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_data(raw: object) -> Mapping[str, Any]:
    """Accept an object, or a JSON string of one.

    Raises:
        SectionsUnreadable: ``evaluation_data_missing`` or ``evaluation_data_malformed``.
    """
    data = parse_evaluation_data(raw)
    try:
        return {storable(str(key)): _cleaned(value) for key, value in data.items()}
    except RecursionError as error:
        raise SectionsUnreadable("The data is nested too deeply.", code="evaluation_data_malformed") from error


def storable(text: str) -> str:
    """A text without characters that cannot be stored."""
    return _UNSTORABLE.sub("", text)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value
