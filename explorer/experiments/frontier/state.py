"""What a Mamba layer does with a text: which past tokens its state holds, and which of them are read.

Behind token i the state is a sum over the tokens so far, and so is what is read of it:

    h_i = sum_j exp(A sum_(j < k <= i) dt_k) dt_j B_j x_j          held: the length of each part
    y_i = sum_j M[i, j] x_j + D x_i                                 read: the length of each part

>>> from explorer.stack.frontier.state_spaces.selective_scan import ScanInputs
>>> ones = torch.ones(1, 2, 1)
>>> found = acting(ScanInputs(ones, ones, -torch.ones(1, 1), ones, ones, torch.zeros(1)))
>>> [round(value, 3) for value in found.held[1].tolist()]  # 1 / e and 1, as shares
[0.269, 0.731]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.frontier.state_spaces.mamba import MixerRun
from explorer.stack.frontier.state_spaces.model import StateSpaceModel
from explorer.stack.frontier.state_spaces.selective_scan import ScanInputs, hidden_attention, segment_sums

#: Channels that are taken apart at once.
SOME = 32


@dataclass(frozen=True)
class Acting:
    """One layer's past, token by token: shares of each row, which add up to 1."""

    held: Float[Tensor, "query key"]
    read: Float[Tensor, "query key"]
    y_error: float
    """The parts that are read, added up, against the compiled scan: the largest difference, in largest values of y."""
    h_error: float
    """The parts that are held, added up, against the state that the scan ends with."""


def acting(inputs: ScanInputs, y: Tensor | None = None, state: Tensor | None = None) -> Acting:
    """Take the layer apart; y and state are the scan's, to compare with."""
    length, channels = inputs.x.shape[1:]
    held, read = torch.zeros(length, length), torch.zeros(length, length)
    sums, last = torch.zeros(length, channels), torch.zeros_like(inputs.A)
    for some in parted(inputs):
        at = some.channels
        given = inputs.x[0, :, at].T  # channel key
        parts = some.M * given[:, None]  # channel query key
        read += parts.square().sum(0)
        sums[:, at] = parts.sum(-1).T + inputs.D[at] * inputs.x[0, :, at]
        write = (inputs.dt[0, :, at] * inputs.x[0, :, at]).T[..., None] * inputs.B[0]  # channel key state
        held += torch.einsum("dqkn,dkn->qk", some.decay.square(), write.square()).tril()
        last[at] = torch.einsum("dkn,dkn->dn", some.decay[:, -1], write)
    return Acting(
        _shares(held.sqrt()), _shares(read.sqrt()),
        0.0 if y is None else far(sums, y[0]), 0.0 if state is None else far(last, state[0]),
    )  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Some channels' pasts."""

    channels: slice
    decay: Float[Tensor, "channel query key state"]
    M: Float[Tensor, "channel query key"]


def parted(inputs: ScanInputs) -> Iterator[Part]:
    """The hidden attention of some channels after the other."""
    for first in range(0, inputs.x.shape[2], SOME):
        at = slice(first, first + SOME)
        after = segment_sums(inputs.dt[0, :, at].T)  # channel query key
        decay = torch.exp(after[..., None] * inputs.A[at, None, None])
        here = ScanInputs(inputs.x[..., at], inputs.dt[..., at], inputs.A[at], inputs.B, inputs.C, inputs.D[at])
        yield Part(at, decay, hidden_attention(here)[0])


def _shares(lengths: Float[Tensor, "query key"]) -> Float[Tensor, "query key"]:
    return lengths / lengths.sum(-1, keepdim=True).clamp(min=1e-30)


def far(one: Tensor, other: Tensor) -> float:
    """The largest difference, in largest values of the other; NaN where one is not a number."""
    gap = (one.double() - other.double()).abs().max()
    return float(gap / other.double().abs().max().clamp(min=1e-30))


def said(
    model: StateSpaceModel, streams: Sequence[Float[Tensor, "batch pos d_model"]]
) -> Float[Tensor, "depth pos d_vocab"]:
    """The stream at each depth, unembedded there: the logit lens."""
    return torch.stack([model.unembedded(stream)[0] for stream in streams])


def kept(run: MixerRun) -> Float[Tensor, " pos"]:
    """Of what the state held before, the mean share that each token leaves."""
    return torch.stack([torch.exp(dt[:, None] * run.inputs.A).mean() for dt in run.inputs.dt[0]])
