"""Instructions on a digit: a task in which written steps help, and whose texts can all be counted.

A prompt is `7+5*3-8*2`: begin at 7, add 5, times 3, minus 8, times 2, from left to right, and keep the last digit each
time. What follows the prompt says how it is answered: `=` at once, or `>` with the steps first (Wei et al. 2022, arXiv
2201.11903: chain of thought). A text may stop its steps early: `=` asks for the answer wherever it stands.

>>> one = Chain(7, ("+5", "*3", "-8", "*2"))
>>> one.prompt, one.states, one.answer
('7+5*3-8*2', (2, 6, 8, 6), 6)
>>> one.written(0), one.written(2), one.written(4)
('=6', '>2>6=6', '>2>6>8>6=6')
>>> read(">2>6>8>6=6"), read(">2>=").answer
(Written(steps=(2, 6, 8, 6), answer=6), None)
>>> right_steps(one, (2, 7, 9, 8))  # the second is wrong; those behind follow from it
(True, False, True, True)
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random

#: Numbers are taken by it; an answer is one of so many.
MODULUS = 10
STEP, ANSWER = ">", "="
SIGNS = "0123456789+-*>="
#: Instructions of a prompt.
MOST = 4
#: Tokens behind a prompt: the steps, an answer, the end.
LONGEST = 2 * MOST + 3
#: One prompt in so many is held out, by its checksum.
HELD = 16
_PROMPT = re.compile(r"(\d)((?:[+-][1-9]|\*[2-9])+)", re.ASCII)
_INSTRUCTION = re.compile(r"[+*-]\d", re.ASCII)
_TEXT = re.compile(r"((?:>\d)*)=(\d)", re.ASCII)
_STEP = re.compile(r">(\d)", re.ASCII)


def applied(state: int, instruction: str) -> int:
    """
    >>> applied(9, "*3"), applied(2, "-8")
    (7, 4)
    """
    sign, number = instruction[0], int(instruction[1])
    return (state + number if sign == "+" else state - number if sign == "-" else state * number) % MODULUS


@dataclass(frozen=True)
class Chain:
    """A number and what is done to it."""

    start: int
    instructions: tuple[str, ...]

    @property
    def prompt(self) -> str:
        return f"{self.start}{''.join(self.instructions)}"

    @cached_property
    def states(self) -> tuple[int, ...]:
        """After each instruction."""
        found, state = list[int](), self.start
        for each in self.instructions:
            state = applied(state, each)
            found.append(state)
        return tuple(found)

    @property
    def answer(self) -> int:
        return self.states[-1]

    def written(self, steps: int) -> str:
        """So many steps, then the answer."""
        return f"{''.join(f'{STEP}{each}' for each in self.states[:steps])}{ANSWER}{self.answer}"

    @property
    def held_out(self) -> bool:
        return zlib.crc32(self.prompt.encode()) % HELD == 0


def parsed(prompt: str) -> Chain | None:
    """What a prompt asks; None for a text that is no prompt."""
    found = _PROMPT.fullmatch(prompt)
    instructions = tuple(_INSTRUCTION.findall(found[2])) if found else ()
    return Chain(int(found[1]), instructions) if found and len(instructions) == MOST else None


def drawn(random: Random, instructions: int = MOST) -> Chain:
    """A prompt: each instruction a sum, a difference or a product, each as often."""
    signs = random.choices("+-*", k=instructions)
    made = tuple(f"{sign}{random.randrange(2 if sign == '*' else 1, MODULUS)}" for sign in signs)
    return Chain(random.randrange(MODULUS), made)


def held_out(count: int, seed: int = 0) -> tuple[Chain, ...]:
    """Different prompts that no training reads; fewer are the first of more."""
    random, found = Random(seed), dict[str, Chain]()  # noqa: S311
    while len(found) < count:
        one = drawn(random)
        if one.held_out:
            found[one.prompt] = one
    return tuple(found.values())


@dataclass(frozen=True)
class Written:
    """What a model wrote behind a prompt."""

    steps: tuple[int, ...] = ()
    answer: int | None = None
    """None for a text that is not of the task."""


def read(text: str) -> Written:
    """The canonical form: two texts are one answer where their last numbers are. A text is over with its answer."""
    found = _TEXT.match(text)
    steps = tuple(map(int, _STEP.findall(found[1] if found else text)))
    return Written(steps, int(found[2]) if found else None)


def right_steps(of: Chain, steps: Sequence[int]) -> tuple[bool, ...]:
    """Whether each step follows from the number before it, whatever that is; steps too many are wrong."""
    before = (of.start, *steps)
    return tuple(
        at < len(of.instructions) and applied(before[at], of.instructions[at]) == each for at, each in enumerate(steps)
    )


@dataclass(frozen=True)
class Signs:
    """The characters of the task as a tokenizer has them: one token each."""

    ids: Mapping[str, int]
    end: int
    names: Mapping[int, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", {number: sign for sign, number in self.ids.items()})

    def encode(self, text: str) -> list[int]:
        return [self.ids[sign] for sign in text]

    def decode(self, ids: Sequence[int]) -> str:
        """Up to the end; another sign than the task's is "?"."""
        made = list[str]()
        for each in ids:
            if each == self.end:
                break
            made.append(self.names.get(each, "?"))
        return "".join(made)
