"""Points in time as the database and the app write them."""

from datetime import UTC, datetime


def moment(at: object) -> datetime | None:
    """An aware time; one without a zone is UTC. None for what is no time, such as ``infinity``."""
    if not isinstance(at, str):
        return None
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
