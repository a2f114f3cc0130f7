"""What the page asks for, read from its JSON: the known fields, of their kinds, within their sizes, and nothing else.

The page's own script never passes these bounds; what a stranger sends beside them is refused before any work is done,
and what goes back to the page (a selection, the controls' values) always has a form in JSON and UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from explorer.errors import BadRequestError, PromptTooLongError
from explorer.shell.well_formed import read_json
from explorer.zoo.vocabulary import well_formed

#: longest prompt, and longest link, that is read at all, in characters
MAX_CHARACTERS = 20_000
#: longest request of the page, in characters
MAX_REQUEST = 200_000
#: longest value of one control
MAX_CONTROL = 4_000
#: controls of one panel, and views asked for at once
MAX_NAMES = 64
FOCUS = ("position", "layer", "head", "target", "expert")
Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Wish:
    """A request of the page."""

    action: str = "run"
    query: str | None = None
    """The run's text form; None takes the sidebar's values."""
    panel: str = "walk"
    views: tuple[str, ...] = ()
    focus: dict[str, Scalar] = field(default_factory=dict)
    controls: dict[str, Scalar] = field(default_factory=dict)
    interventions: tuple[str, ...] = ()
    order: tuple[str, ...] | None = None
    again: bool = False
    """What is kept of heavy views is measured anew."""
    keep: bool = False
    """The same text and model again: the selection stays where it is."""

    @classmethod
    def read(cls, request: object) -> Wish:
        """Read a request. Raises BadRequestError, or PromptTooLongError for a query of too many characters."""
        given = read_object(request)
        query = given.get("query")
        return cls(
            action=_text("action", given.get("action", "run")),
            query=None if query is None else query_of(query),
            panel=_text("panel", given.get("panel") or "walk"),
            views=_texts("views", given.get("views")),
            focus={name: value for name, value in _scalars("focus", given.get("focus")).items() if name in FOCUS},
            controls=_scalars("controls", given.get("controls")),
            interventions=_texts("interventions", given.get("interventions"), MAX_CHARACTERS, most=1000),
            order=_texts("order", given.get("order")) or None,
            again=bool(given.get("again")),
            keep=bool(given.get("keep")),
        )


def check_length(text: str) -> str:
    """The text itself; refuses what is far too long before any work is done for it."""
    if len(text) > MAX_CHARACTERS:
        raise PromptTooLongError(
            f"{len(text):,} characters; the explorer reads at most {MAX_CHARACTERS:,}.",
            "Cut the text, or keep its last part.",
            characters=len(text),
            repaired=text[-1200:],
            repairs="Keep the last 1,200 characters",
        )
    return text


def query_of(value: object) -> str:
    """The text form of a run, if it is one that can be read at all. Raises BadRequestError or PromptTooLongError."""
    if not isinstance(value, str):
        raise BadRequestError("The query is no text.", "It is what stands after the “?” in a link of this page.")
    return check_length(well_formed(value))


def read_object(request: object) -> dict[str, Any]:
    """The JSON object that a request is. Raises BadRequestError."""
    if not isinstance(request, str):
        raise _unread("that is no text")
    if len(request) > MAX_REQUEST:
        raise _unread(f"of {len(request):,} characters; {MAX_REQUEST:,} are read at most")
    given = read_json(request or "{}")
    if not isinstance(given, dict):
        raise _unread("that is no object")
    return given


def _text(name: str, value: object, most: int = 200) -> str:
    if not isinstance(value, str):
        raise _unread(f"whose “{name}” is no text")
    if len(value) > most:
        raise _unread(f"whose “{name}” is {len(value):,} characters long; {most:,} are read at most")
    return well_formed(value)


def _texts(name: str, values: object, each: int = 200, most: int = MAX_NAMES) -> tuple[str, ...]:
    if values is None:
        return ()
    if not isinstance(values, list):
        raise _unread(f"whose “{name}” are no list")
    if len(values) > most:
        raise _unread(f"with {len(values):,} “{name}”; {most:,} are read at most")
    return tuple(_text(name, value, each) for value in values)


def _scalars(name: str, values: object) -> dict[str, Scalar]:
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise _unread(f"whose “{name}” is no object")
    if len(values) > MAX_NAMES:
        raise _unread(f"with {len(values):,} values in “{name}”; {MAX_NAMES} are read at most")
    return {_text(name, key): _scalar(well_formed(key[:60]), value) for key, value in values.items()}


def _scalar(name: str, value: object) -> Scalar:
    if isinstance(value, str):
        return _text(name, value, MAX_CONTROL)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not abs(value) < 2**53:  # what JSON's readers agree on; NaN fails as well
            raise _unread(f"whose “{name}” is a number that cannot be read")
        return value
    raise _unread(f"whose “{name}” is neither a text nor a number")


def _unread(what: str) -> BadRequestError:
    return BadRequestError(f"The page sent a request {what}.", "Reload the page.")
