"""Kernels by name: each way to compute attention, as the decoder takes it.

`Decoder(..., kernel=named("flash_2"))` runs a model on the reference's loops, `named("tiled")` on the fast ones, and
the logits are the same to rounding. Gradients flow: what works in tiles keeps Q, K, V, O and L alone and makes the
rest again.

=========  ============================================================  =================
name       what runs                                                     beside Q, K, V, O
=========  ============================================================  =================
standard   the formula: scores, softmax, product, all of it kept         O(N^2)
flash_1    FlashAttention-1, keys outside; written to be read            O(N)
flash_2    FlashAttention-2, queries outside; written to be read         O(N)
tiled      FlashAttention-2 in torch products over tiles of many heads   O(N)
sdpa       torch's scaled_dot_product_attention                          O(N)
triton     FlashAttention-2 on a GPU, not among `NAMES`                  O(N)
=========  ============================================================  =================

Causal order, a window and ALiBi are given to the tiles as what they are, not as squares; a mask or bias that exists as
a tensor is cut to the tile. Who listens to scores or patterns gets the standard kernel, which has them. `fastest` says
which of them to take on a device, `by_length` is a kernel that asks it at each call.

Worked example: the same attention by each.

>>> q, k, v = torch.randn(3, 1, 2, 70, 8, generator=torch.Generator().manual_seed(0))
>>> z = [named(name)(q, k, v, Visibility(causal=True, window=20), scale=0.35).z for name in NAMES]
>>> bool(max((each - z[0]).abs().max() for each in z) < 1e-6)
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.embeddings.alibi import Penalty
from explorer.stack.systems import triton_attention
from explorer.stack.systems.flash_attention import flash_attention_1, flash_attention_2
from explorer.stack.systems.flash_backward import Gradients, flash_backward
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.tiled_attention import tiled_attention
from explorer.stack.systems.tiled_backward import tiled_backward
from explorer.stack.transformer.attention import Attended, Bias, Hook, Kernel, Visibility, eager, sdpa, unchanged

Name = Literal["standard", "flash_1", "flash_2", "tiled", "sdpa"]
NAMES: tuple[Name, ...] = get_args(Name)

#: From so many queries on the tiled kernel is at least as fast on a CPU as torch's, where query heads share keys.
LONG = 512

Forward = Callable[[Tensor, Tensor, Tensor, TileMask, float], Partial]
Backward = Callable[[Tensor, Tensor, Tensor, Partial, Tensor, TileMask, float], Gradients]


def named(name: str) -> Kernel:
    """The kernel of this name, one of `NAMES` or "triton". Raises BadRequestError where there is none."""
    if name == "triton":
        return TRITON
    if name not in KERNELS:
        raise BadRequestError(f"There is no attention kernel {name!r}.", f"Known are: {', '.join(NAMES)}.")
    return KERNELS[name]


def fastest(device: torch.device, queries: int = LONG) -> Name | Literal["triton"]:
    """The name of the kernel to take there for so many queries: on a CPU the tiled one, and torch's for few; on a GPU
    the Triton one, where Triton is."""
    if device.type == "cpu":
        return "tiled" if queries >= LONG else "sdpa"
    return "triton" if triton_attention.runs_on(device) else "sdpa"


def by_length(q: Float[Tensor, "batch head query d_head"], *others: Any, **named_others: Any) -> Attended:
    """As any `Kernel`: the one that is fastest for these queries. Prompts and single tokens are read with it."""
    return named(fastest(q.device, q.shape[2]))(q, *others, **named_others)


def tile_mask(visible: Visibility, bias: Bias | None = None, cap: float | None = None) -> TileMask:
    """What the decoder says of its scores, as tiles ask for it: no square is made that is not there already."""
    slopes, added = None, None
    if isinstance(bias, Penalty):
        slopes, added = (bias.slopes, None) if bias.even else (None, bias.written(bias.slopes.dtype))
    elif bias is not None:
        added = bias.view((1,) * (4 - bias.ndim) + bias.shape)  # #batch #head query key
    return TileMask(visible.causal, visible.window, slopes, cap, visible.mask, added)


@dataclass(frozen=True)
class TileKernel:
    """An algorithm over tiles, with its gradient, as a kernel of the decoder."""

    forward: Forward
    backward: Backward
    takes: Callable[[TileMask], bool] = lambda _: True
    """Whether it can do with such a mask; else torch's kernel does."""

    def __call__(
        self,
        q: Float[Tensor, "batch head query d_head"],
        k: Float[Tensor, "batch kv_head key d_head"],
        v: Float[Tensor, "batch kv_head key d_head"],
        visible: Visibility,
        scale: float,
        bias: Bias | None = None,
        cap: float | None = None,
        on_scores: Hook = unchanged,
        on_pattern: Hook = unchanged,
    ) -> Attended:
        learned = isinstance(bias, Tensor) and bias.requires_grad and torch.is_grad_enabled()
        if learned or on_scores is not unchanged or on_pattern is not unchanged:
            return eager(q, k, v, visible, scale, bias, cap, on_scores, on_pattern)
        mask = tile_mask(visible, bias, cap)
        if not self.takes(mask):
            return sdpa(q, k, v, visible, scale, bias, cap)
        if torch.is_grad_enabled() and any(each.requires_grad for each in (q, k, v)):
            z = Recomputed.apply(q, k, v, mask, scale, self.forward, self.backward)
            assert isinstance(z, Tensor)
            return Attended(z)
        return Attended(self.forward(q, k, v, mask, scale).out)


class Recomputed(torch.autograd.Function):
    """A step of autograd that keeps Q, K, V, O and L, and makes the rest again."""

    @staticmethod
    def forward(
        ctx: Any, q: Tensor, k: Tensor, v: Tensor, mask: TileMask, scale: float, forward: Forward, backward: Backward
    ) -> Tensor:
        made = forward(q, k, v, mask, scale)
        ctx.save_for_backward(q, k, v, made.out, made.lse)
        ctx.mask, ctx.scale, ctx.made_again = mask, scale, backward
        return made.out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        q, k, v, out, lse = ctx.saved_tensors
        at = ctx.made_again(q, k, v, Partial(out, lse), gradients[0], ctx.mask, ctx.scale)
        return at.dq, at.dk, at.dv, None, None, None, None


KERNELS: dict[str, Kernel] = {
    "standard": eager,
    "flash_1": TileKernel(flash_attention_1, flash_backward),
    "flash_2": TileKernel(flash_attention_2, flash_backward),
    "tiled": TileKernel(tiled_attention, tiled_backward),
    "sdpa": sdpa,
}
TRITON = TileKernel(triton_attention.triton_attention, triton_attention.triton_backward, triton_attention.supported)
