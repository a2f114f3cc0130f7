"""Deep supervision: a recursive net is told the answer after every step of thinking, and carries its state on.

A training step takes each row's state, thinks `cycles` more, of which only the last has a gradient, and asks for::

    loss = mean over blank cells of -ln p(digit) + 1/2 BCE(halt, whole answer right)

then the weights move, and the state is carried on, detached: gradients never reach further back than one cycle (HRM,
arXiv 2506.21734; TRM, arXiv 2510.04871). A row leaves for a new puzzle when its halting head says that the answer is
right (logit above 0), or after `most` steps; a share of rows must stay for some steps even so, so that a net that is
sure too early sees where longer thinking ends. A moving average of the weights is what is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from explorer.stack.frontier.recursive.net import Recursive, State, Thought, solved

Draw = Callable[[int, torch.Generator], tuple[Tensor, Tensor]]
#: So many puzzles and their solutions, each [row cell].


@dataclass(frozen=True)
class Supervision:
    """How it is trained."""

    rows: int = 128
    cycles: int = 1
    """Of a step; the last one has the gradient."""
    most: int = 8
    """Steps of a puzzle."""
    explored: float = 0.1
    """Share of rows that must stay for some steps."""
    rate: float = 2e-3
    warmup: int = 50
    decay: float = 0.1
    average: float = 0.99
    steps: int = 1000


@dataclass(eq=False)
class Course:
    """A training so far: the net, its average, and every row's puzzle and state."""

    net: Recursive
    asked: Supervision
    draw: Draw
    generator: torch.Generator
    losses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.optimizer = torch.optim.AdamW(
            self.net.parameters(), self.asked.rate, betas=(0.9, 0.95), weight_decay=self.asked.decay
        )
        self.averaged = deepcopy(self.net).requires_grad_(False)
        rows = self.asked.rows
        self.state = State(*(each.clone() for each in self.net.start(rows)))
        self.puzzle, self.solution = self.draw(rows, self.generator)
        self.age = torch.zeros(rows, dtype=torch.long)
        self.least = self._least(rows)

    def _least(self, rows: int) -> Int[Tensor, " row"]:
        """Steps that each row must stay."""
        some = torch.rand(rows, generator=self.generator) < self.asked.explored
        return some * torch.randint(2, max(3, self.asked.most + 1), (rows,), generator=self.generator)

    def step(self) -> None:
        at = len(self.losses)
        left = 1 - at / self.asked.steps
        rate = self.asked.rate * min(2 * max(left, 0.01), (at + 1) / self.asked.warmup, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        thought = self.net(self.state, self.puzzle, self.asked.cycles)
        loss = loss_of(thought, self.puzzle, self.solution)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.losses.append(float(loss.detach()))
        self._average()
        self._renew(thought)

    @torch.no_grad()
    def _average(self) -> None:
        kept = min(self.asked.average, len(self.losses) / (len(self.losses) + 10))
        for mean, now in zip(self.averaged.parameters(), self.net.parameters(), strict=True):
            mean.lerp_(now, 1 - kept)

    @torch.no_grad()
    def _renew(self, thought: Thought) -> None:
        """Rows that halt get a new puzzle and the state that all begin with."""
        self.age += 1
        done = ((thought.halt > 0) & (self.age >= self.least)) | (self.age >= self.asked.most)
        high, low = thought.state.detached()
        fresh, count = self.net.start(1), int(done.sum())
        where = done[:, None, None]
        self.state = State(torch.where(where, fresh.high, high), torch.where(where, fresh.low, low))
        if count:
            self.puzzle[done], self.solution[done] = self.draw(count, self.generator)
            self.age[done], self.least[done] = 0, self._least(count)


def loss_of(thought: Thought, puzzle: Int[Tensor, "row pos"], solution: Int[Tensor, "row pos"]) -> Float[Tensor, ""]:
    blank = puzzle == 0
    cells = cross_entropy(thought.logits[blank], solution[blank] - 1)
    right = solved(thought, solution).to(thought.halt.dtype)
    return cells + 0.5 * binary_cross_entropy_with_logits(thought.halt, right)
