"""Every retriever on every question: the rank of the known article in each list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from explorer.corpora import articles, questions
from explorer.corpora.questions import Question
from explorer.experiments.context import embedding, retrieving
from explorer.fetching.progress import Progress, silent
from explorer.stack.context import bm25

RETRIEVERS = ("bm25", "dense", "rrf", "convex")


@dataclass(frozen=True, eq=False)
class Measured:
    """The set's questions, and where each retriever has the known article."""

    questions: tuple[Question, ...]
    titles: tuple[str, ...]
    """Of the known articles."""
    ranks: Float[np.ndarray, "retriever question"]
    """From 1; inf where the list lacks it."""
    tops: tuple[tuple[int, ...], ...]
    """Each retriever's first article, question by question."""


def measured(variant: bm25.Variant, weight: float, count: int, progress: Progress = silent) -> Measured:
    """Among the first `count` articles, all questions whose known article is one of them."""
    held, known = retrieving.library(count), articles.read()
    asked = questions.of(known)
    vectors = embedding.kept(embedding.OF_QUESTIONS).vectors().numpy()
    chosen = [at for at, question in enumerate(asked) if question.article < count]
    ranks, tops = np.empty((len(RETRIEVERS), len(chosen))), []
    for column, at in enumerate(chosen):
        found = retrieving.search(held, asked[at].text, vectors[at], variant, weight)
        ranks[:, column] = [found.places[name][asked[at].article] for name in RETRIEVERS]
        tops.append([next(iter(retrieving.best(found, name, 1)), -1) for name in RETRIEVERS])
        if column % 10 == 9 or column == len(chosen) - 1:
            progress("Questions asked", column + 1, len(chosen))
    some = tuple(asked[at] for at in chosen)
    return Measured(
        some, tuple(known[q.article].title for q in some), ranks, tuple(map(tuple, zip(*tops, strict=True)))
    )
