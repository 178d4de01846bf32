"""What may be logged of an error that nobody foresaw."""


def place_of(error: BaseException) -> str:
    """Module and line that an error was raised at; its message is not told, since it may quote a speech."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}" if frame else "?"
