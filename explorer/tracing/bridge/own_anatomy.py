"""The explorer's own decoder as its config describes it: its anatomy, and what turns its stream into logits.

What a model of transformers shows in a run of two tokens (`anatomy`) and in its bridge's weights (`readout`) stands
here in the config: where the norms are, what the MLP reads. The run of two tokens says which hook points fire, and in
what shapes. Whether all of it holds is measured afterwards, as for any model (`vetting`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy_parts import Anatomy, Linear, Norm, kept_hooks, seen_in_two_tokens
from explorer.tracing.bridge.stand_ins import OwnParts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.stack.transformer.block import Block
    from explorer.zoo.decoder_runner import DecoderRunner


@torch.inference_mode()
def own_anatomy(runner: DecoderRunner) -> Anatomy:
    """The anatomy of the explorer's own decoder."""
    config, blocks = runner.config, _blocks(runner)
    seen = seen_in_two_tokens(runner)
    norms: dict[str, Norm] = {}
    if config.placement != "post":  # which reads no stored stream: a sublayer's output is added first
        centred = config.norm == "layer"
        norms = {
            "ln1": Norm("resid_pre", centred, config.eps),
            "ln2": Norm("resid_mid", centred, config.eps),
            "ln_final": Norm("resid_post", centred, config.eps),
        }
    linear = gate = None
    if not config.n_experts:
        gate = _branch(blocks, "W_gate" if config.gated else "W_in", config.placement != "post")
        linear = _branch(blocks, "W_in", config.placement != "post") if config.gated else None
    shapes = [seen[hooks.in_block(0, f"attn.hook_{name}")] for name in ("rot_q", "rot_k", "v", "z")]
    return Anatomy(
        firing=kept_hooks(seen, len(blocks)),
        parallel=False,
        latent=False,
        norms=norms,
        linear=linear,
        gate=gate,
        stand_ins=OwnParts(runner),
        n_layers=len(blocks),
        attention_row=sum(each[0].numel() for each in shapes) // 2,
        adds=config.residual and config.placement != "post",
    )


def _blocks(runner: DecoderRunner) -> Sequence[Block]:
    return cast("Sequence[Block]", runner.blocks)


def _branch(blocks: Sequence[Block], name: str, normed: bool) -> Linear:
    """A matrix of the MLPs, behind the norm where it reads through one."""
    layers = [getattr(block.mlp, name) for block in blocks]
    if normed:
        layers = [nn.Sequential(block.ln2, layer) for block, layer in zip(blocks, layers, strict=True)]
    return Linear("resid_mid", tuple(layers))
