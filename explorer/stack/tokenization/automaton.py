r"""A split pattern as one deterministic automaton that finds what a backtracking engine would find.

A backtracking engine tries alternatives in their order and takes the first that matches. The same can be had in one
reading of the text (Pike's machine; Cox 2010, "Regular Expression Matching in the Wild", on RE2): keep the list of all
places in the pattern that the text so far can have come to, in the order in which the engine would try them. Where a
place is the pattern's end, a match ends here, and the places behind it in the list are dropped: the engine would not
come to them. There are finitely many such lists, and they are the automaton's states. What looks ahead, (?!\S) or $, is
decided when the next symbol is known, so that a match is known one symbol late; the end of the text is a symbol.

Symbols are classes of characters: the coarsest partition of all code points by which the pattern tells them apart.

Worked example: \s+(?!\S)|\s+ on "  a" keeps the second space for the word. At a, the first alternative, which comes
first in the list, has no match that ends here; the one that ended a character before is taken.

>>> made = automaton(r"\s+(?!\S)|\s+")
>>> made.classes, made.states  # space or no space; nothing read yet, one space, more (the second alternative is behind)
(2, 3)
>>> made.first_match("  a"), made.first_match("  "), made.first_match(" a")
(1, 2, 1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Int32, UInt8

from explorer.errors import BadRequestError
from explorer.stack.tokenization.automaton_characters import END, Characters
from explorer.stack.tokenization.automaton_pattern import read
from explorer.stack.tokenization.automaton_program import Fork, Instruction, Look, Match, Take, instructions

_MOST_STATES = 5000
PAGE = 256
"""Code points are looked up by pages of so many, of which most are alike."""


@dataclass(frozen=True)
class Automaton:
    """What the pattern was made into; states are numbered from 0, which is the one that nothing leads out of."""

    pattern: str
    pages: Int32[np.ndarray, " page"]
    """Of every page of code points, where its classes begin in `page_classes`."""
    page_classes: UInt8[np.ndarray, " character"]
    table: Int32[np.ndarray, " entry"]
    """At state · width + class: the next state · width, doubled, and 1 where a match ends before this symbol."""
    classes: int
    """Without the end of the text, which is the class of this number."""

    @property
    def width(self) -> int:
        return self.classes + 1

    @property
    def states(self) -> int:
        """Without the one that nothing leads out of."""
        return len(self.table) // self.width - 1

    def class_of(self, character: str) -> int:
        i = ord(character)
        return int(self.page_classes[self.pages[i // PAGE] + i % PAGE])

    def first_match(self, text: str) -> int:
        """How many characters the match at the text's beginning has; 0 where there is none."""
        state, found = self.width, 0
        for i, symbol in enumerate([*map(self.class_of, text), self.classes]):
            entry = int(self.table[state + symbol])
            if entry & 1:
                found = i
            state = entry >> 1
            if not state:
                break
        return found


@cache
def automaton(pattern: str) -> Automaton:
    """The automaton of a pattern. Raises BadRequestError for what cannot be made one, and says what."""
    program = instructions(read(pattern))
    class_of, examples = _partition([each.members for each in program if isinstance(each, (Take, Look))])
    pages, page_classes = _paged(class_of)
    return Automaton(pattern, pages, page_classes, _table(program, (*examples, END)), len(examples))


def _partition(sets: Sequence[Characters]) -> tuple[UInt8[np.ndarray, " character"], tuple[int, ...]]:
    """The class of each code point, and a code point of each class: two are of one class where every set holds both or
    neither."""
    # From each of these code points to the next, no set changes.
    begins = np.unique(np.concatenate([[0], *(np.flatnonzero(each[1:END] != each[: END - 1]) + 1 for each in sets)]))
    held = np.stack([each[begins] for each in sets])
    _, first, classes = np.unique(held, axis=1, return_index=True, return_inverse=True)
    if len(first) > 255:
        raise BadRequestError("The pattern tells more than 255 classes of characters apart.")
    lengths = np.diff(np.append(begins, END))
    return np.repeat(classes.reshape(-1).astype(np.uint8), lengths), tuple(begins[first].tolist())


def _paged(class_of: UInt8[np.ndarray, " character"]) -> tuple[Int32[np.ndarray, " page"], UInt8[np.ndarray, " entry"]]:
    """The classes by pages, each kind of page once."""
    kinds: dict[bytes, int] = {}
    pages = [kinds.setdefault(page.tobytes(), len(kinds)) for page in class_of.reshape(-1, PAGE)]
    return np.array(pages, np.int32) * PAGE, np.frombuffer(b"".join(kinds), np.uint8)


def _table(program: Sequence[Instruction], examples: tuple[int, ...]) -> Int32[np.ndarray, " entry"]:
    """Every list of places that can be come to, and what each symbol makes of it."""
    width = len(examples)
    numbers: dict[tuple[int, ...], int] = {(): 0, (0,): 1}
    rows: list[list[int]] = [[0] * width]
    lists: list[tuple[int, ...]] = [(0,)]
    while len(rows) <= len(lists):
        places = lists[len(rows) - 1]
        row = []
        for symbol in examples:
            after, ends = _step(program, places, symbol)
            if after not in numbers:
                numbers[after] = len(numbers)
                lists.append(after)
                if len(numbers) > _MOST_STATES:
                    raise BadRequestError(f"The pattern makes more than {_MOST_STATES:,} states.")
            row.append(numbers[after] * width * 2 + ends)
        rows.append(row)
    return np.array(rows, np.int32).reshape(-1)


def _step(program: Sequence[Instruction], places: tuple[int, ...], symbol: int) -> tuple[tuple[int, ...], bool]:
    """The places behind the next symbol, in order, and whether a match ends before it."""
    after: dict[int, None] = {}
    seen: set[int] = set()
    waiting = list(reversed(places))
    while waiting:
        place = waiting.pop()
        if place in seen:
            continue
        seen.add(place)
        match program[place]:
            case Match():
                return tuple(after), True  # the engine would try nothing of what is left
            case Fork(first, second):
                waiting += (second, first)
            case Look(_, to, members) if members[symbol]:
                waiting.append(to)
            case Take(_, to, members) if members[symbol]:
                after[to] = None
            case _:
                continue
    return tuple(after), False
