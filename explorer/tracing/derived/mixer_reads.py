"""What a state-space block's mixer read at one position, made again from the stream that entered the block.

The state is linear in what was written into it, so that the mixer's answer at position i is a sum over the positions so
far (the hidden attention: Ali, Zimerman and Wolf 2024, arXiv 2403.01590), which gate and output projection leave one:

    out_i = W_out sum_j (M[i, j] x_j + [i = j] D x_j) silu(z_i)

x_j is the token at j with the few before it, as the short convolution mixes them: what j gives was written there. The
run itself carried a state from token to token; here no state is carried, and float64 sums M's closed form. Both must
give what the stream gained with the mixer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.state_spaces.selective_scan import ScanInputs, hidden_attention_at
from explorer.tracing.recording import Recording

#: Channels that are taken apart at once.
SOME = 64


@dataclass(frozen=True, eq=False)
class MixerRead:
    """One mixer at one position."""

    parts: Float[Tensor, "channel key"]
    """What each channel had from each position, behind the gate: what the output projection reads; float64."""
    W_out: Float[Tensor, "d_model channel"]
    """Of the output projection."""
    kept: float
    """Of what the state held before, the mean share that this token leaves."""
    lags: int
    """Tokens before it that the convolution mixes into each token."""

    @property
    def channels(self) -> Float[Tensor, " channel"]:
        return self.parts.sum(-1)

    @property
    def out(self) -> Float[Tensor, " d_model"]:
        """What the mixer writes, float64."""
        return self.W_out.double() @ self.channels

    def worth(self, direction: Float[Tensor, " d_model"]) -> Float[Tensor, " channel"]:
        """What a unit of each channel adds along a direction."""
        return direction @ self.W_out.double()

    def given(self, direction: Float[Tensor, " d_model"]) -> Float[Tensor, " key"]:
        """What the mixer brought from each position, along a direction."""
        return self.worth(direction) @ self.parts


def mixer_read(run: Recording, layer: int, position: int) -> MixerRead:
    """What the mixer of a block read at a position; of each run those of the last position stay."""

    def make() -> MixerRead:
        return _made(run, layer, position)

    return run.cached(("mixer read", layer, position), make, keep=run.dims.n_layers)


@torch.inference_mode()
def _made(run: Recording, layer: int, position: int) -> MixerRead:
    block = run.readout.mixers[layer]
    ran = block.mixer.run(block.ln1(run.stream(layer)[None, : position + 1]))
    found = ran.inputs
    inputs = ScanInputs(*(each.double() for each in (found.x, found.dt, found.A, found.B, found.C, found.D)))
    x, gate = inputs.x[0].T, F.silu(ran.gate[0, position].double())  # channel key; channel
    parts = torch.cat([
        hidden_attention_at(
            replace(inputs, x=inputs.x[..., at], dt=inputs.dt[..., at], A=inputs.A[at], D=inputs.D[at]), position
        )[0]
        for at in (slice(first, first + SOME) for first in range(0, len(x), SOME))
    ]) * x  # fmt: skip
    parts[:, position] += inputs.D * x[:, position]
    kept = float(torch.exp(inputs.dt[0, position, :, None] * inputs.A).mean())
    return MixerRead(parts * gate[:, None], block.mixer.out_proj.weight, kept, block.mixer.config.d_conv - 1)
