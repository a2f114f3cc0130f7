"""JSON from outside: read only when it can be written again, and nested no deeper than a request needs.

Python's own reader takes halves of characters (``"\\ud800"``), whole numbers of any length and nesting of any depth;
they break a tokenizer later, or the answer in which they are repeated.
"""

from __future__ import annotations

from typing import Any

import orjson

from explorer.errors import BadRequestError

#: levels of lists and objects in a request; the page's own go to five
MAX_DEPTH = 16


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    >>> read_json('{"layer": 3}')
    {'layer': 3}

    Raises BadRequestError where it is no JSON, holds half a character, or is nested deeper than `MAX_DEPTH`.
    """
    try:
        value = orjson.loads(text)
    except ValueError as error:
        raise BadRequestError(
            f"The request is no well-formed JSON: {error}.", "Send JSON in UTF-8, without halves of surrogate pairs."
        ) from error
    if not _within(value, MAX_DEPTH):
        raise BadRequestError(f"The request is nested more than {MAX_DEPTH} levels deep.", "Send it flatter.")
    return value


def _within(value: Any, depth: int) -> bool:
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
