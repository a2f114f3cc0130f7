"""A prompt's minimal pair: the same text with one word exchanged, so that the two runs differ by what that word brings.

>>> minimal_pair("When Mary and John went to the store, John gave a drink to")
'When Mary and John went to the store, Mary gave a drink to'
>>> minimal_pair("The capital of France is")
'The capital of Italy is'
>>> minimal_pair("one two three four one two three")
'one two three four one two four'
>>> minimal_pair("def fib(n):") is None
True
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: Words of one kind, any of which may stand for any other.
KINDS = (
    ("France", "Italy", "Germany", "Spain", "Japan", "China", "Russia", "Egypt", "England", "Greece"),
    ("Paris", "Rome", "Berlin", "Madrid", "Tokyo", "Moscow", "London", "Athens"),
    ("Mary", "John", "Anna", "Tom", "Alice", "Bob", "Sarah", "Peter"),
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    ("red", "blue", "green", "yellow", "black", "white"),
    ("dog", "cat", "fox", "crow", "horse", "bird"),
    ("he", "she"),
    ("man", "woman"),
    ("king", "queen"),
    ("is", "was"),
)
NAMES = KINDS[2]
WORD = re.compile(r"\b[A-Za-z]+\b")


def minimal_pair(text: str, length: Callable[[str], int] = lambda text: len(text.split())) -> str | None:
    """The same prompt with one word exchanged; None where no word is known whose place another could take.

    Of two names, one of which comes again, the other takes its place there (Wang et al. 2022, arXiv 2211.00593).
    `length` counts a text's tokens: a pair as long as the prompt is preferred, so that positions stand side by side.
    """
    exchanged = [*_names(text), *_kinds(text)]
    return next((each for each in exchanged if length(each) == length(text)), next(iter(exchanged), None))


def _names(text: str) -> list[str]:
    found = [match for match in WORD.finditer(text) if match.group() in NAMES]
    words = [match.group() for match in found]
    again = [match for at, match in enumerate(found) if match.group() in words[:at]]
    if not again:
        return []
    others = [word for word in dict.fromkeys(words) if word != again[-1].group()]
    return [_with(text, again[-1], other) for other in others]


def _kinds(text: str) -> list[str]:
    for kind in KINDS:
        if found := [match for match in WORD.finditer(text) if match.group() in kind]:
            at = kind.index(found[-1].group())
            return [_with(text, found[-1], other) for other in (*kind[at + 1 :], *kind[:at])]
    return []


def _with(text: str, match: re.Match[str], word: str) -> str:
    return text[: match.start()] + word + text[match.end() :]
