"""JSON from outside: read as what can be written again, and nested no deeper than a request needs.

Python's own reader takes halves of characters (``"\\ud800"``), whole numbers of any length and nesting of any depth;
they break a tokenizer later, or the answer in which they are repeated.
"""

from __future__ import annotations

import json

import orjson

from explorer.errors import BadRequestError

#: levels of lists and objects in a request; the page's own go to five
MAX_DEPTH = 16


def read_json(text: str | bytes) -> object:
    """The value of a JSON text; half a surrogate pair becomes U+FFFD, as it does in a prompt.

    >>> read_json('{"layer": 3, "text": "a\\\\ud800"}')
    {'layer': 3, 'text': 'a�'}

    Raises BadRequestError where it is no JSON, or is nested deeper than `MAX_DEPTH`.
    """
    try:
        value = _whole_characters(text)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequestError(
            f"The request is not well-formed JSON: {str(error)[:200]}.", "Send one value, in UTF-8, of few levels."
        ) from error
    if not _within(value, MAX_DEPTH):
        raise BadRequestError(f"The request is nested more than {MAX_DEPTH} levels deep.", "Send it flatter.")
    return value


def _whole_characters(text: str | bytes) -> object:
    try:
        return orjson.loads(text)
    except ValueError:  # for half a character, or for good: then the second reading fails as well
        pass
    again = json.dumps(json.loads(text), ensure_ascii=False)
    return orjson.loads(again.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


def _within(value: object, depth: int) -> bool:
    """Whether the value has at most so many levels; level by level, since recursion is what it guards against."""
    level = [value] if isinstance(value, dict | list) else []
    while level and depth:
        depth -= 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return not level
