r"""A pattern's tree as instructions for a machine that is at several of them at once (Thompson 1968; Pike).

>>> from explorer.stack.tokenization.automaton_pattern import read
>>> for i, each in enumerate(instructions(read("a?b"))):
...     print(i, each)
0 Fork(first=1, second=2)
1 Take(written='a', to=2)
2 Take(written='b', to=3)
3 Match()
>>> instructions(read("a?+a"))
Traceback (most recent call last):
    ...
explorer.errors.BadRequestError: The pattern has a?+ before what may begin with the same. Say it without the last +.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from explorer.errors import BadRequestError
from explorer.stack.tokenization.automaton_characters import END, Characters
from explorer.stack.tokenization.automaton_pattern import Ahead, Chain, Choice, Node, One, Repeat

_LONGEST = 20_000


@dataclass(frozen=True)
class Take:
    """Reads one character of a set."""

    written: str
    to: int
    members: Characters = field(repr=False, compare=False)


@dataclass(frozen=True)
class Look:
    """Goes on only where the next symbol is of a set."""

    written: str
    to: int
    members: Characters = field(repr=False, compare=False)


@dataclass(frozen=True)
class Fork:
    """Goes both ways; the first is tried first."""

    first: int
    second: int


@dataclass(frozen=True)
class Match:
    """The pattern's end."""


Instruction = Take | Look | Fork | Match


@dataclass(frozen=True)
class _Begins:
    """What the rest of a pattern can begin with, and whether it may be nothing at all."""

    members: Characters
    empty: bool


def instructions(tree: Node) -> tuple[Instruction, ...]:
    """The machine's program. Raises BadRequestError where the pattern may match nothing, or a possessive repetition
    would have to remember what it took."""
    nothing = _Begins(np.zeros(END + 1, bool), True)
    if _begins(tree, nothing).empty:
        raise BadRequestError("The pattern matches a text of no characters.", "It would cut without end.")
    _check(tree, nothing)
    made: list[Instruction | None] = []
    _write(tree, made)
    return (*(each for each in made if each is not None), Match())


def _write(node: Node, made: list[Instruction | None]) -> None:
    """Append the instructions of a node; they end at the one behind them."""
    if len(made) > _LONGEST:
        raise BadRequestError("The pattern's repetitions are too long to be written out.")
    match node:
        case One(written, members):
            made.append(Take(written, len(made) + 1, members))
        case Ahead(written, members):
            made.append(Look(written, len(made) + 1, members))
        case Chain(parts):
            for part in parts:
                _write(part, made)
        case Choice(parts):
            _write_choice(parts, made)
        case Repeat():
            _write_repeat(node, made)


def _write_choice(parts: tuple[Node, ...], made: list[Instruction | None]) -> None:
    leave = []
    for part in parts[:-1]:
        fork = len(made)
        made.append(None)
        _write(part, made)
        leave.append(len(made))
        made.append(None)
        made[fork] = Fork(fork + 1, len(made))
    _write(parts[-1], made)
    for at in leave:  # a fork of which both ways are one
        made[at] = Fork(len(made), len(made))


def _write_repeat(node: Repeat, made: list[Instruction | None]) -> None:
    def fork(inside: int, behind: int) -> Fork:
        return Fork(inside, behind) if node.greedy else Fork(behind, inside)

    at = len(made)
    for _ in range(node.least):
        at = len(made)
        _write(node.part, made)
    if node.most is None and node.least:  # the last of them again
        made.append(fork(at, len(made) + 1))
        return
    if node.most is None:
        made.append(None)
        _write(node.part, made)
        made.append(Fork(at, at))
        made[at] = fork(at + 1, len(made))
        return
    forks = []
    for _ in range(node.most - node.least):
        forks.append(len(made))
        made.append(None)
        _write(node.part, made)
    for at in forks:
        made[at] = fork(at + 1, len(made))


def _begins(node: Node, rest: _Begins) -> _Begins:
    """What a node and the rest behind it can begin with."""
    match node:
        case One(_, members):
            return _Begins(members, False)
        case Ahead(_, members):
            # Where the rest is nothing, it is what follows the match, whatever that is.
            return _Begins(members if rest.empty else members & rest.members, False)
        case Chain(parts):
            for part in reversed(parts):
                rest = _begins(part, rest)
            return rest
        case Choice(parts):
            each = [_begins(part, rest) for part in parts]
            return _Begins(np.logical_or.reduce([one.members for one in each]), any(one.empty for one in each))
        case Repeat(part, least):
            once = _begins(part, rest)
            return once if least else _Begins(once.members | rest.members, once.empty or rest.empty)


def _check(node: Node, rest: _Begins) -> None:
    """A possessive repetition is the greedy one wherever giving back could not help: what comes behind cannot begin
    with what would be given back, or needs nothing."""
    match node:
        case Chain(parts):
            for part in reversed(parts):
                _check(part, rest)
                rest = _begins(part, rest)
        case Choice(parts):
            for part in parts:
                _check(part, rest)
        case Repeat(part, _, most):
            if most is None or most > 1:
                again = _begins(part, rest)
                _check(part, _Begins(again.members | rest.members, rest.empty))
            else:
                _check(part, rest)
            if node.possessive and not (
                isinstance(part, One) and (rest.empty or not (part.members & rest.members).any())
            ):
                written = part.written if isinstance(part, One) else "a possessive group"
                sign = {(0, 1): "?+", (0, None): "*+", (1, None): "++"}.get((node.least, most), "{…}+")
                raise BadRequestError(
                    f"The pattern has {written}{sign} before what may begin with the same.",
                    "Say it without the last +.",
                )
        case _:
            return
