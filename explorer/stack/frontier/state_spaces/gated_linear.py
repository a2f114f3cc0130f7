"""Gated linear attention: keys and values summed into a matrix that fades by a gate of its own for each key coordinate.

    S_t = diag(a_t) S_(t-1) + k_t' v_t        [head key value], a_t between 0 and 1, made of the token
    o_t = q_t S_t

(Yang et al. 2023, arXiv 2312.06635.) With all gates 1 it is linear attention; a gate that is the same for all
coordinates makes it Mamba-2's. Its hidden attention is q_i diag(a_(j+1) .. a_i) k_j.

>>> one = torch.ones(1, 3, 1, 1)
>>> given = GatedInputs(one, one, torch.tensor([1.0, 0, 4]).view(1, 3, 1, 1), torch.log(one / 2))
>>> recurrence(given)[0].flatten().tolist(), dual(given).round(decimals=4).flatten().tolist()
([1.0, 0.5, 4.25], [1.0, 0.5, 4.25])

Within a block the fading between two positions is one over the other's, so that queries and keys which carry their own
make the matrix by one product (section 4.1 of the paper); what is trained is trained so.

>>> round(float(in_products(given)[0][0, 2]), 4)
4.25
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.frontier.state_spaces.config import StateSpaceConfig
from explorer.stack.frontier.state_spaces.selective_scan import segment_sums

#: Rank of the gate's map, and by what its logarithm is divided: gates begin near 1.
RANK, SLOW = 16, 16
#: The least logarithm of a gate: even so a token leaves less than a hundredth of what was.
LEAST = -5.0
BLOCK = 32
#: Positions of a block whose matrix is one product: so few that they fade by less than a float32 holds.
PRODUCT = 16


@dataclass(frozen=True)
class GatedInputs:
    """What the layer's sum reads."""

    q: Float[Tensor, "batch pos head key"]
    k: Float[Tensor, "batch pos head key"]
    v: Float[Tensor, "batch pos head value"]
    log_gate: Float[Tensor, "batch pos head key"]
    """At most 0."""


def recurrence(i: GatedInputs) -> tuple[Float[Tensor, "batch pos head value"], Float[Tensor, "batch head key value"]]:
    """One position after the other: the definition."""
    S, outs = i.k.new_zeros(*i.k[:, 0].shape, i.v.shape[-1]), []
    for at in range(i.q.shape[1]):
        S = torch.exp(i.log_gate[:, at])[..., None] * S + i.k[:, at, ..., None] * i.v[:, at, ..., None, :]
        outs.append(torch.einsum("bhk,bhkv->bhv", i.q[:, at], S))
    return torch.stack(outs, 1), S


def hidden_attention(i: GatedInputs) -> Float[Tensor, "batch head query key"]:
    """What each position takes from each earlier one."""
    fades = torch.exp(segment_sums(i.log_gate.permute(0, 2, 3, 1)).clamp(max=0))  # batch head coordinate query key
    return torch.einsum("bqhd,bhdqk,bkhd->bhqk", i.q, fades, i.k).tril()


def dual(i: GatedInputs) -> Float[Tensor, "batch pos head value"]:
    """All at once, by that matrix."""
    return torch.einsum("bhqk,bkhv->bqhv", hidden_attention(i), i.v)


def in_blocks(
    i: GatedInputs, block: int = BLOCK
) -> tuple[Float[Tensor, "batch pos head value"], Float[Tensor, "batch head key value"]]:
    """The matrix within each block, the sum S between them."""
    S, outs = i.k.new_zeros(*i.k[:, 0].shape, i.v.shape[-1]), []
    for begin in range(0, i.q.shape[1], block):
        part = slice(begin, begin + block)
        here = GatedInputs(i.q[:, part], i.k[:, part], i.v[:, part], i.log_gate[:, part])
        passed = here.log_gate.cumsum(1)
        outs.append(dual(here) + torch.einsum("bqhk,bhkv->bqhv", here.q * torch.exp(passed), S))
        left = torch.exp((passed[:, -1:] - passed).clamp(max=0))
        S = torch.exp(passed[:, -1])[..., None] * S + torch.einsum("bqhk,bqhv->bhkv", here.k * left, here.v)
    return torch.cat(outs, 1), S


def in_products(
    i: GatedInputs, block: int = PRODUCT
) -> tuple[Float[Tensor, "batch pos head value"], Float[Tensor, "batch head key value"]]:
    """The same blocks, each matrix by one product of queries that fade from the block's start and keys that grow.

    A block may fade by a factor of e**80 at most: sixteen of the layer's least gates.
    """
    length = i.q.shape[1]
    # Behind the end nothing is said and nothing fades.
    q, k, v, log_gate = (
        F.pad(each, (0, 0, 0, 0, 0, -length % block)).unflatten(1, (-1, block)) for each in (i.q, i.k, i.v, i.log_gate)
    )  # batch piece pos head key
    passed = log_gate.cumsum(2)
    last, faded = passed[:, :, -1:], q * torch.exp(passed)
    scores = torch.einsum("bnqhd,bnkhd->bnhqk", faded, k * torch.exp(-passed)).tril()
    added = torch.einsum("bnkhd,bnkhv->bnhdv", k * torch.exp((last - passed).clamp(max=0)), v)
    fades = torch.exp(last[:, :, 0])[..., None]
    S, before = i.k.new_zeros(*i.k[:, 0].shape, i.v.shape[-1]), []
    for at in range(q.shape[1]):
        before.append(S)
        S = fades[:, at] * S + added[:, at]
    carried = torch.einsum("bnqhd,bnhdv->bnqhv", faded, torch.stack(before, 1))
    out = torch.einsum("bnhqk,bnkhv->bnqhv", scores, v) + carried
    return out.flatten(1, 2)[:, :length], S


class GatedLinearMixer(nn.Module):
    """One layer, without norm and stream."""

    def __init__(self, config: StateSpaceConfig, compute: torch.dtype | None = None) -> None:
        super().__init__()
        self.config, self.compute, width = config, compute, config.d_model
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.gate_in, self.gate_out = nn.Linear(width, RANK, bias=False), nn.Linear(RANK, width)
        self.out_gate, self.out_proj = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)

    @torch.no_grad()
    def initialise(self, generator: torch.Generator | None) -> None:
        for each in self.modules():
            if isinstance(each, nn.Linear):
                each.weight.normal_(0, each.in_features**-0.5 / 3**0.5, generator=generator)
        self.gate_out.bias.zero_()
        self.out_proj.weight.div_(self.config.n_layers**0.5)

    def read(self, u: Float[Tensor, "batch pos d_model"]) -> GatedInputs:
        heads = (-1, self.config.d_head)
        q, k, v = (each.unflatten(-1, heads) for each in self.qkv(u).chunk(3, -1))
        gate = (F.logsigmoid(self.gate_out(self.gate_in(u))) / SLOW).clamp(min=LEAST)
        return GatedInputs(q * self.config.d_head**-0.5, k, v, gate.unflatten(-1, heads))

    def forward(self, u: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_model"]:
        o = in_products(self.read(u))[0]
        normed = F.rms_norm(o, o.shape[-1:]).flatten(2)
        return self.out_proj(normed * F.silu(self.out_gate(u)))
