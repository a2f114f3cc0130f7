"""When to say that nothing was found: a threshold on the best score, measured on questions with and without an answer.

A retriever always has a first passage. Whether it says anything about the question is a decision: below a threshold
the reader abstains (the reject option, Chow 1970, IEEE Trans. Information Theory 16). Scores of questions whose answer
is there, and of the same questions with that passage taken out, say what each threshold costs::

    answered = share of the first kind at or above it        refused = share of the second kind below it

The threshold with the largest sum of both (Youden 1950, Cancer 3) weighs both errors alike. It is chosen on one half of
the questions and measured on the other, since it fits the half that it was chosen on too well.

Worked example: three questions with an answer, three without. At .4 all are answered, and two of three refused.

>>> found = threshold(np.array([0.4, 0.5, 0.9]), np.array([0.1, 0.2, 0.45]))
>>> found.value, found.answered, round(found.refused, 3)
(0.4, 1.0, 0.667)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Threshold:
    """The lowest score that is taken for an answer."""

    value: float
    answered: float
    """The share of the questions with an answer that reach it."""
    refused: float
    """The share of those without that do not."""


def threshold(there: Float[np.ndarray, " question"], gone: Float[np.ndarray, " other"]) -> Threshold:
    """The best one among the scores themselves; of equal ones the lowest. Raises ValueError where a side is empty.

    `there`: best scores where the answer is among the passages; `gone`: where it is not.
    """
    if not len(there) or not len(gone):
        raise ValueError("A threshold needs scores of both kinds.")
    tried = np.unique(np.concatenate([there, gone]))
    made = [at(float(value), there, gone) for value in tried]
    return max(made, key=lambda each: each.answered + each.refused)


def at(value: float, there: Float[np.ndarray, " question"], gone: Float[np.ndarray, " other"]) -> Threshold:
    """What a given threshold does."""
    return Threshold(value, float((there >= value).mean()), float((gone < value).mean()))
