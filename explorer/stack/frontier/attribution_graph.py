"""An attribution graph: which parts of a run a logit hangs on, through which others, and how much of it is explained.

Nodes are features by position, the errors of the transcoders, the tokens, and the likeliest logits. An edge e[t, s] is
the linear effect of source s on target t in the local replacement model (`local_replacement`). Of these::

    A            = |e|, each row divided by its sum                what share of its input t has from s
    influence    = w (A + A^2 + ...)  =  w ((I - A)^-1 - I)        w: the logits' probabilities
    replacement  = influence of tokens / (of tokens + of errors)
    completeness = sum over t of (influence + w)[t] (1 - share of t's input from errors) / sum over t of (influence + w)

as in Ameisen et al. 2025 ("Circuit Tracing: Revealing Computational Graphs in Language Models") and its public code,
circuit-tracer. There a leaf counts as complete in `completeness`, an error too: with errors that carry everything it is
1/2 and not 0. `of_inputs` is the same mean over the nodes that have inputs, and is 0 then.

`pruned` keeps the nodes that hold a share of the influence, then the edges that hold one of theirs, and drops what
leads nowhere until nothing changes. Edges lead from block to block, so that a high power of A is 0.

Here a token (2) feeds a feature (0), an error (1) and the logit (3) take from them:

>>> e = torch.zeros(4, 4)
>>> e[0, 2], e[3, 0], e[3, 1] = 2.0, 3.0, -1.0
>>> graph = Graph(e, 1, 1, 1, torch.tensor([1.0]))
>>> graph.influence.tolist(), graph.scores.replacement
([0.75, 0.25, 0.75, 0.0], 0.75)
>>> round(graph.scores.completeness, 4), round(graph.scores.of_inputs, 4)  # (.75 + .25 + .75 + 1 * .75) / 2.75
(0.9091, 0.8571)
>>> pruned(graph, nodes=0.8).nodes.tolist()
[True, False, True, True]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True)
class Scores:
    """How much of a graph runs through features."""

    replacement: float
    completeness: float
    """As circuit-tracer computes it: leaves count as complete."""
    of_inputs: float
    """Over nodes that have inputs."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Features, errors, tokens, logits, in this order. Raises ValueError where the edges are not of so many nodes."""

    edges: Float[Tensor, "target source"]
    features: int
    errors: int
    tokens: int
    weights: Float[Tensor, " logit"]
    """The probabilities of the logits."""

    def __post_init__(self) -> None:
        n = self.features + self.errors + self.tokens + len(self.weights)
        if self.edges.shape != (n, n):
            raise ValueError(f"{n} nodes have {n} x {n} edges, not {tuple(self.edges.shape)}")

    @property
    def error_nodes(self) -> slice:
        return slice(self.features, self.features + self.errors)

    @property
    def token_nodes(self) -> slice:
        return slice(self.features + self.errors, self.first_logit)

    @property
    def first_logit(self) -> int:
        return self.features + self.errors + self.tokens

    @property
    def w(self) -> Float[Tensor, " node"]:
        return torch.cat([torch.zeros(self.first_logit), self.weights])

    @cached_property
    def influence(self) -> Float[Tensor, " node"]:
        return influence(normalised(self.edges), self.w)

    @cached_property
    def scores(self) -> Scores:
        shares, own = normalised(self.edges), self.influence
        tokens, errors = own[self.token_nodes].sum(), own[self.error_nodes].sum()
        explained, weight = 1 - shares[:, self.error_nodes].sum(-1), own + self.w
        inner = (self.edges != 0).any(-1)
        return Scores(
            float(tokens / (tokens + errors)),
            float((explained * weight).sum() / weight.sum()),
            float((explained * weight)[inner].sum() / weight[inner].sum()),
        )


def normalised(edges: Float[Tensor, "target source"]) -> Float[Tensor, "target source"]:
    """Absolute values, each row by its sum; a row of zeros stays."""
    sizes = edges.abs()
    total = sizes.sum(-1, keepdim=True)
    return sizes / torch.where(total > 0, total, 1.0)


def influence(shares: Float[Tensor, "target source"], w: Float[Tensor, " node"]) -> Float[Tensor, " node"]:
    """w (A + A^2 + ...) until nothing is left. Raises ValueError for edges in a circle, which have no end."""
    found, step = torch.zeros_like(w), w
    for _ in range(len(w)):
        step = step @ shares
        if not step.any():
            return found
        found = found + step
    if step.any():
        raise ValueError("the edges go in a circle")
    return found


@dataclass(frozen=True, eq=False)
class Pruned:
    """What is left of a graph."""

    nodes: Bool[Tensor, " node"]
    edges: Bool[Tensor, "target source"]
    cumulative: Float[Tensor, " node"]
    """Of the whole influence, the share that this node and all stronger ones hold."""


def pruned(graph: Graph, nodes: float = 0.8, edges: float = 0.98) -> Pruned:
    """Tokens and logits stay. A feature stays while an edge leads to it and one from it, an error while one leads from
    it."""
    keep = graph.influence >= smallest_kept(graph.influence, nodes)
    inner = graph.features + graph.errors
    keep[inner:] = True
    left = graph.edges * keep * keep[:, None]
    shares = normalised(left)
    scores = shares * (influence(shares, graph.w) + graph.w)[:, None]
    lines = scores >= smallest_kept(scores.flatten(), edges)
    before = None
    while before is None or not torch.equal(before, keep):
        before = keep.clone()
        lines = lines & keep & keep[:, None]
        keep[:inner] &= lines[:, :inner].any(0)
        keep[: graph.features] &= lines[: graph.features].any(1)
    return Pruned(keep, lines, cumulative(graph.influence))


def smallest_kept(scores: Float[Tensor, " any"], share: float) -> Float[Tensor, ""]:
    """The smallest score among the largest ones that hold a share of the sum together.

    >>> float(smallest_kept(torch.tensor([1.0, 6.0, 3.0]), 0.8))
    3.0
    """
    ordered = scores.sort(descending=True).values
    held = ordered.cumsum(0) / ordered.sum()
    return ordered[min(int(torch.searchsorted(held, share)), len(ordered) - 1)]


def cumulative(scores: Float[Tensor, " node"]) -> Float[Tensor, " node"]:
    ordered, places = scores.sort(descending=True, stable=True)
    return torch.zeros_like(scores).scatter(0, places, ordered.cumsum(0) / ordered.sum())


def total_effects(graph: Graph, acts: Float[Tensor, " feature"], logit: int = 0) -> Float[Tensor, " node"]:
    """What a logit loses, by the graph, when each node's contribution is taken out: the direct edge, and all that other
    features pass on, each by the share of its activation that it loses.

        total = e[logit] (I - R)^-1,    R[t, s] = e[t, s] / activation of t; rows of what is no feature are 0

    A token that feeds a feature of activation 4 with 2, and the feature a logit with 3: half of 3 is lost.

    >>> e = torch.zeros(3, 3)
    >>> e[0, 1], e[2, 0] = 2.0, 3.0
    >>> total_effects(Graph(e, 1, 0, 1, torch.tensor([1.0])), torch.tensor([4.0])).tolist()
    [3.0, 1.5, 0.0]
    """
    relative = torch.zeros_like(graph.edges)
    relative[: graph.features] = graph.edges[: graph.features] / acts[:, None]
    step = graph.edges[graph.first_logit + logit]
    found = torch.zeros_like(step)
    for _ in range(len(step)):
        found = found + step
        step = step @ relative
        if not step.any():
            return found
    raise ValueError("the edges go in a circle")
