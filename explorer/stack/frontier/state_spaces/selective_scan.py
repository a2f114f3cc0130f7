"""The selective scan of Mamba: a state of N numbers a channel, which each token lets fade and adds to.

    h_t = exp(dt_t A) h_(t-1) + dt_t B_t x_t        [channel state]
    y_t = C_t h_t + D x_t                            [channel]

dt, B and C are made of the token itself: that is what is selective (Gu and Dao 2023, Mamba, arXiv 2312.00752). A is
negative, so that exp(dt A) lies between 0 and 1: a large dt writes the token and forgets the past, a small one passes
it by. The paper's equation has the exact step for B, (exp(dt A) - 1) / A (zero-order hold, ZOH); the published code
has Euler's, dt B, and so has every checkpoint. They differ most where the state is fast:

>>> dt = torch.tensor(0.1)
>>> [round(float(written(dt, torch.tensor(a), "euler")), 6) for a in (-1.0, -16.0)]
[0.1, 0.1]
>>> [round(float(written(dt, torch.tensor(a), "zoh")), 6) for a in (-1.0, -16.0)]
[0.095163, 0.049881]

Three forms of one layer give one answer: the recurrence; the matrix M of what each position takes from each earlier
one (the hidden attention: Ali, Zimerman and Wolf 2024, arXiv 2403.01590); and blocks, a matrix within each and a state
carried from one to the next.

    M[i, j] = C_i exp(A sum_(j < k <= i) dt_k) dt_j B_j      y = M x + D x

Worked by hand: one channel, one state, A = -1, D = 0, dt = ln 2 (the state halves), B = C = 1, and x = 1, 0, 4:

>>> import math
>>> ln2 = math.log(2)
>>> ones = torch.ones(1, 3, 1)
>>> x = torch.tensor([[[1.0], [0.0], [4.0]]])
>>> inputs = ScanInputs(x, ones * ln2, -torch.ones(1, 1), ones, ones, torch.zeros(1))
>>> [round(value / ln2, 4) for value in recurrence(inputs).y.flatten().tolist()]
[1.0, 0.5, 4.25]
>>> (hidden_attention(inputs)[0, 0] / ln2).round(decimals=3).tolist()
[[1.0, 0.0, 0.0], [0.5, 1.0, 0.0], [0.25, 0.5, 1.0]]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.state_spaces.scan_loops import LANES, backward, forward

#: How a token is written in one step.
Rule = Literal["euler", "zoh"]


@dataclass(frozen=True)
class ScanInputs:
    """What a scan reads."""

    x: Float[Tensor, "batch pos channel"]
    dt: Float[Tensor, "batch pos channel"]
    """Step sizes, positive: how much of the token is written, and how much of the past fades."""
    A: Float[Tensor, "channel state"]
    """Negative: how fast each state fades."""
    B: Float[Tensor, "batch pos state"]
    """Where in the state the token is written."""
    C: Float[Tensor, "batch pos state"]
    """Where in the state is read."""
    D: Float[Tensor, " channel"]
    """What passes by the state."""


@dataclass(frozen=True)
class Scanned:
    """A scan's answer."""

    y: Float[Tensor, "batch pos channel"]
    state: Float[Tensor, "batch channel state"]
    """After the last position."""
    states: Float[Tensor, "batch pos channel state"] | None = None
    """After each position, where they were kept."""


def written(dt: Tensor, A: Tensor, rule: Rule) -> Tensor:
    """What B is multiplied by in one step: dt by Euler's rule, (exp(dt A) - 1) / A where the input is held still."""
    return dt * torch.ones_like(A) if rule == "euler" else torch.expm1(dt * A) / A


def recurrence(
    inputs: ScanInputs, state: Float[Tensor, "batch channel state"] | None = None, rule: Rule = "euler"
) -> Scanned:
    """One position after the other, every state kept: the definition, in the tensors' own type."""
    i = inputs
    h = i.x.new_zeros(len(i.x), *i.A.shape) if state is None else state
    states = []
    for at in range(i.x.shape[1]):
        dt = i.dt[:, at, :, None]  # batch channel 1
        h = torch.exp(dt * i.A) * h + written(dt, i.A, rule) * i.x[:, at, :, None] * i.B[:, at, None]
        states.append(h)
    kept = torch.stack(states, 1)  # batch pos channel state
    return Scanned(torch.einsum("bldn,bln->bld", kept, i.C) + i.D * i.x, h, kept)


def hidden_attention(inputs: ScanInputs) -> Float[Tensor, "batch channel query key"]:
    """What each position takes from each earlier one, channel by channel; D, which stays at its own, is left out."""
    i = inputs
    length = i.x.shape[1]
    after = segment_sums(i.dt.transpose(1, 2))  # batch channel query key
    decay = torch.exp(after[..., None].clamp(min=-1e30) * i.A[:, None, None])  # batch channel query key state
    M = torch.einsum("bqn,bdqkn,bkn->bdqk", i.C, decay, i.B) * i.dt.transpose(1, 2)[:, :, None]
    return torch.where(_lower(length, M.device), M, 0)


def hidden_attention_at(inputs: ScanInputs, query: int) -> Float[Tensor, "batch channel key"]:
    """One row of it, without the others: what this position takes from itself and each earlier one.

    >>> draw = torch.Generator().manual_seed(0)
    >>> a, b, c = (torch.rand(1, 5, each, generator=draw) for each in (2, 3, 3))
    >>> inputs = ScanInputs(a, a, -torch.ones(2, 3), b, c, torch.zeros(2))
    >>> torch.allclose(hidden_attention_at(inputs, 3), hidden_attention(inputs)[:, :, 3, :4])
    True
    """
    i = inputs
    dt = i.dt[:, : query + 1].transpose(1, 2)  # batch channel key
    later = torch.nn.functional.pad(dt[..., 1:], (0, 1))
    after = later.flip(-1).cumsum(-1).flip(-1)  # the steps after key, up to query
    decay = torch.exp(after[..., None] * i.A[:, None])  # batch channel key state
    return torch.einsum("bn,bckn,bkn->bck", i.C[:, query], decay, i.B[:, : query + 1]) * dt


def segment_sums(steps: Float[Tensor, "*batch pos"]) -> Float[Tensor, "*batch query key"]:
    """The sum of the steps after key and up to query; 0 where the key is later.

    Summed as such, not as a difference of two long sums, whose rounding can make it less than nothing.

    >>> segment_sums(torch.tensor([1.0, 2.0, 3.0])).tolist()
    [[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [5.0, 3.0, 0.0]]
    """
    length = steps.shape[-1]
    wide = steps[..., None].expand(*steps.shape, length)  # *batch query key: the step of the query
    strictly = torch.ones(length, length, dtype=torch.bool, device=steps.device).tril(-1)
    return torch.where(strictly, wide, 0).cumsum(-2)


def in_blocks(inputs: ScanInputs, block: int = 64) -> Scanned:
    """A matrix within each block of positions, and the state carried from one block to the next."""
    i, ys, h = inputs, [], inputs.x.new_zeros(len(inputs.x), *inputs.A.shape)
    for begin in range(0, i.x.shape[1], block):
        part = slice(begin, begin + block)
        here = ScanInputs(i.x[:, part], i.dt[:, part], i.A, i.B[:, part], i.C[:, part], i.D)
        within = torch.einsum("bdqk,bkd->bqd", hidden_attention(here), here.x)
        passed = here.dt.cumsum(1)  # batch pos channel: since the block began
        faded = torch.exp(passed[..., None] * i.A) * h[:, None]  # batch pos channel state
        ys.append(within + torch.einsum("bldn,bln->bld", faded, here.C) + i.D * here.x)
        left = (passed[:, -1:] - passed)[..., None].clamp(min=0)  # rounding must not make it grow
        added = torch.exp(left * i.A) * (here.dt * here.x)[..., None] * here.B[:, :, None]
        h = faded[:, -1] + added.sum(1)
    return Scanned(torch.cat(ys, 1), h)


def _lower(length: int, device: torch.device) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool, device=device).tril()


# ---- compiled ------------------------------------------------------------------------------------------------------


def scan(
    x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, state: Tensor | None = None
) -> tuple[Float[Tensor, "batch pos channel"], Float[Tensor, "batch channel state"]]:
    """The recurrence as machine code, float32 on the CPU: y, and the state after the last position.

    The gradient is that of a scan from a state of zeros; a given state is read, and gets none.
    """
    states = A.shape[1]
    more = -states % LANES
    if more:  # states that are never written to
        A, B, C = (torch.nn.functional.pad(each, (0, more)) for each in (A, B, C))
        state = None if state is None else torch.nn.functional.pad(state, (0, more))
    if state is None and torch.is_grad_enabled() and any(each.requires_grad for each in (x, dt, A, B, C, D)):
        y, last = _Scan.apply(x, dt, A, B, C, D)
    else:
        y, last = _forward(x, dt, A, B, C, D, state)
    return y, last[..., :states]


def _forward(x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, state: Tensor | None):
    h = torch.zeros(len(x), *A.shape) if state is None else state.detach().contiguous().clone()
    y = torch.empty(x.shape)
    given = _arrays(x, dt, A, B, C, D)
    forward(given[0], given[1], given[2], given[3], given[4], given[5], _lanes(h), y.numpy())
    return y, h


def _arrays(x: Tensor, dt: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor):
    whole = [each.detach().float().contiguous() for each in (x, dt, A, B, C, D)]
    return [_lanes(each) if at in (2, 3, 4) else each.numpy() for at, each in enumerate(whole)]


def _lanes(tensor: Tensor):
    """The same memory, the states in parts of sixteen: * part lane."""
    return tensor.view(*tensor.shape[:-1], -1, LANES).numpy()


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, dt, A, B, C, D):
        ctx.save_for_backward(x, dt, A, B, C, D)
        y, last = _forward(x, dt, A, B, C, D, None)
        ctx.mark_non_differentiable(last)
        return y, last

    @staticmethod
    def backward(ctx, dy, _):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, dt, A, B, C, D = ctx.saved_tensors
        dx, ddt = torch.empty(x.shape), torch.empty(x.shape)
        dA, dB, dC, dD = (torch.zeros(each.shape) for each in (A, B, C, D))
        given, of_y = _arrays(x, dt, A, B, C, D), dy.float().contiguous().numpy()
        backward(
            given[0], given[1], given[2], given[3], given[4], given[5], of_y,
            dx.numpy(), ddt.numpy(), _lanes(dA), _lanes(dB), _lanes(dC), dD.numpy(),
        )  # fmt: skip
        return dx, ddt, dA, dB, dC, dD
