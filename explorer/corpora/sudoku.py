"""Sudoku of 4 x 4 cells, all of it: every grid, what is the same by symmetry, and every puzzle with one solution.

A grid holds 1 to 4 once in each row, column and 2 x 2 box: there are 288. Digits may be renamed (24 ways), and cells
moved so that rows, columns and boxes stay such (128 ways): by both only two kinds of grid are left, of 192 and of 96.
A puzzle of one kind is therefore no renaming, mirror image or rotation of any puzzle of the other: what a model learned
from the one kind cannot be a remembered answer to the other.

A puzzle is a grid and the set of cells that are given. It has one solution if no other grid agrees on these cells; a
set that meets every set of cells in which the grid differs from another one is such a set. Blank cells are 0.

>>> made, kind = grids(), kinds()
>>> len(made), [int((kind == each).sum()) for each in (0, 1)]
(288, [192, 96])
>>> made[0].tolist()
[1, 2, 3, 4, 3, 4, 1, 2, 2, 1, 4, 3, 4, 3, 2, 1]
>>> solutions(torch.tensor([1, 0, 0, 0, 0, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 2])).tolist()
[[1, 3, 2, 4, 4, 2, 3, 1, 2, 4, 1, 3, 3, 1, 4, 2]]
"""

from __future__ import annotations

from functools import cache
from itertools import permutations, product

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from explorer.errors import BadRequestError

SIDE, CELLS, DIGITS = 4, 16, 4
#: A puzzle with one solution has at least so many cells given.
FEWEST = 4


@cache
def units() -> tuple[tuple[int, ...], ...]:
    """Cells of each row, column and box."""
    rows = [tuple(range(SIDE * row, SIDE * row + SIDE)) for row in range(SIDE)]
    columns = [tuple(range(column, CELLS, SIDE)) for column in range(SIDE)]
    boxes = [tuple(top + left + at for at in (0, 1, 4, 5)) for top in (0, 8) for left in (0, 2)]
    return (*rows, *columns, *boxes)


@cache
def grids() -> Int[Tensor, "grid cell"]:
    """All 288, in the order of their digits."""
    rows = list(permutations(range(1, DIGITS + 1)))
    found = [
        [*a, *b, *c, *d]
        for a, b in product(rows, rows) if _fits(a, b)
        for c, d in product(rows, rows) if _fits(c, d)
        if all(len(set(each)) == 4 for each in zip(a, b, c, d, strict=True))
    ]  # fmt: skip
    return torch.tensor(found)


def _fits(above: tuple[int, ...], below: tuple[int, ...]) -> bool:
    return not set(above[:2]) & set(below[:2]) and not set(above[2:]) & set(below[2:])


@cache
def moves() -> Int[Tensor, "move cell"]:
    """For each way to move the cells the cell that comes to each place."""
    lines = [(*a, *b) if not swap else (*b, *a) for a in ((0, 1), (1, 0)) for b in ((2, 3), (3, 2)) for swap in (0, 1)]
    found = [
        [SIDE * row + column if not turned else SIDE * column + row for row in rows for column in columns]
        for rows in lines for columns in lines for turned in (0, 1)
    ]  # fmt: skip
    return torch.tensor(found)


def renamed(grid: Int[Tensor, "*rows cell"]) -> Int[Tensor, "*rows cell"]:
    """The digits renamed so that the first row says 1 2 3 4.

    >>> renamed(grids()[-1]).tolist()[:8]
    [1, 2, 3, 4, 3, 4, 1, 2]
    """
    names = grid[..., :SIDE].argsort(-1) + 1
    return names.gather(-1, grid - 1)


@cache
def families() -> Int[Tensor, " grid"]:
    """Of each grid the number of its family: the 24 that are the same but for the digits' names. There are 12."""
    return torch.unique(renamed(grids()), dim=0, return_inverse=True)[1]


@cache
def kinds() -> Int[Tensor, " grid"]:
    """Of each grid its kind, by every symmetry: 0 the larger one."""
    first = families()
    names = {tuple(grid): int(family) for grid, family in zip(renamed(grids()).tolist(), first, strict=True)}
    kind = torch.full_like(first, -1)
    for at in range(len(kind)):
        if kind[at] < 0:
            same = {names[tuple(each)] for each in renamed(grids()[at][moves()]).tolist()}
            kind[torch.isin(first, torch.tensor(sorted(same)))] = at
    order = torch.unique(kind, return_counts=True)
    largest = order[0][order[1].argsort(descending=True)]
    return (kind[:, None] == largest).long().argmax(1)


@cache
def _differences() -> Int[Tensor, "family grid"]:
    """For the first grid of each family, the cells in which it differs from each grid, as a number of 16 bits."""
    firsts = torch.stack([grids()[families() == family][0] for family in range(int(families().max()) + 1)])
    return _bits(firsts[:, None] != grids())


def _bits(cells: Bool[Tensor, "*rows cell"]) -> Int[Tensor, "*rows"]:
    return (cells.long() << torch.arange(CELLS)).sum(-1)


@cache
def _sets() -> tuple[Bool[Tensor, "given cell"], Int[Tensor, " given"]]:
    """All sets of cells, and how many each has."""
    cells = (torch.arange(1 << CELLS)[:, None] >> torch.arange(CELLS)) % 2 == 1
    return cells, cells.sum(1)


@cache
def single(family: int) -> Bool[Tensor, " given"]:
    """By the number of a set of cells, whether they leave grids of the family no other solution."""
    sets, found = torch.arange(1 << CELLS), torch.ones(1 << CELLS, dtype=torch.bool)
    for difference in torch.unique(_differences()[family]).tolist():
        if difference:
            found &= (sets & difference) != 0
    return found


@cache
def _choices(family: int, given: int) -> Int[Tensor, " choice"]:
    """The sets of so many cells with one solution."""
    return (single(family) & (_sets()[1] == given)).nonzero()[:, 0]


def drawn(
    which: Int[Tensor, " some"], given: Int[Tensor, " row"], generator: torch.Generator
) -> tuple[Int[Tensor, "row cell"], Int[Tensor, "row cell"]]:
    """Puzzles with one solution and so many cells given each, from the named grids, and their solutions.

    Raises BadRequestError for fewer than `FEWEST` cells or more than there are.
    """
    if len(given) and not FEWEST <= int(given.min()) <= int(given.max()) <= CELLS:
        raise BadRequestError(f"A puzzle has {FEWEST} to {CELLS} cells given.")
    at = which[torch.randint(len(which), (len(given),), generator=generator)]
    luck = torch.rand(len(given), generator=generator).tolist()
    sets = []
    for family, count, part in zip(families()[at].tolist(), given.tolist(), luck, strict=True):
        some = _choices(family, count)
        sets.append(some[int(part * len(some))])
    solution = grids()[at]
    return solution * _sets()[0][torch.stack(sets)], solution


def solutions(puzzle: Int[Tensor, " cell"]) -> Int[Tensor, "solution cell"]:
    """Every grid that agrees with what is given: by looking through all."""
    return grids()[((grids() == puzzle) | (puzzle == 0)).all(1)]


def read(text: str) -> Int[Tensor, " cell"]:
    """A puzzle from what a person writes: sixteen signs, 1 to 4, all else of them blank; spaces and lines pass.

    >>> read("1... ..3. .4.. ...2").tolist()
    [1, 0, 0, 0, 0, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 2]
    """
    signs = [sign for sign in text if not sign.isspace()]
    if len(signs) != CELLS:
        raise BadRequestError(f"A puzzle has 16 cells, and this has {len(signs)}: write 1 to 4, and a dot for a blank.")
    return torch.tensor([int(sign) if sign in "1234" else 0 for sign in signs])
