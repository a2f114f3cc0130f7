"""A scoreboard as a picture: each cell's accuracy, its items, and the paired test against the model as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from explorer.corpora.tasks.task import Item
from explorer.experiments.evaluation.board_rows import Entry
from explorer.experiments.evaluation.cached_reader import policy_of
from explorer.experiments.evaluation.scoreboard import Board, Cell
from explorer.experiments.evaluation.task_run import fair_coin
from explorer.experiments.inference.cache.cache_corpus import GROUP, RESIDUAL
from explorer.figures.payload import Payload
from explorer.stack.evaluation.paired_tests import flips, mcnemar
from explorer.stack.evaluation.several_comparisons import holm
from explorer.stack.evaluation.standard_errors import wilson
from explorer.stack.systems.quantization.schemes import SCHEMES

#: Characters of a prompt's end that are shown.
SHOWN = 160


@dataclass(frozen=True, kw_only=True)
class BoardOffer:
    """What can be a row."""

    key: str
    name: str
    kind: Literal["format", "cache", "other"]


@dataclass(frozen=True, kw_only=True)
class BoardItem:
    """One item of a task."""

    id: int
    text: str
    """The end of its question."""
    choices: tuple[str, ...]
    gold: int


@dataclass(frozen=True, kw_only=True)
class BoardTask:
    """A column."""

    name: str
    chance: float
    shots: int
    """Worked examples before each item."""
    items: tuple[BoardItem, ...]
    longest: int | None
    """Tokens of its longest prompt with an answer, where a cache policy is on the board."""


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """An entry."""

    key: str
    """Empty for the model as it is."""
    name: str
    wrong: str
    """Why it cannot be measured."""
    acts_from: int | None
    """Tokens of prompt and answer from which on its cache holds less than all; None where it is full."""


@dataclass(frozen=True, kw_only=True)
class BoardCell:
    """One entry on one task."""

    row: int
    task: int
    taken: tuple[int, ...]
    """The choice that wins, item by item."""
    scores: tuple[tuple[float, ...], ...]
    """log p of each choice in nats, item by item."""
    kept: bool
    """Whether it was measured before, and found on the disk."""
    accuracy: float
    low: float
    high: float
    """Wilson's interval of 95 %."""
    only_first: int
    """Items that the model as it is gets right and this entry does not."""
    only_row: int
    p: float
    """McNemar's, exact, against the model as it is."""
    adjusted: float | None
    """By Holm over all comparisons of the board; None while some are not measured, and in the first row."""


@dataclass(frozen=True, kw_only=True)
class Scoreboard(Payload):
    rows: tuple[BoardRow, ...]
    tasks: tuple[BoardTask, ...]
    cells: tuple[BoardCell, ...]
    items: int
    """Of each task."""
    whole: bool
    comparisons: int
    offered: tuple[BoardOffer, ...]
    choices: tuple[str, ...]
    """Tasks that can be columns."""


def scoreboard(board: Board, offered: Sequence[Entry], tasks: Sequence[str]) -> Scoreboard:
    first = {cell.task: _right(cell) for cell in board.cells if cell.entry == 0}
    cells = [_cell(cell, first[cell.task]) for cell in board.cells]
    compared = [at for at, cell in enumerate(cells) if cell.row]
    adjusted = dict(zip(compared, holm([cells[at].p for at in compared]), strict=True)) if board.whole else {}
    wrong = dict(board.wrong)
    return Scoreboard(
        rows=tuple(
            BoardRow(key=each.key, name=each.name, wrong=wrong.get(at, ""), acts_from=_acts_from(each))
            for at, each in enumerate(board.entries)
        ),
        tasks=tuple(
            BoardTask(
                name=task.name,
                chance=fair_coin(task.items[: board.items]),
                shots=task.num_fewshot,
                items=tuple(_item(one) for one in task.items[: board.items]),
                longest=board.longest[at] if board.longest else None,
            )
            for at, task in enumerate(board.tasks)
        ),
        cells=tuple(replace(cell, adjusted=adjusted.get(at)) for at, cell in enumerate(cells)),
        items=board.items,
        whole=board.whole,
        comparisons=len(compared),
        offered=tuple(BoardOffer(key=each.key, name=each.name, kind=_kind(each)) for each in offered),
        choices=tuple(tasks),
    )


def _kind(row: Entry) -> Literal["format", "cache", "other"]:
    return "cache" if row.cache else "format" if row.key in SCHEMES else "other"


def _right(cell: Cell) -> Tensor:
    return torch.tensor([float(each.right("sum")) for each in cell.found])


def _cell(cell: Cell, first: Tensor) -> BoardCell:
    right = _right(cell)
    part, found = wilson(int(right.sum()), len(right)), flips(first, right)
    return BoardCell(
        row=cell.entry,
        task=cell.task,
        taken=tuple(each.winner("sum") for each in cell.found),
        scores=tuple(tuple(round(value, 3) for value in each.log_likelihoods) for each in cell.found),
        kept=cell.kept,
        accuracy=part.mean,
        low=part.low,
        high=part.high,
        only_first=found.only_first,
        only_row=found.only_second,
        p=mcnemar(found.only_first, found.only_second),
        adjusted=None,
    )


def _acts_from(row: Entry) -> int | None:
    if not row.cache:
        return None
    _, held = policy_of(row.cache)
    return held + 1 if held else GROUP + RESIDUAL


def _item(item: Item) -> BoardItem:
    text = item.prompt or item.choices[0]
    return BoardItem(
        id=item.id, text=text if len(text) <= SHOWN else f"…{text[-SHOWN:]}", choices=item.choices, gold=item.gold
    )
