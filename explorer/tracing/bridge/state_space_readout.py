"""What turns the stream of a state-space model into logits: see `readout`, and `state_space_parts` for the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch

from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.anatomy_parts import norm_weight
from explorer.tracing.bridge.border import Weights
from explorer.tracing.bridge.readout import Readout
from explorer.tracing.bridge.state_space_parts import ABSENT
from explorer.zoo.state_space_runner import HookedLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from explorer.zoo.state_space_runner import StateSpaceRunner


def state_space_readout(runner: StateSpaceRunner) -> Readout:
    """That of a state-space model."""
    config, final = runner.model.config, runner.ln_final
    assert final is not None
    none = (None,) * config.n_layers
    no_heads = [torch.empty(0, 0, config.d_model)] * config.n_layers
    return Readout(
        W_U=cast("Tensor", runner.unembed.weight).detach(),
        b_U=None,
        norm="rms",
        norm_weight=norm_weight(final),
        norm_bias=None,
        eps=config.eps,
        softcap=None,
        W_O=cast("Sequence[Tensor]", Weights(no_heads)),
        b_O=none,
        projections=none,
        joins=1.0,
        W_out=Weights(none),
        b_out=none,
        ln1_post_weight=none,
        ln2_post_weight=none,
        activation=None,
        norms=anatomy(runner).norms,
        linear=None,
        scaling=(1.0,) * config.n_layers,
        score_softcap=None,
        sinks=False,
        mixers=tuple(each for each in runner.blocks if isinstance(each, HookedLayer)),
        absent=ABSENT,
    )
