"""What readers of FlashAttention ask again and again, as numbers of this head and of its formula."""

from __future__ import annotations

from dataclasses import dataclass, replace

from explorer.experiments.systems.flash_tiles import Tiled
from explorer.figures.payload import Payload
from explorer.figures.systems.tiles_beside import TileSums
from explorer.stack.systems.accelerators import ACCELERATORS
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.tile_traffic import Tiles

#: The device whose fast memory the answers speak of: FlashAttention-2's paper measures on it.
DEVICE = ACCELERATORS["a100_80"]
SIDES = (4, 8, 16, 32, 64, 128)
LENGTHS = (64, 256, 1024, 4096, 16384)


@dataclass(frozen=True, kw_only=True)
class TileSide:
    """Square tiles of one side on this head, by the formula."""

    side: int
    again: int
    """Bytes of K and V that FlashAttention-2 reads."""
    moved: int
    """All that it moves."""
    first: int
    """All that FlashAttention-1 moves."""
    fast: int
    """Bytes of fast memory that a tile needs."""


@dataclass(frozen=True, kw_only=True)
class TileLength:
    """One length of text with these tiles, by the formula."""

    n: int
    standard: int
    fa1: int
    fa2: int
    squares: int
    """Bytes of S and P."""
    sums: int
    """Bytes of L."""


@dataclass(frozen=True, kw_only=True)
class TileQuestions(Payload):
    """Numbers to answer with."""

    n: int
    d_head: int
    rows: int
    columns: int
    word: int
    causal: bool
    window: int | None
    sums: tuple[TileSums, ...]
    """Counted, of standard, FlashAttention-1 and -2."""
    output: tuple[tuple[int, int], ...]
    """Blocks of O that each of them reads and writes."""
    keys: tuple[int, ...]
    """Blocks of K and V that each of them reads."""
    again: int
    rescale: int
    """FLOPs of FlashAttention-2 that standard attention does not have: a rescale a tile, a division a row."""
    whole: int
    """Bytes of Q, K, V, O, S and P together."""
    device: str
    sram: int
    """Bytes of fast memory that one processor of the device has."""
    processors: int
    sides: tuple[TileSide, ...]
    lengths: tuple[TileLength, ...]


def questions(found: Tiled) -> TileQuestions:
    """The payload of a head that was worked through."""
    tiles, ledgers = found.asked.tiles, found.ledgers
    n, d, chip = found.asked.head.n, found.asked.head.d_head, DEVICE.chip
    assert chip is not None
    visits = sum(height * (end - start) for height, (start, end) in zip(tiles.below, tiles.seen, strict=True))
    return TileQuestions(
        n=n,
        d_head=d,
        rows=tiles.rows,
        columns=tiles.columns,
        word=tiles.word,
        causal=tiles.causal,
        window=tiles.window,
        sums=tuple(TileSums.of(name, ledger) for name, ledger in ledgers.items()),
        output=tuple((_moved(ledger, "O", "reads"), _moved(ledger, "O", "writes")) for ledger in ledgers.values()),
        keys=tuple(_moved(ledger, "K", "reads") + _moved(ledger, "V", "reads") for ledger in ledgers.values()),
        again=tiles.again,
        rescale=(visits + n) * d,
        whole=4 * n * d * tiles.word + 2 * n * n * tiles.wide,
        device=DEVICE.name,
        sram=int(chip.fast.value),
        processors=int(chip.processors.value),
        sides=tuple(side(replace(tiles, rows=size, columns=size)) for size in SIDES if size < 2 * n),
        lengths=tuple(length(replace(tiles, n=at)) for at in LENGTHS),
    )


def _moved(ledger: Ledger, name: str, way: str) -> int:
    return sum(move.name == name for step in ledger.steps for move in getattr(step, way))


def side(tiles: Tiles) -> TileSide:
    """
    >>> side(Tiles(64, 64, 16, 16)), side(Tiles(64, 64, 32, 32)).again
    (TileSide(side=16, again=81920, moved=114944, first=141312, fast=17536), 49152)
    """
    second, first = tiles.flash_attention_2, tiles.flash_attention_1
    return TileSide(side=tiles.rows, again=tiles.again, moved=second.moved, first=first.moved, fast=tiles.fast)


def length(tiles: Tiles) -> TileLength:
    return TileLength(
        n=tiles.n,
        standard=tiles.standard.moved,
        fa1=tiles.flash_attention_1.moved,
        fa2=tiles.flash_attention_2.moved,
        squares=2 * tiles.n**2 * tiles.wide,
        sums=tiles.n * tiles.wide,
    )
