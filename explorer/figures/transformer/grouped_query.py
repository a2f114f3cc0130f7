"""Grouped queries: what each number of key-value heads would cost, and how alike the heads of a group read."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor

from explorer.experiments.transformer.grouped_query import Outcome
from explorer.figures.payload import Payload
from explorer.stack.inference.serving.memory_calculator import FORMATS, kv_bytes, parameters
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.transformer.grouped_query import possible_groups
from explorer.stack.worst import worst
from explorer.tracing.trace import Trace

#: Numbers that the comparison of all patterns may touch: fewer queries are compared in a longer text.
WORK = 30_000_000
#: Random groupings that the real one is held against.
DRAWS = 2000


@dataclass(frozen=True)
class Cost:
    """One number of key-value heads."""

    groups: int
    shared: int
    """Parameters of W_Q and W_O (and their biases): the same whatever the groups."""
    key_value: int
    """Parameters of W_K and W_V (and their biases)."""
    bytes_per_token: dict[str, int]
    """Cache, by number format."""


def costs(sizes: Sizes) -> list[Cost]:
    """
    >>> from explorer.stack.inference.serving.known_models import REAL_MODELS
    >>> [(c.groups, c.key_value, c.bytes_per_token["bf16"]) for c in costs(REAL_MODELS["SmolLM2-135M"])]
    [(1, 2211840, 7680), (3, 6635520, 23040), (9, 19906560, 69120)]
    """
    found = []
    biases = sizes.n_heads * sizes.d_head * sizes.qkv_bias + sizes.d_model * sizes.output_bias
    shared = sizes.n_layers * (2 * sizes.d_model * sizes.n_heads * sizes.d_head + biases)
    for groups in possible_groups(sizes.n_heads):
        each = replace(sizes, n_kv_heads=groups)
        cache = {name: kv_bytes(each, 1, 1, number) for name, number in FORMATS.items() if name in ("fp32", "bf16")}
        found.append(Cost(groups, shared, parameters(each).attention.count - shared, cache))
    return found


# ---- how alike heads read --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Jensen-Shannon divergence between the patterns of every two heads, in bits: 0 alike, 1 nothing in common."""

    divergence: Float[Tensor, "layer head head"]
    """Mean over the compared queries."""
    queries: int
    within: Float[Tensor, " layer"]
    """Mean over pairs of heads that share a key-value head."""
    between: Float[Tensor, " layer"] | None
    """Mean over pairs that do not; None when all share one."""
    as_alike: float | None
    """Share of random groupings whose mean within-group divergence is at most the real one's."""


def divergences(
    pattern: Float[Tensor, "layer head query key"],
) -> Float[Tensor, "layer head head"]:
    """Mean Jensen-Shannon divergence over queries (Lin 1991): H((p + q) / 2) - (H(p) + H(q)) / 2, bits.

    >>> one = torch.tensor([[[[1.0, 0.0]], [[0.0, 1.0]], [[0.5, 0.5]]]])
    >>> [[round(float(i), 3) for i in row] for row in divergences(one)[0]]
    [[0.0, 1.0, 0.311], [1.0, 0.0, 0.311], [0.311, 0.311, 0.0]]
    """
    n = pattern.shape[1]
    own = torch.special.entr(pattern).sum(-1)  # layer head query
    out = pattern.new_zeros(len(pattern), n, n)
    for a in range(n - 1):
        mixed = torch.special.entr((pattern[:, a + 1 :] + pattern[:, a, None]) / 2).sum(-1)  # layer later query
        found = (mixed - (own[:, a + 1 :] + own[:, a, None]) / 2).clamp_min(0).mean(-1) / math.log(2)  # layer later
        out[:, a, a + 1 :] = out[:, a + 1 :, a] = found
    return out


def compared_queries(trace: Trace) -> Int[Tensor, " query"]:
    """Evenly spaced; the first query sees one key only, in which all heads agree, and is left out."""
    dims, n = trace.dims, len(trace.tokens)
    pairs = dims.n_heads * (dims.n_heads - 1) // 2
    most = max(8, WORK // max(1, dims.n_layers * pairs * n))
    return torch.linspace(1, n - 1, min(n - 1, most)).round().long().unique()


def divergence_error(pattern: Float[Tensor, "head query key"], found: Float[Tensor, "head head"]) -> float:
    """The other way to the same number, float64: the mean of both patterns' KL divergence from their mean."""
    p = pattern.double()
    off = 0.0
    for a in range(len(p)):
        for b in range(a):
            mean = (p[a] + p[b]) / 2
            both = (torch.special.xlogy(x, x) - torch.special.xlogy(x, mean) for x in (p[a], p[b]))
            js = sum((each.sum(-1).mean() for each in both), torch.zeros(())) / (2 * math.log(2))
            off = worst(off, abs(float(js - found[a, b])))
    return off


def likeness(trace: Trace) -> Likeness:
    dims, queries = trace.dims, compared_queries(trace)
    found = divergences(trace.pattern[:, :, queries])
    group = torch.arange(dims.n_heads) // (dims.n_heads // dims.n_kv_heads)
    same = (group[:, None] == group) & ~torch.eye(dims.n_heads, dtype=torch.bool)
    other = group[:, None] != group
    within = found[:, same].mean(-1)
    between = found[:, other].mean(-1) if bool(other.any()) else None
    as_alike = None if between is None else random_groupings(found, same, float(within.mean()))
    return Likeness(divergence=found, queries=len(queries), within=within, between=between, as_alike=as_alike)


def random_groupings(
    divergence: Float[Tensor, "layer head head"], same: Bool[Tensor, "head head"], real: float, draws: int = DRAWS
) -> float:
    """How often heads that are put together at random, in each layer anew, are as alike as the real groups."""
    generator = torch.Generator().manual_seed(0)
    n_layers, n = divergence.shape[:2]
    first, second = same.nonzero().T  # positions in the group that share a key-value head
    order = torch.rand(draws, n_layers, n, generator=generator).argsort(-1)  # draw layer place -> head
    a, b = order[..., first], order[..., second]  # draw layer pair
    layer = torch.arange(n_layers)[:, None]
    mean = divergence[layer, a, b].mean((-1, -2))  # draw
    return float((mean <= real).double().mean())


# ---- what the views are drawn from -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class GroupedCost(Payload):
    """Every number of key-value heads that the model's heads could share."""

    groups: list[int]
    shared: list[int]
    key_value: list[int]
    bytes: dict[str, list[int]]
    n_layers: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_model: int
    n_ctx: int
    parameters: int
    bias: bool
    windows: int
    """Layers with a sliding window."""


@dataclass(frozen=True, kw_only=True)
class GroupedLikeness(Likeness, Payload):
    """How alike heads read."""

    layer: int
    head: int
    position: int
    n_heads: int
    n_kv_heads: int
    draws: int
    rows: UInt8[Tensor, "head key"]


@dataclass(frozen=True, kw_only=True)
class GroupedPooled(Payload):
    """Key-value heads pooled into fewer. What has not been measured yet is NaN."""

    to: int
    choices: list[int]
    n_kv_heads: int
    n_layers: int
    n: int
    tokens: int
    base: Outcome
    mean: Outcome
    first: Outcome
    layers: Float[Tensor, "layer pos"]
    key_value: list[int]
    bytes: list[int]
