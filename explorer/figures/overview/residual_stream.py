"""The residual stream as pictures: which positions a lens grid shows, when a token leads, how long the vectors are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.overview.residual_payloads import LensPatch, LensSecond, Norms
from explorer.tracing.changes.interventions import PatchPosition
from explorer.tracing.derived import lens
from explorer.tracing.trace import Trace

#: A text of so many positions is read as a whole: at 31 depths and 49,152 tokens that is 56 GFLOP.
LENS_WHOLE = 32
#: Of a longer one, so many are read at first, and their neighbours when somebody wants to see them.
LENS_WIDTH = 16
LENS_STRIDE = 8
LENS_TOP = 5


@dataclass(frozen=True)
class Grid:
    """The likeliest tokens at every depth, for the positions ``start .. start + n - 1``."""

    start: int
    ids: Int[Tensor, "depth pos k"]
    probabilities: Float[Tensor, "depth pos k"]

    @property
    def stop(self) -> int:
        return self.start + self.ids.shape[1]


def lens_window(n_positions: int, position: int) -> range:
    """The positions that a grid shows at first: all of a short text, else a window around the position.

    Windows move by whole strides, so that stepping from token to token mostly stays within one.

    >>> lens_window(30, 10), lens_window(576, 10), lens_window(576, 100), lens_window(576, 575)
    (range(0, 30), range(0, 16), range(96, 112), range(560, 576))
    """
    if n_positions <= LENS_WHOLE:
        return range(n_positions)
    margin = (LENS_WIDTH - LENS_STRIDE) // 2
    start = max(0, (position - margin) // LENS_STRIDE * LENS_STRIDE)
    start = min(start, n_positions - LENS_WIDTH)
    return range(start, start + LENS_WIDTH)


def lens_grid(trace: Trace, position: int, k: int = LENS_TOP) -> Grid:
    """Read the stream early at every depth, for the window around a position.

    "interpreting GPT: the logit lens" (nostalgebraist 2020): final norm and unembedding applied to
    the stream after each block. Depth 0 is the embedding.
    """
    window = lens_window(len(trace.tokens), position)
    return Grid(window.start, *trace.lens_columns(window, k, position))


@dataclass(frozen=True)
class Before:
    """The unchanged run's likeliest token of each cell, for the grid's first `n` columns: those read alike by both."""

    ids: Int[Tensor, "depth n"]
    probabilities: Float[Tensor, "depth n"]
    moved: Float[Tensor, "depth n"]
    """How far the stream is from the unchanged one, as a share of that one's length."""
    changed: int
    """Cells whose likeliest token is another one now."""


def lens_before(base: Trace, trace: Trace, grid: Grid, shared: int, position: int) -> Before | None:
    """The same cells in another run. The first `shared` columns can be compared: of the run without interventions
    those before the first differing token. None when the grid has none."""
    stop = min(grid.stop, shared)
    if stop <= grid.start:
        return None
    k = grid.ids.shape[-1]  # as many tokens as its own grid reads
    tokens, probabilities = base.lens_columns(range(grid.start, stop), k, position)
    ids, n = tokens[..., 0], stop - grid.start
    moved = _moved(base, trace, slice(grid.start, stop))
    return Before(ids, probabilities[..., 0], moved, int((ids != grid.ids[:, :n, 0]).sum()))


def _moved(base: Trace, trace: Trace, at: slice) -> Float[Tensor, "depth n"]:
    was, now = (lens.depths(run, at) for run in (base, trace))
    return (now - was).norm(dim=-1) / was.norm(dim=-1).clamp_min(1e-9)


def second_lens(second: Trace, position: int) -> LensSecond:
    """The second run's lens around a position."""
    grid = lens_grid(second, min(position, len(second.tokens) - 1))
    depths, n, k = grid.ids.shape
    ids = grid.ids.to(torch.int32)
    return LensSecond(
        text=second.key.text,
        tokens=second.ids.tolist(),
        start=grid.start,
        n=n,
        k=k,
        depths=depths,
        ids=ids,
        probs=grid.probabilities,
    )


def patch_targets(trace: Trace) -> list[LensPatch]:
    """Where the run's patches act."""
    found = [each for each in trace.key.interventions if isinstance(each, PatchPosition)]
    return [LensPatch(text=each.text, layer=each.layer, position=each.position) for each in found]


def last_row_error(grid: Grid, trace: Trace) -> float:
    """Largest difference between the grid's last depth and the model's own distribution at the same positions; of a
    long run, the likeliest tokens of which were read as it ran."""
    n = grid.ids.shape[1]
    at, ids, made = slice(grid.start, grid.start + n), grid.ids[-1], grid.probabilities[-1]
    if trace.witness is None:
        own = trace.logits[at].double().softmax(-1)  # pos d_vocab
        return float((own.gather(-1, ids) - made).abs().max())
    read, probabilities = (each[at, : ids.shape[-1]] for each in (trace.witness.ids, trace.witness.probabilities))
    same = ids[:, :, None] == read[:, None]  # pos k read
    own = (same * probabilities[:, None]).sum(-1)  # pos k
    return float((own - made).abs().max())


@dataclass(frozen=True)
class Lead:
    """When a token is the likeliest, by depth (0 = embedding, l + 1 = after block l)."""

    first: int | None
    """The first depth of rank 1; None when it never leads."""
    stays: int | None
    """From here to the end it leads; None when it does not lead at the end."""


def lead(ranks: Sequence[int]) -> Lead:
    """
    >>> lead([90, 1, 4, 1, 1])
    Lead(first=1, stays=3)
    >>> lead([7, 2])
    Lead(first=None, stays=None)
    """
    ones = [depth for depth, rank in enumerate(ranks) if rank == 1]
    if not ones:
        return Lead(None, None)
    others = [depth for depth, rank in enumerate(ranks) if rank != 1]
    stays = max(others, default=-1) + 1
    return Lead(ones[0], stays if stays < len(ranks) else None)


def followed(logits: Float[Tensor, " d_vocab"], target: int, others: int = 3) -> list[int]:
    """The target, then the likeliest tokens that it is compared with.

    >>> followed(torch.tensor([0.0, 3.0, 2.0, 1.0]), 2, others=2)
    [2, 1, 3]
    """
    likeliest = logits.topk(min(others + 1, len(logits))).indices.tolist()
    return [target, *[i for i in likeliest if i != target][:others]]


def norms(trace: Trace) -> Norms:
    """Euclidean lengths: of the stream at each depth, and of each attention's and MLP's write."""
    stream = torch.cat([trace.embed[None], trace.resid_post])  # depth pos d_model
    length = partial(torch.linalg.vector_norm, dim=-1)
    return Norms(stream=length(stream), attn=length(trace.attn_out), mlp=length(trace.mlp_out))
