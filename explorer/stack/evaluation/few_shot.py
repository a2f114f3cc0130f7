"""Which examples stand before an item, drawn as lm-eval draws them.

One generator, ``random.Random(1234)``, serves a whole task: item after item draws from it, so that each item has other
examples, and the same item other ones where the items before it are left out. Where the pool is the split that is
evaluated, n + 1 are drawn and the item itself is dropped by equality, then the first n are taken. `"first_n"` takes the
first n of the pool for all items, as MMLU's canonical order asks.

Brown et al. 2020 (arXiv 2005.14165) introduce the setting; Zhao et al. 2021 (arXiv 2102.09690) show how much the choice
and the order matter.

Worked example: three draws of two from five, and the same generator of Python's own.

>>> from random import Random
>>> shots = Shots("abcde", seed=1234)
>>> [shots.draw(2) for _ in range(3)]
[['d', 'a'], ['a', 'e'], ['e', 'a']]
>>> own = Random(1234)
>>> [own.sample(list("abcde"), 2) for _ in range(3)]
[['d', 'a'], ['a', 'e'], ['e', 'a']]
>>> Shots("abcde").draw(2, leave_out="d"), Shots("abcde", sampler="first_n").draw(2, leave_out="a")
(['a', 'e'], ['b', 'c'])
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Generic, Literal, TypeVar

from explorer.errors import BadRequestError

#: lm-eval's `fewshot_random_seed`.
SEED = 1234
Sampler = Literal["default", "first_n"]
Doc = TypeVar("Doc")


class Shots(Generic[Doc]):
    """The examples of one task, drawn item after item."""

    def __init__(self, pool: Sequence[Doc], seed: int = SEED, sampler: Sampler = "default") -> None:
        self.pool, self.sampler = list(pool), sampler
        self._random = random.Random(seed)  # noqa: S311 - examples, not secrets

    def draw(self, n: int, leave_out: Doc | None = None) -> list[Doc]:
        """The next n examples. `leave_out`: the item itself, where it may be in the pool.

        Raises BadRequestError for a pool that is too small.
        """
        if n == 0:
            return []
        spare = 0 if leave_out is None else 1
        if self.sampler == "first_n":
            others = self._without(self.pool, leave_out)
            self._check(n, len(others))
            return others[:n]
        self._check(n + spare, len(self.pool))
        drawn = self._without(self._random.sample(self.pool, n + spare), leave_out)[:n]
        if len(drawn) < n:  # the item stands in the pool several times
            others = self._without(self.pool, leave_out)
            self._check(n, len(others))
            drawn = self._random.sample(others, n)
        return drawn

    @staticmethod
    def _without(docs: list[Doc], leave_out: Doc | None) -> list[Doc]:
        return docs if leave_out is None else [each for each in docs if each != leave_out]

    @staticmethod
    def _check(needed: int, there: int) -> None:
        if needed > there:
            raise BadRequestError(
                f"{needed} examples are drawn from a pool of {there}.", "Take fewer shots, or give the task more items."
            )
