"""What the server writes of itself: lines for a person, or one JSON object a line; never what a visitor has written.

An error's own words may quote a prompt. On a public server, and in JSON, its kind and its place in the code are logged
without them.
"""

from __future__ import annotations

import logging
import sys
import traceback
from types import TracebackType
from typing import TYPE_CHECKING

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from explorer.shell.settings import Settings

#: requests and runs, one line each: numbers and names of our own
EVENTS = logging.getLogger("explorer.events")

Information = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)  # what logging hands a formatter


def without_words(error: BaseException | None) -> str:
    """Where an error came from, and of which kind it and its causes are.

    >>> try:
    ...     raise ValueError("what the visitor wrote")
    ... except ValueError as error:
    ...     found = without_words(error)
    >>> found.splitlines()[-1], "visitor" in found.splitlines()[-1]
    ('ValueError', False)
    """
    lines: list[str] = []
    while error is not None:
        place = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
        lines[:0] = [*place, type(error).__qualname__]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(lines)


class _Quiet(logging.Formatter):
    def formatException(self, ei: Information) -> str:
        return without_words(ei[1])


class _Json(JsonFormatter):
    def formatException(self, ei: Information) -> str:  # pyright: ignore[reportIncompatibleMethodOverride]
        return without_words(ei[1])


def begin(settings: Settings) -> None:
    """From now on this process logs as the settings say."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.logs == "json":
        names = {"levelname": "level", "name": "logger", "asctime": "time"}
        handler.setFormatter(
            _Json("%(asctime)s %(levelname)s %(name)s %(message)s", rename_fields=names, datefmt="%Y-%m-%dT%H:%M:%S%z")
        )
    else:
        handler.setFormatter((_Quiet if settings.public else logging.Formatter)("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):  # through the same handler
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).setLevel(logging.WARNING)
    EVENTS.setLevel(logging.INFO if settings.logs == "json" else logging.WARNING)
    logging.captureWarnings(settings.logs == "json")
