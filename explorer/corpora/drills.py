"""Four short tasks with exact answers, in digits, that are mixed into the texts of a sweep of small models.

- **copy**: eight digits, again
- **back**: six digits, the last one first
- **code**: one of 200 numbers, each with eight digits that belong to it: they can only be learned by heart
- **sum**: two numbers below 100, and their sum in three digits

A digit is a token, so an answer of L digits is right only if L tokens are. Strings to copy and pairs to add that are
asked are never trained on; codes are asked as they were trained.

>>> made = trained("copy", 2, seed=0)
>>> [each.text for each in made]
['copy 15294326: 15294326', 'copy 83756612: 83756612']
>>> asked("sum", 1, seed=0)[0]
Drill(kind='sum', question='sum 68+23: ', answer='091')
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

KINDS = ("copy", "back", "code", "sum")
#: Digits of a string to copy, to turn round, of a code, and numbers that have a code.
COPIED, TURNED, CODE, CODES = 8, 6, 8, 200
#: Of all questions one in so many is asked and never trained on: by a checksum, which no digit tells.
HELD = 10


@dataclass(frozen=True)
class Drill:
    """A question and its one answer."""

    kind: str
    question: str
    answer: str

    @property
    def text(self) -> str:
        """As it is read in training."""
        return self.question + self.answer


def _copy(rng: random.Random) -> tuple[str, str]:
    digits = f"{rng.randrange(10**COPIED):0{COPIED}d}"
    return f"copy {digits}: ", digits


def _back(rng: random.Random) -> tuple[str, str]:
    digits = f"{rng.randrange(10**TURNED):0{TURNED}d}"
    return f"back {digits}: ", digits[::-1]


def _sum(rng: random.Random) -> tuple[str, str]:
    a, b = rng.randrange(100), rng.randrange(100)
    return f"sum {a}+{b}: ", f"{a + b:03d}"


MADE: dict[str, Callable[[random.Random], tuple[str, str]]] = {"copy": _copy, "back": _back, "sum": _sum}


def codes(seed: int) -> list[Drill]:
    """All codes, in the order of their numbers."""
    rng = random.Random(f"codes {seed}")  # noqa: S311
    return [Drill("code", f"code {number}: ", f"{rng.randrange(10**CODE):0{CODE}d}") for number in range(CODES)]


def trained(kind: str, count: int, seed: int) -> list[Drill]:
    """So many of one kind, to be trained on."""
    if kind == "code":
        table, rng = codes(seed), random.Random(f"read {seed}")  # noqa: S311
        return [rng.choice(table) for _ in range(count)]
    return _take(kind, count, random.Random(f"trained {kind} {seed}"), held=False)  # noqa: S311


def asked(kind: str, count: int, seed: int) -> list[Drill]:
    """So many of one kind, to be asked."""
    if kind == "code":
        return codes(seed)[:count]
    return _take(kind, count, random.Random(f"asked {kind} {seed}"), held=True)  # noqa: S311


def _take(kind: str, count: int, rng: random.Random, held: bool) -> list[Drill]:
    return list(islice(_fitting(kind, rng, held), count))


def _fitting(kind: str, rng: random.Random, held: bool) -> Iterator[Drill]:
    while True:
        question, answer = MADE[kind](rng)
        if (crc32(question.encode()) % HELD == 0) is held:
            yield Drill(kind, question, answer)
