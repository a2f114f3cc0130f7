"""Edge attribution: what leaving out each edge would do to the score, all edges from one gradient.

EAP (Syed et al. 2023, arXiv 2310.10348) multiplies how an edge's writer differs between the two texts by the gradient
of the score with respect to what its reader reads of the stream::

    score(w -> r) = sum over positions of (w' - w) . d score / d (what r reads)        w: clean, w': corrupt

EAP-IG (Hanna et al. 2024, arXiv 2403.17806) takes the mean of the gradient at several points of the way between both
texts' embeddings, since at the clean text alone a softmax that is sure of itself has none. Where all is linear, both
are exact. Edges are ranked by size; a circuit of the first so many is a guess until it is run (`edge_graph`).

All edges out of a writer add up to its node's estimate:

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> from explorer.stack.frontier.attribution_patching import Contrast, gradients
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> scores = attributed(EdgeGraph.of(decoder, clean, corrupt), Contrast(5, 6))
>>> nodes = gradients(decoder, clean, corrupt, Contrast(5, 6)).heads(clean, corrupt)
>>> bool((scores[:, 1:3].sum(0) - nodes[0]).abs().max() < 1e-6)  # the two heads of block 0
True
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.frontier.carried import Metric, recorded, say
from explorer.stack.frontier.edge_graph import EdgeGraph

__all__ = ["attributed", "first_edges", "reader_slopes", "recorded"]


def attributed(
    graph: EdgeGraph, metric: Metric, steps: int = 1, told: Callable[[int, int], None] | None = None
) -> Float[Tensor, "reader writer"]:
    """Zero where there is no edge. The gradients are taken at so many points, the first being the clean text."""
    change = (graph.lies - graph.truth).flatten(1)  # writer pos*d_model
    found = torch.zeros(len(graph.wiring.readers), len(graph.wiring.writers))
    begin, end = graph.truth[0], graph.lies[0]
    for step in range(steps):
        if told:
            told(step, steps)
        slopes = reader_slopes(graph, begin + step / steps * (end - begin), metric)
        for stage, slope in zip(graph.wiring.stages, slopes, strict=True):
            found[stage.readers, : stage.before] += slope.flatten(1) @ change[: stage.before].T / steps
    return found


def reader_slopes(
    graph: EdgeGraph, embedded: Float[Tensor, "pos d_model"], metric: Metric
) -> list[Float[Tensor, "reader pos d_model"]]:
    """Of each stage, the gradient of the score with respect to what each of its readers alone reads."""
    reads: list[Tensor] = []
    with torch.enable_grad():
        stream, at = embedded.detach().clone()[None].requires_grad_(), graph.at(1)
        for stage in graph.wiring.stages:
            x = stream[:, None].expand(-1, stage.readers.stop - stage.readers.start, -1, -1).clone()
            reads.append(x)
            if stage.kind == "answer":
                break
            gives, rest = graph.gives(stage, x, at)
            stream = stream + gives.sum(1) + rest
        value = metric(say(graph.decoder, reads[-1][:, 0]))[0]
        return [slope[0] for slope in torch.autograd.grad(value, reads)]


def first_edges(
    scores: Float[Tensor, "reader writer"], possible: Bool[Tensor, "reader writer"], size: int
) -> Bool[Tensor, "reader writer"]:
    """So many edges with the largest scores by size.

    >>> first_edges(torch.tensor([[3.0, -5.0], [4.0, 9.0]]), torch.tensor([[True, True], [True, False]]), 2).tolist()
    [[False, True], [True, False]]
    """
    order = scores.abs().masked_fill(~possible, -1).flatten().argsort(descending=True, stable=True)
    kept = torch.zeros(scores.numel(), dtype=torch.bool)
    kept[order[:size]] = True
    return kept.view_as(scores)
