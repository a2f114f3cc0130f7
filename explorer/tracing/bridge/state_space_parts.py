"""A state-space model as its hook points show it, and what turns its stream into logits.

A layer is a norm and a mixer (`stack.frontier.state_spaces`). The stream has one writer a layer: the mixer stands where
attention stands in a Trace (`attn_out`), `resid_mid` is the stream behind it, and what an MLP adds is nothing. There
are no heads: tensors of heads have none (`recorder.of_no_heads`), and what is said of heads means nothing here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from explorer.tracing.bridge.anatomy_parts import Anatomy, Norm, kept_hooks, seen_in_two_tokens
from explorer.tracing.bridge.stand_ins import OwnParts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.zoo.state_space_runner import StateSpaceRunner
    from explorer.zoo.verdict import Part

NO_HEADS = "its layers have no attention heads; a state that each token changes carries what was read."
NO_MLP = "its layers have no MLP; the mixer alone writes into the stream."
#: What means nothing in such a model.
ABSENT: Mapping[Part, str] = {
    "scores": NO_HEADS, "values": NO_HEADS, "rotation": NO_HEADS, "z": NO_HEADS,
    "neurons": NO_MLP, "mlp_out": NO_MLP, "experts": NO_MLP, "routing": NO_MLP,
}  # fmt: skip


@torch.inference_mode()
def state_space_anatomy(runner: StateSpaceRunner) -> Anatomy:
    """The anatomy of a state-space model."""
    seen, eps = seen_in_two_tokens(runner), runner.model.config.eps
    return Anatomy(
        firing=kept_hooks(seen, len(runner.blocks)),
        parallel=False,
        latent=False,
        norms={"ln1": Norm("resid_pre", False, eps), "ln_final": Norm("resid_post", False, eps)},
        linear=None,
        gate=None,
        stand_ins=OwnParts(runner),
        n_layers=len(runner.blocks),
        attention_row=0,
    )
