"""Attention kernels on this machine: its two limits, and each kernel's time beside what they allow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.experiments import machine
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.reused_memory import reused_memory
from explorer.experiments.systems.attention_methods import sdpa, standard, tiled
from explorer.experiments.timing import Timing
from explorer.stack.systems.attention_io import Kernel
from explorer.stack.worst import worst

ROUNDS = 5
#: heads of one call: a decoding step of one head would be all overhead
HEADS = 8


@dataclass(frozen=True)
class Timed:
    """Kernels that run here, timed so far."""

    speed: machine.MachineSpeed
    taken: dict[Kernel, Timing]
    gap: float
    """Largest difference of any output or gradient from torch's own."""
    rounds: int


def timed(n: int, d: int, causal: bool, progress: Ticks = unheard, rounds: int = ROUNDS) -> Iterator[Timed]:
    """`HEADS` heads, float32; the kernels take turns. Yields after each round.

    FlashAttention-1 has no fast form here, and is not timed.
    """
    cases, speed = _cases(n, d, causal), machine.speed()
    seconds: dict[Kernel, list[float]] = {kernel: [] for kernel in cases}
    with reused_memory():
        gap = worst(act() for act, _ in cases.values())  # warms up, and takes the memory that is used again
        for turn in range(rounds):
            for at, (kernel, (_, take)) in enumerate(cases.items()):
                seconds[kernel].append(take())
                progress(turn * len(cases) + at + 1, rounds * len(cases))
            yield Timed(speed, {kernel: Timing.of(taken) for kernel, taken in seconds.items()}, gap, turn + 1)


Check = Callable[[], float]
Take = Callable[[], float]


def _cases(n: int, d: int, causal: bool) -> dict[Kernel, tuple[Check, Take]]:
    """Of each kernel: how far its result lies from torch's, and the seconds of one run."""
    generator = torch.Generator().manual_seed(0)
    q, k, v, d_out = (torch.randn(1, HEADS, n, d, generator=generator) for _ in range(4))
    leaves = lq, lk, lv = [each.clone().requires_grad_() for each in (q, k, v)]
    exact = sdpa(lq, lk, lv, causal)
    wanted = torch.autograd.grad(exact, leaves, d_out)
    exact = exact.detach()

    def gradients() -> Callable[[], tuple[Tensor, ...]]:
        out = tiled(lq, lk, lv, causal)
        return lambda: torch.autograd.grad(out, leaves, d_out)

    def last() -> Tensor:
        return F.scaled_dot_product_attention(q[:, :, -1:], k, v)

    return {
        "standard": _forward(lambda: standard(q, k, v, causal), exact),
        "flash_2": _forward(lambda: tiled(q, k, v, causal), exact),
        "backward": (
            lambda: worst(_off(one, other) for one, other in zip(gradients()(), wanted, strict=True)),
            lambda: _seconds(gradients()),
        ),
        "decoding": _forward(last, sdpa(q, k, v, causal=False)[:, :, -1:]),
    }


def _forward(act: Callable[[], Tensor], expected: Tensor) -> tuple[Check, Take]:
    return lambda: _off(act(), expected), lambda: _seconds(act)


def _off(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
