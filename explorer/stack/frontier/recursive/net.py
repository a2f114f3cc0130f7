"""A recursive net: two layers, applied to their own state over and over, think longer without more weights.

The hierarchical reasoning model (HRM, Wang et al. 2025, arXiv 2506.21734) has a fast and a slow state, z_L and z_H,
and a net for each; the tiny recursive model (TRM, Jolicoeur-Martineau 2025, arXiv 2510.04871) keeps the states and one
net f of two layers for both. With x the embedded puzzle, a *cycle* is::

    n times   z_L <- f(z_L + z_H + x)           the scratch pad, with the question in sight
    once      z_H <- f(z_H + z_L)               the answer so far: the unembedding reads it after every cycle

f is a transformer without a mask: RMSNorm before attention and before a gated feed-forward, and RMSNorm at the end, so
that a state keeps its length however often f is applied. A learned bias for each pair of cells is added to a head's
scores: the board's geometry. All cycles are one function of the same state, so that an
answer can stand still: where a cycle changes nothing, none after it does. Nothing says that there is one such *fixed
point*, or that it is right (Ren and Liu 2026, arXiv 2601.10679).

Another way to think without words is a chain of latents (Coconut, Hao et al. 2024, arXiv 2412.06769): the last hidden
state is fed back as the next embedding, so that n latents are n more passes.

>>> config = RecursiveConfig(d_model=8, n_heads=2, d_mlp=8)
>>> net = Recursive(config, torch.Generator().manual_seed(0))
>>> puzzle = torch.tensor([[1, 0, 0, 0, 0, 0, 3, 0, 0, 4, 0, 0, 0, 0, 0, 2]])
>>> thought = net.thought(puzzle, 3)
>>> len(thought), tuple(thought[0].logits.shape), tuple(thought[0].halt.shape)
(3, (1, 16, 4), (1,))
>>> again = net.cycle(thought[1].state, net.embedded(puzzle))
>>> bool((again.high == thought[2].state.high).all())  # the third cycle is the same function of the second state
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import rms_norm, silu

from explorer.errors import BadRequestError

EPS = 1e-6


@dataclass(frozen=True)
class RecursiveConfig:
    """Sizes, and how often the scratch pad is written in a cycle."""

    n_layers: int = 2
    d_model: int = 64
    n_heads: int = 4
    d_mlp: int = 128
    n_ctx: int = 16
    digits: int = 4
    """Answers of a cell; 0 is a blank in what is read."""
    inner: int = 3
    """n above."""

    def __post_init__(self) -> None:
        if self.n_layers < 1 or self.inner < 1 or self.d_model % self.n_heads:
            raise BadRequestError(f"{self.n_heads} heads cannot share a state of {self.d_model} evenly.")


class State(NamedTuple):
    """What is carried from cycle to cycle."""

    high: Float[Tensor, "row pos d_model"]
    """z_H, the answer so far."""
    low: Float[Tensor, "row pos d_model"]
    """z_L, the scratch pad."""

    def detached(self) -> State:
        return State(self.high.detach(), self.low.detach())


@dataclass(frozen=True, eq=False)
class Thought:
    """After a cycle."""

    state: State
    logits: Float[Tensor, "row pos digit"]
    halt: Float[Tensor, " row"]
    """The halting head's logit that the whole answer is right."""

    @property
    def answer(self) -> Int[Tensor, "row pos"]:
        return self.logits.argmax(-1) + 1


class Recursive(nn.Module):
    """One net f, embeddings, the two heads, and the states that all begin with."""

    start_high: Tensor
    start_low: Tensor

    def __init__(self, config: RecursiveConfig, generator: torch.Generator) -> None:
        super().__init__()
        self.config = config
        n, d, m = config.n_layers, config.d_model, config.d_mlp

        def drawn(*shape: int) -> nn.Parameter:
            return nn.Parameter(torch.randn(*shape, generator=generator) / math.sqrt(shape[-2]))

        self.W_E = nn.Parameter(torch.randn(config.digits + 1, d, generator=generator))
        self.W_pos = nn.Parameter(torch.randn(config.n_ctx, d, generator=generator))
        self.W_QKV, self.W_O = drawn(n, d, 3 * d), drawn(n, d, d)
        self.bias = nn.Parameter(torch.zeros(n, config.n_heads, config.n_ctx, config.n_ctx))
        self.W_gate, self.W_in, self.W_out = drawn(n, d, m), drawn(n, d, m), drawn(n, m, d)
        self.W_U = drawn(d, config.digits)
        self.W_halt, self.b_halt = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.zeros(()))
        self.register_buffer("start_high", torch.randn(d, generator=generator))
        self.register_buffer("start_low", torch.randn(d, generator=generator))

    def embedded(self, puzzle: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos d_model"]:
        return self.W_E[puzzle] + self.W_pos

    def start(self, rows: int) -> State:
        shape = (rows, self.config.n_ctx, self.config.d_model)
        return State(self.start_high.expand(shape), self.start_low.expand(shape))

    def random_start(self, rows: int, generator: torch.Generator) -> State:
        """Another state to begin with: of every cell alone, as long as a state is."""
        shape = (2, rows, self.config.n_ctx, self.config.d_model)
        return State(*normed(torch.randn(shape, generator=generator)))

    def f(self, x: Float[Tensor, "row pos d_model"]) -> Float[Tensor, "row pos d_model"]:
        for layer in range(self.config.n_layers):
            three = (normed(x) @ self.W_QKV[layer]).unflatten(-1, (3, self.config.n_heads, -1))
            q, k, v = three.permute(2, 0, 3, 1, 4)  # row head pos d_head
            scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + self.bias[layer]
            z = scores.softmax(-1) @ v
            x = x + z.transpose(1, 2).flatten(2) @ self.W_O[layer]
            y = normed(x)
            x = x + (silu(y @ self.W_gate[layer]) * (y @ self.W_in[layer])) @ self.W_out[layer]
        return normed(x)

    def cycle(self, state: State, x: Float[Tensor, "row pos d_model"]) -> State:
        high, low = state
        for _ in range(self.config.inner):
            low = self.f(low + (high + x))
        return State(self.f(high + low), low)

    def read(self, state: State) -> Thought:
        halt = state.high.mean(1) @ self.W_halt + self.b_halt
        return Thought(state, state.high @ self.W_U, halt)

    def forward(self, state: State, puzzle: Int[Tensor, "row pos"], cycles: int = 1) -> Thought:
        """So many cycles on; only the last one has a gradient, since what is carried is detached."""
        x = self.embedded(puzzle)
        with torch.no_grad():
            for _ in range(cycles - 1):
                state = self.cycle(state, x)
        return self.read(self.cycle(state.detached(), x))

    @torch.no_grad()
    def thought(self, puzzle: Int[Tensor, "row pos"], cycles: int, start: State | None = None) -> list[Thought]:
        """The answer after every cycle, from the state that it was trained to begin with or from another."""
        x, state, found = self.embedded(puzzle), start or self.start(len(puzzle)), list[Thought]()
        for _ in range(cycles):
            state = self.cycle(state, x)
            found.append(self.read(state))
        return found


def normed(x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
    return rms_norm(x, x.shape[-1:], eps=EPS)


def moved(before: State, after: State) -> Float[Tensor, " row"]:
    """How far a cycle moved the state, against the state's length: 0 is a fixed point."""
    far = torch.cat([after.high - before.high, after.low - before.low], 1).flatten(1).norm(dim=1)
    return far / torch.cat([after.high, after.low], 1).flatten(1).norm(dim=1)


def solved(thought: Thought, solution: Int[Tensor, "row pos"]) -> Bool[Tensor, " row"]:
    return (thought.answer == solution).all(1)
