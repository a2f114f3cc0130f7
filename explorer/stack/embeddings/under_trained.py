"""Under-trained tokens: rows of the vocabulary that training has hardly touched ("SolidGoldMagikarp").

A tokenizer is trained on one text and the model on another. Tokens that the second hardly holds keep the vector that
all unused rows share: they are pushed away from every hidden state alike and drawn to none. Land and Bartolo (2024,
arXiv 2405.05417) find them by their closeness to rows that are known to be unused, and check them by asking the model
to repeat them. Length alone misleads where unused rows are long, or drift together.

Worked example: rows 3 and 4 are known to be unused; row 2 points as they do.

>>> import torch
>>> table = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [0.1, -0.9], [0.0, -1.0], [0.0, -1.0]])
>>> reference = unused_direction(table, [3, 4])
>>> [round(each, 2) for each in closeness(table, reference).tolist()]
[-0.78, -0.74, 0.99, 1.0, 1.0]
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from explorer.stack.embeddings.similarity import lengths

#: cosine of unused rows with the one in their middle
TOGETHER = 0.8


def unused_direction(table: Float[Tensor, "row d"], unused: Sequence[int]) -> Float[Tensor, " d"] | None:
    """Where rows known to be unused lie together, from the mean of all rows; None where they do not.

    Some that are thought unused were trained: the one that most others lie close to says which belong together.
    """
    if len(unused) < 2:
        return None
    rows = table[list(unused)] - table.mean(0)
    unit = rows / lengths(rows).clamp_min(1e-30)[:, None]
    alike = unit @ unit.T
    middle = int((alike > TOGETHER).sum(1).argmax())
    kept = alike[middle] > TOGETHER
    return rows[kept].mean(0) if int(kept.sum()) >= 2 else None


def closeness(table: Float[Tensor, "row d"], direction: Float[Tensor, " d"]) -> Float[Tensor, " row"]:
    """Cosine of each row, from the mean of all, with the direction of unused ones.

    (W - m) . u = W . u - m . u and |W - m|^2 = |W|^2 - 2 W . m + |m|^2: no second table is made.
    """
    mean = table.mean(0)
    unit = direction / direction.norm()
    away = lengths(table).square() - 2 * (table @ mean) + mean @ mean
    return (table @ unit - mean @ unit) / away.clamp_min(1e-20).sqrt()


def shortest(table: Float[Tensor, "row d"]) -> Float[Tensor, " row"]:
    """The other indicator, where nothing is known to be unused: minus each row's length."""
    return -lengths(table)


def repeat_prompt(
    examples: Sequence[int], token: int, before: Sequence[int], between: Sequence[int], after: Sequence[int]
) -> list[int]:
    """Examples of repeating, then the token that is to be repeated, up to where it should come again.

    >>> repeat_prompt([5, 6], 9, before=[2], between=[1], after=[0])  # 2 stands before, 1 between, 0 after
    [2, 5, 1, 5, 0, 2, 6, 1, 6, 0, 2, 9, 1]
    """
    shown = [i for each in examples for i in (*before, each, *between, each, *after)]
    return [*shown, *before, token, *between]
