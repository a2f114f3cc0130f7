"""Perplexity: how surprised a model is by a text, as a number of equally likely choices.

    nats       = -sum log p(token | what was read before it)
    per token  = exp(nats / tokens)        per word = exp(nats / words)        per byte = exp(nats / bytes)
    bits a byte = nats / (bytes ln 2)

Tokens differ from tokenizer to tokenizer, so that perplexities per token of two models may not be compared; those per
word and per byte may, since all models share the text's words and bytes. Words are what ``re.split(r"\\s+", text)``
gives, as lm-eval counts them: a text that begins or ends with white space has an empty word there. Jelinek et al. 1977
introduce the measure; Gao et al. 2020 (arXiv 2101.00027) count bits a byte.

The standard error treats documents as drawn at random. log perplexity is a ratio of sums, N = sum n_d units, and by the
delta method

    se(log ppl) = sqrt(D/(D - 1) sum_d (nats_d - m n_d)^2) / N,  m = nats / N;      se(ppl) = ppl se(log ppl)

Worked example: two documents of 3 and 1 tokens at 2 and 1 nats a token.

>>> made = perplexity([Surprise((2.0, 2.0, 2.0), "a b c"), Surprise((1.0,), "d")])
>>> made.nats, made.token.units, round(made.token.value, 4), round(made.token.error, 4)
(7.0, 4, 5.7546, 2.158)
>>> made.word.units, made.byte.units, round(made.bits_per_byte.value, 4)
(4, 6, 1.6831)
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.errors import BadRequestError


@dataclass(frozen=True)
class Surprise:
    """One document as a model read it."""

    nats: tuple[float, ...]
    """-log p of each token that was scored."""
    text: str
    """What its words and bytes are counted on."""


@dataclass(frozen=True)
class Number:
    """A perplexity, or bits a byte."""

    value: float
    error: float
    """Its standard error by document; NaN for a single one."""
    units: int
    """Tokens, words or bytes."""


@dataclass(frozen=True)
class Perplexity:
    """Every definition's number."""

    nats: float
    token: Number
    word: Number
    byte: Number
    bits_per_byte: Number


def words(text: str) -> int:
    """As lm-eval counts them.

    >>> words("two words"), words("three words \\n")
    (2, 3)
    """
    return len(re.split(r"\s+", text))


def perplexity(documents: Sequence[Surprise]) -> Perplexity:
    """Of all documents together: sums of nats over sums of units. Raises BadRequestError where nothing was scored."""
    if not any(each.nats for each in documents):
        raise BadRequestError("No token was scored.", "Take a longer text.")
    nats = [math.fsum(each.nats) for each in documents]
    of_bytes = [len(each.text.encode()) for each in documents]
    rate, error = _rate(nats, of_bytes)
    bits = Number(rate / math.log(2), error / math.log(2), sum(of_bytes))
    return Perplexity(
        nats=math.fsum(nats),
        token=_exponential(nats, [len(each.nats) for each in documents]),
        word=_exponential(nats, [words(each.text) for each in documents]),
        byte=_exponential(nats, of_bytes),
        bits_per_byte=bits,
    )


def _exponential(nats: Sequence[float], units: Sequence[int]) -> Number:
    rate, error = _rate(nats, units)
    value = math.exp(rate) if rate < 700 else math.inf
    return Number(value, value * error, sum(units))


def _rate(nats: Sequence[float], units: Sequence[int]) -> tuple[float, float]:
    """Nats a unit, and its standard error by document."""
    total, documents = sum(units), len(units)
    rate = math.fsum(nats) / total
    if documents < 2:
        return rate, math.nan
    squares = math.fsum((own - rate * n) ** 2 for own, n in zip(nats, units, strict=True))
    return rate, math.sqrt(documents / (documents - 1) * squares) / total
