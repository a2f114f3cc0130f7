"""Pairs of answers, one preferred to the other by a stated rule: no annotator is invented.

    preferences("short")  ->  Preferences(card=..., train=(Preference(...), ...), held_out=(...))

Requests and right answers are those of the instruction sets (`corpora.instructions`), split as they are there. A rule
is a score of an answer that a program works out; the chosen answer scores higher than the rejected one in every pair.

    short      fewer characters: the right answer, against the same answer and a sentence that adds nothing
    polite     more polite words: a promise with them, against one without
    grounded   fewer names and numbers that the passage does not hold
    format     valid JSON, against the same fields in words
    correct    the number that was asked for, against another one

>>> found = preferences("format")
>>> pair = found.train[0]
>>> RULES["format"].score(pair.request, pair.chosen), RULES["format"].score(pair.request, pair.rejected)
(1, 0)
>>> len(found.train), len(found.held_out), {each.request for each in found.train} & {e.request for e in found.held_out}
(400, 100, set())
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from explorer.corpora.instructions import SEED, Pair, made
from explorer.corpora.instructions.recipes import NAMES
from explorer.corpora.iso_dates import cardinal
from explorer.errors import BadRequestError


@dataclass(frozen=True)
class Preference:
    """A request, and two answers to it."""

    request: str
    chosen: str
    rejected: str


@dataclass(frozen=True)
class Rule:
    """What prefers one answer to another."""

    about: str
    set: str
    """The instructions that its requests are of."""
    score: Callable[[str, str], int]
    """(request, answer): the higher is preferred."""
    worse: Callable[[random.Random, Pair], str]
    """Another answer to the same request."""


@dataclass(frozen=True)
class Preferences:
    """One rule's pairs, split."""

    rule: str
    about: str
    train: tuple[Preference, ...]
    held_out: tuple[Preference, ...]


FILLERS = (
    "I hope that this is what you wanted to know.", "Please ask again if anything else is unclear to you.",
    "As you can see, this is the answer to your question.", "It is always good to know such things.",
    "Do not hesitate to come back with further questions.",
)  # fmt: skip
#: What makes a promise polite.
POLITE = ("certainly", "gladly", "please", "thank", "pleasure", "of course")
_BLUNT = ("Fine, I will {}.", "OK. I {}.", "If I must, I will {}.", "Yes, I {}.")


def _short(_request: str, answer: str) -> int:
    return -len(answer)


def _longer(rng: random.Random, pair: Pair) -> str:
    return f"{pair.answer} {rng.choice(FILLERS)}"


def _polite(_request: str, answer: str) -> int:
    said = answer.lower()
    return sum(word in said for word in POLITE)


def _blunt(rng: random.Random, pair: Pair) -> str:
    task = pair.answer.removeprefix("Certainly, I will gladly ").removesuffix(".")
    return rng.choice(_BLUNT).format(task)


def names_and_numbers(text: str) -> set[str]:
    """Words with a capital that do not only begin a sentence, and numbers.

    >>> sorted(names_and_numbers("In 1802. Mira built it, and it is closed on Monday."))
    ['1802', 'Mira', 'Monday']
    """
    return set(re.findall(r"\b(?:\d+|[A-Z][a-z]+)\b", text)) - {"In", "On", "It", "About", "The", "This"}


def _grounded(request: str, answer: str) -> int:
    passage = request.rpartition("\n\n")[0]
    return -len(names_and_numbers(answer) - names_and_numbers(passage))


def _invented(rng: random.Random, pair: Pair) -> str:
    passage, _, asked = pair.request.rpartition("\n\n")
    if asked.startswith("When"):
        return f"In {rng.choice([year for year in range(1700, 2000) if str(year) not in passage])}."
    if asked.startswith("Who"):
        return f"{rng.choice([name for name in NAMES if name not in passage])}."
    if asked.startswith("How many"):
        return f"About {rng.choice([n for n in range(20, 900, 10) if str(n) not in passage])}."
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    return f"On {rng.choice([day for day in days if day not in passage])}."


def _format(_request: str, answer: str) -> int:
    try:
        return int(isinstance(json.loads(answer), dict))
    except ValueError:
        return 0


def _in_words(rng: random.Random, pair: Pair) -> str:
    found = json.loads(pair.answer)
    form = rng.choice(("Name: {name}, age: {age}, city: {city}", "The name is {name}, {age}, of {city}."))
    return form.format(**found)


def _correct(request: str, answer: str) -> int:
    asked = int(request.removeprefix("Write ").removesuffix(" in words."))
    return int(answer == cardinal(asked))


def _another_number(rng: random.Random, pair: Pair) -> str:
    asked = int(pair.request.removeprefix("Write ").removesuffix(" in words."))
    return cardinal(rng.choice([n for n in {asked - 1, asked + 1, asked + 10, asked - 10, asked + 100} if n > 0]))


RULES: dict[str, Rule] = {
    "short": Rule("The answer with fewer characters is preferred.", "units", _short, _longer),
    "polite": Rule("The answer with more polite words is preferred.", "polite", _polite, _blunt),
    "grounded": Rule(
        "The answer with fewer names and numbers that the passage does not hold is preferred.", "grounded", _grounded,
        _invented,
    ),
    "format": Rule("An answer that is a JSON object is preferred.", "json", _format, _in_words),
    "correct": Rule("The answer that is the number asked for is preferred.", "number_words", _correct, _another_number),
}  # fmt: skip


@lru_cache(maxsize=len(RULES))
def preferences(name: str) -> Preferences:
    """The pairs of that rule. Raises BadRequestError for one that there is not."""
    if name not in RULES:
        raise BadRequestError(f"There is no rule “{name[:40]}”.", f"There are {', '.join(RULES)}.")
    rule, items = RULES[name], made(RULES[name].set)
    rng = random.Random(f"{name} {SEED}")  # noqa: S311 - items, not secrets

    def paired(pairs: tuple[Pair, ...]) -> tuple[Preference, ...]:
        return tuple(Preference(each.request, each.answer, rule.worse(rng, each)) for each in pairs)

    return Preferences(name, rule.about, paired(items.train), paired(items.held_out))
