"""Long runs: what follows from the stream, the queries and the keys is made again when it is asked for.

Attention weights grow with the square of the text, and logits with the vocabulary: of 2,048 tokens they are 4.5 GB and
402 MB for the default model, the rest of its run 0.6 GB. A run of more than `LONG` tokens therefore keeps neither, nor
the MLP's gates. `OnDemand` tensors stand in their places and make the rows that a view reads: a softmax over the kept
queries and keys, an unembedding of the kept stream. What they make is held against what was read while the model ran:

- of every row of attention its sum, its entropy, its weights on the first and the previous token, and the largest
  weight in each square of the map;
- of every position the likeliest tokens, with their logits and probabilities;
- of every position the largest pre-activation of each MLP.

Each time that something is made again, whoever listens is told how far it is from that (made_again.py).

The prompt is read in chunks over the key-value cache, so that one chunk's rows are the most that exist at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.tile_mask import TileMask, blocks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.recorder import Recorder
from explorer.tracing.capturing.growing_rope import changes_at
from explorer.tracing.derived import lens
from explorer.tracing.made_again import Part, tell
from explorer.tracing.on_demand import OnDemand
from explorer.tracing.witness import SQUARE, Witness, row_facts, square_maxima

if TYPE_CHECKING:
    from explorer.tracing.bridge.anatomy_parts import Linear
    from explorer.tracing.bridge.readout import Readout
    from explorer.tracing.bridge.recorder import Read
    from explorer.zoo.model import Model

#: Runs of more tokens than this are long.
LONG = 512
#: Positions that are read at once.
CHUNK = 256
#: Bytes that one run may keep, about.
MOST_BYTES = 1_000_000_000
#: Tokens of each position whose logits are kept.
LIKELIEST = 8


class LongRecorder(Recorder):
    """Tensors for a whole long run; of attention and logits what is needed to check them when they are made again."""

    def __init__(self, model: Model, capacity: int) -> None:
        super().__init__(model, capacity)
        heads, cells = (self.dims.n_layers, self.dims.n_heads), -(-capacity // SQUARE)
        self.maxima = torch.zeros(*heads, cells, cells)
        self.facts = tuple(torch.zeros(*heads, capacity) for _ in range(4))
        k = min(LIKELIEST, self.dims.d_vocab)
        self.top = torch.zeros(capacity, k, dtype=torch.long), torch.zeros(capacity, k), torch.zeros(capacity, k)
        self.pre = None if self.anatomy.gate is None else torch.zeros(self.dims.n_layers, capacity)
        self.last = torch.empty(0)
        self.drawn: dict[int, Tensor] = {}

    def keep_logits(self, logits: Float[Tensor, "pos d_vocab"]) -> None:
        logits = here(logits)
        ids, probabilities = lens.largest(logits, self.top[0].shape[1])
        at = slice(self.start, self.stop)
        for kept, made in zip(self.top, (ids, logits.gather(-1, ids), probabilities), strict=True):
            kept[at] = made
        self.last = logits[-1].clone()  # alone, not the chunk that it is a row of

    def drawn_from(self, position: int) -> Float[Tensor, " d_vocab"]:
        return self.drawn.setdefault(position, self.last)

    def largest(self) -> Float[Tensor, " pos"]:
        return self.top[1][: self.stop, 0]

    def _keep(self, name: str, layer: int = 0, layers: int = 0) -> Callable[..., None]:
        if name == "pattern":
            return self._witness(layer)
        if name == "mlp_pre" and self.pre is not None:
            return self._largest(self.pre[layer])
        return super()._keep(name, layer, layers)

    def _largest(self, place: Float[Tensor, " pos"]) -> Callable[..., None]:
        def hook(activation: Tensor, **_: object) -> None:
            place[self.start : self.stop] = activation[0].amax(-1)

        return hook

    def _witness(self, layer: int) -> Callable[..., None]:
        def hook(activation: Tensor, **_: object) -> None:
            seen = here(activation[0])  # head query key
            rows = seen.new_zeros(*seen.shape[:2], self.stop)  # a sliding window's cache has forgotten the first keys
            rows[..., self.stop - seen.shape[-1] :] = seen
            for kept, made in zip(self.facts, row_facts(rows, self.start), strict=True):
                kept[layer, :, self.start : self.stop] = made
            lead = self.start % SQUARE  # a generated token's row joins the squares that are there
            pooled = square_maxima(F.pad(rows, (0, 0, lead, 0)))
            at = self.start // SQUARE
            place = self.maxima[layer, :, at : at + pooled.shape[1], : pooled.shape[2]]
            place[:] = torch.maximum(place, pooled)

        return hook

    def witness(self, n: int) -> Witness:
        """What was read of the first n positions."""
        cells = -(-n // SQUARE)
        return Witness(
            self.maxima[..., :cells, :cells], *(each[..., :n] for each in self.facts), *(each[:n] for each in self.top),
            pre=None if self.pre is None else self.pre[:, :n],
        )  # fmt: skip


def most_tokens(model: Model, readout: Readout) -> tuple[int, str]:
    """The longest prompt that can be shown, and why not a longer one."""
    for part in ("scores", "lens"):
        if reason := readout.refused.get(part):
            return LONG, f"of a longer text attention and logits are made again when they are read, and here {reason}"
    if changes := changes_at(model):  # a long text is read in parts, of which the first would be turned otherwise
        return max(LONG, changes[0]), f"past {changes[0]:,} positions {changes[1]} turns all of them otherwise."
    dims, shape = model.dims, anatomy(model.bridge)
    each = 2 * dims.d_model + shape.attention_row + (0 if shape.gate else dims.d_mlp)
    limit = MOST_BYTES // (4 * dims.n_layers * each)
    return max(LONG, limit), f"of {limit:,} tokens it would keep {MOST_BYTES / 1e9:.1f} GB."


def complete(
    read: Read, readout: Readout, windows: tuple[int | None, ...], gate: Linear | None, witness: Witness
) -> None:
    """Put what is made on demand where a short run has what was read."""
    q, k = read["_rot_q"], read["_rot_k"]  # layer pos head d_head, layer pos kv_head d_head
    n, n_heads = q.shape[1], q.shape[2]
    group = n_heads // k.shape[2]

    def pattern(layers: list[int], heads: list[int], queries: list[int]) -> Tensor:
        made = torch.zeros(len(layers), len(heads), len(queries), n)
        for at, layer in enumerate(layers):
            mask = TileMask(causal=True, window=windows[layer], cap=readout.score_softcap)
            keys = k[layer][:, [h // group for h in heads]].transpose(0, 1)  # head key d_head
            for place, row in runs(queries):
                asked = q[layer][row][:, heads].transpose(0, 1)  # head row d_head
                column = slice(0, row.stop)
                products = asked @ keys[:, column].mT * readout.scaling[layer]
                made[at, :, place, column] = mask.scores(products[None], row, column, 0)[0].softmax(-1)
        tell({Part("attention weights", n): witness.weights_error(layers, heads, queries, made)})
        return made

    def logits(positions: list[int]) -> Tensor:
        made = torch.empty(len(positions), readout.d_vocab)
        for part in blocks(len(positions), CHUNK):
            made[part] = readout.logits(read["resid_post"][-1][positions[part]])
        tell({Part("logits", n): witness.logits_error(positions, made)})
        return made

    def mlp_pre(layers: list[int], positions: list[int]) -> Tensor:
        assert gate is not None
        stream = [_entering(read, gate, layer)[positions] for layer in layers]
        with torch.no_grad():
            made = torch.stack([gate.made(layer, x) for layer, x in zip(layers, stream, strict=True)])
        tell({Part("MLP pre-activations", n): witness.pre_error(layers, positions, made)})
        return made

    read["pattern"] = OnDemand((len(q), n_heads, n, n), 3, pattern)
    read["logits"] = OnDemand((n, readout.d_vocab), 1, logits)
    if gate is not None:
        width = gate.made(0, read["embed"][:1]).shape[-1]
        read["mlp_pre"] = OnDemand((len(q), n, width), 2, mlp_pre)


def _entering(read: Read, branch: Linear, layer: int) -> Float[Tensor, "pos d_model"]:
    """What the branch's norm reads."""
    if branch.reads == "resid_mid":
        return read["resid_mid"][layer]
    return read["embed"] if layer == 0 else read["resid_post"][layer - 1]


def runs(positions: list[int]) -> list[tuple[slice, slice]]:
    """Positions as runs of neighbours, at most `CHUNK` long: (places in the list, positions).

    >>> runs([3, 4, 5, 9])
    [(slice(0, 3, None), slice(3, 6, None)), (slice(3, 4, None), slice(9, 10, None))]
    """
    found: list[tuple[slice, slice]] = []
    for at, position in enumerate(positions):
        if found and found[-1][1].stop == position and position - found[-1][1].start < CHUNK:
            place, row = found[-1]
            found[-1] = slice(place.start, at + 1), slice(row.start, position + 1)
        else:
            found.append((slice(at, at + 1), slice(position, position + 1)))
    return found
