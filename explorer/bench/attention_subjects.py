"""Who takes part in `bench attention`, and on what: the sizes, the numbers and the kernels, on a CPU and on a GPU.

On a CPU it is one sequence of four heads in float32: times are in proportion to heads. On a GPU there are 16,384
tokens in all and heads of d_model 2,048 together, as FlashAttention-2's own benchmark has it (arXiv 2307.08691), so
that short sequences fill the device too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from explorer.bench import Act, attention_flex
from explorer.stack.systems.attention_kernels import named
from explorer.stack.transformer.attention import Visibility, sdpa

#: Peers that are no kernels of the project's decoder: torch's compiled attention, and its flash backend by name.
FLEX, FLASH = "flex", "flash"
REFERENCES = ("flash_1", "flash_2")
#: The reference loops are timed up to here.
SHORT = 2048
#: Squares that standard attention holds at once, forward and backward: scores, masked ones, weights, gradients.
SQUARES = 5
HEADS, D_MODEL, TOKENS = 4, 2048, 16384


class Case(NamedTuple):
    """What is measured."""

    n: int
    causal: bool
    backward: bool
    """With the backward pass; else the forward pass alone."""

    @property
    def kind(self) -> str:
        return f"{'causal' if self.causal else 'all seen'}, {'forward and backward' if self.backward else 'forward'}"

    def __str__(self) -> str:
        return f"{self.n:,} tokens, {self.kind}"


@dataclass(frozen=True)
class Setup:
    """What all subjects share."""

    device: torch.device
    dtype: torch.dtype
    d_head: int
    heads: int
    tokens: int
    """Of all sequences of a batch together; a sequence that is as long or longer is alone."""
    trial: int
    """Tokens of the first call, after which it is known whether a kernel runs. On a GPU it chooses Triton's tiles."""
    compared: tuple[tuple[str, str], ...]
    """Who takes part at every length: the rows' subjects, and the kernels' names."""
    suffix: str = ""
    """What the rows add to the case."""

    @property
    def for_gpu(self) -> bool:
        """Whether the subjects are those of a GPU."""
        return FLASH in dict(self.compared).values()

    def batch(self, n: int) -> int:
        return max(1, self.tokens // n)


def on_cpu(d_head: int, dtype: torch.dtype = torch.float32, suffix: str = "") -> Setup:
    compared = (("explorer", "tiled"), ("torch", "sdpa"), ("torch FlexAttention", FLEX))
    return Setup(torch.device("cpu"), dtype, d_head, HEADS, 0, 256, compared, suffix)


def on_gpu(d_head: int, dtype: torch.dtype = torch.bfloat16, device: str = "cuda") -> Setup:
    compared = (("explorer", "triton"), ("torch", FLASH), ("torch FlexAttention", FLEX))
    heads = max(1, D_MODEL // d_head)
    return Setup(torch.device(device), dtype, d_head, heads, TOKENS, 2048, compared, f", d {d_head}")


CPU = on_cpu(64)


def subjects_of(case: Case, setup: Setup = CPU) -> dict[str, str]:
    """Who takes part in this: the rows' subjects, and the kernels' names."""
    taking = dict(setup.compared)
    if standard_fits(case.n, setup):
        taking["explorer standard"] = "standard"
    if case.n <= SHORT:
        taking |= {f"explorer {name}": name for name in REFERENCES}
    return {
        subject: name
        for subject, name in taking.items()
        if takes_part(name, case.backward, setup) and not refusal(name, case.causal, case.backward, setup)
    }


def takes_part(name: str, backward: bool, setup: Setup) -> bool:
    """FlexAttention has no backward pass on a CPU."""
    return not (name == FLEX and backward and setup.device.type == "cpu")


@cache
def refusal(name: str, causal: bool, backward: bool, setup: Setup) -> str | None:
    """Why this kernel does not run here, from one call of one sequence; None if it does."""
    try:
        act_of(name, Case(setup.trial, causal, backward), setup, batch=1)()
    except Exception as error:  # whatever a compiler or a driver says
        return next(iter(str(error).strip().splitlines()), type(error).__name__)
    return None


def standard_fits(n: int, setup: Setup = CPU) -> bool:
    """Whether the squares of N x N take at most a quarter of the memory that is free."""
    return SQUARES * square(n, setup) <= _free(setup.device) / 4


def square(n: int, setup: Setup = CPU) -> int:
    """Bytes of the scores of all heads."""
    return setup.batch(n) * setup.heads * n * n * setup.dtype.itemsize


def _free(device: torch.device) -> float:
    """Bytes that may be taken there."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0])
    told = Path("/proc/meminfo")
    if told.exists():
        return 1024.0 * next(int(x.split()[1]) for x in told.read_text().splitlines() if x.startswith("MemAvailable"))
    return 4e9  # a machine that does not say


def act_of(name: str, case: Case, setup: Setup = CPU, batch: int | None = None) -> Act:
    """One attention by the named kernel, on numbers drawn here."""
    shape = (batch or setup.batch(case.n), setup.heads, case.n, setup.d_head)
    generator = torch.Generator(setup.device).manual_seed(case.n)
    draw = partial(torch.randn, shape, generator=generator, device=setup.device, dtype=setup.dtype)
    q, k, v = (draw().requires_grad_(case.backward) for _ in range(3))
    forward = attention_flex.act(q, k, v, case.causal) if name == FLEX else partial(_z, name, q, k, v, case.causal)
    return partial(_with_gradients, forward, (q, k, v), draw()) if case.backward else forward


def _z(name: str, q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    visible, scale = Visibility(causal=causal), q.shape[-1] ** -0.5
    if name != FLASH:
        return named(name)(q, k, v, visible, scale).z
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        return sdpa(q, k, v, visible, scale).z


def _with_gradients(forward: Callable[[], Tensor], inputs: tuple[Tensor, ...], d_out: Tensor) -> object:
    return torch.autograd.grad(forward(), inputs, d_out)
