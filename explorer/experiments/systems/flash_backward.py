"""FlashAttention's backward pass on a head of a run, with the gradient that really reaches it; and what is kept for it.

The forward pass, its log-sum-exp, and the gradients are those of `stack.systems`, in float32. What they are held
against is standard attention in plain torch, in float64, differentiated by autograd.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.flash_backward import FlashAttention, Gradients, flash_backward, row_delta, tile_gradient
from explorer.stack.systems.memory_meter import UNMETERED, Ledger
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.tile_mask import TileMask, blocks
from explorer.stack.worst import worst
from explorer.tracing.probes.gradients import HeadGradient, Objective, head_gradient

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model


@dataclass(frozen=True, eq=False)
class Head:
    """One head of a run as the kernels take it."""

    q: Float[Tensor, "1 1 pos d_head"]
    k: Float[Tensor, "1 1 pos d_head"]
    v: Float[Tensor, "1 1 pos d_head"]
    mask: TileMask
    scale: float

    @classmethod
    def of(cls, trace: Trace, layer: int, head: int, sliding: int | None) -> Head:
        """Raises NotApplicableError where the model's attention is not a softmax of q.k alone (ALiBi, sinks)."""
        trace.readout.require("values")
        kv = head // (trace.dims.n_heads // trace.dims.n_kv_heads)
        each = trace.rot_q[layer, :, head], trace.rot_k[layer, :, kv], trace.v[layer, :, kv]  # pos d_head
        require_one_width(trace)
        q, k, v = (x.clone()[None, None] for x in each)
        return cls(q, k, v, TileMask(True, sliding, cap=trace.readout.score_softcap), trace.readout.scaling[layer])


def require_one_width(trace: Trace) -> None:
    """Raises NotApplicableError where keys and values differ in width (DeepSeek)."""
    if trace.v.shape[-1] != trace.rot_q.shape[-1]:
        raise NotApplicableError(
            f"This model's values have {trace.v.shape[-1]} coordinates and its keys {trace.rot_q.shape[-1]}.",
            "The kernel here is written for heads of one width. Open SmolLM2 135M.",
        )


@dataclass(frozen=True, eq=False)
class Backward:
    """The backward pass of one head, whole and tile by tile."""

    head: Head
    d_out: Float[Tensor, "1 1 pos d_head"]
    gradient: HeadGradient
    made: Partial
    m: Float[Tensor, " pos"]
    l: Float[Tensor, " pos"]  # noqa: E741  the papers' letter
    """What FlashAttention-1 keeps of each row, as the forward pass had them at its end."""
    delta: Float[Tensor, " pos"]
    """rowsum(dO * O)."""
    delta_p: Float[Tensor, " pos"]
    """rowsum(dP * P) of standard attention in float64, dP by autograd."""
    gradients: Gradients
    gradient_error: float
    """The largest difference from autograd's, relative to the largest number of each, or to a hundredth of that of all
    three where it is smaller."""


@dataclass(frozen=True, eq=False)
class Squares:
    """What the tiles of some positions make, side by side; 0 where a tile is skipped."""

    s: Float[Tensor, "window window"]
    """Scaled products, bent where the model does; -inf where a key is hidden."""
    p: Float[Tensor, "window window"]
    dp: Float[Tensor, "window window"]
    ds: Float[Tensor, "window window"]
    order: tuple[tuple[int, int], ...]
    """(block of queries, block of keys) in the order of the loops."""


def backward(
    model: Model, trace: Trace, layer: int, head: int, sliding: int | None, objective: Objective, pos: int, target: int,
    progress: Callable[[int, int], None] | None = None,
) -> Backward:  # fmt: skip
    """The forward pass, the gradient that reaches the head's output, and the backward pass from it."""
    own = Head.of(trace, layer, head, sliding)
    found = head_gradient(model, trace, layer, head, objective, pos, target, progress)
    d_out = found.d_z[None, None]
    with torch.no_grad():
        ledger = Ledger(keep_rows=True)
        made = flash_attention_2(own.q, own.k, own.v, own.mask, own.scale, memory=ledger)
        last = {step.i: step for step in ledger.steps}  # a row's last step has its final m and l
        m, l = (torch.cat([getattr(last[i], name)[0, 0] for i in sorted(last)]) for name in ("m", "l"))  # noqa: E741
        gradients = flash_backward(own.q, own.k, own.v, made, d_out, own.mask, own.scale)
        delta = row_delta(made, d_out, 64, UNMETERED)
    expected, delta_p = _by_autograd(own, d_out)
    most = worst(float(each.abs().max()) for each in expected)
    error = worst(  # a row with one key has no dQ but rounding: it is measured by the others
        float((ours.double() - theirs).abs().max() / worst(float(theirs.abs().max()), most / 100, 1e-30))
        for ours, theirs in zip((gradients.dq, gradients.dk, gradients.dv), expected, strict=True)
    )
    return Backward(own, d_out, found, made, m, l, delta[0, 0], delta_p, gradients, error)


def squares(made: Backward, at: slice, tile: int) -> Squares:
    """The tiles of the positions `at`: each is made from its own rows and columns, L and D alone."""
    size = at.stop - at.start
    s, p, dp, ds = (torch.zeros(size, size) for _ in range(4))
    s.fill_(-math.inf)
    order = []
    cuts = list(enumerate(blocks(size, tile)))
    delta = made.delta[None, None]
    for j, column in cuts:
        for i, row in cuts:
            rows, columns = (slice(at.start + each.start, at.start + each.stop) for each in (row, column))
            if made.head.mask.seen(rows, columns, 0) == "none":
                continue
            order.append((i, j))
            found = _tile(made.head, made.d_out, made.made, delta, rows, columns)
            q, k = made.head.q[:, :, rows], made.head.k[:, :, columns]
            s[row, column] = made.head.mask.scores(q @ k.mT * made.head.scale, rows, columns, 0)[0, 0]
            p[row, column], dp[row, column], ds[row, column] = found.p[0, 0], found.dp[0, 0], found.ds[0, 0]
    return Squares(s, p, dp, ds, tuple(order))


def _tile(own: Head, d_out: Tensor, made: Partial, delta: Tensor, rows: slice, columns: slice):
    return tile_gradient(
        own.q[:, :, rows], own.k[:, :, columns], own.v[:, :, columns], d_out[:, :, rows], made.lse[:, :, rows],
        delta[:, :, rows], own.mask, own.scale, rows, columns, 0,
    )  # fmt: skip


def weights(q: Tensor, k: Tensor, mask: TileMask, scale: float) -> Tensor:
    """The whole square, as plain torch writes it."""
    every = slice(0, q.shape[2])
    scores = q @ k.mT * scale
    if mask.cap is not None:
        scores = mask.cap * torch.tanh(scores / mask.cap)
    hidden = torch.zeros(q.shape[2], q.shape[2], dtype=q.dtype).masked_fill(~mask.visible(every, every, 0), -math.inf)
    return (scores + hidden).softmax(-1)


def standard(q: Tensor, k: Tensor, v: Tensor, mask: TileMask, scale: float) -> Tensor:
    """Standard attention: the square of weights exists."""
    return weights(q, k, mask, scale) @ v


def _by_autograd(own: Head, d_out: Tensor) -> tuple[tuple[Tensor, ...], Float[Tensor, " pos"]]:
    """dQ, dK and dV of standard attention in float64, and rowsum(dP * P)."""
    with torch.enable_grad():
        q, k, v = (x.double().requires_grad_() for x in (own.q, own.k, own.v))
        p = weights(q, k, own.mask, own.scale)
        *gradients, d_p = torch.autograd.grad(p @ v, (q, k, v, p), d_out.double())
    return tuple(gradients), (d_p * p.detach()).sum(-1)[0, 0].float()


@dataclass(frozen=True)
class Saved:
    """One tensor that autograd keeps from the forward pass."""

    name: str
    shape: tuple[int, ...]
    bytes: int


@dataclass(frozen=True, eq=False)
class Kept:
    """What both ways keep and do, measured."""

    standard: tuple[Saved, ...]
    flash: tuple[Saved, ...]
    forward: Ledger
    backward: Ledger


def kept(head: Head, tile: int) -> Kept:
    """What autograd keeps for the backward pass of both, and what the meter counts of FlashAttention's two passes."""
    flash = _saved(head, lambda q, k, v: FlashAttention.apply(q, k, v, head.mask, head.scale, tile, tile))
    plain = _saved(head, lambda q, k, v: standard(q, k, v, head.mask, head.scale))
    forward, back = Ledger(), Ledger()
    with torch.no_grad():
        made = flash_attention_2(head.q, head.k, head.v, head.mask, head.scale, rows=tile, columns=tile, memory=forward)
        flash_backward(
            head.q, head.k, head.v, made, torch.ones_like(head.q), head.mask, head.scale, rows=tile, columns=tile,
            memory=back,
        )  # fmt: skip
    return Kept(plain, flash, forward, back)


def _saved(head: Head, attention: Callable[[Tensor, Tensor, Tensor], object]) -> tuple[Saved, ...]:
    """Every distinct tensor that autograd packs away while `attention` runs, by what it is."""
    found: dict[int, Tensor] = {}

    def pack(x: Tensor) -> Tensor:
        found.setdefault(x.untyped_storage().data_ptr(), x)
        return x

    with torch.enable_grad():
        inputs = [x.clone().requires_grad_() for x in (head.q, head.k, head.v)]
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
            out = attention(*inputs)
    assert isinstance(out, Tensor)
    names = {x.untyped_storage().data_ptr(): name for x, name in zip([*inputs, out], "QKVO", strict=True)}
    n = head.q.shape[2]
    made = []
    for address, x in found.items():
        square = x.ndim == 4 and x.numel() == n * n and x.shape[-1] == n and x.shape[-2] == n
        name = names.get(address) or ("P" if square else "L")
        made.append(Saved(name, tuple(x.shape[2:]), x.untyped_storage().nbytes()))
    return tuple(sorted(made, key=lambda each: "QKVPOL".index(each.name)))
