"""An error as the page shows it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError
from explorer.stack.tokenization.text import well_formed

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import ErrorAnswer

log = logging.getLogger(__name__)


def error_answer(error: Exception) -> ErrorAnswer:
    """An error as the page shows it. What is not ours is not shown in detail."""
    if isinstance(error, ExplorerError):
        facts = {k: v for k, v in error.facts.items() if isinstance(v, str | int | float | bool)}
        return {
            "kind": "error",
            "name": type(error).__name__,
            "message": well_formed(error.message),
            "hint": well_formed(error.hint),
            "facts": {k: well_formed(v) if isinstance(v, str) else v for k, v in facts.items()},
        }
    return {
        "kind": "error",
        "name": "Error",
        "message": "The explorer itself failed.",
        "hint": "Your last run is still here. Try again. The server's log has the details.",
        "facts": {},
    }


def logged_error_answer(error: Exception, where: str) -> ErrorAnswer:
    """The same; what is not a visitor's mistake goes to the log as well."""
    answer = error_answer(error)
    if answer["name"] == "Error":
        log.error("%s failed", where, exc_info=error)
    return answer
