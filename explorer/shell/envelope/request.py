"""What the page asks for, read from its JSON: the known fields, of their kinds, within their sizes, and nothing else.

The page's own script never passes these bounds; what a stranger sends beside them is refused before any work is done,
and what goes back to the page (a selection, the controls' values) always has a form in JSON and UTF-8.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from explorer.errors import BadRequestError, PromptTooLongError
from explorer.panels.selection import SELECTION, Scalar
from explorer.shell.envelope.short_links import expanded
from explorer.shell.envelope.well_formed import read_json
from explorer.stack.tokenization.text import well_formed

#: longest prompt, and longest link, that is read at all, in characters
MAX_CHARACTERS = 20_000
#: longest request of the page, in characters
MAX_REQUEST = 200_000
#: longest value of one control
MAX_CONTROL = 4_000
#: controls of one panel, and views asked for at once
MAX_NAMES = 64
#: interventions that are read; a run takes fewer, and says so
MAX_EDITS = 1000


def check_length(text: str) -> str:
    """The text itself; refuses what is far too long before any work is done for it."""
    if len(text) > MAX_CHARACTERS:
        raise PromptTooLongError(
            f"The text has {len(text):,} characters. The explorer reads at most {MAX_CHARACTERS:,}.",
            "Shorten the text, or keep its last part.",
            characters=len(text),
            repaired=text[-1200:],
            repairs="Keep the last 1,200 characters",
        )
    return text


def query_of(value: object) -> str:
    """The text form of a run, if it is one that can be read at all. Raises BadRequestError or PromptTooLongError."""
    if not isinstance(value, str):
        raise BadRequestError("The query is not a text.", "The query is the part of a link after the “?”.")
    return check_length(expanded(check_length(well_formed(value))))


def _scalar(value: object) -> object:
    if isinstance(value, str) and len(value) > MAX_CONTROL:
        raise PydanticCustomError("string_too_long", "is too long", {"max_length": MAX_CONTROL})
    if isinstance(value, int | float) and not abs(value) < 2**53:  # what JSON's readers agree on; NaN fails as well
        raise PydanticCustomError("number", "is a number that cannot be read")
    if not isinstance(value, str | int | float | bool | None):
        raise PydanticCustomError("scalar", "is neither a text nor a number")
    return value


def _of_selection(values: dict[str, Scalar]) -> dict[str, Scalar]:
    return {each.name: values[each.name] for each in SELECTION if each.name in values}


Name = Annotated[str, Field(max_length=200)]
Edit = Annotated[str, Field(max_length=MAX_CHARACTERS)]
#: a list of JSON, as what cannot be changed
Names = Annotated[tuple[Name, ...], Field(strict=False, max_length=MAX_NAMES)]
Edits = Annotated[tuple[Edit, ...], Field(strict=False, max_length=MAX_EDITS)]
Values = Annotated[dict[Name, Annotated[Scalar, BeforeValidator(_scalar)]], Field(max_length=MAX_NAMES)]


class Wish(BaseModel):
    """A request of the page."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)

    action: Name = "run"
    query: Annotated[str, BeforeValidator(query_of)] | None = None
    """The run's text form; None takes the sidebar's values."""
    panel: Name = "walk"
    views: Names = ()
    focus: Annotated[Values, AfterValidator(_of_selection), "Partial<Focus>"] = {}
    controls: Annotated[Values, "Controls"] = {}
    interventions: Edits = ()
    forced: Edit = ""
    """Tokens that are forced, as a link writes them."""
    order: Names = ()
    """Of the sampler's steps; empty is the usual one."""
    again: bool = False
    """What is kept of heavy views is measured anew."""
    watch: int = 0
    """The page's number for its watch: news carry it, so that those of an older watch are told from the newer one's."""
    keep: bool = False
    """The same text and model again: the selection stays where it is."""

    @classmethod
    def read(cls, request: object) -> Wish:
        """Read a request. Raises BadRequestError, or PromptTooLongError for a query of too many characters."""
        given = {name: value for name, value in read_object(request).items() if value is not None}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise _unread(_said(error.errors(include_url=False)[0])) from error


def read_object(request: object) -> dict[str, object]:
    """The JSON object that a request is. Raises BadRequestError."""
    if not isinstance(request, str):
        raise _unread("that is no text")
    if len(request) > MAX_REQUEST:
        raise _unread(f"of {len(request):,} characters; {MAX_REQUEST:,} are read at most")
    given = read_json(request or "{}")
    if not isinstance(given, dict):
        raise _unread("that is no object")
    return given


def _said(error: ErrorDetails) -> str:
    """What is wrong with a request, behind “The page sent a request”."""
    kind, given, most = error["type"], error["input"], error.get("ctx", {}).get("max_length", 0)
    match error["loc"]:
        case ("focus" | "controls", str(control)):
            name = control[:60]
        case (name, *_):
            pass
        case _:
            name = "object"
    match kind:
        case "string_type":
            return f"whose “{name}” is no text"
        case "string_too_long":
            return f"whose “{name}” is {len(given):,} characters long; {most:,} are read at most"
        case "tuple_type":
            return f"whose “{name}” are no list"
        case "dict_type":
            return f"whose “{name}” is no object"
        case "bool_type":
            return f"whose “{name}” is neither yes nor no"
        case "too_long" if isinstance(given, dict):
            return f"with {len(given):,} values in “{name}”; {most:,} are read at most"
        case "too_long":
            return f"with {len(given):,} “{name}”; {most:,} are read at most"
        case _:
            return f"whose “{name}” {error['msg']}"


def _unread(what: str) -> BadRequestError:
    return BadRequestError(f"The page sent a request {what}.", "Reload the page.")
