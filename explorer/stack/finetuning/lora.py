"""LoRA: a matrix is changed by a product of two narrow ones, which are all that is trained.

    y = x W^T + s (x A^T) B^T        A [r d_in], B [d_out r], s = alpha / r
    merged: W' = W + s B A           the same function, in one product

B begins as zeros, so that nothing changes at first. With r far below d_in and d_out the adapter has r (d_in + d_out)
numbers instead of d_in d_out. Rank-stabilised LoRA takes s = alpha / sqrt(r). A begins as U(-1/sqrt(d_in),
1/sqrt(d_in)), Kaiming's uniform with a = sqrt(5); peft's "gaussian" is N(0, 1/r^2).

PiSSA begins with what is largest in W itself. With W = U S V^T, and the first r of each::

    A0 = sqrt(S/s) V^T    B0 = U sqrt(S/s)        y = x (W - s B0 A0)^T + s (x A^T) B^T

so that the output is the old one at first, and the largest directions are trained while the rest is frozen. W - s B0 A0
is not stored here: the pair that it begins with stays beside the pair that is trained, and both are one LoRA of rank
2 r, which any program can merge (`plain`).

LoRA+ trains B at a greater rate than A, since B begins at nought (`PLUS`: what the training loop takes as `times`).

Hu et al. 2021, LoRA (arXiv 2106.09685); Kalajdzievski 2023, rsLoRA (arXiv 2312.03732); Meng et al. 2024, PiSSA (arXiv
2404.02948); Hayou et al. 2024, LoRA+ (arXiv 2402.12354).

>>> import torch
>>> A, B = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [0.0]])        # r = 1
>>> delta(A, B, scale(alpha=2.0, r=1)).tolist()                            # 2 B A
[[6.0, 12.0], [0.0, 0.0]]
>>> scale(16.0, 4), scale(16.0, 4, stabilised=True)
(4.0, 8.0)
>>> layer = torch.nn.Linear(3, 2, bias=False)
>>> pissa = LoRA.principal(layer.weight.detach(), r=1, alpha=1)
>>> bool(pissa.delta(layer)[0].abs().max() < 1e-6), sum(p.numel() for p in pissa.parameters())
(True, 5)
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.finetuning.change import Change, Delta, sizes_of

Start = Literal["kaiming", "gaussian"]
#: LoRA+: by how much B's rate exceeds A's, which is also that of magnitudes and biases.
PLUS = {"B": 16.0}


def scale(alpha: float | int, r: int, stabilised: bool = False) -> float:
    """What the product B A is multiplied by. Raises ValueError for a rank below 1."""
    if r < 1:
        raise ValueError(f"the rank must be at least 1, not {r}")
    return float(alpha) / (r**0.5 if stabilised else r)


def delta(A: Float[Tensor, "r d_in"], B: Float[Tensor, "d_out r"], by: float) -> Float[Tensor, "d_out d_in"]:
    """What the adapter adds to the matrix."""
    return by * (B.float() @ A.float())


def beside(
    x: Float[Tensor, "... d_in"], A: Float[Tensor, "r d_in"], B: Float[Tensor, "d_out r"], by: float
) -> Float[Tensor, "... d_out"]:
    """What it adds to the layer's output where it is not merged: two narrow products.

    >>> import torch
    >>> generator = torch.Generator().manual_seed(0)
    >>> x, A, B = (torch.randn(*shape, generator=generator) for shape in ((5, 8), (2, 8), (6, 2)))
    >>> bool((beside(x, A, B, 0.5) - x @ delta(A, B, 0.5).T).abs().max() < 1e-5)
    True
    """
    return by * ((x @ A.T) @ B.T)


def begun(r: int, d_in: int, start: Start = "kaiming", generator: torch.Generator | None = None) -> Tensor:
    """A as it begins; B is nought."""
    A = torch.empty(r, d_in)
    if start == "gaussian":
        return A.normal_(0, 1 / r, generator=generator)
    bound = 1 / math.sqrt(d_in)
    return A.uniform_(-bound, bound, generator=generator)


class LoRA(Change):
    """One pair of narrow matrices, and perhaps a frozen pair that is subtracted."""

    def __init__(
        self,
        A: Float[Tensor, "r d_in"],
        B: Float[Tensor, "d_out r"],
        by: float,
        start: tuple[Tensor, Tensor] | None = None,
    ) -> None:
        """by: what B A is multiplied by. start: PiSSA's A0 and B0."""
        super().__init__()
        self.A0: Tensor | None
        self.B0: Tensor | None
        self.A, self.B, self.scale = nn.Parameter(A), nn.Parameter(B), by
        self.register_buffer("A0", None if start is None else start[0])
        self.register_buffer("B0", None if start is None else start[1])

    @classmethod
    def fresh(
        cls,
        d_in: int,
        d_out: int,
        r: int = 8,
        alpha: float | int = 8,
        *,
        stabilised: bool = False,
        start: Start = "kaiming",
        generator: torch.Generator | None = None,
    ) -> LoRA:
        """It changes nothing yet."""
        return cls(begun(r, d_in, start, generator), torch.zeros(d_out, r), scale(alpha, r, stabilised))

    @classmethod
    def principal(cls, weight: Float[Tensor, "out in"], r: int = 8, alpha: float | int = 8) -> LoRA:
        """PiSSA: it begins with the weight's first r singular directions, and changes nothing yet."""
        by = scale(alpha, r)
        U, S, Vh = torch.linalg.svd(weight.detach().float(), full_matrices=False)
        root = (S[:r] / by).sqrt()
        A, B = root[:, None] * Vh[:r], U[:, :r] * root
        return cls(A, B, by, (A.clone(), B.clone()))

    @property
    def r(self) -> int:
        return self.A.shape[0]

    @property
    def plain(self) -> LoRA:
        """The same function as one pair, detached: of twice the rank where a pair is subtracted."""
        A, B = self.A.detach(), self.B.detach()
        if self.A0 is None or self.B0 is None:
            return LoRA(A, B, self.scale)
        return LoRA(torch.cat([A, self.A0]), torch.cat([B, -self.B0], 1), self.scale)

    def beside(self, layer: nn.Module, x: Tensor, y: Tensor) -> Tensor:  # noqa: ARG002
        added = beside(x, self.A, self.B, self.scale)
        return added if self.A0 is None or self.B0 is None else added - beside(x, self.A0, self.B0, self.scale)

    def delta(self, layer: nn.Module) -> Delta:  # noqa: ARG002
        pair = self.plain
        return delta(pair.A, pair.B, self.scale).detach(), None

    def misfit(self, layer: nn.Module) -> str | None:
        return super().misfit(layer) or misfit(self.A, self.B, sizes_of(layer))


def misfit(A: Tensor, B: Tensor, sizes: tuple[int, int]) -> str | None:
    """Why a pair does not suit a layer of (in, out) numbers."""
    shapes, fitting = (tuple(A.shape), tuple(B.shape)), ((len(A), sizes[0]), (sizes[1], len(A)))
    return None if shapes == fitting else f"its matrices are {shapes}, and {fitting} would fit"
