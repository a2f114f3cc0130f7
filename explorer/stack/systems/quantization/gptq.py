"""GPTQ: columns are rounded one after another, and the columns that follow make up for each one's error.

Rounding W to Q costs tr((W - Q) H (W - Q)^T) in the layer's outputs, H = 2/n X^T X over the text's inputs
(`calibration`). Rounded to nearest, each weight is as near as it can be by itself. GPTQ rounds the first column, then
moves all columns still to come so that the outputs change as little as they can; then the second, and so on. How far
is given by the inverse Hessian of what is left, whose rows a Cholesky factor holds all at once::

    H^-1 = U^T U                       U upper triangular
    q_j  = round(w_j)                  the column as the earlier ones have left it
    e_j  = (w_j - q_j) / U_jj          one number a row
    w_i -= e_j U_ji    for i > j       the error is pushed into the rest

In all, W - Q = E U, so that the loss is the sum of the squared e: tr((W - Q) H (W - Q)^T) = |E|^2. A little is added to
H's diagonal (`damping`, a share of its mean), since channels that are always nought have no inverse. Columns are worked
in blocks, and what lies behind a block is moved once, by a matrix product: the same numbers.

A group's scales are fitted when its first column is reached, on the weights as they then are (of GGUF's K types those
of a super-block, since its groups' scales share one). In **act-order** columns
come by H's diagonal, the busiest first, when there is still much left to make up for them; scales are then fitted
before, on the weights as they were, so that groups stay where they lie.

Frantar et al. 2022 (arXiv 2210.17323); the loss in closed form is optimal brain surgery's (Hassibi & Stork 1993;
Frantar & Alistarh 2022, arXiv 2208.11580).

Worked example: two inputs that are nearly always equal. 0.4 and 0.4 round to 0 and 0, which loses .8; GPTQ rounds the
first down, pushes nearly all of its .4 into the second, and rounds that up.

>>> from explorer.stack.systems.quantization.integers import Integers
>>> format = Integers("int4", "INT4", 4, 4)
>>> weight = torch.tensor([[-8.0, 0.0, 0.4, 0.4]])  # one step is 1
>>> H = torch.eye(4, dtype=torch.float64)
>>> H[2, 3] = H[3, 2] = 0.99
>>> made = gptq(weight, H, format, damping=0.0)
>>> made.packed.dequantize().tolist(), format.quantize(weight).dequantize().tolist()
([[-8.0, 0.0, 0.0, 1.0]], [[-8.0, 0.0, 0.0, 0.0]])
>>> round(made.loss, 3), round(loss(weight, format.quantize(weight).dequantize(), H), 3)
(0.045, 0.637)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.format import Format, Packed, Scales
from explorer.stack.systems.quantization.gguf_blocks import Blocks

#: Columns worked by themselves before what lies behind them is moved: the paper's.
BLOCK = 128
#: The paper's share of the diagonal's mean.
DAMPING = 0.01


@dataclass(frozen=True, eq=False)
class Column:
    """One column at the moment when it is rounded."""

    index: int
    """Of the matrix."""
    weight: Float64[Tensor, " out"]
    """As the earlier columns have left it."""
    rounded: Float64[Tensor, " out"]
    error: Float64[Tensor, " out"]
    """e_j: what is pushed, before U's row says into where."""
    pushes: Float64[Tensor, " later"]
    """U's row behind the diagonal, in the order of the columns."""


@dataclass(frozen=True, eq=False)
class Compensated:
    """A matrix that GPTQ has rounded."""

    packed: Packed
    order: Int[Tensor, " in"]
    """The columns as they came."""
    column_loss: Float64[Tensor, " in"]
    """What each of them, in that order, added to the loss: the sum over rows of e^2."""
    damped: Float64[Tensor, "in in"]
    """The Hessian that was inverted, in the matrix's own order."""

    @property
    def loss(self) -> float:
        """tr((W - Q) H (W - Q)^T) with the damped H."""
        return float(self.column_loss.sum())


def loss(weight: Float[Tensor, "out in"], rounded: Float[Tensor, "out in"], hessian: Float64[Tensor, "in in"]) -> float:
    """tr((W - Q) H (W - Q)^T): by how much the outputs' squares move, twice the mean over tokens."""
    apart = weight.double() - rounded.double()
    return float(((apart @ hessian) * apart).sum())


def damped(hessian: Float64[Tensor, "in in"], damping: float = DAMPING) -> Float64[Tensor, "in in"]:
    """H with a share of its diagonal's mean added to the diagonal; channels that never spoke count as that mean."""
    made = hessian.double().clone()
    diagonal = made.diagonal()  # a view
    mean = float(diagonal.mean()) or 1.0
    diagonal[diagonal == 0] = mean
    diagonal += damping * mean
    return made


def factor(hessian: Float64[Tensor, "in in"]) -> Float64[Tensor, "in in"]:
    """U of H^-1 = U^T U. Raises NotApplicableError where H has no inverse: more damping gives it one."""
    lower, failed = torch.linalg.cholesky_ex(hessian)
    if int(failed):
        raise NotApplicableError("The inputs’ products have no inverse.", "More text or more damping gives them one.")
    upper, failed = torch.linalg.cholesky_ex(torch.cholesky_inverse(lower), upper=True)
    if int(failed):
        raise NotApplicableError("The inputs’ products have no inverse.", "More text or more damping gives them one.")
    return upper


@torch.no_grad()
def gptq(
    weight: Float[Tensor, "out in"],
    hessian: Float64[Tensor, "in in"],
    format: Format,  # noqa: A002
    *,
    damping: float = DAMPING,
    act_order: bool = False,
    block: int = BLOCK,
    watch: Callable[[Column], None] | None = None,
) -> Compensated:
    """Round the matrix to the format with the errors made up for. `watch` sees each column as it is rounded.

    `block` columns are worked at a time; 1 is the algorithm word for word. Raises NotApplicableError for rows that do
    not fit the format and for inputs whose products have no inverse.
    """
    weight = weight.detach().float()
    format.check(weight)
    if format.vector > 1:
        raise NotApplicableError(
            f"GPTQ rounds column by column, and in {format.title} {format.vector} columns share one code.",
            "Choose another format.",
        )
    H = damped(hessian, damping)
    order = torch.argsort(H.diagonal(), descending=True, stable=True) if act_order else torch.arange(len(H))
    U = factor(H[order][:, order])
    columns = weight.double().T[order].contiguous()  # in out: a column of W lies together
    scales = _Scales(format, weight, fixed=act_order)
    if block > 1:  # a group's scales are fitted on columns that all earlier errors have reached
        block = max(1, block // scales.span) * scales.span
    codes = torch.empty(columns.shape, dtype=torch.int32)
    column_loss = torch.empty(len(columns), dtype=torch.float64)
    for first in range(0, len(columns), block):
        last = min(first + block, len(columns))
        errors = torch.empty(last - first, columns.shape[1], dtype=torch.float64)
        for at in range(first, last):
            j = int(order[at])
            codes[j], rounded = scales.rounded(j, columns, at)
            error = (columns[at] - rounded) / U[at, at]
            errors[at - first], column_loss[at] = error, error.square().sum()
            if watch:
                watch(Column(j, columns[at].clone(), rounded, error, U[at, at + 1 :]))
            columns[at + 1 : last].addr_(U[at, at + 1 : last], error, alpha=-1)
        columns[last:].addmm_(U[first:last, last:].T, errors, alpha=-1)
    return Compensated(format.pack(codes.T.contiguous(), scales.joined()), order, column_loss, H)


class _Scales:
    """The scales of the columns: of each group when it is reached, or (`fixed`) all as the weights were."""

    def __init__(self, format: Format, weight: Float[Tensor, "out in"], fixed: bool) -> None:  # noqa: A002
        self._format, width = format, weight.shape[1]
        self.span = format.span or width
        """Columns that are fitted together."""
        self._parts: list[Scales] = []
        if fixed or not apart(format, weight[:, : self.span], width):
            self.span, self._parts = width, [format.fit(weight)]

    def rounded(self, column: int, columns: Float64[Tensor, "in out"], at: int) -> tuple[Tensor, Tensor]:
        """The codes of one column, and the weights that they stand for."""
        group, inside = divmod(column, self.span)
        if group == len(self._parts):
            self._parts.append(self._format.fit(columns[at : at + self.span].T.float().contiguous()))
        part = self._parts[group]
        of = inside * part.step.shape[1] // self.span  # a fit may be of several groups at once
        mine = Scales(part.step[:, of : of + 1], None if part.low is None else part.low[:, of : of + 1], {})
        codes = self._format.encode(columns[at, :, None].float(), mine)
        return codes[:, 0], self._format.decode(codes, mine)[:, 0].double()

    def joined(self) -> Scales:
        if len(self._parts) == 1:
            return self._parts[0]
        if isinstance(self._format, Blocks):
            return self._format.joined(self._parts)
        low = [part.low for part in self._parts if part.low is not None]
        stored = {name: torch.cat([part.stored[name] for part in self._parts], 1) for name in self._parts[0].stored}
        return Scales(torch.cat([part.step for part in self._parts], 1), torch.cat(low, 1) if low else None, stored)


def apart(format: Format, group: Float[Tensor, "out span"], width: int) -> bool:  # noqa: A002
    """Whether a group's scales are stored by themselves, a row of the matrix a row, so that they can be laid together.

    Scales that are quantized in turn across groups (NF4's second level) cannot.
    """
    if group.shape[1] == width or isinstance(format, Blocks):
        return True
    stored = format.fit(group).stored.values()
    return all(part.ndim == 2 and len(part) == len(group) for part in stored)
