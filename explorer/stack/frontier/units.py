"""Units of a text: its tokens, gathered into words and sentences.

A word begins where a token begins with white space, or the one before ended with it; a sentence behind a token that
ends with a full stop, an exclamation or a question mark, or a line's end.

>>> text = [b"The", b" cap", b"ital", b" is", b" Paris", b".", b" It", b" rains"]
>>> units(text, "word")
[[0], [1, 2], [3], [4, 5], [6], [7]]
>>> units(text, "sentence")
[[0, 1, 2, 3, 4, 5], [6, 7]]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Unit = Literal["token", "word", "sentence"]
_ENDS = (b".", b"!", b"?", b"\n", "。".encode(), "؟".encode())


def units(tokens: Sequence[bytes], unit: Unit) -> list[list[int]]:
    """The positions of each unit, in order; together they are all."""
    found: list[list[int]] = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else b""
        begins = not at or unit == "token"
        if unit == "word":
            begins = begins or token[:1].isspace() or before[-1:].isspace()
        if unit == "sentence":
            begins = begins or before.rstrip(b" \"')").endswith(_ENDS) or before.endswith(b"\n")
        if begins:
            found.append([])
        found[-1].append(at)
    return found
