"""Sudoku of 4 x 4: every grid, the symmetries, puzzles with one solution."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch

from explorer.corpora import sudoku
from explorer.errors import BadRequestError


def test_there_are_288_grids_and_each_is_one() -> None:
    grids = sudoku.grids()
    assert len({tuple(each) for each in grids.tolist()}) == 288
    for unit in sudoku.units():
        assert bool((grids[:, unit].sort(1).values == torch.arange(1, 5)).all())


def test_kinds_differ_by_what_no_symmetry_changes() -> None:
    """Pairs of cells in two rows and two columns that hold the same two digits: their number is the same for every
    renaming and move, and the two kinds have different ones."""

    def pairs(grid: list[int]) -> int:
        return sum(
            {grid[4 * a + c], grid[4 * a + d]} == {grid[4 * b + c], grid[4 * b + d]}
            for a, b in combinations(range(4), 2)
            for c, d in combinations(range(4), 2)
        )

    counts = torch.tensor([pairs(each) for each in sudoku.grids().tolist()])
    first, second = (counts[sudoku.kinds() == kind].unique().tolist() for kind in (0, 1))
    assert len(first) == len(second) == 1
    assert first != second
    assert sudoku.moves().unique(dim=0).shape == (128, 16)
    moved = sudoku.grids()[7][sudoku.moves()]
    assert all(bool((moved[:, unit].sort(1).values == torch.arange(1, 5)).all()) for unit in sudoku.units())


def test_puzzles_have_one_solution() -> None:
    generator = torch.Generator().manual_seed(0)
    which = (sudoku.kinds() == 1).nonzero()[:, 0]
    puzzles, wanted = sudoku.drawn(which, torch.tensor([4, 5, 6, 15] * 5), generator)
    assert (puzzles > 0).sum(1).tolist() == [4, 5, 6, 15] * 5
    for puzzle, solution in zip(puzzles, wanted, strict=True):
        assert sudoku.solutions(puzzle).tolist() == [solution.tolist()]


def test_what_is_no_puzzle_is_refused() -> None:
    with pytest.raises(BadRequestError, match="16 cells"):
        sudoku.read("123")
    with pytest.raises(BadRequestError, match="4 to 16"):
        sudoku.drawn(torch.arange(3), torch.tensor([3]), torch.Generator())
