"""Perplexity as a picture: a text token by token, and every definition's number side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.experiments.evaluation.perplexity import Opened, Read, WayName
from explorer.figures.payload import Payload
from explorer.stack.evaluation.perplexity import Number, Perplexity


@dataclass(frozen=True, kw_only=True)
class PerplexityNumber:
    value: float
    error: float | None
    """Its standard error by document; none for a single one."""

    @classmethod
    def of(cls, number: Number) -> PerplexityNumber:
        return cls(value=number.value, error=number.error if number.error == number.error else None)


@dataclass(frozen=True, kw_only=True)
class PerplexityWay:
    """One way to read the text."""

    name: WayName
    prefix: int | None
    """The token that stands before the text."""
    length: int
    step: int
    passes: int
    read: int
    """Tokens that the model reads in all passes."""
    scored: int
    token: PerplexityNumber
    word: PerplexityNumber
    byte: PerplexityNumber
    bits_per_byte: PerplexityNumber
    there: float | None
    """Bits a byte of the model beside this one, read alike."""


@dataclass(frozen=True, kw_only=True)
class PerplexitySurprise(Payload):
    """The first document token by token; all documents in numbers."""

    ids: tuple[int, ...]
    ways: tuple[PerplexityWay, ...]
    total: int
    """Ways in all; fewer are there while they are measured."""
    nats: Float[np.ndarray, "way pos"]
    """-log p of the first document's tokens; NaN where none was scored."""
    context: Int[np.ndarray, "way pos"]
    """Tokens read before each; -1 where it was not scored."""
    starts: tuple[tuple[int, ...], ...]
    """Where each window's first scored token stands, way by way."""
    documents: int
    words: int
    bytes: int
    bos: int
    eos: int | None
    beside: str
    """The title of the model beside this one; nothing while there is none."""


def surprise(
    made: Opened, bos: int, eos: int | None, there: Opened | None = None, beside: str = ""
) -> PerplexitySurprise:
    first = made.numbers[0]
    theirs = {} if there is None else {r.way.name: n for r, n in zip(there.read, there.numbers, strict=True)}
    return PerplexitySurprise(
        ids=made.ids[0],
        ways=tuple(_way(r, n, theirs.get(r.way.name)) for r, n in zip(made.read, made.numbers, strict=True)),
        total=made.total,
        nats=np.stack([each.nats[0] for each in made.read]),
        context=np.stack([made.context(each) for each in made.read]),
        starts=tuple(tuple(window.start for window in each.windows[0]) for each in made.read),
        documents=len(made.texts),
        words=first.word.units,
        bytes=first.byte.units,
        bos=bos,
        eos=eos,
        beside=beside,
    )


def _way(read: Read, made: Perplexity, there: Perplexity | None) -> PerplexityWay:
    return PerplexityWay(
        name=read.way.name,
        prefix=read.way.prefix,
        length=read.way.length,
        step=read.way.step,
        passes=read.passes,
        read=read.tokens,
        scored=made.token.units,
        token=PerplexityNumber.of(made.token),
        word=PerplexityNumber.of(made.word),
        byte=PerplexityNumber.of(made.byte),
        bits_per_byte=PerplexityNumber.of(made.bits_per_byte),
        there=None if there is None else there.bits_per_byte.value,
    )
