"""What a mixture of experts costs: arithmetic for the experts that a token uses, memory for all, reading in between.

    FLOPs a token   = 2 (active - embedding table)  +  tokens read * attention a token
    memory          = total parameters * bytes each  +  keys and values
    experts read    = how many different experts a batch of B tokens visits: k for one token, nearly all for many

A product with a matrix of P numbers takes 2 P floating-point operations a vector; the embedding table is looked up.
Attention takes n_heads (2 d_qk + 2 d_v) a layer and cached token; with latent attention, on the latent itself
(DeepSeek-AI 2024, DeepSeek-V2, arXiv 2405.04434, 2.1: the up-projections are absorbed).

A decoder that writes one token reads the weights of k experts a layer. A batch shares what it reads only where its
tokens agree: if B tokens chose evenly and each for itself, n (1 - (1 - k/n)^B) experts would be visited
(`roofline.experts_read`). If expert e is visited by c_e of N tokens, a random batch of B of them visits, on average,

    sum over e of  1 - C(N - c_e, B) / C(N, B)                    (drawing without putting back)

Of four tokens two visit expert 0, one expert 1, one expert 2: a random pair visits 5/6 + 1/2 + 1/2 of them.

>>> indices = torch.tensor([[0], [0], [1], [2]])
>>> round(expected_distinct(indices, n_experts=3, batch=2), 4)
1.8333
>>> distinct(indices[:2], 3), distinct(indices[1:3], 3)
(1, 2)
>>> from explorer.stack.architectures.moe_parameters import MIXTRAL_8X7B
>>> cost = flops(MIXTRAL_8X7B, context=4096)
>>> f"{cost.weights:.3g} {cost.attention:.3g}"
'2.55e+10 2.15e+09'
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.architectures.moe_parameters import Shape, parameters
from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True)
class Flops:
    """Floating-point operations of one token's forward pass."""

    weights: int
    attention: int

    @property
    def total(self) -> int:
        return self.weights + self.attention


def lookup(shape: Shape) -> int:
    """Parameters of the embedding table that are looked up and never multiplied; 0 where it is the unembedding too."""
    return 0 if shape.tied else shape.d_vocab * shape.d_model


def attention_flops(shape: Shape) -> int:
    """Of one query against one cached token, in one layer."""
    if (m := shape.latent) is not None:
        return shape.n_heads * (2 * (m.kv_rank + m.d_rope) + 2 * m.kv_rank)
    return shape.n_heads * 4 * shape.d_head


def kv_numbers(shape: Shape) -> int:
    """Numbers that one token leaves in the cache, in one layer.

    >>> from explorer.stack.architectures.moe_parameters import DEEPSEEK_V2, MIXTRAL_8X7B
    >>> kv_numbers(MIXTRAL_8X7B), kv_numbers(DEEPSEEK_V2)
    (2048, 576)
    """
    if (m := shape.latent) is not None:
        return m.kv_rank + m.d_rope
    return 2 * shape.n_kv_heads * shape.d_head


def flops(shape: Shape, context: int) -> Flops:
    """Of one token that reads `context` cached ones, itself included."""
    weights = 2 * (parameters(shape).active - lookup(shape))
    return Flops(weights, shape.n_layers * context * attention_flops(shape))


def dense_shape(config: DecoderConfig, name: str) -> Shape:
    """A dense decoder as a shape all of whose layers are dense.

    Raises NotApplicableError for one with biases, LayerNorm or a position table, which a shape does not count.
    """
    c = config
    if c.n_experts or c.norm != "rms" or c.attention_bias or c.output_bias or c.mlp_bias or c.positions == "learned":
        raise NotApplicableError("This decoder's parameters are not counted here.")
    return Shape(
        name, c.n_layers, c.d_model, c.n_heads, c.n_kv_heads, c.d_head, d_expert=c.d_mlp, n_experts=1, k=1,
        d_vocab=c.d_vocab, n_dense=c.n_layers, d_dense=c.d_mlp, gated=c.gated, tied=c.tied,
        norms=4 if c.placement == "sandwich" else 2, qk_norm=2 * c.d_head if c.qk_norm else 0,
    )  # fmt: skip


# ---- experts that a batch visits -----------------------------------------------------------------------------------


def distinct(indices: Int[Tensor, "token slot"], n_experts: int) -> int:
    """How many different experts these tokens visit together."""
    return int((torch.bincount(indices.reshape(-1), minlength=n_experts) > 0).sum())


def expected_distinct(indices: Int[Tensor, "token slot"], n_experts: int, batch: int) -> float:
    """Mean over all ways to draw `batch` different tokens of these."""
    n_tokens = len(indices)
    visitors = torch.zeros(n_tokens, n_experts).scatter(1, indices, 1.0).sum(0).long().tolist()
    ways = math.comb(n_tokens, batch)
    return sum(1 - math.comb(n_tokens - c, batch) / ways for c in visitors)


@dataclass(frozen=True)
class Touched:
    """Different experts of a batch, over many batches."""

    mean: float
    deviation: float
    """Standard deviation of one batch's number."""
    batches: int

    @property
    def standard_error(self) -> float:
        return self.deviation / math.sqrt(self.batches)


def touched(counts: Sequence[int]) -> Touched:
    """From the different experts of each batch.

    >>> touched([2, 4])
    Touched(mean=3.0, deviation=1.0, batches=2)
    """
    values = torch.tensor(counts, dtype=torch.float64)
    return Touched(float(values.mean()), float(values.std(correction=0)), len(counts))


def drawn(
    indices: Int[Tensor, "token slot"], n_experts: int, batch: int, draws: int, generator: torch.Generator
) -> Touched:
    """Batches of tokens drawn at random, as the requests of strangers are."""
    picks = [torch.randperm(len(indices), generator=generator)[:batch] for _ in range(draws)]
    return touched([distinct(indices[pick], n_experts) for pick in picks])
