"""Ways to find a circuit of edges on one task: ranked by one gradient, by several, searched edge by edge, or drawn at
random. All are held to what their edges do alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.experiments.inside.circuit import whole_run
from explorer.experiments.inside.prompt_pair import Runs
from explorer.stack.frontier.carried import Recorded, blocks_of
from explorer.stack.frontier.edge_attribution import attributed, first_edges
from explorer.stack.frontier.edge_graph import EMBEDDING, EdgeGraph, Reader
from explorer.stack.frontier.edge_search import Divergence, Lead, acdc_edges
from explorer.stack.frontier.edges import READS, Writer, reader_outputs, written
from explorer.stack.frontier.patching import Put, patched
from explorer.stack.worst import worst
from explorer.tracing.bridge.hooking import RUNNING

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

Tell = Callable[[str, int, int], None]
By = Literal["lead", "kl"]
#: Gradients of EAP and of EAP-IG; random orders; edges left out one by one of the whole model.
ONE, SEVERAL, ORDERS, SINGLY = 1, 5, 3, 4
#: Edges of a model whose search can be waited for; edges of the opened circuit where nothing was searched.
SEARCHED, OPENED = 6000, 200
#: Sizes of a curve; circuits run at once.
SIZES, AT_ONCE = 12, 16
#: Edges of an opened circuit that are left out one by one; it needs one if it keeps so much less without it.
EACH, NEEDED = 12, 0.01


@dataclass(frozen=True, eq=False)
class Way:
    """What a way to find circuits gives, by number of edges."""

    name: str
    sizes: list[int]
    carrying: list[int]
    """Of so many edges those that lie on a way from the tokens to the answer."""
    faithful: list[float]
    complete: list[float]
    runs: int
    """Through the model, forward or backward, to find it."""
    opened: Bool[Tensor, "reader writer"] | None = None
    """The circuit of the size that is opened."""
    spread: tuple[list[float], list[float]] | None = None
    """The least and the most faithful of random orders."""
    done: float = 1.0
    """Of all edges, the share that a search has decided."""
    needed: float | None = None
    """Of the opened circuit's `EACH` strongest edges, the share that it needs; None: not measured."""


@dataclass(frozen=True, eq=False)
class Found:
    """All ways that are measured so far."""

    ways: list[Way]
    opened: int
    """Edges of the opened circuits."""
    scores: Float[Tensor, "reader writer"]
    """By EAP-IG: how the lead moves if an edge is left out."""
    among: int
    """Edges that were searched; the others were left out from the beginning."""


def sizes_of(edges: int, opened: int) -> list[int]:
    """Sizes in equal steps of their logarithm, the one that is opened among them.

    >>> sizes_of(1108, 91)
    [1, 2, 4, 7, 13, 24, 46, 87, 91, 164, 310, 586, 1108]
    """
    return sorted({*(round(edges ** (at / (SIZES - 1))) for at in range(SIZES)), min(opened, edges)})


class Bench:
    """One pair of prompts on which circuits are measured."""

    def __init__(self, decoder: Decoder, runs: Runs, tell: Tell) -> None:
        self.metric, self.tell = runs.pair.metric, tell
        with RUNNING:
            self.graph = EdgeGraph.of(decoder, runs.clean, runs.corrupt)
        self.possible = self.graph.wiring.possible()
        self.whole, self.none = runs.scores

    def share(self, kept: list[Bool[Tensor, "reader writer"]], what: str = "Circuits") -> list[float]:
        """Faithfulness of each."""
        found: list[float] = []
        at_once = min(self.graph.rows_at_once, AT_ONCE)
        for at in range(0, len(kept), at_once):
            self.tell(what, at, len(kept))
            with RUNNING:
                found += self.graph.m(torch.stack(kept[at : at + at_once]), self.metric).tolist()
        return [(m - self.none) / (self.whole - self.none) for m in found]

    def way(self, name: str, kept: list[Bool[Tensor, "reader writer"]], runs: int) -> Way:
        """By size."""
        both = self.share([*kept, *(self.possible & ~each for each in kept)])
        sizes, carrying = ([int(each.sum()) for each in some] for some in (kept, map(self.graph.wiring.carrying, kept)))
        return Way(name, sizes, carrying, both[: len(kept)], both[len(kept) :], runs)

    def by(self, name: str, scores: Float[Tensor, "reader writer"], opened: int, runs: int) -> Way:
        kept = [first_edges(scores, self.possible, size) for size in sizes_of(self.graph.wiring.edges, opened)]
        made = self.way(name, kept, runs)
        return replace(made, opened=kept[made.sizes.index(min(opened, self.graph.wiring.edges))])

    def minimal(self, way: Way, scores: Float[Tensor, "reader writer"]) -> Way:
        """With what it needs of its opened circuit: of the strongest edges on a way from the tokens to the answer."""
        if way.opened is None:
            return way
        carrying = self.graph.wiring.carrying(way.opened)
        some = first_edges(scores, carrying, min(EACH, int(carrying.sum()))).nonzero().tolist()
        kept = [way.opened.clone() for _ in range(len(some) + 1)]
        for each, (reader, writer) in zip(kept[1:], some, strict=True):
            each[reader, writer] = False
        whole, *without = self.share(kept, "Edges left out")
        needed = [whole - each > NEEDED for each in without]
        return replace(way, needed=sum(needed) / len(needed) if needed else None)

    def at_random(self, opened: int, seed: int) -> Way:
        generator = torch.Generator().manual_seed(seed)
        drawn = [
            self.by("random", torch.rand(self.possible.shape, generator=generator), opened, 0) for _ in range(ORDERS)
        ]
        faithful = torch.tensor([each.faithful for each in drawn])
        return replace(
            drawn[0], faithful=faithful.mean(0).tolist(), opened=None,
            complete=torch.tensor([each.complete for each in drawn]).mean(0).tolist(),
            spread=(faithful.amin(0).tolist(), faithful.amax(0).tolist()),
        )  # fmt: skip

    def search(self, by: By, threshold: float, among: Bool[Tensor, "reader writer"]) -> Iterator[Way]:
        """As edges become fewer, and at the end."""
        measure = Lead(self.metric) if by == "lead" else Divergence()
        marks = [among]
        steps = acdc_edges(self.graph, measure, threshold, among)
        edges, last = self.graph.wiring.edges, None
        while True:
            with RUNNING:
                found = next(steps, None)
            if found is None:
                break
            self.tell("Edges tried", found.tried, edges)
            last, ended = found, found.tried == edges
            if ended or int(found.kept.sum()) < 0.7 * int(marks[-1].sum()):
                marks.append(found.kept)
                made = self.way("ACDC", marks[-1:], 0) if not ended else self.way("ACDC", marks[::-1], 0)
                yield replace(made, runs=last.runs, opened=last.kept if ended else None, done=found.tried / edges)


def found(
    decoder: Decoder, runs: Runs, by: By, threshold: float, seed: int, tell: Tell, among: int | None = None
) -> Iterator[Found]:
    """The search first where it can be waited for, since its size is the one at which all are opened. `among` says
    of how many edges, those with the largest estimates, it is made otherwise. Raises NotApplicableError
    (`edges.check_adds`)."""
    bench = Bench(decoder, runs, tell)
    edges = bench.graph.wiring.edges
    scores: list[Tensor] = []
    for steps in (ONE, SEVERAL):
        with RUNNING:
            scores.append(attributed(bench.graph, bench.metric, steps, lambda at, of: tell("Gradients", at, of)))
    ways: list[Way] = []
    opened = min(OPENED, edges)
    among = among if among is not None else edges if edges <= SEARCHED else 0
    if among:
        for way in bench.search(by, threshold, first_edges(scores[1], bench.possible, among)):
            ways = [bench.minimal(way, scores[1])]
            opened = max(1, way.sizes[0])
            yield Found(ways, opened, scores[1], among)
    for name, each, steps in (("EAP-IG", scores[1], SEVERAL), ("EAP", scores[0], ONE)):
        ways = [*ways, bench.minimal(bench.by(name, each, opened, 2 * steps), scores[1])]
        yield Found(ways, opened, scores[1], among)
    yield Found([*ways, bench.at_random(opened, seed)], opened, scores[1], among)


def parts_redone(model: Model, bench: Bench, runs: Runs, kept: Bool[Tensor, "reader writer"]) -> float:
    """The parts that the edges lead out of, with all edges out of them: the difference of their lead by this graph from
    a whole run of the model with hooks."""
    writers = bench.graph.wiring.writers
    parts = frozenset(writers[at] for at in kept.any(0).nonzero().flatten().tolist()) - {EMBEDDING}
    with RUNNING:
        own = float(bench.graph.m(bench.graph.wiring.out_of(parts)[None], bench.metric))
    return abs(own - whole_run(model, runs, parts))


def singly_redone(decoder: Decoder, bench: Bench, scores: Float[Tensor, "reader writer"]) -> float:
    """The edges of the largest scores, each left out alone: the largest difference from the same path patched."""
    wiring = bench.graph.wiring
    chosen = first_edges(scores[:, 1:], bench.possible[:, 1:], SINGLY).nonzero().tolist()
    errors: list[float] = []
    for reader, writer in chosen:
        kept = bench.possible.clone()
        kept[reader, writer + 1] = False
        with RUNNING:
            own = float(bench.graph.m(kept[None], bench.metric))
            theirs = _path_patched(decoder, bench, wiring.writers[writer + 1], wiring.readers[reader])
        errors.append(abs(own - theirs))
    return worst(*errors)


@torch.no_grad()
def _path_patched(decoder: Decoder, bench: Bench, writer: Writer, reader: Reader) -> float:
    """The lead when one reader alone hears the corrupt run's writer: by what it then gives, put into a run."""
    clean: Recorded = bench.graph.clean
    change = written(decoder, clean, bench.graph.corrupt, writer)
    if reader.part is None:
        last = (clean.last + change)[None, -1:]
        return float(bench.metric(decoder.unembedded(last)[:, 0]))
    layer, head = reader.part.layer, reader.part.head
    block = blocks_of(decoder)[layer]
    if head is None:
        middle = clean.resid[layer] + clean.attn[layer] + change
        put = Put("mlp", layer, block.mlp(block.ln2(middle[None]))[0])
    else:
        put = Put("z", layer, reader_outputs(block, clean, layer, change)[READS.index(reader.read), :, head], head=head)
    ((_, logits),) = patched(decoder, clean, [put])
    return float(bench.metric(logits))
