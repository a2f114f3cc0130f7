"""Sudoku in cycles: what two recursive nets answer after each cycle, on a puzzle of one's own and on held-out ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.corpora import sudoku
from explorer.stack.frontier.recursive.net import EPS, Recursive, Thought, moved, solved
from explorer.stack.worst import worst
from explorer.training import recursive
from explorer.training.recursive import Arm, CyclesRecipe, Outcome
from explorer.zoo.card import shelf_folder

NAME = "sudoku-cycles"
#: Random states that thinking about one puzzle begins with.
STARTS = 16
#: Cycles of the recording that are measured again.
AGAIN = 6


def folder() -> Path:
    return shelf_folder() / NAME


@cache
def recipe() -> CyclesRecipe:
    return recursive.read(folder() / recursive.FILE)


@cache
def net(arm: Arm) -> Recursive:
    return recursive.trained(recipe(), folder(), arm)


@cache
def outcomes() -> list[Outcome]:
    return recursive.outcomes(folder())


@dataclass(frozen=True)
class End:
    """An answer that thinking from random states ends with."""

    answer: Int[Tensor, " cell"]
    count: int
    right: bool
    still: int
    """Of these, how many states stand still."""


@dataclass(frozen=True, eq=False)
class Solving:
    """A puzzle, cycle by cycle."""

    puzzle: Int[Tensor, " cell"]
    solutions: Int[Tensor, "solution cell"]
    thoughts: list[Thought]
    """Of one row each."""
    moved: Float[Tensor, " cycle"]
    """By how much of its length each cycle moves the state."""
    ends: list[End]
    """The most frequent first."""

    @property
    def right(self) -> Bool[Tensor, " cycle"]:
        """Whether the answer is a solution of the puzzle."""
        return torch.stack([(self.solutions == each.answer).all(1).any() for each in self.thoughts])


def solve(arm: Arm, puzzle: Int[Tensor, " cell"], cycles: int, seed: int) -> Solving:
    made, given = net(arm), puzzle[None]
    thoughts = made.thought(given, cycles)
    states = [made.start(1), *(each.state for each in thoughts)]
    far = torch.cat([moved(before, after) for before, after in pairwise(states)])
    solutions = sudoku.solutions(puzzle)
    start = made.random_start(STARTS, torch.Generator().manual_seed(seed))
    *_, before, last = made.thought(given.expand(STARTS, -1), max(2, cycles), start)
    still = moved(before.state, last.state) < recursive.STILL
    answers, of = last.answer.unique(dim=0, return_inverse=True)
    ends = [
        End(
            answer, int((of == at).sum()), bool((solutions == answer).all(1).any()), int(still[of == at].sum())
        )
        for at, answer in enumerate(answers)
    ]  # fmt: skip
    return Solving(puzzle, solutions, thoughts, far, sorted(ends, key=lambda end: -end.count))


# ---- what is claimed -------------------------------------------------------------------------------------------------


def again_error(arm: Arm, made: Solving) -> float:
    """Logits after every cycle against plain float64 code with a loop over heads, from the state before: a net that was
    never asked to go on makes more of a rounding with every cycle."""
    weights = {name: each.double().numpy() for name, each in net(arm).state_dict().items()}
    config, puzzle = net(arm).config, made.puzzle.numpy()
    x = weights["W_E"][puzzle] + weights["W_pos"]
    high, low = (np.tile(weights[name], (len(puzzle), 1)) for name in ("start_high", "start_low"))
    errors = list[float]()
    for each in made.thoughts:
        for _ in range(config.inner):
            low = _plain(weights, config.n_heads, low + high + x)
        high = _plain(weights, config.n_heads, high + low)
        errors.append(float(np.abs(high @ weights["W_U"] - each.logits[0].numpy()).max()))
        high, low = (part[0].double().numpy() for part in each.state)
    return worst(errors)


def _plain(weights: dict[str, np.ndarray], heads: int, x: np.ndarray) -> np.ndarray:
    """f: [cell d_model]."""
    d_head = x.shape[1] // heads
    for layer in range(len(weights["W_O"])):
        q, k, v = np.split(_unit(x) @ weights["W_QKV"][layer], 3, axis=1)
        parts = []
        for head in range(heads):
            own = slice(head * d_head, (head + 1) * d_head)
            scores = q[:, own] @ k[:, own].T / np.sqrt(d_head) + weights["bias"][layer, head]
            grown = np.exp(scores - scores.max(1, keepdims=True))
            parts.append(grown / grown.sum(1, keepdims=True) @ v[:, own])
        x = x + np.concatenate(parts, axis=1) @ weights["W_O"][layer]
        gate, into = _unit(x) @ weights["W_gate"][layer], _unit(x) @ weights["W_in"][layer]
        x = x + gate / (1 + np.exp(-gate)) * into @ weights["W_out"][layer]
    return _unit(x)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).mean(1, keepdims=True) + EPS)


def recorded_error() -> float:
    """What the kept nets solve of the held-out puzzles after each of the first cycles, against what was recorded."""
    puzzle, solution = recipe().held()
    kept = {each.arm: each for each in reversed(outcomes())}  # the first seed's
    return worst(
        abs(float(solved(thought, solution).double().mean()) - share)
        for arm in recursive.ARMS
        for thought, share in zip(net(arm).thought(puzzle, AGAIN), kept[arm].held[:AGAIN], strict=True)
    )


def leaks() -> int:
    """Held-out grids that some renaming and move of the cells turns into a trained one: by trying all of them."""
    every = sudoku.grids()[:, sudoku.moves()]  # grid move cell
    names = every[..., : sudoku.SIDE].argsort(-1) + 1
    same = (names.gather(-1, every - 1) * 5 ** torch.arange(sudoku.CELLS)).sum(-1).amin(1)  # one number a class
    trained, held = (same[sudoku.kinds() == kind] for kind in (recursive.TRAINED, recursive.HELD))
    return int(torch.isin(held, trained).sum())
