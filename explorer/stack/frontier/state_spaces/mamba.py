"""Mamba's layer: a short convolution, the selective scan, a gate (Gu and Dao 2023, arXiv 2312.00752).

    x, z = W_in u                         [pos channel] each
    x = silu(conv(x))                     each channel over its last four positions
    dt, B, C = W_x x                      made of the token itself; dt = softplus(W_dt dt + bias)
    y = scan(x, dt, A, B, C, D)           A = -exp(A_log)
    out = W_out (y silu(z))

dt begins log-uniform in [0.001, 0.1]; its bias is what softplus turns into that:

>>> [round(float(inverse_softplus(torch.tensor(each))), 4) for each in (0.001, 0.1)]
[-6.9073, -2.2522]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
from explorer.stack.frontier.state_spaces.scan_loops import LANES
from explorer.stack.frontier.state_spaces.selective_scan import ScanInputs, scan
from explorer.stack.frontier.state_spaces.step_loops import one_token

LEAST_DT, MOST_DT, FLOOR_DT = 1e-3, 0.1, 1e-4


def inverse_softplus(dt: Tensor) -> Tensor:
    """What softplus makes dt of."""
    return dt + torch.log(-torch.expm1(-dt))


def first_dt(count: int, generator: torch.Generator | None) -> Float[Tensor, " channel"]:
    """Log-uniform in [0.001, 0.1], as the biases that make it."""
    low, high = math.log(LEAST_DT), math.log(MOST_DT)
    drawn = torch.exp(torch.rand(count, generator=generator) * (high - low) + low).clamp(min=FLOOR_DT)
    return inverse_softplus(drawn)


@dataclass
class LayerState:
    """What a layer carries from one token to the next."""

    window: Float[Tensor, "batch lag channel"]
    """The convolution's last inputs."""
    h: Float[Tensor, "batch channel state"]


@dataclass(frozen=True)
class MixerRun:
    """What a layer did with a text."""

    inputs: ScanInputs
    gate: Float[Tensor, "batch pos channel"]
    """z, before its silu."""
    y: Float[Tensor, "batch pos channel"]
    """The scan's answer, before the gate."""
    out: Float[Tensor, "batch pos d_model"]
    state: LayerState


def shifted(x: Tensor, weight: Tensor, bias: Tensor, before: Tensor | None) -> tuple[Tensor, Tensor]:
    """Each channel's weighed sum over its last positions, and the inputs that the next ones still see.

    weight [channel 1 lag], the oldest first, as transformers' Conv1d has it; x [batch pos channel].
    """
    lags = weight.shape[-1] - 1
    whole = F.pad(x, (0, 0, lags, 0)) if before is None else torch.cat([before, x], 1)
    length = x.shape[1]
    y = bias + whole[:, lags:] * weight[:, 0, lags]
    for lag in range(lags):
        y = y + whole[:, lag : lag + length] * weight[:, 0, lag]
    return y, whole[:, length:]


class MambaMixer(nn.Module):
    """One layer, without norm and stream. Weights bear transformers' names; A_log is one long vector, since vectors are
    not decayed in training."""

    def __init__(self, config: StateSpaceConfig, compute: torch.dtype | None = None) -> None:
        super().__init__()
        self.config, self.compute = config, compute
        channels, states = config.d_inner, config.d_state
        self.in_proj = nn.Linear(config.d_model, 2 * channels, bias=False)
        self.conv1d = nn.Conv1d(channels, channels, config.d_conv, groups=channels)
        self.x_proj = nn.Linear(channels, config.rank + 2 * states, bias=False)
        self.dt_proj = nn.Linear(config.rank, channels)
        self.A_log = nn.Parameter(torch.empty(channels * states))
        self.D = nn.Parameter(torch.empty(channels))
        self.out_proj = nn.Linear(channels, config.d_model, bias=False)
        if config.inner_norms:
            self.dt_layernorm = nn.RMSNorm(config.rank, config.eps)
            self.b_layernorm = nn.RMSNorm(states, config.eps)
            self.c_layernorm = nn.RMSNorm(states, config.eps)

    @torch.no_grad()
    def initialise(self, generator: torch.Generator | None) -> None:
        """As the paper's code: A = -1 .. -N, D = 1, dt log-uniform."""
        c = self.config
        for linear in (self.in_proj, self.x_proj, self.out_proj):
            linear.weight.normal_(0, linear.in_features**-0.5 / 3**0.5, generator=generator)
        self.out_proj.weight.div_(c.n_layers**0.5)
        self.conv1d.weight.uniform_(-(c.d_conv**-0.5), c.d_conv**-0.5, generator=generator)
        if self.conv1d.bias is not None:
            self.conv1d.bias.zero_()
        self.dt_proj.weight.uniform_(-(c.rank**-0.5), c.rank**-0.5, generator=generator)
        self.dt_proj.bias.copy_(first_dt(c.d_inner, generator))
        self.A_log.copy_(torch.arange(1, c.d_state + 1).float().log().repeat(c.d_inner))
        self.D.fill_(1)

    @property
    def A(self) -> Float[Tensor, "channel state"]:
        return -torch.exp(self.A_log.float()).view(-1, self.config.d_state)

    def _product(self, layer: nn.Linear, x: Tensor) -> Tensor:
        if self.compute is None:
            return layer(x)
        return F.linear(x.to(self.compute), layer.weight.to(self.compute)).to(x.dtype)

    def fresh(self, batch: int) -> LayerState:
        """Nothing read yet."""
        c = self.config
        return LayerState(torch.zeros(batch, c.d_conv - 1, c.d_inner), torch.zeros(batch, c.d_inner, c.d_state))

    def run(self, u: Float[Tensor, "batch pos d_model"], state: LayerState | None = None) -> MixerRun:
        """The layer with all that it made on the way."""
        c = self.config
        x, gate = self._product(self.in_proj, u).chunk(2, -1)
        bias = self.conv1d.bias
        assert bias is not None
        mixed, window = shifted(x, self.conv1d.weight, bias, None if state is None else state.window)
        x = F.silu(mixed)
        low, B, C = self._product(self.x_proj, x).split([c.rank, c.d_state, c.d_state], -1)
        if c.inner_norms:
            low, B, C = self.dt_layernorm(low), self.b_layernorm(B), self.c_layernorm(C)
        dt = F.softplus(self.dt_proj(low))
        inputs = ScanInputs(x, dt, self.A, B, C, self.D.float())
        y, h = scan(x, dt, inputs.A, B, C, inputs.D, None if state is None else state.h)
        out = self._product(self.out_proj, y * F.silu(gate))
        return MixerRun(inputs, gate, y, out, LayerState(window, h))

    def forward(self, u: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_model"]:
        return self.run(u).out


class OneToken:
    """A layer made ready to read one token after the other: its weights as arrays, and room to work in."""

    def __init__(self, mixer: MambaMixer, batch: int = 1) -> None:
        c, bias = mixer.config, mixer.conv1d.bias
        if c.inner_norms:
            raise ValueError("a layer whose dt, B and C are normed is not compiled for one token")
        assert bias is not None
        more = -c.d_state % LANES
        A = F.pad(mixer.A.detach(), (0, more))
        tensors = [
            mixer.in_proj.weight, mixer.conv1d.weight[:, 0].T, bias, mixer.x_proj.weight, mixer.dt_proj.weight,
            mixer.dt_proj.bias, A.view(c.d_inner, -1, LANES), mixer.D, mixer.out_proj.weight,
            torch.zeros(batch, c.d_conv - 1, c.d_inner), torch.zeros(batch, *A.shape).view(batch, c.d_inner, -1, LANES),
            torch.empty(2 * c.d_inner), torch.empty(c.d_inner), torch.empty(c.rank + 2 * c.d_state),
            torch.empty(c.d_inner), torch.zeros(2, A.shape[1] // LANES, LANES),
        ]  # fmt: skip
        self.arrays = [each.detach().float().contiguous().numpy() for each in tensors]
        self.states, self.shape = c.d_state, (batch, c.d_model)

    def __call__(self, u: Float[Tensor, "batch d_model"]) -> Float[Tensor, "batch d_model"]:
        """The layer's answer to the next token; the state moves on."""
        out = torch.empty(self.shape)
        a = self.arrays
        one_token(
            u.numpy(), a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14],
            a[15], out.numpy(),
        )  # fmt: skip
        return out

    @property
    def state(self) -> LayerState:
        window, h = (torch.from_numpy(each.copy()) for each in self.arrays[9:11])
        return LayerState(window, h.flatten(2)[..., : self.states])
