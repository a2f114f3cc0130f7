"""A list's first passages in four orders, with the words and the tokens that made them."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.context.reranking import Reranked
from explorer.experiments.context.retrieving import Library
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class RerankedWord:
    word: str
    value: float


@dataclass(frozen=True, kw_only=True)
class RerankedPassage:
    title: str
    splade: float
    cross: float
    """The cross-encoder's logit."""
    likelihood: float
    """Nats."""
    by_cross: int
    by_splade: int
    """Its rank, from 1."""
    by_likelihood: int
    words: list[RerankedWord]


@dataclass(frozen=True, kw_only=True)
class RetrieveAgain(Payload):
    question: str
    passages: list[RerankedPassage]
    """In the first list's order."""
    known: int
    """The passage that is known to answer; -1 where it is not among these, or nobody knows."""
    asked: list[RerankedWord]
    ids: list[int]
    """Of the question's tokens."""
    logp: Float[Tensor, "passage token"]
    bare: Float[Tensor, " token"]


def again(held: Library, made: Reranked, question: str, known: int) -> RetrieveAgain:
    """`known`: the right passage's place in the library."""
    splade, cross, likelihood = (each.tolist() for each in (made.splade, made.cross, made.likelihood))
    return RetrieveAgain(
        question=question,
        passages=[
            RerankedPassage(
                title=held.titles[place],
                splade=splade[at],
                cross=cross[at],
                likelihood=likelihood[at],
                by_cross=_rank(cross, at),
                by_splade=_rank(splade, at),
                by_likelihood=_rank(likelihood, at),
                words=_words(made.words[at]),
            )
            for at, place in enumerate(made.places)
        ],
        known=made.places.index(known) if known in made.places else -1,
        asked=_words(made.asked),
        ids=list(made.ids),
        logp=made.logp,
        bare=made.bare,
    )


def _words(words: tuple[tuple[str, float], ...]) -> list[RerankedWord]:
    return [RerankedWord(word=word, value=value) for word, value in words]


def _rank(scores: list[float], at: int) -> int:
    """From 1; of equal scores the earlier one is first."""
    return 1 + sum(each > scores[at] or (each == scores[at] and other < at) for other, each in enumerate(scores))
