"""A local replacement model: one run, in which transcoders stand for the MLPs and all that is left is linear.

Attention patterns and the scales of the norms stay as the run left them. Each MLP becomes the features that are active,
the skip connection, and an error node with what they miss, so that the run's numbers come out exactly::

    mlp(x) = sum over active features of f W_dec  +  x W_skip^T  +  b_dec  +  error

With features held, every path from one node to the next is then a product of matrices: OV under the frozen pattern, and
the skip connections. The edge of the graph (Ameisen et al. 2025, "Circuit Tracing") is exact::

    e[t, s] = (what s adds to the stream) . (gradient of t's pre-activation there)

t is a feature's pre-activation, or a logit less the mean of all logits. The edges into t and what biases add are all of
it: `effects` keeps the biases' part, so that the sum can be held against the run. The first token has no features,
since no transcoder has learned it: what its MLPs write is error.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> g = torch.Generator().manual_seed(0)
>>> decoder = Decoder(config).initialise(g).eval()
>>> coders = tuple(Transcoder(8, 16, "topk", k=2).initialise(torch.zeros(8), g).requires_grad_(False) for _ in range(2))
>>> local = replaced(decoder, coders, torch.tensor([1, 2, 3]))
>>> found = effects(local, logits=2)
>>> found.graph.edges.shape[0] == len(local.features) + 2 * 3 + 3 + 2
True
>>> bool((found.graph.edges.sum(-1) + found.constant - found.value)[: len(local.features)].abs().max() < 1e-5)
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.frontier.attribution_graph import Graph
from explorer.stack.frontier.carried import Recorded, blocks_of, enter, gathered, kept, say
from explorer.stack.frontier.edges import check_adds
from explorer.stack.frontier.sparse_autoencoders.transcoder import Transcoder
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.transformer.norms import RMSNorm

#: Targets whose gradients are carried back at a time.
ROWS = 256


@dataclass(frozen=True, eq=False)
class Local:
    """A run, and what stands for its MLPs: of all blocks, or of those from `first` on, which are then counted from 0,
    and for which the stream into the first of them is what tokens are for all."""

    decoder: Decoder
    """Of these blocks alone."""
    coders: tuple[Transcoder, ...]
    run: Recorded
    patterns: Float[Tensor, "layer head query key"]
    read: Float[Tensor, "layer pos d_model"]
    """What each MLP reads."""
    slots: Int[Tensor, "layer pos slot"]
    """The active features of each place, and the rest of the places filled up."""
    kept: Float[Tensor, "layer pos slot"]
    """Their activations; 0 where a place is filled up."""
    errors: Float[Tensor, "layer pos d_model"]
    trained: Bool[Tensor, " pos"]
    """False at the first token."""
    first: int = 0

    @property
    def n_layers(self) -> int:
        return len(self.coders)

    @property
    def n_pos(self) -> int:
        return len(self.run.ids)

    @cached_property
    def features(self) -> list[tuple[int, int, int]]:
        """Block, position and number of every active one, in the order of the nodes."""
        return [(layer, pos, int(self.slots[layer, pos, slot])) for layer, pos, slot in self.places.tolist()]

    @cached_property
    def places(self) -> Int[Tensor, "feature 3"]:
        """Block, position and slot of each."""
        return (self.kept > 0).nonzero()

    @cached_property
    def acts(self) -> Float[Tensor, " feature"]:
        return self.kept[self.kept > 0]

    @cached_property
    def scales(self) -> tuple[Float[Tensor, "layer pos 1"], Float[Tensor, "layer pos 1"], Float[Tensor, "pos 1"]]:
        """What the norms before attention, before the MLP and before the unembedding divide by."""
        blocks, run = blocks_of(self.decoder), self.run
        first = torch.stack([_rms(b.ln1).scale(x) for b, x in zip(blocks, run.resid, strict=True)])
        middle = zip(blocks, run.resid + run.attn, strict=True)
        second = torch.stack([_rms(b.ln2).scale(x) for b, x in middle])
        return first[..., None], second[..., None], _rms(self.decoder.ln_final).scale(run.last)[..., None]

    def contribution(self, layer: int, pos: int, feature: int) -> Float[Tensor, " d_model"]:
        """What an active feature adds to the stream."""
        slot = (self.slots[layer, pos] == feature).nonzero()[0, 0]
        return self.kept[layer, pos, slot] * self.coders[layer].W_dec[feature]


def _rms(norm: object) -> RMSNorm:
    assert isinstance(norm, RMSNorm)
    return norm


def check_linear(decoder: Decoder) -> None:
    """Raises NotApplicableError where a frozen run is not linear in its stream, or has biases that are no node."""
    check_adds(decoder)
    c = decoder.config
    plain = c.norm == "rms" and not c.attention_bias and not c.output_bias and c.logit_cap is None
    dense = all(isinstance(block.mlp, FeedForward) for block in blocks_of(decoder))
    if not plain or not dense or c.logit_scale != 1:
        raise NotApplicableError(
            "An attribution graph is drawn of models with RMSNorm, MLPs and no biases in attention.",
            "Choose such a model: Llama and its relatives.",
        )


@torch.no_grad()
def replaced(decoder: Decoder, coders: tuple[Transcoder, ...], ids: Int[Tensor, " pos"]) -> Local:
    """Run the text and take its MLPs apart: the last ones, of which there are coders. Raises NotApplicableError
    (`check_linear`)."""
    check_linear(decoder)
    x, at = enter(decoder, ids)
    first = decoder.config.n_layers - len(coders)
    for block in blocks_of(decoder)[:first]:
        x = block(x[None], at)[0]
    decoder = decoder.tail(first) if first else decoder
    at.patterns = {}
    seen, last = kept(decoder, x, at)
    patterns = torch.stack([at.patterns[first + layer][0] for layer in range(len(coders))])
    at.patterns = None
    run = gathered(ids, seen, last, say(decoder, last), at)
    trained = torch.arange(len(ids)) > 0
    read = torch.stack([b.ln2(x) for b, x in zip(blocks_of(decoder), run.resid + run.attn, strict=True)])
    found = [coder.encode(x) for coder, x in zip(coders, read, strict=True)]
    acts = [each.acts * trained[:, None] for each in found]
    width = int(max((each > 0).sum(-1).max() for each in acts))
    tops = [each.topk(max(1, width), dim=-1) for each in acts]
    own = [coder.rebuilt(x, each) * trained[:, None] for coder, x, each in zip(coders, read, found, strict=True)]
    return Local(
        decoder, coders, run, patterns, read, torch.stack([each.indices for each in tops]),
        torch.stack([each.values for each in tops]), run.mlp - torch.stack(own), trained, first,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Effects:
    """The graph of a run, and what its rows add up to."""

    local: Local
    graph: Graph
    constant: Float[Tensor, " node"]
    """What biases add to each target."""
    value: Float[Tensor, " node"]
    """In the run: a feature's pre-activation, a logit less the mean of all; 0 of errors and tokens."""
    logits: Int[Tensor, " logit"]
    """Their tokens."""


@torch.no_grad()
def effects(local: Local, logits: int = 5, share: float = 0.95) -> Effects:
    """Every edge. As many of the likeliest logits as hold this share of the probability, at most so many."""
    n, layers, pos = len(local.features), local.n_layers, local.n_pos
    probabilities = local.run.logits.softmax(-1)
    likely = probabilities.sort(descending=True, stable=True)
    count = min(logits, int((likely.values.cumsum(0) < share).sum()) + 1)
    tokens = likely.indices[:count]
    total = n + layers * pos + pos + count
    edges, constant, value = torch.zeros(total, total), torch.zeros(total), torch.zeros(total)
    for layer in range(layers):
        rows = (local.places[:, 0] == layer).nonzero()[:, 0]
        for some in rows.split(ROWS):
            at, slot = local.places[some, 1], local.places[some, 2]
            W = local.coders[layer].W_enc[local.slots[layer, at, slot]]  # row d_model
            value[some] = (W * local.read[layer, at]).sum(-1) + _b_enc(local, layer, at, slot)
            edges[some], constant[some] = _sources(local, _at_place(local, layer, at, W), layer, total)
            constant[some] += _b_enc(local, layer, at, slot)
    U = local.decoder.unembed.weight
    directions = U[tokens] - U.mean(0)
    centred = local.run.logits - local.run.logits.mean()
    edges[-count:], constant[-count:] = _sources(local, at_end(local, directions), layers, total)
    value[-count:] = centred[tokens]
    graph = Graph(edges, n, layers * pos, pos, probabilities[tokens])
    return Effects(local, graph, constant, value, tokens)


def _b_enc(local: Local, layer: int, at: Tensor, slot: Tensor) -> Float[Tensor, " row"]:
    return local.coders[layer].b_enc[local.slots[layer, at, slot]]


def _at_place(
    local: Local, layer: int, at: Int[Tensor, " row"], W: Float[Tensor, "row d_model"]
) -> Float[Tensor, "row pos d_model"]:
    """The gradient of pre-activations on the stream before their MLP."""
    g = W.new_zeros(len(W), local.n_pos, W.shape[1])
    g[torch.arange(len(W)), at] = W * weight_of(blocks_of(local.decoder)[layer].ln2) / local.scales[1][layer, at]
    return g


def at_end(local: Local, directions: Float[Tensor, "row d_model"]) -> Float[Tensor, "row pos d_model"]:
    """The gradient of logits on the stream behind the last block."""
    g = directions.new_zeros(len(directions), local.n_pos, directions.shape[1])
    g[:, -1] = directions * weight_of(local.decoder.ln_final) / local.scales[2][-1]
    return g


def _sources(
    local: Local, g: Float[Tensor, "row pos d_model"], layer: int, total: int
) -> tuple[Float[Tensor, "row source"], Float[Tensor, " row"]]:
    """The effect of every node before: g lies before the MLP of `layer`, or behind the last block."""
    edges, constant = g.new_zeros(len(g), total), g.new_zeros(len(g))
    n, pos = len(local.features), local.n_pos
    if layer < local.n_layers:
        g = through_attention(local, g, layer)
    for below in range(layer - 1, -1, -1):
        coder, there = local.coders[below], local.places[:, 0] == below
        directions = local.kept[below, ..., None] * coder.W_dec[local.slots[below]]  # pos slot d_model
        by_slot = torch.einsum("rpd,psd->rps", g, directions)
        edges[:, :n][:, there] = by_slot[:, local.places[there, 1], local.places[there, 2]]
        edges[:, n + below * pos : n + (below + 1) * pos] = torch.einsum("rpd,pd->rp", g, local.errors[below])
        constant += (g[:, local.trained] @ coder.b_dec).sum(-1)
        g = through_attention(local, through_skip(local, g, below), below)
    first = n + local.n_layers * pos
    edges[:, first : first + pos] = torch.einsum("rpd,pd->rp", g, local.run.resid[0])
    return edges, constant


def through_skip(local: Local, g: Float[Tensor, "row pos d_model"], layer: int) -> Float[Tensor, "row pos d_model"]:
    """From behind a block to before its MLP, features held."""
    by = (g @ local.coders[layer].W_skip) * weight_of(blocks_of(local.decoder)[layer].ln2) / local.scales[1][layer]
    return g + by * local.trained[:, None]


def through_attention(
    local: Local, g: Float[Tensor, "row pos d_model"], layer: int
) -> Float[Tensor, "row pos d_model"]:
    """From before an MLP to before the block, the pattern held."""
    block: Block = blocks_of(local.decoder)[layer]
    heads, kv = block.attn.config.n_heads, block.attn.config.n_kv_heads
    z = (g @ block.attn.W_O.weight).unflatten(-1, (heads, -1))  # row query head d_head
    v = torch.einsum("hqk,rqhd->rkhd", local.patterns[layer], z)
    v = v.unflatten(2, (kv, heads // kv)).sum(3).flatten(2)  # row key kv*d_head
    return g + (v @ block.attn.W_V.weight) * weight_of(block.ln1) / local.scales[0][layer]


def weight_of(norm: object) -> Float[Tensor, " d_model"]:
    rms = _rms(norm)
    return rms.weight + rms.offset


def worst_sum(found: Effects, rows: Sequence[int]) -> float:
    """How far these rows' edges and biases are from the run's numbers, as a part of the largest of them."""
    at = torch.tensor(list(rows))
    missed = found.graph.edges[at].double().sum(-1) + found.constant[at] - found.value[at]
    return float(missed.abs().max() / found.value[at].abs().max())
