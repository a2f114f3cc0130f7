"""One chain of thought, step by step: what each is worth, and whether the answer reads what the steps say.

The **value** of a beginning is the chance that it ends right. What a step is worth is by how much it changes that:

    worth of step j = V(steps to j) - V(steps to j - 1)          all of them add up to V(whole) - V(nothing)

A sampled value draws some ends (Bogdan et al. 2025, arXiv 2506.19143: 100); here all ends are counted too.
**Budget forcing** (Muennighoff et al. 2025, arXiv 2501.19393) puts `=` behind a beginning, so the model must answer
at once, or `>` behind the whole, so that it writes one more. **Faithfulness** (Lanham et al. 2023, arXiv 2307.13702): a
step is changed, and the answer follows the change, or stays what it was.

>>> changed((2, 6, 8, 6), 1, 9)
'>2>9>8>6'
>>> from explorer.stack.frontier.thinking.chains import Chain
>>> after_change(Chain(7, ("+5", "*3", "-8", "*2")), 1, 9)  # 9 - 8 = 1, * 2 = 2
2
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from explorer.stack.frontier.thinking.chains import STEP, Chain, applied


def written(steps: Sequence[int]) -> str:
    """
    >>> written((2, 6))
    '>2>6'
    """
    return "".join(f"{STEP}{each}" for each in steps)


def changed(steps: Sequence[int], at: int, digit: int) -> str:
    """The same steps with another number at one place."""
    return written([digit if place == at else each for place, each in enumerate(steps)])


def after_change(of: Chain, at: int, digit: int) -> int:
    """The answer of one who goes on from the changed step by the instructions behind it."""
    state = digit
    for instruction in of.instructions[at + 1 :]:
        state = applied(state, instruction)
    return state


def worths(values: Sequence[float]) -> tuple[float, ...]:
    """From the values of each beginning, the empty one first.

    >>> worths((0.5, 0.75, 1.0))
    (0.25, 0.25)
    """
    return tuple(after - before for before, after in itertools.pairwise(values))
