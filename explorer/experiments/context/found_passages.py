"""A question -> the articles that a retriever finds for it, or nothing, by a threshold measured on the question set.

The score is the largest cosine between the question and a passage that was found. Where the answer is there: the set's
373 questions among all articles. Where it is not: the same questions with the article taken out that is known to answer
them, and with it the hundred articles nearest to it, so that its subject is not covered. With that one article alone
taken out, others on the subject stay and some of them answer as well: that share is measured beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from explorer.corpora import articles, questions
from explorer.experiments.context import embedding, retrieving
from explorer.stack.context import abstention
from explorer.stack.context.abstention import Threshold
from explorer.stack.evaluation.standard_errors import Interval, wilson

#: Articles that are taken out with the known one, so that its subject is not covered.
AROUND = 100


@dataclass(frozen=True)
class Measured:
    """The threshold, chosen on every other question, and what it does on the rest."""

    threshold: Threshold
    answered: Interval
    """Of the other half: shares of questions whose answer is there, and taken for one."""
    refused: Interval
    """Shares of questions whose subject is not there, and refused."""
    refused_near: Interval
    """The same where the known article alone is not there."""
    questions: int


@dataclass(frozen=True)
class Retrieved:
    """What was found."""

    places: tuple[int, ...]
    """In the library, best first."""
    passages: tuple[tuple[str, str], ...]
    """(title, text)."""
    cosines: tuple[float, ...]
    measured: Measured

    @property
    def nearest(self) -> float:
        """The largest cosine; -1 where no passage was found."""
        return max(self.cosines, default=-1.0)

    @property
    def enough(self) -> bool:
        return self.nearest >= self.measured.threshold.value


@cache
def measured(count: int = 0) -> Measured:
    """On the questions about the first `count` articles; about all."""
    there, gone = best_cosines(count)
    near = best_cosines(count, around=0)[1]
    chosen = abstention.threshold(there[::2], gone[::2])
    rest = len(there[1::2])
    held, hard = (abstention.at(chosen.value, there[1::2], each[1::2]) for each in (gone, near))
    shares = (held.answered, held.refused, hard.refused)
    return Measured(chosen, *(wilson(round(share * rest), rest) for share in shares), questions=rest)


def best_cosines(
    count: int = 0, around: int = AROUND
) -> tuple[Float[np.ndarray, " question"], Float[np.ndarray, " question"]]:
    """Of each question the largest cosine among all articles, and among those without the known one and the `around`
    nearest to it."""
    vectors = embedding.kept().vectors().numpy()
    vectors = vectors[: count or len(vectors)]
    right = np.array([each.article for each in questions.of(articles.read())])
    rows = np.flatnonzero(right < len(vectors))
    asked = embedding.kept(embedding.OF_QUESTIONS).vectors().numpy()[rows]
    cosines = asked @ vectors.T  # question article
    there = cosines.max(1)
    likeness = vectors[right[rows]] @ vectors.T  # question article
    out = np.argpartition(-likeness, around, axis=1)[:, : around + 1]  # the known one is the nearest to itself
    np.put_along_axis(cosines, out, -np.inf, axis=1)
    return there, cosines.max(1)


def retrieve(question: str, vector: Float[np.ndarray, " d"], retriever: str, k: int) -> Retrieved:
    """The first k of the retriever's list. `vector`: the question's, as MiniLM makes it."""
    held = retrieving.library()
    found = retrieving.search(held, question, vector)
    places = tuple(retrieving.best(found, retriever, k))
    passages = tuple((held.titles[at], held.texts[at].removeprefix(f"{held.titles[at]}\n\n")) for at in places)
    return Retrieved(places, passages, tuple(float(found.dense[at]) for at in places), measured())
