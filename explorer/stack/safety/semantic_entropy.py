"""Uncertainty over meanings: several answers are drawn, those of one meaning are put together, and their entropy read.

A model that knows a fact may say it in many wordings; a model that guesses says many things. The entropy of the texts
mixes both (Kuhn, Gal and Farquhar 2023, arXiv 2302.09664; Farquhar et al. 2024, Nature 630)::

    predictive     -1/N sum_i ln p(s_i)                     N answers drawn at temperature 1: H of all texts
    semantic       -sum_c P(c) ln P(c)                      P(c) ~ sum of p(s) over the distinct answers of meaning c
    discrete       the same with P(c) the part of the N answers that have meaning c
    consistency    the largest part (Wang et al. 2022, arXiv 2203.11171)

What has one meaning is a rule that is given: a key for each answer. The papers ask a model of entailment, in both
directions; here equal named values, or equal texts without case and punctuation.

Worked example: four answers, two wordings of one town and twice another.

>>> made = meanings(["Kelby", "Kelby", "Oakham", "Oakham"], ["In Kelby.", "Kelby.", "In Oakham.", "In Oakham."],
...                 [0.25, 0.25, 0.125, 0.125])
>>> [(each.key, each.count, round(each.probability, 3)) for each in made.clusters]
[('Kelby', 2, 0.8), ('Oakham', 2, 0.2)]
>>> [round(each, 4) for each in (made.predictive, made.semantic, made.discrete, made.consistency)]
[1.7329, 0.5004, 0.6931, 0.5]
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import BadRequestError

_LITTLE = frozenset({"a", "an", "the"})


@dataclass(frozen=True)
class Cluster:
    """Answers of one meaning."""

    key: str
    count: int
    probability: float
    """Of its distinct answers, over that of all distinct answers."""
    texts: tuple[str, ...]
    """The distinct ones, the likeliest first."""


@dataclass(frozen=True)
class Meanings:
    """What N answers say; entropies in nats."""

    clusters: tuple[Cluster, ...]
    """The largest first."""
    predictive: float
    semantic: float
    discrete: float
    consistency: float


def meanings(keys: Sequence[str], texts: Sequence[str], probabilities: Sequence[float]) -> Meanings:
    """keys: the meaning of each answer. probabilities: of each whole text, given the prompt; the same of the same text.

    Raises BadRequestError without an answer.
    """
    if not texts:
        raise BadRequestError("No answer was drawn.", "Draw at least one.")
    p = dict(zip(zip(keys, texts, strict=True), probabilities, strict=True))  # distinct answers
    total, counts = sum(p.values()), Counter(keys)
    clusters = list[Cluster]()
    for key, count in counts.items():
        own = sorted(((text, each) for (of, text), each in p.items() if of == key), key=lambda pair: -pair[1])
        # Texts so unlikely that their sum is no number of a float count by how often they were drawn.
        part = sum(each for _, each in own) / total if total else count / len(texts)
        clusters.append(Cluster(key, count, part, tuple(text for text, _ in own)))
    clusters.sort(key=lambda each: (-each.count, -each.probability))
    return Meanings(
        tuple(clusters),
        -sum(math.log(max(each, 5e-324)) for each in probabilities) / len(texts),
        entropy([each.probability for each in clusters]),
        entropy([each.count / len(texts) for each in clusters]),
        clusters[0].count / len(texts),
    )


def entropy(p: Sequence[float]) -> float:
    """In nats.

    >>> entropy([1.0]), round(entropy([0.5, 0.5]), 4)
    (0.0, 0.6931)
    """
    return sum(-each * math.log(each) for each in p if each > 0)


def plain(text: str) -> str:
    """The rule for answers of any model: the first line, without case, punctuation and articles.

    >>> plain(" The Eiffel-Tower!\\nAnd more"), plain("...")
    ('eiffel tower', '')
    """
    first = next((line for line in text.split("\n") if line.strip()), "")
    words = re.sub(r"[^\w\s]", " ", unicodedata.normalize("NFKC", first).lower()).split()
    return " ".join(each for each in words if each not in _LITTLE)
