r"""Filters: what is cut out of a model's texts before they are compared, by the names of lm-eval's task files.

A pipeline reads the samples of one item (Gao et al. 2021, lm-evaluation-harness); several pipelines of a task, such as
GSM8K's strict and flexible one, give several scores of the same texts::

    regex               the match number `group_select`, of it the first group that is not empty; else `fallback`
    remove_whitespace   white space at both ends goes; also `lowercase`, `uppercase`, `map`
    take_first_k        the first k samples
    majority_vote       the text that is there most often, the first of those that tie (Wang et al. 2022, 2203.11171)
    build_predictions   the prompt before each sample: a whole program (HumanEval's `utils.build_predictions`)
    take_first          the first sample; it ends a pipeline

Patterns come from a task's file, and some take a time that grows by half with every character: ``(a|aa)+$``. lm-eval's
own tasks look around (``(?<=The answer is )(.*)(?=.)``), which an engine of linear time (RE2) does not know; so
patterns are matched by `regex`, which knows it and stops at a time limit.

Worked example: three samples, whose numbers are taken; the majority wins.

>>> number = Regex(Pattern("(-?[0-9]+)"), group_select=-1)
>>> samples = ["2 + 2 is 4", "so 5", "it is 4."]
>>> applied([number], samples), applied([number, Majority()], samples)
(['4', '5', '4'], ['4'])
>>> Pattern("(a|aa)+$").found("a" * 60 + "b")
Traceback (most recent call last):
explorer.stack.evaluation.filters.PatternSlow: “(a|aa)+$” takes more than 1 s on a text of 61 characters
>>> Pattern("(a")
Traceback (most recent call last):
explorer.stack.evaluation.filters.PatternRefused: “(a” is no pattern: missing ), unterminated subpattern at position 0
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import regex

#: Characters of a pattern; seconds that one may take on a text.
LONGEST, SECONDS = 2_000, 1.0
#: What lm-eval gives where a pattern finds nothing.
INVALID = "[invalid]"


class PatternRefused(ValueError):
    """No pattern, or one that Python's own `re` does not read."""


class PatternSlow(ValueError):
    """A pattern that does not end in time on a text."""


class Pattern:
    """A regular expression of a task's file."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise PatternRefused(f"a pattern has {len(text):,} characters, and {LONGEST:,} are read")
        try:
            re.compile(text)  # what lm-eval reads; `regex` alone would read more
            self._compiled = regex.compile(text)
        except (re.error, regex.error, OverflowError, RecursionError) as error:
            raise PatternRefused(f"“{text[:40]}” is no pattern: {str(error)[:80]}") from error
        self.text = text

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def found(self, text: str) -> list[str | tuple[str, ...]]:
        """All matches, as `re.findall` gives them."""
        try:
            return self._compiled.findall(text, timeout=SECONDS)
        except TimeoutError:
            raise self._slow(text) from None

    def without(self, text: str) -> str:
        """The text without its matches."""
        try:
            return self._compiled.sub("", text, timeout=SECONDS)
        except TimeoutError:
            raise self._slow(text) from None

    def _slow(self, text: str) -> PatternSlow:
        return PatternSlow(f"“{self.text[:40]}” takes more than {SECONDS:g} s on a text of {len(text):,} characters")


#: One step: (the texts of one item, its prompt) -> what is left of the texts.
Filter = Callable[[Sequence[str], str], list[str]]


@dataclass(frozen=True)
class Regex:
    """One match of each text.

    >>> Regex(Pattern("(a)|(b)"), group_select=-1)(["ab", "c"], "")
    ['b', '[invalid]']
    """

    pattern: Pattern
    group_select: int = 0
    fallback: str = INVALID

    def __call__(self, texts: Sequence[str], prompt: str) -> list[str]:  # noqa: ARG002
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> str:
        found = self.pattern.found(text)
        # lm-eval fails on a number that is not there
        if not -len(found) <= self.group_select < len(found):
            return self.fallback
        match = found[self.group_select]
        if isinstance(match, tuple):
            match = next((part for part in match if part), self.fallback)
        return match.strip()


@dataclass(frozen=True)
class Changed:
    """Each text by one of Python's own changes.

    >>> Changed("strip")([" a "], ""), Changed("lower")(["A"], "")
    (['a'], ['a'])
    """

    how: str

    def __call__(self, texts: Sequence[str], prompt: str) -> list[str]:  # noqa: ARG002
        change = {"strip": str.strip, "lower": str.lower, "upper": str.upper}[self.how]
        return [change(text) for text in texts]


@dataclass(frozen=True)
class Mapped:
    """
    >>> Mapped({"yes": "A"}, "?")(["yes", "no"], "")
    ['A', '?']
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    default: str = ""

    def __call__(self, texts: Sequence[str], prompt: str) -> list[str]:  # noqa: ARG002
        return [self.mapping.get(text, self.default) for text in texts]


@dataclass(frozen=True)
class First:
    """The first `k` texts."""

    k: int

    def __call__(self, texts: Sequence[str], prompt: str) -> list[str]:  # noqa: ARG002
        return list(texts[: self.k])


@dataclass(frozen=True)
class Majority:
    """The text that is there most often."""

    def __call__(self, texts: Sequence[str], prompt: str) -> list[str]:  # noqa: ARG002
        return [Counter(texts).most_common(1)[0][0]]


@dataclass(frozen=True)
class Behind:
    """Each text behind the item's own prompt.

    >>> Behind()([" + 1"], "x = 2")
    ['x = 2 + 1']
    """

    def __call__(self, texts: Sequence[str], prompt: str) -> list[str]:
        return [prompt + text for text in texts]


@dataclass(frozen=True)
class Pipeline:
    """Steps with a name; `one`: the first text of what they leave is the answer, else all of them are."""

    name: str
    steps: tuple[Filter, ...]
    one: bool = True


def applied(steps: Sequence[Filter], texts: Sequence[str], prompt: str = "") -> list[str]:
    """What the steps leave. Raises PatternSlow."""
    left = list(texts)
    for step in steps:
        left = step(left, prompt)
    return left
