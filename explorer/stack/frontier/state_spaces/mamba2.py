"""Mamba-2's layer: one decay a head, so that the scan becomes products of matrices (Dao and Gu 2024, arXiv 2405.21060).

    z, x, B, C, dt = W_in u;  x, B, C = silu(conv(x, B, C));  dt = softplus(dt + bias)
    S_t = exp(dt_t A) S_(t-1) + dt_t x_t B_t'        [head channel state], A one number a head
    y_t = S_t C_t + D x_t
    out = W_out RMSNorm(y silu(z))

State space duality (SSD): with L[i, j] = exp(A sum_(j < k <= i) dt_k), the same is attention without softmax whose
weights fade: y = (L * C B') (dt x). In blocks it is that within each, and S between them.

>>> from explorer.stack.worst import worst
>>> g = torch.Generator().manual_seed(0)
>>> draw = lambda *shape: torch.randn(*shape, generator=g)
>>> given = SSDInputs(draw(1, 9, 2, 4), torch.rand(1, 9, 2, generator=g), -torch.ones(2), draw(1, 9, 3), draw(1, 9, 3))
>>> one = recurrence(given)[0]
>>> worst((one - other).abs().max().item() for other in (dual(given), in_blocks(given, 4)[0])) < 1e-5
True
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
from explorer.stack.frontier.state_spaces.mamba import first_dt, shifted
from explorer.stack.frontier.state_spaces.selective_scan import segment_sums

BLOCK = 64


@dataclass(frozen=True)
class SSDInputs:
    """What the scan of Mamba-2 reads; D is left to the layer."""

    x: Float[Tensor, "batch pos head channel"]
    dt: Float[Tensor, "batch pos head"]
    A: Float[Tensor, " head"]
    B: Float[Tensor, "batch pos state"]
    C: Float[Tensor, "batch pos state"]


def recurrence(
    i: SSDInputs,
) -> tuple[Float[Tensor, "batch pos head channel"], Float[Tensor, "batch head channel state"]]:
    """One position after the other: the definition."""
    S, ys = i.x.new_zeros(*i.x[:, 0].shape, i.B.shape[-1]), []
    for at in range(i.x.shape[1]):
        decay = torch.exp(i.dt[:, at] * i.A)[..., None, None]
        S = decay * S + torch.einsum("bhp,bn->bhpn", i.dt[:, at, :, None] * i.x[:, at], i.B[:, at])
        ys.append(torch.einsum("bhpn,bn->bhp", S, i.C[:, at]))
    return torch.stack(ys, 1), S


def hidden_attention(i: SSDInputs) -> Float[Tensor, "batch head query key"]:
    """What each position takes from each earlier one: L * C B' dt."""
    L = torch.exp(segment_sums((i.dt * i.A).transpose(1, 2)).clamp(max=0))  # batch head query key
    scores = torch.einsum("bqn,bkn->bqk", i.C, i.B)[:, None] * i.dt.transpose(1, 2)[:, :, None]
    return (L * scores).tril()


def dual(i: SSDInputs) -> Float[Tensor, "batch pos head channel"]:
    """All at once, by that matrix."""
    return torch.einsum("bhqk,bkhp->bqhp", hidden_attention(i), i.x)


def in_blocks(
    i: SSDInputs, block: int = BLOCK
) -> tuple[Float[Tensor, "batch pos head channel"], Float[Tensor, "batch head channel state"]]:
    """The matrix within each block, the state between them."""
    S, ys = i.x.new_zeros(*i.x[:, 0].shape, i.B.shape[-1]), []
    for begin in range(0, i.x.shape[1], block):
        part = slice(begin, begin + block)
        here = SSDInputs(i.x[:, part], i.dt[:, part], i.A, i.B[:, part], i.C[:, part])
        passed = (here.dt * i.A).cumsum(1)  # batch pos head
        carried = torch.einsum("bhpn,bqn->bqhp", S, here.C) * torch.exp(passed)[..., None]
        ys.append(dual(here) + carried)
        left = torch.exp((passed[:, -1:] - passed).clamp(max=0)) * here.dt  # rounding must not make it grow
        added = torch.einsum("bkhp,bkn->bhpn", left[..., None] * here.x, here.B)
        S = torch.exp(passed[:, -1])[..., None, None] * S + added
    return torch.cat(ys, 1), S


class GatedNorm(nn.Module):
    """RMSNorm of y silu(z)."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, y: Tensor, z: Tensor) -> Tensor:
        return F.rms_norm(y * F.silu(z), y.shape[-1:], self.weight, self.eps)


class Mamba2Mixer(nn.Module):
    """One layer of one group, without norm and stream; weights bear transformers' names."""

    def __init__(self, config: StateSpaceConfig, compute: torch.dtype | None = None) -> None:
        super().__init__()
        self.config, self.compute = config, compute
        channels, self.heads = config.d_inner, config.d_inner // config.d_head
        self.mixed = channels + 2 * config.d_state
        self.in_proj = nn.Linear(config.d_model, channels + self.mixed + self.heads, bias=False)
        self.conv1d = nn.Conv1d(self.mixed, self.mixed, config.d_conv, groups=self.mixed)
        self.dt_bias = nn.Parameter(torch.empty(self.heads))
        self.A_log = nn.Parameter(torch.empty(self.heads))
        self.D = nn.Parameter(torch.empty(self.heads))
        self.norm = GatedNorm(channels, config.eps)
        self.out_proj = nn.Linear(channels, config.d_model, bias=False)

    @torch.no_grad()
    def initialise(self, generator: torch.Generator | None) -> None:
        c = self.config
        for linear in (self.in_proj, self.out_proj):
            linear.weight.normal_(0, linear.in_features**-0.5 / 3**0.5, generator=generator)
        self.out_proj.weight.div_(c.n_layers**0.5)
        self.conv1d.weight.uniform_(-(c.d_conv**-0.5), c.d_conv**-0.5, generator=generator)
        if self.conv1d.bias is not None:
            self.conv1d.bias.zero_()
        self.dt_bias.copy_(first_dt(self.heads, generator))
        self.A_log.copy_(torch.arange(1, self.heads + 1).float().log())
        self.D.fill_(1)

    def read(self, u: Float[Tensor, "batch pos d_model"]) -> tuple[SSDInputs, Float[Tensor, "batch pos channel"]]:
        """What the scan reads, and z."""
        c, bias = self.config, self.conv1d.bias
        assert bias is not None
        z, mixed, dt = self.in_proj(u).split([c.d_inner, self.mixed, self.heads], -1)
        mixed = F.silu(shifted(mixed, self.conv1d.weight, bias, None)[0])
        x, B, C = mixed.split([c.d_inner, c.d_state, c.d_state], -1)
        heads = x.unflatten(-1, (self.heads, c.d_head))
        return SSDInputs(heads, F.softplus(dt + self.dt_bias), -torch.exp(self.A_log.float()), B, C), z

    def forward(self, u: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_model"]:
        inputs, z = self.read(u)
        y = in_blocks(inputs)[0] + self.D[:, None] * inputs.x
        return self.out_proj(self.norm(y.flatten(2), z))
