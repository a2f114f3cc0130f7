"""How much gradient each layer gets at the start of training: norms before the sublayers, or after the additions.

At initialisation the gradient of the last layers says how large a first step may be. Xiong et al. 2020 (arXiv
2002.04745) bound the one of the last feed-forward matrix W_out, in a decoder of L layers of width d::

    post-norm   O(d sqrt(ln d))        however deep: large steps at the top, hence the need for warm-up
    pre-norm    O(d sqrt(ln d / L))    falls as 1/sqrt(L)

The reason for the second: pre-norm's stream is a sum of L writes and grows as sqrt(L), and the last norm divides the
gradient by that size. What happens below the top is measured, not bounded: a sublayer of ReLUs passes gradient back by
the factor by which it passes signal forward, so that post-norm's divisions are about made up for.

As in the paper: matrices start with Xavier's normal distribution (Glorot & Bengio 2010), variance 2 / (in + out);
LayerNorm, ReLU, a feed-forward layer four times as wide as the stream. Token embeddings have variance one.

Worked example: what the loss loses along its own gradient is what the measured norm promises.

>>> start = Start(n_layers=2, d_vocab=7, d_model=16, n_heads=2)
>>> ids = torch.tensor([1, 5, 2, 5, 0, 3])
>>> flow = gradient_flow(start, "pre", ids, torch.Generator().manual_seed(0))
>>> flow.weights.shape, flow.difference_error < 1e-3
(torch.Size([2]), True)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.transformer.block import Block
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

Placement = Literal["pre", "post"]
#: How far the loss is followed along its gradient, in units of the weights' length.
STEP = 1e-8


@dataclass(frozen=True)
class Start:
    """The sizes of a decoder that nobody has trained."""

    n_layers: int
    d_vocab: int
    d_model: int = 64
    n_heads: int = 4
    norm: Literal["layer", "rms"] = "layer"

    def config(self, placement: Placement, n_ctx: int) -> DecoderConfig:
        return DecoderConfig(
            n_layers=self.n_layers,
            d_model=self.d_model,
            n_heads=self.n_heads,
            n_kv_heads=self.n_heads,
            d_head=self.d_model // self.n_heads,
            d_mlp=4 * self.d_model,
            d_vocab=self.d_vocab,
            n_ctx=n_ctx,
            norm=self.norm,
            placement=placement,
            positions="sinusoidal",
            activation="relu",
            gated=False,
            tied=False,
        )


@dataclass(frozen=True, eq=False)
class ByBlock:
    """The gradients' lengths (Frobenius) block by block, after one backward pass."""

    weights: Float[Tensor, " layer"]
    """Over all of a layer's weights."""
    w_out: Float[Tensor, " layer"]
    """Over its W_out alone, the matrix of the paper's bounds."""
    stream: Float[Tensor, " layer"]
    """Of the stream that enters the layer, all positions."""
    sizes: Float[Tensor, " layer"]
    """Root mean square of the stream that enters the layer."""


@dataclass(frozen=True, eq=False)
class Flow(ByBlock):
    """The gradients in one decoder at its start."""

    placement: Placement
    loss: float
    """Mean cross-entropy of the next token, nats: about ln d_vocab, since nothing is learned."""
    difference_error: float
    """Relative: what the loss really changes by along its gradient, against what the gradient's length says."""


def initialise(decoder: Decoder, generator: torch.Generator) -> Decoder:
    """Xavier's normal distribution in every matrix, variance one in the embedding; norms stay as they are."""
    with torch.no_grad():
        for name, weight in decoder.named_parameters():
            if name.startswith("embed"):
                nn.init.normal_(weight, generator=generator)
            elif weight.ndim == 2:
                nn.init.xavier_normal_(weight, generator=generator)
    return decoder


def gradient_flow(
    start: Start, placement: Placement, ids: Int[Tensor, " pos"], generator: torch.Generator, check: bool = True
) -> Flow:
    """Draw a decoder, let it predict each next token of `ids` (all below d_vocab), and read the gradients."""
    decoder = initialise(Decoder(start.config(placement, len(ids))), generator)
    loss, found = gradients_by_block(decoder, lambda: next_token_loss(decoder, ids))
    error = difference_error(decoder.double(), ids) if check else math.nan
    return Flow(**vars(found), placement=placement, loss=loss, difference_error=error)


def gradients_by_block(decoder: Decoder, loss_of: Callable[[], Float[Tensor, ""]]) -> tuple[float, ByBlock]:
    """The loss of a decoder without experts, and its gradients, which stay in the parameters."""
    decoder.zero_grad(set_to_none=True)
    entered: list[Tensor] = []

    def keep(tensor: Tensor, *, hook: object) -> None:  # noqa: ARG001
        tensor.retain_grad()
        entered.append(tensor)

    blocks = [block for block in decoder.blocks if isinstance(block, Block)]
    for block in blocks:
        block.hook_resid_pre.add_hook(keep)
    loss = loss_of()
    for block in blocks:
        block.hook_resid_pre.remove_hooks()
    loss.backward()

    def length(parameters: list[Tensor | None]) -> Tensor:
        return torch.stack([g.detach().norm() for g in parameters if g is not None]).norm()

    return float(loss.detach()), ByBlock(
        weights=torch.stack([length([p.grad for p in block.parameters()]) for block in blocks]),
        w_out=torch.stack([length([block.get_parameter("mlp.W_out.weight").grad]) for block in blocks]),
        stream=torch.stack([length([x.grad]) for x in entered]),
        sizes=torch.stack([x.detach().square().mean().sqrt() for x in entered]),
    )


def next_token_loss(decoder: Decoder, ids: Int[Tensor, " pos"]) -> Float[Tensor, ""]:
    return F.cross_entropy(decoder(ids[None, :-1])[0], ids[1:])


def difference_error(decoder: Decoder, ids: Int[Tensor, " pos"]) -> float:
    """Walk a little up and down the gradient g with all weights: the loss must change by the length walked times |g|.

    Asks for a decoder in float64, lest the difference be lost in rounding.
    """
    parameters = [p for p in decoder.parameters() if p.grad is not None]
    gradient = [p.grad for p in parameters if p.grad is not None]
    length = float(torch.stack([g.norm() for g in gradient]).norm())
    walk = STEP * float(torch.stack([p.detach().norm() for p in parameters]).norm())
    losses = []
    with torch.no_grad():
        for direction in (1, -2):  # up, then down on the other side
            for parameter, g in zip(parameters, gradient, strict=True):
                parameter.add_(g, alpha=direction * walk / length)
            losses.append(float(next_token_loss(decoder, ids)))
    change = losses[0] - losses[1]
    return abs(change / (2 * walk * length) - 1)
