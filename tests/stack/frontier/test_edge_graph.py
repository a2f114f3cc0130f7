"""Circuits of edges: against each reader computed by itself, a graph by hand, and one edge at a time."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer import zoo
from explorer.stack.frontier.attribution_patching import gradients
from explorer.stack.frontier.carried import Contrast, Recorded, blocks_of, recorded
from explorer.stack.frontier.circuits import alone, parts_of
from explorer.stack.frontier.edge_attribution import attributed, first_edges
from explorer.stack.frontier.edge_graph import EMBEDDING, EdgeGraph, Reader, Wiring
from explorer.stack.frontier.edge_search import Divergence, Lead, Measure, acdc_edges, searched
from explorer.stack.frontier.edges import Writer, edge_scores, exact_edges, reader_gradients, written
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

CLEAN, CORRUPT, METRIC = torch.tensor([1, 4, 7, 2, 9]), torch.tensor([1, 5, 7, 3, 9]), Contrast(3, 6)


@pytest.fixture(scope="module")
def runs(tiny: Decoder) -> tuple[Recorded, Recorded]:
    return recorded(tiny, CLEAN), recorded(tiny, CORRUPT)


@pytest.fixture(scope="module")
def graph(tiny: Decoder, runs: tuple[Recorded, Recorded]) -> EdgeGraph:
    return EdgeGraph.of(tiny, *runs)


def some(graph: EdgeGraph, share: float, seed: int) -> Tensor:
    possible = graph.wiring.possible()
    return possible & (torch.rand(possible.shape, generator=torch.Generator().manual_seed(seed)) < share)


def by_hand(decoder: Decoder, corrupt: Recorded, kept: Tensor) -> Tensor:
    """Writer by writer, all positions, attention written out: nothing of the graph's own run."""
    wiring, config = Wiring(decoder.config.n_layers, decoder.config.n_heads), decoder.config
    x, at = decoder.entered(CLEAN[None])
    lies = {EMBEDDING: corrupt.resid[0]}
    gives = {EMBEDDING: x[0]}
    for layer, block in enumerate(blocks_of(decoder)):
        for head in range(config.n_heads):
            one = torch.zeros_like(corrupt.z[layer])
            one[:, head] = corrupt.z[layer, :, head]
            lies[Writer(layer, head)] = block.attn.W_O(one.flatten(1))
        lies[Writer(layer)] = corrupt.mlp[layer]
    row = {reader: at for at, reader in enumerate(wiring.readers)}
    column = {writer: at for at, writer in enumerate(wiring.writers)}

    def read(reader: Reader) -> Tensor:
        return torch.stack([gives[w] if kept[row[reader], column[w]] else lies[w] for w in gives]).sum(0)

    for layer, block in enumerate(blocks_of(decoder)):
        found: dict[Writer, Tensor] = {}
        for head in range(config.n_heads):
            part = Writer(layer, head)
            q, k, v = (
                block.attn.projected(block.ln1(read(Reader(part, name))[None]), at)[which][0]
                for which, name in enumerate("qkv")
            )
            shared = head * config.n_kv_heads // config.n_heads
            scores = q[head] @ k[shared].T * config.attention_scale
            pattern = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -torch.inf).softmax(-1)
            z = torch.zeros_like(corrupt.z[layer])
            z[:, head] = pattern @ v[shared]
            found[part] = block.attn.W_O(z.flatten(1))
        gives |= found
        gives[Writer(layer)] = block.mlp(block.ln2(read(Reader(Writer(layer)))[None]))[0]
    return decoder.unembedded(read(Reader(None))[None, -1:])[0, 0]


@torch.no_grad()
def test_a_circuit_is_each_reader_by_itself(tiny: Decoder, graph: EdgeGraph) -> None:
    for share, seed in ((0.3, 0), (0.7, 1), (0.95, 2)):
        kept = some(graph, share, seed)
        torch.testing.assert_close(graph.said(kept[None])[0], by_hand(tiny, graph.corrupt, kept), atol=1e-4, rtol=1e-4)


def test_all_edges_are_the_clean_run_and_none_the_corrupt_one(graph: EdgeGraph) -> None:
    possible = graph.wiring.possible()
    said = graph.said(torch.stack([possible, torch.zeros_like(possible)]))
    torch.testing.assert_close(said, torch.stack([graph.clean.logits, graph.corrupt.logits]), atol=1e-4, rtol=0)
    assert int(possible.sum()) == graph.wiring.edges


def test_one_edge_left_out_is_path_patching(tiny: Decoder, graph: EdgeGraph) -> None:
    """By the exact edges of `edges`, which puts what the reader then gives into a run."""
    possible, wiring = graph.wiring.possible(), graph.wiring
    for writer in (Writer(0, 1), Writer(1)):
        exact = exact_edges(tiny, graph.clean, graph.corrupt, writer, METRIC)
        column = wiring.writers.index(writer)
        for reader, read in enumerate(wiring.readers):
            if not possible[reader, column]:
                continue
            kept = possible.clone()
            kept[reader, column] = False
            moved = float(graph.m(kept[None], METRIC)[0] - METRIC(graph.clean.logits[None])[0])
            if read.part is None:
                theirs = exact.logits
            elif read.part.head is None:
                theirs = exact.mlp[read.part.layer]
            else:
                theirs = exact.heads["qkv".index(read.read), read.part.layer, read.part.head]
            assert moved == pytest.approx(float(theirs), abs=1e-4)


def test_a_circuit_of_parts_is_one_of_edges_in_a_model_of_grouped_queries() -> None:
    decoder = zoo.load("six-kinds-dense").plain_decoder
    clean, corrupt = (recorded(decoder, ids + 300) for ids in (CLEAN, CORRUPT))
    graph = EdgeGraph.of(decoder, clean, corrupt)
    parts = frozenset(part for at, part in enumerate(parts_of(6, 4)) if at % 3)
    theirs = alone(decoder, clean, corrupt, [parts], METRIC)
    torch.testing.assert_close(graph.m(graph.wiring.out_of(parts)[None], METRIC), theirs, atol=2e-4, rtol=0)


def test_edges_that_carry_nothing(graph: EdgeGraph) -> None:
    for seed in range(3):
        kept = some(graph, 0.2, seed)
        carrying = graph.wiring.carrying(kept)
        assert bool((carrying <= kept).all())
        torch.testing.assert_close(graph.m(carrying[None], METRIC), graph.m(kept[None], METRIC), atol=1e-4, rtol=0)


@pytest.mark.parametrize("measure", [Lead(METRIC), Divergence()])
def test_a_search_of_many_at_once_is_one_edge_at_a_time(graph: EdgeGraph, measure: Measure) -> None:
    threshold, wiring = 0.05, graph.wiring
    kept = wiring.possible()
    whole, none = (float(measure.of(graph.said(each[None]), graph)) for each in (kept, torch.zeros_like(kept)))
    now = whole
    for reader in reversed(range(len(wiring.readers))):
        for writer in reversed(range(len(wiring.writers))):
            if kept[reader, writer]:
                trial = kept.clone()
                trial[reader, writer] = False
                value = float(measure.of(graph.said(trial[None]), graph))
                if measure.lost(now, value) < threshold * abs(none - whole):
                    kept, now = trial, value
    found = searched(graph, measure, threshold)
    # what leads to a part that nobody hears is gone in both
    assert torch.equal(wiring.carrying(found.kept), wiring.carrying(kept))
    assert found.value == pytest.approx(now, abs=1e-5)
    assert found.tried == wiring.edges
    assert found.runs <= wiring.edges


def test_the_ends_of_the_threshold(graph: EdgeGraph) -> None:
    assert torch.equal(searched(graph, Lead(METRIC), 0.0).kept, graph.wiring.possible())
    for measure in (Lead(METRIC), Divergence()):
        assert not searched(graph, measure, float("inf")).kept.any()


def test_edge_attribution_is_that_of_path_patching(tiny: Decoder, graph: EdgeGraph) -> None:
    found = attributed(graph, METRIC)
    slopes = reader_gradients(tiny, graph.clean, METRIC)
    for column, writer in enumerate(graph.wiring.writers[1:], 1):
        theirs = edge_scores(slopes, writer, written(tiny, graph.clean, graph.corrupt, writer))
        rows = torch.cat([theirs.heads.transpose(0, 1).flatten(1), theirs.mlp[:, None]], 1).flatten()
        expected = torch.cat([rows, theirs.logits[None]])
        torch.testing.assert_close(found[:, column], expected, atol=1e-4, rtol=1e-3)


def test_several_gradients_add_up_to_the_nodes(tiny: Decoder, graph: EdgeGraph) -> None:
    found = attributed(graph, METRIC, steps=4)
    nodes = gradients(tiny, graph.clean, graph.corrupt, METRIC, 4)
    heads = nodes.heads(graph.clean, graph.corrupt)
    for column, writer in enumerate(graph.wiring.writers):
        if writer.head is not None:
            assert float(found[:, column].sum()) == pytest.approx(float(heads[writer.layer, writer.head]), abs=1e-4)


class Matrix(nn.Module):
    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


@pytest.fixture
def chain() -> Decoder:
    """Two blocks of one head that looks at all tokens alike. The first token is 1 in coordinate 0; head 0 of block 0
    moves it to coordinate 1, the MLP of block 1 on to 2, which the answer reads. Everything else is at work on
    coordinate 4, which nobody asks for."""
    made = Decoder(DecoderConfig(2, 5, 1, 1, 5, 5, 7, 16, positions="none")).eval().requires_grad_(False)

    def to(source: int, target: int) -> Tensor:
        weight = torch.zeros(5, 5)
        weight[source, target] = 1
        return weight

    made.embed.weight.zero_()
    made.embed.weight[1, 0] = made.embed.weight[5, 2] = made.embed.weight[6, 3] = 1
    moves = [(to(0, 1), to(0, 4)), (to(1, 4), to(1, 2))]
    for block, (head, mlp) in zip(blocks_of(made), moves, strict=True):
        for name in ("ln1", "ln2"):
            block.register_module(name, nn.Identity())
        block.attn.W_Q.weight.zero_()
        block.attn.W_V.weight.copy_(torch.eye(5))
        block.attn.W_O.weight.copy_(head.T)
        block.register_module("mlp", Matrix(mlp))
    made.register_module("ln_final", nn.Identity())
    return made


def test_the_search_finds_the_chain(chain: Decoder) -> None:
    clean, corrupt = recorded(chain, torch.tensor([1, 3])), recorded(chain, torch.tensor([2, 3]))
    metric = Contrast(5, 6)
    assert float(metric(clean.logits[None])) == pytest.approx(0.5)  # half of it: two tokens are looked at
    graph = EdgeGraph.of(chain, clean, corrupt)
    head, mlp = Writer(0, 0), Writer(1)
    true = {(EMBEDDING, Reader(head, "v")), (head, Reader(mlp)), (mlp, Reader(None))}
    for measure in (Lead(metric), Divergence()):
        *_, found = acdc_edges(graph, measure, 0.01)
        kept = {(graph.wiring.writers[w], graph.wiring.readers[r]) for r, w in found.kept.nonzero().tolist()}
        assert kept == true
    assert float(graph.m(found.kept[None], metric)) == pytest.approx(0.5)
    # where all is linear, the gradient knows it at once, and knows how much
    scores = attributed(graph, metric)
    estimated = {(graph.wiring.writers[w], graph.wiring.readers[r]) for r, w in scores.nonzero().tolist()}
    assert estimated == true
    assert scores[scores != 0].tolist() == pytest.approx([-0.5] * 3)
    assert torch.equal(first_edges(scores, graph.wiring.possible(), 3), found.kept)
