"""Mixing and batches: counts with their intervals, a batch token by token, published mixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Int
from numpy import array, ndarray

from explorer.experiments.pretraining.mixing import ROWS, Batch, Drawn
from explorer.experiments.pretraining.published_mixes import MIXES, REFERENCE, SIZES, Mix, Size, epochs_of, share_of
from explorer.figures.payload import Payload
from explorer.stack.pretraining.data import packing
from explorer.stack.pretraining.data.packing import Packed

#: Tokens of a batch that are shown.
SHOWN = 1024


def shown_of(length: int) -> int:
    """Rows that are shown.

    >>> shown_of(128), shown_of(2048)
    (8, 1)
    """
    return max(1, SHOWN // length)


@dataclass(frozen=True, kw_only=True)
class MixSource:
    """A source of the mix, and how often it was drawn."""

    kind: str
    size: int
    """Characters."""
    natural: float
    """Its share of all characters."""
    share: float
    """Its probability."""
    epochs: float
    expected: float
    low: float
    high: float
    count: int
    inside: bool
    """Whether the count lies within the interval."""


@dataclass(frozen=True, kw_only=True)
class MixDraws(Payload):
    by: str
    temperature: float
    most: int
    characters: int
    batches: int
    rows: int
    """Of all batches."""
    seed: int
    sources: tuple[MixSource, ...]


def draws(
    made: Sequence[Drawn], by: str, temperature: float, most: int, characters: int, batches: int, seed: int
) -> MixDraws:
    total = sum(each.source.size for each in made)
    return MixDraws(
        by=by,
        temperature=temperature,
        most=most,
        characters=characters,
        batches=batches,
        rows=batches * ROWS,
        seed=seed,
        sources=tuple(
            MixSource(
                kind=each.source.kind,
                size=each.source.size,
                natural=each.source.size / total,
                share=each.share,
                epochs=each.epochs,
                expected=each.expected,
                low=each.low,
                high=each.high,
                count=each.count,
                inside=each.low <= each.count <= each.high,
            )
            for each in made
        ),
    )


@dataclass(frozen=True, kw_only=True)
class PackedPiece:
    """Tokens of one document in a row."""

    document: int
    name: str
    start: int
    stop: int
    length: int
    """Of the whole document."""


@dataclass(frozen=True, kw_only=True)
class PackedRow:
    """One row of a batch."""

    ids: Int[ndarray, " token"]
    pieces: tuple[PackedPiece, ...]
    pairs: int
    """Pairs of query and key in one document."""


@dataclass(frozen=True, kw_only=True)
class PackedWay:
    """One way to pack all documents."""

    name: str
    rows: int
    kept: int
    cropped: int
    padded: int
    broken: int
    """Pieces that do not begin where their document begins."""
    pairs: float
    """Of all pairs of causal attention, those within one document."""


@dataclass(frozen=True, kw_only=True)
class PackedBatch(Payload):
    length: int
    packing: str
    documents: int
    tokens: int
    shown: tuple[PackedRow, ...]
    ways: tuple[PackedWay, ...]
    strings: dict[str, str]
    """The texts of the token ids that are shown."""


def batch(made: Batch, packing_name: str, length: int, strings: dict[str, str]) -> PackedBatch:
    chosen = made.packed[packing_name]
    return PackedBatch(
        length=length,
        packing=packing_name,
        documents=len(made.documents),
        tokens=chosen.given,
        shown=tuple(_row(made, row) for row in chosen.rows[: shown_of(length)]),
        ways=tuple(_way(name, each) for name, each in made.packed.items()),
        strings=strings,
    )


def _row(made: Batch, row: packing.Row) -> PackedRow:
    pieces = tuple(
        PackedPiece(
            document=piece.document,
            name=made.documents[piece.document].name,
            start=piece.start,
            stop=piece.stop,
            length=len(made.documents[piece.document].ids),
        )
        for piece in row
    )
    return PackedRow(ids=array(made.ids(row)), pieces=pieces, pairs=packing.blocks(row))


def _way(name: str, packed: Packed) -> PackedWay:
    every = sum(size * (size + 1) // 2 for row in packed.rows for size in [sum(piece.tokens for piece in row)])
    return PackedWay(
        name=name,
        rows=len(packed.rows),
        kept=packed.kept,
        cropped=packed.cropped,
        padded=packed.padded,
        broken=packed.broken,
        pairs=sum(map(packing.blocks, packed.rows)) / every,
    )


@dataclass(frozen=True, kw_only=True)
class PublishedShare:
    """A source of a published mix."""

    name: str
    share: float
    """In per cent, as it is printed."""
    epochs: float | None
    """As they are printed."""
    calculated: float | None
    """Tokens times the share over the source's size, where all are printed."""
    asked: float | None
    """The share, in per cent, that the printed epochs ask for, where rounding does not explain the difference."""


@dataclass(frozen=True, kw_only=True)
class PublishedMix:
    name: str
    source: str
    tokens: float | None
    """Billions."""
    total: float
    """Per cent."""
    shares: tuple[PublishedShare, ...]


@dataclass(frozen=True, kw_only=True)
class PublishedRange:
    """A kind of text in the reference's mix."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class PublishedSize:
    model: str
    parameters: float
    tokens: float | None
    reference: str
    source: str


@dataclass(frozen=True, kw_only=True)
class PublishedMixes(Payload):
    reference: tuple[PublishedRange, ...]
    mixes: tuple[PublishedMix, ...]
    sizes: tuple[PublishedSize, ...]


def published() -> PublishedMixes:
    return PublishedMixes(
        reference=tuple(
            PublishedRange(name=name, low=float(low), high=float(high)) for name, (low, high) in REFERENCE.items()
        ),
        mixes=tuple(_mix(each) for each in MIXES),
        sizes=tuple(_size(each) for each in SIZES),
    )


def _mix(mix: Mix) -> PublishedMix:
    epochs = dict(mix.epochs)
    return PublishedMix(
        name=mix.name,
        source=mix.source,
        tokens=float(mix.tokens) or None,
        total=float(sum(mix.shares.values())),
        shares=tuple(
            PublishedShare(
                name=name,
                share=float(share),
                epochs=epochs.get(name),
                calculated=epochs_of(mix, name),
                asked=share_of(mix, name),
            )
            for name, share in mix.shares.items()
        ),
    )


def _size(each: Size) -> PublishedSize:
    return PublishedSize(
        model=each.model,
        parameters=float(each.parameters),
        tokens=None if each.tokens is None else float(each.tokens),
        reference=each.reference,
        source=each.source,
    )
