"""The graph of all edges: a run in which some edges carry what the writer gives, and all others the corrupt text's.

Writers are the embeddings, the heads and the MLPs. Readers are each head's query, key and value, each MLP, and the
answer. Since the stream is a sum, every reader can be given a sum of its own::

    what r reads = stream + sum over the edges w -> r that are left out of (w' - w)

w is what the writer gives in this very run, where it may have been told less than everything; w' is what it gave in the
corrupt run. With all edges kept this is the clean run, with none the corrupt one, and a circuit of edges lies between
(Conmy et al. 2023, arXiv 2304.14997). A part left out as a whole (see `circuits`) is the special case in which all
edges out of it are. With grouped queries each query head reads a key and a value of its own (see `edges`).

With B writers before a block, a block of H heads has 3 H B edges into its heads and B + H into its MLP:

>>> Wiring(2, 2).edges, len(Wiring(2, 2).writers), len(Wiring(2, 2).readers)
(46, 7, 15)

>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.transformer.decoder import Decoder
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=9, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0)).eval()
>>> clean, corrupt = (recorded(decoder, torch.tensor(ids)) for ids in ([1, 2, 3], [1, 4, 3]))
>>> graph = EdgeGraph.of(decoder, clean, corrupt)
>>> kept = torch.stack([graph.wiring.possible(), torch.zeros(15, 7, dtype=torch.bool)])
>>> said = graph.said(kept)
>>> [bool((row - run.logits).abs().max() < 1e-5) for row, run in zip(said, (clean, corrupt))]
[True, True]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.embeddings.rope import rotate
from explorer.stack.frontier.carried import Metric, Recorded, blocks_of, recorded, say
from explorer.stack.frontier.circuits import parts_of
from explorer.stack.frontier.edges import READS, Writer, check_adds, spread
from explorer.stack.frontier.shared_prefix import SharedPrefix, first_change
from explorer.stack.transformer.attention import kernel_of
from explorer.stack.transformer.block import Block, Pass
from explorer.stack.transformer.decoder import Decoder

__all__ = ["EMBEDDING", "EdgeGraph", "Reader", "Stage", "Wiring", "recorded"]
#: What the tokens themselves put into the stream.
EMBEDDING = Writer(-1)
#: Numbers that readers are given at once.
AT_ONCE = 8_000_000


@dataclass(frozen=True)
class Reader:
    """A head's query, key or value ("q", "k", "v"), an MLP, or the answer (part None)."""

    part: Writer | None
    read: str = ""


@dataclass(frozen=True)
class Stage:
    """Readers that read at once: a block's heads, its MLP, or the answer."""

    layer: int
    kind: Literal["heads", "mlp", "answer"]
    readers: slice
    before: int
    """Writers that have written."""


@dataclass(frozen=True)
class Wiring:
    """Who can tell whom, in the order of a run."""

    n_layers: int
    n_heads: int

    @cached_property
    def writers(self) -> list[Writer]:
        return [EMBEDDING, *parts_of(self.n_layers, self.n_heads)]

    @cached_property
    def readers(self) -> list[Reader]:
        found: list[Reader] = []
        for layer in range(self.n_layers):
            found += [Reader(Writer(layer, head), read) for read in READS for head in range(self.n_heads)]
            found.append(Reader(Writer(layer)))
        return [*found, Reader(None)]

    @cached_property
    def stages(self) -> list[Stage]:
        found: list[Stage] = []
        heads, reader, writer = self.n_heads, 0, 1
        for layer in range(self.n_layers):
            found.append(Stage(layer, "heads", slice(reader, reader + len(READS) * heads), writer))
            reader, writer = reader + len(READS) * heads, writer + heads
            found.append(Stage(layer, "mlp", slice(reader, reader + 1), writer))
            reader, writer = reader + 1, writer + 1
        return [*found, Stage(self.n_layers, "answer", slice(reader, reader + 1), writer)]

    def possible(self) -> Bool[Tensor, "reader writer"]:
        """All edges."""
        made = torch.zeros(len(self.readers), len(self.writers), dtype=torch.bool)
        for stage in self.stages:
            made[stage.readers, : stage.before] = True
        return made

    @property
    def edges(self) -> int:
        return sum((stage.readers.stop - stage.readers.start) * stage.before for stage in self.stages)

    def out_of(self, parts: frozenset[Writer]) -> Bool[Tensor, "reader writer"]:
        """The edges out of the embeddings and these parts: the circuit of parts as one of edges."""
        wanted = torch.tensor([writer == EMBEDDING or writer in parts for writer in self.writers])
        return self.possible() & wanted

    def carrying(self, kept: Bool[Tensor, "reader writer"]) -> Bool[Tensor, "reader writer"]:
        """Those of the kept edges that lie on a way from the embeddings to the answer: the others change nothing."""
        owner = {writer: at for at, writer in enumerate(self.writers)}
        reads = torch.tensor([-1 if each.part is None else owner[each.part] for each in self.readers])
        fed = torch.zeros(len(self.writers), dtype=torch.bool)
        heard = torch.zeros(len(self.writers) + 1, dtype=torch.bool)
        fed[0] = heard[-1] = True  # the last place stands for the answer
        for stage in self.stages[:-1]:
            for reader in range(stage.readers.start, stage.readers.stop):
                fed[reads[reader]] |= bool((kept[reader] & fed).any())
        for stage in reversed(self.stages):
            for reader in range(stage.readers.start, stage.readers.stop):
                if heard[reads[reader]]:
                    heard[:-1] |= kept[reader]
        return kept & fed & heard[reads][:, None]


@dataclass(frozen=True, eq=False)
class EdgeGraph:
    """Two runs of one decoder, and what each writer gives in them where they can differ."""

    decoder: Decoder
    clean: Recorded
    corrupt: Recorded
    wiring: Wiring
    truth: Float[Tensor, "writer pos d_model"]
    lies: Float[Tensor, "writer pos d_model"]
    prefix: SharedPrefix | None

    @classmethod
    @torch.no_grad()
    def of(cls, decoder: Decoder, clean: Recorded, corrupt: Recorded) -> EdgeGraph:
        """Raises NotApplicableError (`edges.check_adds`)."""
        check_adds(decoder)
        first = first_change(decoder, clean, corrupt)
        wiring = Wiring(clean.z.shape[0], clean.z.shape[2])
        truth, lies = _terms(decoder, clean, first), _terms(decoder, corrupt, first)
        prefix = SharedPrefix.of(decoder, clean, first) if first else None
        return cls(decoder, clean, corrupt, wiring, truth, lies, prefix)

    @property
    def first(self) -> int:
        """What lies before this position is the same in both runs."""
        return self.prefix.first if self.prefix else 0

    def at(self, rows: int) -> Pass:
        return self.prefix.at(rows) if self.prefix else self.clean.at

    def said(
        self, kept: Bool[Tensor, "row reader writer"], start: int = 0, told: Callable[[int, int], None] | None = None
    ) -> Float[Tensor, "row d_vocab"]:
        """The last position's logits of the run of each circuit. All edges into stages before `start` must be kept."""
        most = self.rows_at_once
        found: list[Tensor] = []
        for begin in range(0, len(kept), most):
            if told:
                told(begin, len(kept))
            found.append(self._run(~kept[begin : begin + most], start))
        return torch.cat(found)

    @property
    def rows_at_once(self) -> int:
        return max(1, AT_ONCE // (len(READS) * self.wiring.n_heads * self.truth[0].numel()))

    def m(
        self, kept: Bool[Tensor, "row reader writer"], metric: Metric, told: Callable[[int, int], None] | None = None
    ) -> Float[Tensor, " row"]:
        return metric(self.said(kept, told=told))

    @torch.no_grad()
    def _run(self, left_out: Bool[Tensor, "row reader writer"], start: int) -> Float[Tensor, "row d_vocab"]:
        stages, out = self.wiring.stages[start:], left_out.to(self.truth.dtype)
        known, rows = stages[0].before, len(left_out)
        # Writers before the first stage give what they gave in the clean run; the later ones of each row its own.
        early = (self.lies[:known] - self.truth[:known]).flatten(1)  # writer pos*d_model
        late = self.truth.new_empty(rows, len(self.truth) - known, early.shape[1])  # row writer pos*d_model
        stream, at = self._stream(stages[0]).expand(rows, -1, -1), self.at(rows)
        for stage in stages:
            wires = out[:, stage.readers]
            x = wires[..., :known].flatten(0, 1) @ early  # row*reader pos*d_model
            if stage.before > known:
                told_late = wires[..., known : stage.before]
                x = x.view(rows, -1, early.shape[1]).baddbmm(told_late, late[:, : stage.before - known])
            x = x.view(rows, -1, *stream.shape[1:]) + stream[:, None]  # row reader pos d_model
            if stage.kind == "answer":
                return say(self.decoder, x[:, 0])
            gives, rest = self.gives(stage, x, at)
            stream = stream + gives.sum(1) + rest
            place = slice(stage.before - known, stage.before - known + gives.shape[1])
            late[:, place] = (self.lies[stage.before : stage.before + gives.shape[1]] - gives).flatten(2)
        raise AssertionError("the last stage is the answer")

    def _stream(self, stage: Stage) -> Float[Tensor, "pos d_model"]:
        if stage.kind == "answer":
            return self.clean.last[self.first :]
        x = self.clean.resid[stage.layer, self.first :]
        return x + self.clean.attn[stage.layer, self.first :] if stage.kind == "mlp" else x

    def gives(
        self, stage: Stage, x: Float[Tensor, "row reader pos d_model"], at: Pass
    ) -> tuple[Float[Tensor, "row writer pos d_model"], Tensor | float]:
        """What a stage's writers give if its readers read x, and what the block adds that is no writer's: a bias."""
        block = blocks_of(self.decoder)[stage.layer]
        if stage.kind == "mlp":
            return block.mlp(block.ln2(x[:, 0]))[:, None], 0.0
        z = _attended(block, stage.layer, x, at, self.prefix)
        out = block.attn.W_O
        gives = torch.einsum("rhpe,hed->rhpd", z, _by_head(out.weight.T, z.shape[1]))
        return gives, 0.0 if out.bias is None else out.bias

    def each_stage(self) -> Iterator[tuple[int, Stage]]:
        """The order of a search: from the answer back."""
        return reversed(list(enumerate(self.wiring.stages)))


def _by_head(weight: Float[Tensor, "heads_x_d_head d_model"], heads: int) -> Float[Tensor, "head d_head d_model"]:
    return weight.unflatten(0, (heads, -1))


def _attended(
    block: Block, layer: int, x: Float[Tensor, "row reader pos d_model"], at: Pass, prefix: SharedPrefix | None
) -> Float[Tensor, "row head pos d_head"]:
    """Each head's weighted values, whose query, key and value each read a stream of their own."""
    attn, config = block.attn, block.attn.config
    heads, rows = config.n_heads, len(x)
    read = block.ln1(x.flatten(0, 1)).unflatten(0, (rows, len(READS), heads))  # row read head pos d_model
    parts: list[Tensor] = []
    for which, layer_of in enumerate((attn.W_Q, attn.W_K, attn.W_V)):
        own = heads if which == 0 else config.n_kv_heads
        weight = _by_head(layer_of.weight, own).repeat_interleave(heads // own, 0)
        made = torch.einsum("rhpd,hed->rhpe", read[:, which], weight)  # row head pos d_head
        if layer_of.bias is not None:
            made = made + layer_of.bias.view(own, 1, -1).repeat_interleave(heads // own, 0)
        parts.append(made)
    q, k, v = parts
    if config.qk_norm:
        q, k = attn.q_norm(q), attn.k_norm(k)
    rope = config.rope_of(layer)
    if rope is not None:
        cos, sin = at.rotations[rope]
        q, k = rotate(q, cos, sin, rope.layout), rotate(k, cos, sin, rope.layout)
    keys = at.positions
    if prefix is not None:
        before = [spread(heads, held[layer]).expand(rows, -1, -1, -1) for held in (prefix.held.k, prefix.held.v)]
        k, v = torch.cat([before[0], k], 2), torch.cat([before[1], v], 2)
        keys = torch.cat([prefix.held.positions.expand(rows, -1), keys], 1)
    visible = at.visible(keys, config.windows[layer], config.causal)
    kernel = kernel_of("sdpa")
    return kernel(q, k, v, visible, config.attention_scale, at.bias(keys), config.score_cap).z


@torch.no_grad()
def _terms(decoder: Decoder, run: Recorded, first: int) -> Float[Tensor, "writer pos d_model"]:
    """What each writer puts into the stream, in the order of `Wiring.writers`."""
    found = [run.resid[0, None, first:]]
    for layer, block in enumerate(blocks_of(decoder)):
        z = run.z[layer, first:].transpose(0, 1)  # head pos d_head
        found.append(z @ _by_head(block.attn.W_O.weight.T, len(z)))
        found.append(run.mlp[layer, None, first:])
    return torch.cat(found)
