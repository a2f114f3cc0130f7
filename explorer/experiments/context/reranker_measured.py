"""The reranker, SPLADE and the language model's likelihood of the question, each on RRF's first passages again.

Every measured question (`questions.of`) has one article that is known to answer it. Where the first list has it among
its first sixteen, a reranker can move it; beyond them its rank stays. Kept beside the reranker's weights:

    models/rerank-tiny/measured.json    places of the first passages, and the known article's rank in every order

The likelihood takes a forward of the language model for each passage and is measured on the first questions of each
kind alone. Times are of one question's sixteen passages.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer import zoo
from explorer.corpora import articles, questions
from explorer.experiments.context import embedding, reranking, retrieving
from explorer.stack.context.query_likelihood import likelihoods
from explorer.zoo.companions import companion
from explorer.zoo.pair_reader import PairReader
from explorer.zoo.text_encoder import TextEncoder

if TYPE_CHECKING:
    from explorer.zoo.model import Model

FILE, MODEL = "measured.json", "rerank-tiny"
#: Passages that are ranked again; questions of each kind that the likelihood is measured on.
DEPTH, FEW = reranking.AGAIN, 24
#: The order by the reranker of the shelf.
SHELF = "cross 0"
#: Scores of a question's passages.
Score = Callable[[str, Sequence[str]], Sequence[float]]


@dataclass(frozen=True)
class Again:
    """What was measured."""

    places: list[list[int]]
    """Of the first list's first passages, among all articles; question by question."""
    before: list[int]
    """The known article's rank in the first list; 0 where it is not among its first passages."""
    ranks: dict[str, list[int]]
    """The same by each order; the reranker's are called "cross SEED"."""
    few: list[int]
    """The questions that the likelihood was measured on."""
    likelihood: list[int]
    """Their ranks by it."""
    milliseconds: dict[str, float]
    """Of one question, the median; one thread."""


@dataclass(frozen=True)
class Asked:
    """A question by which a kept rank is measured again."""

    at: int
    ranks: tuple[int, int]
    """Kept, and now."""


def asked_again(reader: PairReader, made: Again, some: Sequence[int]) -> list[Asked]:
    """The kept first passages of some questions, scored now."""
    known, asked, found = articles.read(), questions.of(articles.read()), []
    for at in some:
        scores = reader.scores(asked[at].text, [known[place].whole for place in made.places[at]]).tolist()
        now = rank(scores, made.before[at] - 1) if made.before[at] else 0
        found.append(Asked(at, (made.ranks[SHELF][at], now)))
    return found


def of_transformers(reader: PairReader, question: str, passage: str) -> float:
    """A pair's score by transformers' BERT with a head, on the same file."""
    return _theirs(reader)(*reader.pair(question, passage))


@cache
def _theirs(reader: PairReader) -> Callable[[Sequence[int], Sequence[int]], float]:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = reader.card.folder
    assert folder is not None
    made = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    model = made.eval()

    def score(ids: Sequence[int], segments: Sequence[int]) -> float:
        with torch.inference_mode():
            return float(model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([segments])).logits)

    return score


@cache
def kept() -> Again:
    """What lies beside the reranker's weights."""
    folder = zoo.find(MODEL).folder
    assert folder is not None
    return Again(**json.loads((folder / FILE).read_text(encoding="utf-8")))


def rank(scores: Sequence[float], at: int) -> int:
    """From 1; of equal scores the one that the first list has earlier is first."""
    return 1 + sum(each > scores[at] or (each == scores[at] and other < at) for other, each in enumerate(scores))


def run(folder: Path, readers: Mapping[int, PairReader], told: Callable[[str], None]) -> None:
    """Measure every seed's reranker, SPLADE and the default model's likelihood, and write the file."""
    asked, held = questions.of(articles.read()), retrieving.library()
    vectors = embedding.kept(embedding.OF_QUESTIONS).vectors().numpy()
    places = []
    for at, each in enumerate(asked):
        found = retrieving.search(held, each.text, vectors[at])
        places.append(retrieving.best(found, "rrf", DEPTH))
    before = [
        row.index(each.article) + 1 if each.article in row else 0 for each, row in zip(asked, places, strict=True)
    ]
    told(f"{sum(map(bool, before))} of {len(asked)} known articles are among the first {DEPTH}")

    def measured(score: Score, chosen: Sequence[int]) -> tuple[list[int], float]:
        ranks, taken = [], []
        for at in chosen:
            start = time.perf_counter()
            scores = score(asked[at].text, [held.texts[place] for place in places[at]])
            taken.append(time.perf_counter() - start)
            ranks.append(rank(scores, before[at] - 1) if before[at] else 0)
        return ranks, round(1e3 * float(np.median(taken)), 1)

    every, few = range(len(asked)), _few(asked)
    made = {f"cross {seed}": measured(_by(reader), every) for seed, reader in readers.items()}
    made["splade"] = measured(_splade, every)
    told("cross-encoders and SPLADE are measured")
    likely, slow = measured(_likely(zoo.load(zoo.DEFAULT)), few)
    times = {name: each[1] for name, each in made.items()} | {"likelihood": slow}
    again = Again(places, before, {name: each[0] for name, each in made.items()}, few, likely, times)
    (folder / FILE).write_text(json.dumps(asdict(again)) + "\n", encoding="utf-8")


def _place(row: Sequence[int], article: int) -> int:
    return row.index(article) + 1 if article in row else 0


def _few(asked: Sequence[questions.Question]) -> list[int]:
    """The first of each kind."""
    of_kind = [[at for at, each in enumerate(asked) if each.kind == kind][:FEW] for kind in questions.KINDS]
    return [at for some in of_kind for at in some]


def _by(reader: PairReader) -> Score:
    return lambda question, texts: reader.scores(question, texts).tolist()


def _splade(question: str, texts: Sequence[str]) -> Sequence[float]:
    sparse = companion("splade-tiny")
    assert isinstance(sparse, TextEncoder)
    weights = reranking.weighed(sparse, [question, *texts])
    return (weights[1:] @ weights[0]).tolist()


def _likely(model: Model) -> Score:
    def score(question: str, texts: Sequence[str]) -> Sequence[float]:
        ids, prompts = reranking.prompted(model, question, texts)
        return likelihoods(model.plain_decoder, prompts[:-1], ids).sum(1).tolist()

    return score
