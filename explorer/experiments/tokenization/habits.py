"""Small texts that tokenizers cut by habit: a leading space, a run of digits, indentation, capitals, an emoji.

A habit is set before any merge is learned, by the pattern that cuts text into pieces: GPT-2's keeps a space with the
word behind it and takes a run of digits whole, cl100k's takes three digits at a time, Qwen's one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Tokens of one tokenizer, by variant of the text.
Counts = Sequence[int]


@dataclass(frozen=True)
class Case:
    """One habit: texts that show it, and what is said of the counts of all tokenizers."""

    name: str
    title: str
    texts: tuple[str, ...]
    fact: Callable[[Sequence[Counts]], str]


def _range(counts: Sequence[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least}" if least == most else f"{least} to {most}"


def _spread(what: str) -> Callable[[Sequence[Counts]], str]:
    return lambda all_: f"{what}: {_range([counts[0] for counts in all_])} tokens."


def _times(all_: Sequence[Counts]) -> str:
    worst = max(counts[1] / counts[0] for counts in all_)
    return f"In capitals the same word takes up to {worst:.3g} times as many tokens."


def _same(all_: Sequence[Counts]) -> str:
    free = sum(counts[0] == counts[1] for counts in all_)
    return f"For {free} of {len(all_)} the space costs no token: it belongs to the word, which is then another token."


CASES = (
    Case("space", "A leading space", ("hello", " hello"), _same),
    Case("digits", "A run of digits", ("1234567",), _spread("Seven digits")),
    Case("indentation", "Indentation", ("\n        return x",), _spread("A line end, eight spaces and two words")),
    Case("capitals", "Capitals", (" internal", " INTERNAL"), _times),
    Case("contraction", "A contraction", ("I don't",), _spread("Where the apostrophe is cut")),
    Case("emoji", "An emoji of three", ("👩‍👩‍👧",), _spread("One sign on the screen, five characters, 18 bytes")),
)
