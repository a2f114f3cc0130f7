"""The head whose running sum is really rescaled in a row: one looks at a rescale where factors are neither 1 nor 0.

Most rows of a trained model have their maximum among the first keys, which come first: m then never rises again and
every factor is exp(0) = 1. Which head does otherwise is measured on the run: for each, the row's scores in blocks, and
of the factors f = exp(m old − m new) after the first block the sum of f (1 − f).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.systems.flash_backward import require_one_width
from explorer.tracing.probes.telling_head import telling_head
from explorer.tracing.trace import Trace

#: A factor from which on a reader sees that it is not 1.
SEEN = 0.95


@dataclass(frozen=True)
class RescaledHead:
    """The head that is shown of a row."""

    layer: int
    head: int
    instead: bool
    """The selected head is not rescaled in this row; this one is, and its factors show most."""


def factors(scores: Float[Tensor, "head key"], block: int) -> Float[Tensor, "head step"]:
    """exp(m old − m new) of every block after the first, the blocks in text order.

    >>> factors(torch.tensor([[0.0, 1.0, 1.0, 2.0, 0.0]]), 2).exp().log().round(decimals=3)
    tensor([[0.3680, 1.0000]])
    """
    tops = torch.stack([part.amax(-1) for part in scores.split(block, dim=-1)], -1)  # head block
    m = tops.cummax(-1).values
    return (m[:, :-1] - m[:, 1:]).exp()


def row_factors(
    trace: Trace, layer: int, position: int, block: int, first: int, window: int | None
) -> Float[Tensor, "head step"]:
    """Of every head of a block: the row's keys from `first` on, as far as its window reaches."""
    start = max(first, 0 if window is None else position + 1 - window)
    q, k = trace.rot_q[layer, position].float(), trace.rot_k[layer, start : position + 1].float()  # head d; key kv d
    shared = q.unflatten(0, (k.shape[1], -1))  # kv group d_head
    scores = torch.einsum("kgd,nkd->kgn", shared, k).flatten(0, 1) * trace.readout.scaling[layer]
    cap = trace.readout.score_softcap
    return factors(scores if cap is None else cap * torch.tanh(scores / cap), block)


def shown_head(
    trace: Trace,
    selected: tuple[int, int],
    position: int,
    block: int,
    windows: Sequence[int | None],
    first: int = 0,
    kept: bool = False,
) -> RescaledHead:
    """The selected head where it is rescaled in this row, or was chosen; else of all heads the one whose factors lie
    farthest from 1 and 0; the selected one again where no head is rescaled.

    A head is chosen where it is none that the page opens on by itself (`telling_head`); `kept` False: none is.

    `block`: keys that come at once; `first`: the first key that comes. Raises NotApplicableError where the model's
    attention is not a softmax of q.k alone.
    """
    trace.readout.require("values")
    require_one_width(trace)
    opened = (telling_head(trace, at, trace.answer(at)) for at in (trace.n_prompt - 1, position))
    if kept and selected not in opened:
        return RescaledHead(*selected, False)
    found = torch.stack(
        [_shows(row_factors(trace, at, position, block, first, window)) for at, window in enumerate(windows)]
    )  # layer head
    layer, head = divmod(int(found.argmax()), found.shape[1])
    if found[selected] > 0 or not found[layer, head] > 0:
        return RescaledHead(*selected, False)
    return RescaledHead(layer, head, True)


def _shows(each: Float[Tensor, "head step"]) -> Float[Tensor, " head"]:
    """Sum of f (1 - f) over the factors that a reader sees not to be 1; 0 of a row that comes in one block."""
    return (each * (1 - each) * (each < SEEN)).sum(-1)
