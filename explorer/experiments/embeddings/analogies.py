"""Thirty well-known analogies, asked of a model's own embedding table.

They are of the kinds of Mikolov et al. (2013, arXiv 1301.3781): family, capitals, nationalities, plurals, opposites,
comparatives, past tenses. Only those count whose words are single tokens, with the space before, in the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.experiments.embeddings.vocabulary import lead, tables
from explorer.stack.embeddings.similarity import Analogy, analogy

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: a is to b as c is to d
ANALOGIES = tuple(
    tuple(line.split())
    for line in """\
man king woman queen
man men woman women
father mother son daughter
brother sister boy girl
husband wife uncle aunt
he she his her
France Paris Italy Rome
Germany Berlin Spain Madrid
Japan Tokyo China Beijing
Russia Moscow England London
Greece Athens Egypt Cairo
France French Germany German
Italy Italian Spain Spanish
China Chinese Japan Japanese
India Indian Russia Russian
car cars dog dogs
child children man men
year years day days
good better bad worse
big bigger small smaller
high higher low lower
good best bad worst
walk walked play played
go went see saw
take took give gave
write writing read reading
hot cold high low
up down left right
day night summer winter
one two three four""".splitlines()
)


@dataclass(frozen=True)
class Asked:
    """One of them and its answer."""

    words: tuple[int, int, int, int]
    answer: Analogy


@dataclass(frozen=True)
class Analogies:
    """What was asked so far."""

    asked: tuple[Asked, ...]
    left_out: tuple[str, ...]
    """Those of which a word is no single token."""
    total: int


def analogies(model: Model, table: str, known: tuple[tuple[str, ...], ...] = ANALOGIES) -> Iterator[Analogies]:
    """Ask them one after another of W_E or W_U."""
    found = tables(model)
    rows, norms = (found.W_U, found.norms_U) if table == "W_U" else (found.W_E, found.norms_E)
    asked: list[Asked] = []
    left_out: list[str] = []
    for words in known:
        ids = [_single(model, word) for word in words]
        if any(i is None or i >= len(rows) for i in ids):
            left_out.append(" ".join(words))
        else:
            a, b, c, d = (i for i in ids if i is not None)
            asked.append(Asked((a, b, c, d), analogy(rows, a, b, c, d, norms=norms)))
        yield Analogies(tuple(asked), tuple(left_out), len(known))


def _single(model: Model, word: str) -> int | None:
    """The token that is this word with the space before it."""
    skip = len(lead(model))
    ids = model.vocabulary.encode(f"a {word}")[skip:]
    return ids[1] if len(ids) == 2 else None
