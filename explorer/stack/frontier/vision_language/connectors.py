"""Connectors: from the vectors of a picture's patches to what a decoder reads.

    linear     W x                                       a token a patch
    mlp        W_2 gelu(W_1 x + b_1) + b_2               a token a patch: LLaVA-1.5 (Liu et al. 2023, arXiv 2310.03744)
    shuffle    W [x_1 .. x_kk]                           a token for k x k patches: Idefics3, SmolVLM, nanoVLM
    resampler  learned queries that attend to patches    n tokens whatever the grid: Flamingo's Perceiver (Alayrac et
                                                         al. 2022, 2204.14198; Jaegle et al. 2021, 2103.03206)
    cross      no token: before each block the text attends to the patches (Flamingo, without its gate, which is for
               a decoder that stays frozen)

The resampler's queries read the patches and themselves, as Flamingo's do.

>>> tokens = connector("resampler", d_vision=6, d_model=32, n_latents=3)(torch.randn(2, 4, 4, 6))
>>> tuple(tokens.shape), n_tokens("shuffle", 4, 4, k=2), n_tokens("cross", 4, 4)
((2, 3, 32), 4, 0)
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.frontier.vision_language.pixel_shuffle import pixel_shuffle

Kind = Literal["linear", "mlp", "shuffle", "resampler", "cross"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Numbers of a head, and how often a feed-forward layer is as wide as its input.
D_HEAD, WIDER = 32, 2


class Shuffled(nn.Module):
    """k x k patches to one token, then one matrix without a bias."""

    def __init__(self, d_vision: int, d_model: int, k: int) -> None:
        super().__init__()
        self.k, self.project = k, nn.Linear(k * k * d_vision, d_model, bias=False)

    def forward(self, patches: Float[Tensor, "batch row column d_vision"]) -> Float[Tensor, "batch token d_model"]:
        return self.project(pixel_shuffle(patches, self.k))


class PerPatch(nn.Module):
    """Each patch by itself, row by row."""

    def __init__(self, map_: nn.Module) -> None:
        super().__init__()
        self.map = map_

    def forward(self, patches: Float[Tensor, "batch row column d_vision"]) -> Float[Tensor, "batch token d_model"]:
        return self.map(patches.flatten(1, 2))


class CrossAttention(nn.Module):
    """x + attention of norm(x) to other vectors: every row may read all of them."""

    def __init__(self, d_model: int, d_read: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(d_model)
        self.W_Q = nn.Linear(d_model, d_model, bias=False)
        self.W_K, self.W_V = (nn.Linear(d_read, d_model, bias=False) for _ in range(2))
        self.W_O = nn.Linear(d_model, d_model, bias=False)

    def forward(
        self, x: Float[Tensor, "batch pos d_model"], read: Float[Tensor, "batch key d_read"]
    ) -> Float[Tensor, "batch pos d_model"]:
        q, k, v = (
            each.unflatten(-1, (-1, D_HEAD)).transpose(1, 2)  # batch head pos d_head
            for each in (self.W_Q(self.norm(x)), self.W_K(read), self.W_V(read))
        )
        z = F.scaled_dot_product_attention(q, k, v)
        return x + self.W_O(z.transpose(1, 2).flatten(2))


class Resampler(nn.Module):
    """Learned queries, two rounds of attention to patches and queries, each with a feed-forward layer."""

    def __init__(self, d_vision: int, d_model: int, n_latents: int, rounds: int = 2) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.randn(n_latents, d_model) * 0.5)
        self.enter = nn.Linear(d_vision, d_model)
        self.read = nn.ModuleList(CrossAttention(d_model, d_model) for _ in range(rounds))
        self.think = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(d_model), nn.Linear(d_model, WIDER * d_model), nn.GELU(),
                nn.Linear(WIDER * d_model, d_model),
            )
            for _ in range(rounds)
        )  # fmt: skip

    def forward(self, patches: Float[Tensor, "batch row column d_vision"]) -> Float[Tensor, "batch token d_model"]:
        seen = self.enter(patches.flatten(1, 2))  # batch patch d_model
        x = self.queries.expand(len(seen), -1, -1)
        for read, think in zip(self.read, self.think, strict=True):
            x = read(x, torch.cat([seen, x], 1))
            x = x + think(x)
        return x


def connector(kind: Kind, d_vision: int, d_model: int, k: int = 2, n_latents: int = 16) -> nn.Module:
    """The module; of "cross" what brings patches to the decoder's width. Raises BadRequestError for another kind."""
    if kind in ("linear", "cross"):
        return PerPatch(nn.Linear(d_vision, d_model))
    if kind == "mlp":
        return PerPatch(nn.Sequential(nn.Linear(d_vision, d_model), nn.GELU(), nn.Linear(d_model, d_model)))
    if kind == "shuffle":
        return Shuffled(d_vision, d_model, k)
    if kind == "resampler":
        return Resampler(d_vision, d_model, n_latents)
    raise BadRequestError(f"There is no connector “{kind}”.", f"There are {', '.join(KINDS)}.")


def n_tokens(kind: Kind, rows: int, columns: int, k: int = 2, n_latents: int = 16) -> int:
    """How many positions of the decoder a picture takes."""
    if kind == "cross":
        return 0
    return {"shuffle": rows * columns // k**2, "resampler": n_latents}.get(kind, rows * columns)
