"""One layer three times: step by step, as a matrix, in blocks; and the compiled scan. How far apart they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.frontier.state import far
from explorer.stack.frontier.state_spaces import gated_linear, mamba2, selective_scan
from explorer.stack.frontier.state_spaces.selective_scan import ScanInputs

#: Positions and channels of the other families' layers, whose numbers are drawn.
DRAWN = (48, 8)


@dataclass(frozen=True)
class Views:
    """One channel of one layer."""

    states: Float[Tensor, "pos state"]
    """After each token."""
    M: Float[Tensor, "query key"]
    y: Float[Tensor, "way pos"]
    """By the recurrence, by the matrix, in blocks, by the compiled scan."""
    errors: list[float]
    """Of the last three against the recurrence in float64, over all channels, in largest values of y."""
    families: dict[str, list[float]]
    """Of other layers on drawn numbers: the matrix and the blocks against the recurrence."""


def views(inputs: ScanInputs, channel: int, block: int) -> Views:
    """The layer in every form, and one channel of it in full."""
    at = slice(channel, channel + 1)
    one = replace(inputs, x=inputs.x[..., at], dt=inputs.dt[..., at], A=inputs.A[at], D=inputs.D[at])
    states = selective_scan.recurrence(one).states
    assert states is not None
    found = forms(inputs, block)
    exact = selective_scan.recurrence(_double(inputs)).y
    return Views(
        states[0, :, 0], selective_scan.hidden_attention(one)[0, 0], torch.stack([y[0, :, channel] for y in found]),
        [far(y, exact) for y in found[1:]], other_families(block),
    )  # fmt: skip


def forms(inputs: ScanInputs, block: int) -> list[Float[Tensor, "batch pos channel"]]:
    """y by the recurrence, by the matrix, in blocks, by the compiled scan."""
    i = inputs
    whole = torch.cat(
        [
            torch.einsum("bdqk,bkd->bqd", selective_scan.hidden_attention(some), some.x) + some.D * some.x
            for some in _some(inputs)
        ],
        -1,
    )
    blocks = torch.cat([selective_scan.in_blocks(some, block).y for some in _some(inputs)], -1)
    return [selective_scan.recurrence(i).y, whole, blocks, selective_scan.scan(i.x, i.dt, i.A, i.B, i.C, i.D)[0]]


def _some(i: ScanInputs) -> list[ScanInputs]:
    """A few channels at a time: the matrix of all would be large."""
    parts = [slice(first, first + 32) for first in range(0, i.x.shape[-1], 32)]
    return [ScanInputs(i.x[..., at], i.dt[..., at], i.A[at], i.B, i.C, i.D[at]) for at in parts]


def _double(i: ScanInputs) -> ScanInputs:
    return ScanInputs(i.x.double(), i.dt.double(), i.A.double(), i.B.double(), i.C.double(), i.D.double())


def other_families(block: int) -> dict[str, list[float]]:
    """Mamba-2 and gated linear attention, on drawn numbers."""
    generator, (length, width) = torch.Generator().manual_seed(0), DRAWN

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    heads = (1, length, 2, width)
    ssd = mamba2.SSDInputs(
        draw(*heads), torch.rand(heads[:3], generator=generator), -torch.ones(2), draw(1, length, width),
        draw(1, length, width),
    )  # fmt: skip
    gates = -torch.rand(heads, generator=generator) / 4
    gated = gated_linear.GatedInputs(draw(*heads), draw(*heads), draw(*heads), gates)
    return {
        "Mamba-2": _gaps(mamba2.recurrence(ssd)[0], mamba2.dual(ssd), lambda: mamba2.in_blocks(ssd, block)[0]),
        "gated linear attention": _gaps(
            gated_linear.recurrence(gated)[0], gated_linear.dual(gated), lambda: gated_linear.in_blocks(gated, block)[0]
        ),
    }


def _gaps(exact: Tensor, matrix: Tensor, blocks: Callable[[], Tensor]) -> list[float]:
    return [far(matrix, exact), far(blocks(), exact)]
