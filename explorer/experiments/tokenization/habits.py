"""Small texts that tokenizers cut by habit: a leading space, a run of digits, indentation, capitals, an emoji.

A habit is set before any merge is learned, by the pattern that cuts text into pieces: GPT-2's keeps a space with the
word behind it and takes a run of digits whole, cl100k's takes three digits at a time, Qwen's one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@runtime_checkable
class Cut(Protocol):
    """One tokenizer's tokens of a text."""

    @property
    def ids(self) -> Sequence[int]: ...

    @property
    def lost(self) -> bool:
        """Whether the tokens stand for less than the text."""
        ...


#: One tokenizer's cuts, by variant of the text.
Cuts = Sequence[Cut]


@dataclass(frozen=True)
class Case:
    """One habit: texts that show it, and what is said of the cuts of all tokenizers."""

    name: str
    title: str
    texts: tuple[str, ...]
    fact: Callable[[Sequence[Cuts]], str]


def _range(counts: Sequence[int]) -> str:
    """
    >>> _range([3, 7, 4]), _range([5])
    ('3 to 7', '5')
    """
    least, most = min(counts), max(counts)
    return f"{least}" if least == most else f"{least} to {most}"


def _spread(what: str) -> Callable[[Sequence[Cuts]], str]:
    """Of the tokenizers that keep the text; few tokens for a text of which much is lost say nothing."""

    def said(all_: Sequence[Cuts]) -> str:
        kept = [len(first.ids) for first, *_ in all_ if not first.lost]
        lose = len(all_) - len(kept)
        less = f"{lose} {'tokenizer loses' if lose == 1 else 'tokenizers lose'} a part of the text"
        if not kept:
            return f"{what}: {less}."
        return f"{what}: {_range(kept)} tokens{f'; {less}' if lose else ''}."

    return said


def _times(all_: Sequence[Cuts]) -> str:
    worst = max(len(capitals.ids) / len(small.ids) for small, capitals in all_)
    return f"The word takes up to {worst:.3g} times as many tokens in capitals."


def _same(all_: Sequence[Cuts]) -> str:
    joined = sum(len(bare.ids) == len(spaced.ids) and bare.ids != spaced.ids for bare, spaced in all_)
    dropped = sum(bare.ids == spaced.ids for bare, spaced in all_)
    rest = f" {dropped} {'drops' if dropped == 1 else 'drop'} the space." if dropped else ""
    return (
        f"In {joined} of {len(all_)} tokenizers the space joins the word, and the two together are another token.{rest}"
    )


CASES = (
    Case("space", "A leading space", ("hello", " hello"), _same),
    Case("digits", "A run of digits", ("1234567",), _spread("Seven digits")),
    Case("indentation", "Indentation", ("\n        return x",), _spread("A line end, eight spaces and two words")),
    Case("capitals", "Capitals", (" internal", " INTERNAL"), _times),
    Case("contraction", "A contraction", ("I don't",), _spread("The apostrophe is cut in different places")),
    Case(
        "emoji",
        "One emoji made of three",
        ("👩‍👩‍👧",),
        _spread("One sign has five characters, 18 bytes"),
    ),
)
