"""A pipeline schedule as data: for each rank a list of what it does, in order.

An action is a stage, a letter and a micro-batch: ``0F3`` is stage 0's forward of micro-batch 3. ``B`` is its whole
backward. Zero-bubble schedules split it (Qi et al. 2023, arXiv 2401.10241): ``I`` computes the gradient of the stage's
input, which the stage before waits for, ``W`` those of its weights, which nobody waits for.

A slot is what a rank does at a time: one action, or a forward and a backward of two micro-batches that run together
(DualPipe, DeepSeek-AI 2024, arXiv 2412.19437, section 3.2.1), written ``0F3+7B1``.

Worked example: two ranks, two micro-batches, as 1F1B has them.

>>> text = ["0F0 0F1 0B0 0B1", "1F0 1B0 1F1 1B1"]
>>> made = Schedule("mine", tuple(read(each) for each in text))
>>> made.n_ranks, made.n_stages, made.n_microbatches, made.rank_of(1)
(2, 2, 2, 1)
>>> [str(each) for each in made.needs(Action(0, "B", 1))]
['0F1', '1B1']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple, get_args

Op = Literal["F", "B", "I", "W"]
OPS: tuple[Op, ...] = get_args(Op)
_NAMED: dict[str, Op] = {each: each for each in OPS}
_FORM = re.compile(r"(\d+)([FBIW])(\d+)")


class Action(NamedTuple):
    """One stage's work on one micro-batch."""

    stage: int
    op: Op
    microbatch: int

    def __str__(self) -> str:
        return f"{self.stage}{self.op}{self.microbatch}"


#: What a rank does at a time: one action, or a forward and a backward together.
Slot = tuple[Action, ...]
#: What a rank does, in order.
Row = tuple[Slot, ...]


def action(text: str) -> Action:
    """An action of its text. Raises ValueError for a text that is none.

    >>> action("1W2")
    Action(stage=1, op='W', microbatch=2)
    """
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no action: it reads stage, F, B, I or W, micro-batch, as in 0F3")
    return Action(int(found[1]), _NAMED[found[2]], int(found[3]))


def read(text: str) -> Row:
    """A rank's slots of their text, with spaces between."""
    return tuple(tuple(action(part) for part in each.split("+")) for each in text.split())


def write(row: Row) -> str:
    """The text of a rank's slots.

    >>> write(read("0F3+7B1 0F4"))
    '0F3+7B1 0F4'
    """
    return " ".join("+".join(str(each) for each in slot) for slot in row)


@dataclass(frozen=True)
class Schedule:
    """What every rank does, in order. Raises ValueError where an action is done twice or on two ranks, a stage is
    missing, or a backward is not whole."""

    name: str
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        seen: set[Action] = set()
        homes: dict[int, int] = {}
        for rank, each in self.actions():
            if each in seen:
                raise ValueError(f"{each} is there twice")
            if homes.setdefault(each.stage, rank) != rank:
                raise ValueError(f"stage {each.stage} lies on ranks {homes[each.stage]} and {rank}")
            seen.add(each)
        if not seen:
            raise ValueError("a schedule needs an action")
        stages, batches = 1 + max(each.stage for each in seen), 1 + max(each.microbatch for each in seen)
        for stage in range(stages):
            for batch in range(batches):
                _check_whole(seen, stage, batch)

    def actions(self) -> Iterator[tuple[int, Action]]:
        """Every action with its rank."""
        return ((rank, each) for rank, row in enumerate(self.rows) for slot in row for each in slot)

    @property
    def n_ranks(self) -> int:
        return len(self.rows)

    @cached_property
    def homes(self) -> dict[int, int]:
        """Which rank each stage lies on."""
        return {each.stage: rank for rank, each in self.actions()}

    @cached_property
    def all_actions(self) -> frozenset[Action]:
        return frozenset(each for _, each in self.actions())

    @property
    def n_stages(self) -> int:
        return len(self.homes)

    @cached_property
    def n_microbatches(self) -> int:
        return 1 + max(each.microbatch for each in self.all_actions)

    def rank_of(self, stage: int) -> int:
        return self.homes[stage]

    def stages_of(self, rank: int) -> tuple[int, ...]:
        """The stages that lie on a rank, in order."""
        return tuple(sorted(stage for stage, home in self.homes.items() if home == rank))

    def splits(self, stage: int, microbatch: int) -> bool:
        """Whether this backward is split into I and W."""
        return Action(stage, "I", microbatch) in self.all_actions

    def needs(self, each: Action) -> tuple[Action, ...]:
        """What must have ended before an action begins: its own forward, and its neighbour's output or gradient."""
        stage, op, batch = each
        if op == "F":
            return () if stage == 0 else (Action(stage - 1, "F", batch),)
        if op == "W":
            return (Action(stage, "I", batch),)
        own = (Action(stage, "F", batch),)
        if stage == self.n_stages - 1:
            return own
        return (*own, Action(stage + 1, "I" if self.splits(stage + 1, batch) else "B", batch))


def _check_whole(seen: set[Action], stage: int, batch: int) -> None:
    there = {op for op in OPS if Action(stage, op, batch) in seen}
    if there not in ({"F", "B"}, {"F", "I", "W"}):
        raise ValueError(f"stage {stage} has {', '.join(sorted(there)) or 'nothing'} of micro-batch {batch}: "
                         "it needs F and B, or F, I and W")  # fmt: skip
