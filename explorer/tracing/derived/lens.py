"""Logit lens: what the model would answer if its residual stream ended at each depth.

The stream after block l is read by the model's own final norm and unembedding (nostalgebraist 2020, "interpreting GPT:
the logit lens"): ``softmax(norm(resid[l]) W_U)``. Depth 0 is the embedding, depth l + 1 the stream after block l;
the last depth is the model's real answer.

Softmax over 49,152 terms summed in float32 is off in the fifth digit: exponentials are taken in float32, and their sums
are carried in float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.tracing.recording import Recording

if TYPE_CHECKING:
    from explorer.tracing.bridge.readout import Readout

#: Rows that are read at once, and tokens of the vocabulary: their logits stay in the processor's cache (12 MB).
ROWS, TOKENS = 512, 6144
#: Whole rows that are reduced at once.
FEW_ROWS = 16
#: The vocabulary is searched in blocks: the k largest values lie in the k blocks with the largest maxima.
BLOCK = 128


@dataclass(frozen=True, eq=False)
class LogitLens:
    """The likeliest tokens at every depth and position, likeliest first."""

    ids: Int[Tensor, "depth pos k"]
    probs: Float[Tensor, "depth pos k"]
    labels: tuple[str, ...]
    """One a depth: "embed", "0", "1" ...; with sublayers "embed", "0 mid", "0", "1 mid", "1" ..."""
    norm: Float[Tensor, "depth pos"]
    """Length of the stream."""


@dataclass(frozen=True, eq=False)
class Columns:
    """The likeliest tokens at every depth, for the positions that were read so far."""

    ids: Int[Tensor, "depth pos k"]
    probabilities: Float[Tensor, "depth pos k"]
    read: Bool[Tensor, " pos"]

    @classmethod
    def none(cls, depths: int, positions: int, k: int) -> Columns:
        """Before anything is read."""
        shape = (depths, positions, k)
        return cls(torch.zeros(shape, dtype=torch.long), torch.zeros(shape), torch.zeros(positions, dtype=torch.bool))


def labels(n_layers: int, sublayers: bool = False) -> tuple[str, ...]:
    """
    >>> labels(2), labels(2, sublayers=True)
    (('embed', '0', '1'), ('embed', '0 mid', '0', '1 mid', '1'))
    """
    names = [(f"{i} mid", f"{i}") if sublayers else (f"{i}",) for i in range(n_layers)]
    return ("embed", *(label for pair in names for label in pair))


def depths(run: Recording, at: slice | list[int], sublayers: bool = False) -> Float[Tensor, "depth pos d_model"]:
    """The stream at every depth."""
    post = run.resid_post[:, at]
    if sublayers:
        post = torch.stack([run.resid_mid[:, at], post], 1).flatten(0, 1)  # (layer mid/post) pos d_model
    return torch.cat([run.embed[None, at], post])


def logit_lens(run: Recording, k: int = 5, sublayers: bool = False) -> LogitLens:
    """The lens at all depths and positions, without ever holding all logits."""
    stream = depths(run, slice(None), sublayers)
    ids, probs = likeliest(run, stream, k)
    return LogitLens(ids, probs, labels(run.dims.n_layers, sublayers), torch.linalg.vector_norm(stream, dim=-1))


def lens_at(run: Recording, pos: int, logits: Float[Tensor, "depth d_vocab"], k: int = 5) -> LogitLens:
    """The lens at all depths of one position, from its `lens_logits`."""
    stream = depths(run, slice(pos, pos + 1))
    ids, probs = largest(logits, k)
    n = len(stream)
    norm = torch.linalg.vector_norm(stream, dim=-1)
    return LogitLens(ids.view(n, 1, -1), probs.view(n, 1, -1), labels(n - 1), norm)


def likeliest(
    run: Recording, stream: Float[Tensor, "a b d_model"], k: int, whole: Float[Tensor, "rows d_vocab"] | None = None
) -> tuple[Int[Tensor, "a b k"], Float[Tensor, "a b k"]]:
    """(ids, probabilities) of the k likeliest tokens of each stream that is read as if it were the last.

    `whole` takes all logits of the first streams, at most `ROWS` of them: read alone they would take twice the time.
    """
    rows = stream.reshape(-1, stream.shape[-1])
    with torch.inference_mode():
        found = [
            _likeliest(run.readout, part, min(k, run.dims.d_vocab), whole if at == 0 else None)
            for at, part in enumerate(rows.split(ROWS))
        ]
    ids, probs = (torch.cat(each).view(*stream.shape[:2], -1) for each in zip(*found, strict=True))
    return ids, probs


def _likeliest(
    readout: Readout, rows: Float[Tensor, "rows d_model"], k: int, whole: Tensor | None
) -> tuple[Int[Tensor, "rows k"], Float[Tensor, "rows k"]]:
    """A part of the vocabulary after the other: what is the largest, and what a softmax divides by, so far."""
    normed, (n, d_vocab) = readout.normalise(rows), (len(rows), readout.d_vocab)
    memory = torch.empty(n * min(TOKENS, d_vocab))
    top, ids = torch.empty(n, 0), torch.empty(n, 0, dtype=torch.long)
    most, total = torch.full((n, 1), torch.finfo(torch.float32).min), torch.zeros(n, dtype=torch.float64)
    for start in range(0, d_vocab, TOKENS):
        part = slice(start, min(start + TOKENS, d_vocab))
        width = part.stop - start
        logits = readout.unembed(normed, part, out=memory[: n * width].view(n, width))
        if whole is not None:
            whole[:, part] = logits[: len(whole)]
        values, at = top_k(logits, k)
        larger = torch.maximum(most, values[:, :1])
        total *= (most - larger)[:, 0].double().exp_()
        total += exact_sum(logits.sub_(larger).exp_())
        most = larger
        top, place = torch.cat([top, values], 1).topk(min(k, top.shape[1] + values.shape[1]))
        ids = torch.cat([ids, at + start], 1).gather(1, place)
    return ids, ((top - most).double().exp() / total[:, None]).float()


def largest(logits: Float[Tensor, "rows d_vocab"], k: int) -> tuple[Int[Tensor, "rows k"], Float[Tensor, "rows k"]]:
    """(ids, probabilities) of the k likeliest tokens of each row of logits."""
    probs, ids = [], []
    memory = torch.empty(min(FEW_ROWS, len(logits)), logits.shape[1])
    for rows in logits.split(FEW_ROWS):
        top, at = top_k(rows, k)
        total = exact_sum(torch.sub(rows, top[:, :1], out=memory[: len(rows)]).exp_())[:, None]
        probs.append(((top - top[:, :1]).double().exp() / total).float())
        ids.append(at)
    return torch.cat(ids), torch.cat(probs)


def exact_sum(rows: Float[Tensor, "rows d_vocab"]) -> Float[Tensor, " rows"]:
    """Sum in float64 of blocks that are short enough for float32: five times as fast as float64 throughout."""
    whole = rows.shape[1] // BLOCK * BLOCK
    blocks = rows[:, :whole].unflatten(1, (-1, BLOCK)).sum(-1)  # rows blocks
    return blocks.sum(-1, dtype=torch.float64) + rows[:, whole:].sum(-1, dtype=torch.float64)


def top_k(rows: Float[Tensor, "rows d_vocab"], k: int) -> tuple[Float[Tensor, "rows k"], Int[Tensor, "rows k"]]:
    """torch.topk, faster for few of many: first the k blocks with the largest maxima, then the k largest in them.

    >>> values, ids = top_k(torch.arange(1000.0)[None], 2)
    >>> values.tolist(), ids.tolist()
    ([[999.0, 998.0]], [[999, 998]])
    """
    n_rows, width = rows.shape
    whole = width // BLOCK * BLOCK
    n_blocks = width // BLOCK
    if n_blocks <= k:
        return rows.topk(min(k, width))
    best = rows[:, :whole].view(n_rows, n_blocks, BLOCK).amax(-1).topk(k).indices  # rows k
    at = (best[:, :, None] * BLOCK + torch.arange(BLOCK)).flatten(1)  # rows (k BLOCK)
    at = torch.cat([at, torch.arange(whole, width).expand(n_rows, -1)], 1)
    values, place = rows.gather(1, at).topk(k)
    return values, at.gather(1, place)


def lens_logits(run: Recording, pos: int) -> Float[Tensor, "depth d_vocab"]:
    """Logits at every depth of one position."""
    return run.readout.logits(depths(run, slice(pos, pos + 1))[:, 0].contiguous())


def rank(logits: Float[Tensor, "depth d_vocab"], token: int) -> Int[Tensor, " depth"]:
    """One more than the number of tokens with a higher logit. A logit that is NaN stands behind all."""
    return (~(logits <= logits[:, token : token + 1])).sum(-1) + 1


def totals(logits: Float[Tensor, "depth d_vocab"]) -> Float[Tensor, " depth"]:
    """The logarithm of what a softmax divides by, float64."""
    top = logits.amax(-1, keepdim=True)
    return exact_sum((logits - top).exp_()).log() + top[:, 0]


def probability(
    logits: Float[Tensor, "depth d_vocab"], total: Float[Tensor, " depth"], token: int
) -> Float[Tensor, " depth"]:
    """The token's probability at every depth, float64; `total` are the logits' own `totals`."""
    return (logits[:, token].double() - total).exp()
