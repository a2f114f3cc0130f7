"""Muon: the momentum of a matrix, with its singular values made alike.

    b <- b + (1 - mu) (g - b)                      an average, as torch keeps it
    u = g + mu (b - g)                             Nesterov's
    O = NewtonSchulz(u)
    W <- W (1 - lr wd) - lr s O                    s = sqrt(max(1, rows / columns))

Newton and Schulz, five times on X = u / |u| (transposed where it is tall):

    A = X Xᵀ,   X <- a X + (b A + c A²) X          a, b, c = 3.4445, -4.7750, 2.0315

Each singular value x becomes a x + b x³ + c x⁵, and neither singular vector turns. The coefficients are steep at zero
and do not settle at 1: what was not tiny ends between about .7 and 1.2. `POLAR_EXPRESS` has other coefficients at
each iteration (Amsel et al. 2025, arXiv 2505.16932), as nanochat uses them.

Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks; `wide` is Moonlight's factor, .2
sqrt(max(rows, columns)) (Liu et al. 2025, 2502.16982). torch iterates in bfloat16. Embeddings, the head and vectors
are given to AdamW.

A value of .5 after one iteration is 3.4445 · .5 - 4.775 · .125 + 2.0315 · .03125:

>>> round(polynomial(0.5, JORDAN), 4)
1.1889
>>> made = iterates(torch.diag(torch.tensor([3.0, 4.0])), [JORDAN])  # divided by its norm, 5
>>> [[round(each, 4) for each in x.diag().tolist()] for x in made]
[[0.6, 0.8], [1.1933, 0.9765]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.pretraining.optimizers.stepped import State, Stepped, zeros

Coefficients = tuple[float, float, float]
JORDAN: Coefficients = (3.4445, -4.7750, 2.0315)
POLAR_EXPRESS: tuple[Coefficients, ...] = (
    (8.156554524902461, -22.48329292557795, 15.878769915207462),
    (4.042929935166739, -2.808917465908714, 0.5000178451051316),
    (3.8916678022926607, -2.772484153217685, 0.5060648178503393),
    (3.285753657755655, -2.3681294933425376, 0.46449024233003106),
    (2.3465413258596377, -1.7097828382687081, 0.42323551169305323),
)
#: Smallest norm that a matrix is divided by.
SMALLEST = 1e-7


@dataclass(frozen=True)
class Muon:
    """The rule, for matrices."""

    momentum: float = 0.95
    nesterov: bool = True
    weight_decay: float = 0.1
    coefficients: tuple[Coefficients, ...] = (JORDAN,) * 5
    """One triple an iteration."""
    divisor: float = 1.0
    """Of the norm: 1.01 with `POLAR_EXPRESS`, whose polynomials must not meet a value above 1."""
    wide: bool = False
    dtype: torch.dtype = torch.bfloat16
    """What the iterations are done in."""

    def step(self, weight: Tensor, gradient: Tensor, state: State, t: int, lr: float) -> Stepped:  # noqa: ARG002 - the same for all rules
        """See the module. Raises ValueError for what is no matrix."""
        if weight.dim() != 2:
            raise ValueError(f"Muon steps matrices; this has {weight.dim()} dimensions: AdamW takes it")
        b = torch.lerp(zeros(state, "momentum", weight), gradient, 1 - self.momentum)
        u = torch.lerp(gradient, b, self.momentum) if self.nesterov else b
        alike = iterates(u.to(self.dtype), self.coefficients, self.divisor)[-1].to(weight.dtype)
        decay, update = lr * self.weight_decay * weight, lr * self.factor(*weight.shape) * alike
        terms = {"momentum": b, "direction": u, "orthogonal": alike, "decay": decay, "update": update}
        return Stepped(weight=weight - decay - update, state={"momentum": b}, terms=terms)

    def factor(self, rows: int, columns: int) -> float:
        """What the learning rate is multiplied by for a matrix of that shape."""
        return 0.2 * max(rows, columns) ** 0.5 if self.wide else max(rows / columns, 1.0) ** 0.5


def iterates(
    matrix: Float[Tensor, "row column"], coefficients: Sequence[Coefficients], divisor: float = 1.0
) -> list[Float[Tensor, "row column"]]:
    """The matrix by its norm, and after each iteration of Newton and Schulz, in its own dtype."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() * divisor).clamp(min=SMALLEST)
    found = [x]
    for a, b, c in coefficients:
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
        found.append(x)
    return [each.T for each in found] if tall else found


def polynomial(value: float, coefficients: Coefficients) -> float:
    """What one iteration makes of a singular value."""
    a, b, c = coefficients
    return a * value + b * value**3 + c * value**5
