"""What may be logged of an error that nobody foresaw. Its message is not told: it may quote a speech."""

import traceback


def place_of(error: BaseException) -> str:
    """Module and line that an error was raised at."""
    return (trail_of(error) or ["?"])[-1]


def trail_of(error: BaseException) -> list[str]:
    """Module and line of every call on the way to it, the outermost first."""
    frames = traceback.walk_tb(error.__traceback__)
    return [f"{frame.f_globals.get('__name__', '?')}:{line}" for frame, line in frames]
