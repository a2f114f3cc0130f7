"""What turns the stream of the explorer's own decoder into logits, as its config describes it: see `readout`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from explorer.stack.transformer.feed_forward import ACTIVATIONS, FeedForward
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.anatomy_parts import norm_weight
from explorer.tracing.bridge.border import Weights, here
from explorer.tracing.bridge.readout import Readout
from explorer.tracing.bridge.state_space_readout import state_space_readout
from explorer.zoo.decoder_runner import DecoderRunner
from explorer.zoo.state_space_runner import StateSpaceRunner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.stack.transformer.block import Block
    from explorer.stack.transformer.config import DecoderConfig
    from explorer.zoo.model import Model
    from explorer.zoo.verdict import Part


def readout_of(model: Model) -> Readout:
    """That of a loaded model. Raises UnsupportedModelError if it is put together in a way that cannot be read."""
    if isinstance(model.bridge, StateSpaceRunner):
        return state_space_readout(model.bridge)
    return _own(model, model.bridge) if isinstance(model.bridge, DecoderRunner) else Readout.read(model)


def _own(model: Model, runner: DecoderRunner) -> Readout:
    known, config, final = anatomy(model.bridge), runner.config, runner.ln_final
    blocks = cast("Sequence[Block]", runner.blocks)
    mlps = [block.mlp if isinstance(block.mlp, FeedForward) else None for block in blocks]
    bias = getattr(final, "bias", None)
    return Readout(
        W_U=cast("Tensor", runner.unembed.weight).detach(),
        b_U=None,
        norm="none" if final is None else config.norm,
        norm_weight=torch.ones(config.d_model) if final is None else norm_weight(final),
        norm_bias=None if bias is None else here(bias.detach()),
        eps=config.eps,
        softcap=config.logit_cap,
        W_O=cast("Sequence[Tensor]", Weights([_of_heads(block, config.n_heads) for block in blocks])),
        b_O=tuple(_bias(block.attn.W_O) for block in blocks),
        projections=tuple(block.attn.W_O for block in blocks),
        joins=1.0,
        W_out=Weights([None if mlp is None else mlp.W_out.weight.detach().T for mlp in mlps]),
        b_out=tuple(None if mlp is None else _bias(mlp.W_out) for mlp in mlps),
        ln1_post_weight=tuple(_after(block, "ln1_post") for block in blocks),
        ln2_post_weight=tuple(_after(block, "ln2_post") for block in blocks),
        activation=ACTIVATIONS[config.activation],
        norms=known.norms,
        linear=known.linear,
        scaling=(config.attention_scale,) * config.n_layers,
        score_softcap=config.score_cap,
        sinks=False,
        absent=_absent(config),
    )


def _absent(config: DecoderConfig) -> dict[Part, str]:
    found: dict[Part, str] = {}
    if config.positions == "alibi":
        found["scores"] = "ALiBi takes a penalty for the distance off each q·k before the softmax."
    if not config.residual:
        why = "each sublayer’s output takes the place of the stream, so that nothing adds up to the logits."
        found |= {"attribution": why, "neurons": why}
    elif config.placement == "post":
        why = "a norm after each addition (post-norm) rescales the whole stream, so that nothing adds up to the logits."
        found |= {"attribution": why, "neurons": why}
    return found


def _after(block: Block, name: str) -> Tensor | None:
    norm = getattr(block, name, None)
    return None if norm is None else norm_weight(norm)


def _bias(layer: nn.Module) -> Tensor | None:
    bias = getattr(layer, "bias", None)
    return None if bias is None else here(bias.detach())


def _of_heads(block: Block, n_heads: int) -> Tensor:
    return block.attn.W_O.weight.detach().T.unflatten(0, (n_heads, -1))  # head d_v d_model
