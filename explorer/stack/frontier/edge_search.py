"""Automatic circuit discovery, edge by edge, from the answer back to the text.

ACDC (Conmy et al. 2023, arXiv 2304.14997) goes through all edges in the reverse order of a run. Each is left out of
those that are kept so far, and stays out if it is not missed. With m the answer's lead::

    |m(kept) - m(kept without the edge)| < threshold * |m(all) - m(none)|        `Lead`
    D(kept without the edge) - D(kept)   < threshold * D(none)                    `Divergence`

where D is KL(clean distribution || the circuit's), which looks at all tokens and not at two; the paper's own. Edges
into a part that no kept edge leads out of change nothing, and cost no run.

Each decision depends on those before it, so that runs come one after the other. Most edges stay out, however: several
runs are made at once as if the edges before were left out too, and what follows the first edge that is kept is made
anew. So the circuit is that of one edge at a time; at a threshold of 0 it is everything, at infinity nothing:

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> from explorer.stack.frontier.carried import Contrast
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> graph = EdgeGraph.of(decoder, clean, corrupt)
>>> [int(searched(graph, Lead(Contrast(5, 6)), threshold).kept.sum()) for threshold in (0.0, 1e9)]
[46, 0]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.frontier.carried import Metric, recorded
from explorer.stack.frontier.edge_graph import EdgeGraph

__all__ = ["Divergence", "Lead", "Measure", "Search", "acdc_edges", "recorded", "searched"]


@dataclass(frozen=True)
class Lead:
    """The answer's lead: neither less nor more of it may be given."""

    metric: Metric

    def of(self, logits: Float[Tensor, "row d_vocab"], _: EdgeGraph) -> Float[Tensor, " row"]:
        return self.metric(logits)

    def lost(self, before: float, after: float) -> float:
        return abs(after - before)


@dataclass(frozen=True)
class Divergence:
    """KL from the clean run's distribution, in nats: an edge whose absence brings a circuit nearer to it stays out."""

    def of(self, logits: Float[Tensor, "row d_vocab"], graph: EdgeGraph) -> Float[Tensor, " row"]:
        true, said = graph.clean.logits.log_softmax(-1), logits.log_softmax(-1)
        return (true.exp() * (true - said)).sum(-1)

    def lost(self, before: float, after: float) -> float:
        return after - before


#: What a circuit is held to while it is searched: `lost` says how much worse it is after than before.
Measure: TypeAlias = Lead | Divergence


@dataclass(frozen=True, eq=False)
class Search:
    """How far a search has come."""

    kept: Bool[Tensor, "reader writer"]
    tried: int
    """Edges decided."""
    runs: int
    """Edges that took a run."""
    value: float
    """What the measure says of those that are kept."""
    path: tuple[tuple[int, float], ...] = ()
    """(edges that are kept, the measure), at the end of each reader."""


def searched(graph: EdgeGraph, measure: Measure, threshold: float) -> Search:
    """The end of it."""
    *_, last = acdc_edges(graph, measure, threshold)
    return last


def acdc_edges(
    graph: EdgeGraph, measure: Measure, threshold: float, among: Bool[Tensor, "reader writer"] | None = None
) -> Iterator[Search]:
    """After each reader, what is kept so far. among: the others are left out from the beginning."""
    wiring = graph.wiring
    every = wiring.possible()
    kept = every.clone() if among is None else among.clone()
    whole, none, now = measure.of(graph.said(torch.stack([every, torch.zeros_like(kept), kept])), graph).tolist()
    allowed = threshold * abs(none - whole)
    tried, runs, at_once = 0, 0, 1
    path = [(int(kept.sum()), now)]
    for start, stage in graph.each_stage():
        for reader in reversed(range(stage.readers.start, stage.readers.stop)):
            part = wiring.readers[reader].part
            left = kept[reader].nonzero().flatten().flip(0).tolist()  # the latest writer first
            if part is not None and not kept[:, wiring.writers.index(part)].any():
                kept[reader], left = False, []  # nobody hears what it says
            while left:
                some = left[:at_once]
                values = _without(graph, measure, kept, start, reader, some)
                out = 0
                while out < len(some) and measure.lost(now, values[out]) < allowed:
                    now, out = values[out], out + 1
                kept[reader, some[:out]] = False
                decided = min(out + 1, len(some))
                at_once = min(2 * at_once, graph.rows_at_once) if out == len(some) else max(1, at_once // 2)
                left, runs = left[decided:], runs + decided
            tried += stage.before
            path.append((int(kept.sum()), now))
            yield Search(kept.clone(), tried, runs, now, tuple(path))


def _without(
    graph: EdgeGraph, measure: Measure, kept: Bool[Tensor, "reader writer"], start: int, reader: int, some: list[int]
) -> list[float]:
    """The measure without the first of these edges, without the first two, and so on."""
    rows = kept.repeat(len(some), 1, 1)
    for row in range(len(some)):
        rows[row, reader, some[: row + 1]] = False
    return measure.of(graph.said(rows, start), graph).tolist()
